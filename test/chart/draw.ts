import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { ChartSpec } from "#lib/chart/chart-spec.js";

/** A chart drawn: its SVG and every warning that compiling and drawing gave. */
export async function draw(spec: ChartSpec): Promise<{ svg: string; warnings: string[] }> {
  const warnings: string[] = [];
  const logger = loggerInto(warnings);
  const { spec: vega } = compile(spec as unknown as TopLevelSpec, { logger: logger as never });
  const view = new View(parse(vega), { renderer: "none", logger: logger as never });
  const svg = await view.toSVG();
  view.finalize();
  return { svg, warnings };
}

/**
 * The SVG with numbers rounded, so that a last digit does not change a snapshot, and its clipping paths numbered from 1,
 * which Vega numbers through all charts of a process.
 */
export function rounded(svg: string): string {
  const numbers = new Map<string, string>();
  const own = svg.replace(/\bclip\d+\b/g, (id) => {
    const number = numbers.get(id) ?? `clip${numbers.size + 1}`;
    numbers.set(id, number);
    return number;
  });
  return own.replace(/-?\d+\.\d+/g, (number) => String(Math.round(Number(number) * 10) / 10));
}

/** A logger that keeps errors and warnings. */
export function loggerInto(warnings: string[]): Record<string, unknown> {
  const note = (...message: unknown[]): unknown => {
    const text = message.map(String).join(" ");
    // Outside a browser there is no window to listen to; nothing of the picture depends on it.
    if (text !== "Can not resolve event source: window") warnings.push(text);
    return logger;
  };
  const quiet = (): unknown => logger;
  const logger: Record<string, unknown> = {
    level: () => 1,
    error: note,
    warn: note,
    info: quiet,
    debug: quiet,
  };
  return logger;
}
