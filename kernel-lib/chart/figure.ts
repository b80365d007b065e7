import { type ChartOptions, type ChartParts, type ChartSpec, chartSpec, frame } from "./chart-spec.js";
import { categories, ink, palette } from "./palette.js";
import { wholePowers } from "./units.js";

/**
 * A chart of one's own in the frame of the library's: Vega-Lite parts (data, mark, encoding, layer, facet, ...) with a
 * title that says what is seen and a `description` that says it in a sentence, from the data. Colours are the
 * library's categories, and logarithmic axes get their lines at whole powers of ten, where nothing else is asked for.
 *
 * @example
 * figure({
 *   title: "The scan grows with the keys",
 *   description: "EVALSHA takes 1 ms with 1 000 keys and 3 s with a million",
 *   data: { values: rows },
 *   mark: { type: "line", point: true },
 *   encoding: { x: { field: "keys", type: "quantitative" }, y: { field: "ms", type: "quantitative" } },
 * });
 */
export function figure(parts: ChartParts, options: ChartOptions = {}): ChartSpec {
  const config = {
    mark: { ...(frame.mark as object), color: palette.plain },
    range: { category: [...categories] },
    axisY: { labelLimit: 300 },
    legend: { ...(frame.legend as object), symbolBaseFillColor: ink.text },
    ...(parts.config as object),
  };
  const { width, height, ...spec } = chartSpec({ ...(withLogLines(parts) as ChartParts), config }, options);
  // Views side by side or in facets have sizes of their own.
  return composed.some((way) => way in parts) ? spec : { ...spec, width, height };
}

const composed = ["vconcat", "hconcat", "concat", "spec"];

// Data is left as it is: a column may have any name, also that of a part.
function withLogLines(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withLogLines);
  if (part === null || typeof part !== "object") return part;
  const entries = Object.entries(part).map(([name, value]): [string, unknown] => {
    if (name === "data") return [name, value];
    if (name === "encoding") return [name, channels(value as Record<string, Channel>)];
    return [name, withLogLines(value)];
  });
  return Object.fromEntries(entries);
}

interface Channel {
  scale?: { type?: string };
  axis?: Record<string, unknown> | null;
}

function channels(encoding: Record<string, Channel>): Record<string, Channel> {
  const drawn = Object.entries(encoding).map(([name, channel]): [string, Channel] => {
    const plain = channel?.scale?.type !== "log" || channel.axis === null;
    return [name, plain ? channel : { ...channel, axis: { ...wholePowers, ...channel.axis } }];
  });
  return Object.fromEntries(drawn);
}
