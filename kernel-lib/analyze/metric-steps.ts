import type { ColumnTable } from "arquero";
import { numbers, texts } from "./columns.js";
import { lastAtOrBefore } from "./intervals.js";

/** A metric as a step function: each value holds from its time to the next. */
export interface MetricSteps {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** One metric of a trace's `metrics`; empty when it has none of that name. */
export function metricSteps(metrics: ColumnTable, name: string): MetricSteps {
  const names = texts(metrics, "name");
  const code = names.values.indexOf(name);
  const time = numbers(metrics, "time_ns");
  const value = numbers(metrics, "value");
  const rows: number[] = [];
  for (let row = 0; row < time.length; row++) if (code >= 0 && names.codes[row] === code) rows.push(row);
  return {
    times: Float64Array.from(rows, (row) => time[row]),
    values: Float64Array.from(rows, (row) => value[row]),
  };
}

/** The value in force at a time; NaN before the first. */
export function valueAt({ times, values }: MetricSteps, at: number): number {
  const index = lastAtOrBefore(times, at);
  return index < 0 ? Number.NaN : values[index];
}
