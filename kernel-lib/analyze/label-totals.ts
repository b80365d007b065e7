import type { ColumnTable } from "arquero";
import type { HasProfile } from "../read/profile/profile-columns.js";
import { tableFromRows } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import type { Analysis } from "./analysis.js";
import { type ProfileSelection, profileKinds, profileOf, valuesOf } from "./stack-weights.js";

export const labelTotalsSchema: TableSchema = {
  name: "label_totals",
  doc: "What the samples with each label weigh, by key and weight.",
  columns: [
    column("key", "string", "the label's key"),
    column("value", "string", "the label's text, or its number with its unit"),
    column("samples", "float64", "how many samples have it", { unit: "count" }),
    column("total", "float64", "the sum of their values", { unit: "the sample type's" }),
  ],
};

export const labelTotalsAnalysis: Analysis = {
  name: "labelTotals",
  accepts: profileKinds,
  needs: { samples: [] },
  schema: labelTotalsSchema,
  build: labelTotals,
};

/**
 * Sums samples by label: key, value, samples, total; for each key the heaviest value first, as `go tool pprof -tags`.
 * A number label's value is the number and its unit (`4096 bytes`).
 *
 * @throws RangeError when the profile does not have the sample type.
 * @example
 * labelTotals(cpu).filter((row) => row.key === "endpoint");
 */
export function labelTotals(source: HasProfile, selection: ProfileSelection = {}): ColumnTable {
  const profile = profileOf(source);
  const { labels } = profile;
  const { values } = valuesOf(profile, selection);
  const totals = new Map<
    string,
    { key: string; value: string; samples: number; total: number; last: number }
  >();
  for (let row = 0; row < labels.sample.length; row++) {
    const key = labels.strings[labels.key[row]];
    const unit = labels.unit[row] < 0 ? "" : ` ${labels.strings[labels.unit[row]]}`;
    const value = labels.text[row] < 0 ? `${labels.num[row]}${unit}` : labels.strings[labels.text[row]];
    const id = `${key}\0${value}`;
    let entry = totals.get(id);
    if (!entry) {
      entry = { key, value, samples: 0, total: 0, last: -1 };
      totals.set(id, entry);
    }
    entry.total += Number(values[labels.sample[row]]);
    if (entry.last !== labels.sample[row]) entry.samples++;
    entry.last = labels.sample[row];
  }
  const rows = [...totals.values()].sort(
    (a, b) =>
      (a.key < b.key ? -1 : Number(a.key > b.key)) || b.total - a.total || (a.value < b.value ? -1 : 1),
  );
  return tableFromRows(labelTotalsSchema, rows);
}
