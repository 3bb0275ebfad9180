export const reportFormats = ["html", "markdown"] as const;
export type ReportFormat = (typeof reportFormats)[number];
