/** The current day as YYYY-MM-DD, UTC. Days of this form compare as texts do. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
