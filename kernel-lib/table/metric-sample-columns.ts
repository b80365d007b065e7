import { type DictionaryColumn, dictionaryColumn, StringDictionary } from "../bytes/dictionary.js";
import { computedColumn } from "../bytes/lazy-column.js";
import type { MetricColumns } from "../read/prometheus/metric-columns.js";
import type { Column } from "./build-table.js";

/** The columns of the samples' table; a sample's name and labels are its series'. */
export function metricSampleColumns(columns: MetricColumns): Record<string, Column> {
  const ids = columns.sampleSeries.finish();
  const times = columns.sampleUnixMs.finish();
  const { series } = columns;
  return {
    series_id: ids,
    metric: seriesTexts(
      ids,
      series.map((one) => one.metric),
    ),
    labels: seriesTexts(
      ids,
      series.map((one) => one.labels),
    ),
    le: computedColumn(ids.length, (row) => series[ids[row]].le),
    quantile: computedColumn(ids.length, (row) => series[ids[row]].quantile),
    unix_ms: computedColumn(ids.length, (row) => (Number.isNaN(times[row]) ? null : times[row])),
    value: columns.sampleValue.finish(),
  };
}

// Several series share a name or a label set: one code a text, or grouping would tell them apart.
function seriesTexts(ids: Int32Array, texts: string[]): DictionaryColumn {
  const dictionary = new StringDictionary();
  const codes = Int32Array.from(texts, (text) => dictionary.code(text));
  return dictionaryColumn(
    ids.map((id) => codes[id]),
    dictionary.values,
  );
}
