/** bizra's own metrics before and after a load, and what they say of its service levels (spec B13). */
import { bizraMarks } from "./profiles.ts";

/** Series of a scrape: its name with labels, as the text has it, to its value. */
export type Series = ReadonlyMap<string, number>;

/** Reads Prometheus' text format; labels stay as they are written. */
export function readSeries(text: string): Series {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.flatMap((line) => {
      const [, series, value] = /^([a-zA-Z_:][\w:]*(?:\{.*\})?)\s+(\S+)/.exec(line) ?? [];
      return series === undefined || value === undefined ? [] : [[series, Number(value)] as const];
    }),
  );
}

/** One pod at two moments. */
export interface Scrapes {
  readonly before: Series;
  readonly after: Series;
  /** Seconds between them. */
  readonly seconds: number;
}

export interface ServiceFigures {
  /** Share of finality checks below the bound; nothing where there were none. */
  readonly finalityShare?: number;
  /** Proofs of impact per second over all pods, generated and verified. */
  readonly generation: number;
  readonly verification: number;
  readonly errors: number;
}

/** What happened between the scrapes, over all pods. A pod that counts anew was restarted: what it counted since counts. */
export function serviceFigures(pods: readonly Scrapes[]): ServiceFigures {
  const increase = (wanted: (series: string) => boolean, { before, after }: Scrapes): number =>
    [...after]
      .filter(([series]) => wanted(series))
      .reduce((sum, [series, value]) => {
        const earlier = before.get(series) ?? 0;
        return sum + (value < earlier ? value : value - earlier);
      }, 0);
  const named =
    (name: string, label = "") =>
    (series: string): boolean =>
      (series === name || series.startsWith(`${name}{`)) && series.includes(label);
  const total = (wanted: (series: string) => boolean): number =>
    pods.reduce((sum, pod) => sum + increase(wanted, pod), 0);
  const perSecond = (name: string): number =>
    pods.reduce((sum, pod) => sum + (pod.seconds > 0 ? increase(named(name), pod) / pod.seconds : 0), 0);
  const checks = total(named("bizra_finality_check_seconds_count"));
  const below = total(named("bizra_finality_check_seconds_bucket", `le="${bizraMarks.finalitySeconds}"`));
  return {
    ...(checks > 0 ? { finalityShare: below / checks } : {}),
    generation: perSecond("bizra_poi_generate_seconds_count"),
    verification: perSecond("bizra_poi_verify_seconds_count"),
    errors: total(named("bizra_errors_total")),
  };
}
