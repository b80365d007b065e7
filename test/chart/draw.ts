import type { ChartSpec } from "#lib/chart/chart-spec.js";
import { renderSvg } from "#lib/chart/render-svg.js";

/** A chart drawn: its SVG and every warning that compiling and drawing gave. */
export async function draw(spec: ChartSpec): Promise<{ svg: string; warnings: string[] }> {
  const warnings = { messages: [] as string[] };
  const svg = await renderSvg(spec, warnings);
  return { svg, warnings: warnings.messages };
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
