import {
  type ChartOptions,
  type ChartParts,
  type ChartSpec,
  chartSpec,
  frame,
  legendColumns,
} from "./chart-spec.js";
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
  const { width, height, ...spec } = chartSpec(
    { ...(readable(parts, rowsOf(parts)) as ChartParts), config },
    options,
  );
  // Views side by side or in facets have sizes of their own.
  return composed.some((way) => way in parts) ? spec : { ...spec, width, height };
}

const composed = ["vconcat", "hconcat", "concat", "spec"];

// Data is left as it is: a column may have any name, also that of a part.
function readable(part: unknown, rows: readonly object[]): unknown {
  if (Array.isArray(part)) return part.map((each) => readable(each, rows));
  if (part === null || typeof part !== "object") return part;
  const own = "data" in part ? rowsOf(part) : rows;
  const entries = Object.entries(part).map(([name, value]): [string, unknown] => {
    if (name === "data") return [name, value];
    if (name === "encoding") return [name, channels(value as Record<string, Channel>, own)];
    return [name, readable(value, own)];
  });
  return Object.fromEntries(entries);
}

function rowsOf(part: object): readonly object[] {
  const values = (part as { data?: { values?: unknown } }).data?.values;
  return Array.isArray(values) ? values : [];
}

interface Channel {
  field?: string;
  type?: string;
  scale?: { type?: string };
  axis?: Record<string, unknown> | null;
  legend?: Record<string, unknown> | null;
}

function channels(encoding: Record<string, Channel>, rows: readonly object[]): Record<string, Channel> {
  const drawn = Object.entries(encoding).map(([name, channel]): [string, Channel] => {
    if (name === "color") return [name, withLegend(channel, rows)];
    const plain = channel?.scale?.type !== "log" || channel.axis === null;
    return [name, plain ? channel : { ...channel, axis: { ...wholePowers, ...channel.axis } }];
  });
  return Object.fromEntries(drawn);
}

// A legend of many or long names goes over several lines instead of beyond the edge.
function withLegend(channel: Channel, rows: readonly object[]): Channel {
  const { field, type, legend } = channel ?? {};
  if (field === undefined || type !== "nominal" || legend === null) return channel;
  const names = new Set(rows.map((row) => String((row as Record<string, unknown>)[field])));
  const columns = legendColumns([...names]);
  return columns.columns === undefined ? channel : { ...channel, legend: { ...columns, ...legend } };
}
