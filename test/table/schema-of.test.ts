import { type ColumnTable, desc, op, table } from "arquero";
import { expect, test } from "vitest";
import { schedLatency, schemaOf, spikes, tableSource } from "#lib/index.js";
import { buildTable } from "#lib/table/build-table.js";
import { type ColumnSchema, column, type TableSchema } from "#lib/table/schema.js";

const schema: TableSchema = {
  name: "waits",
  doc: "Waits.",
  columns: [
    column("g", "float64", "who waited"),
    column("start_ns", "float64", "from when", { unit: "ns" }),
    column("kind", "string", "what for"),
  ],
};

// start_ns is the same array as g: what a column means does not hang on its cells alone.
const cells = Float64Array.of(4, 2, 9);
const waits = buildTable(schema, { g: cells, start_ns: cells, kind: ["a", "b", "a"] });

const known = (of: ColumnTable): (string | undefined)[] => schemaOf(of)?.columns.map(described) ?? [];
const described = ({ name, doc, unit }: ColumnSchema): string => `${name}: ${doc}, ${unit ?? "-"}`;
const all = ["g: who waited, -", "start_ns: from when, ns", "kind: what for, -"];

test.each<[string, (of: ColumnTable) => ColumnTable]>([
  ["filter", (of) => of.filter((row: { g: number }) => row.g > 2)],
  ["orderby", (of) => of.orderby(desc("start_ns"))],
  ["slice", (of) => of.slice(0, 2)],
  [
    "slice of an ordered, filtered table",
    (of) =>
      of
        .filter((row: { g: number }) => row.g > 2)
        .orderby("g")
        .slice(0, 1),
  ],
  ["groupby", (of) => of.groupby("kind")],
  [
    "groupby and ungroup",
    (of) =>
      of
        .groupby("kind")
        .filter(() => op.row_number() === 1)
        .ungroup(),
  ],
  ["reify", (of) => of.orderby("g").reify()],
  ["sample", (of) => of.sample(2)],
  ["dedupe", (of) => of.dedupe("kind")],
  ["semijoin", (of) => of.semijoin(table({ g: [2, 4] }), "g")],
])("columns keep their meaning through %s", (_, verb) => {
  const made = verb(waits);
  expect(known(made)).toEqual(all);
  expect(schemaOf(made)).toMatchObject({ name: "waits", doc: "Waits." });
});

test("a selection keeps its columns, also under a new name", () => {
  expect(known(waits.select("kind", "start_ns"))).toEqual(["kind: what for, -", "start_ns: from when, ns"]);
  expect(known(waits.select({ kind: "why" }))).toEqual(["why: what for, -"]);
  expect(known(waits.rename({ kind: "why" }))).toContain("why: what for, -");
});

test("what is computed has no schema, also under an old name", () => {
  const made = waits.derive({ start_ns: (row: { start_ns: number }) => row.start_ns / 1e6, more: () => 1 });
  expect(known(made)).toEqual(["g: who waited, -", "kind: what for, -"]);
  expect(schemaOf(waits.rollup({ g: op.mean("g") }))).toBeUndefined();
  expect(schemaOf(table({ g: [1] }))).toBeUndefined();
});

test("a table as it was built has its own schema", () => {
  expect(schemaOf(waits)).toBe(schema);
});

test("an analysis takes the one table that it needs, and names what is missing and what there is", () => {
  const log = table({ start_ns: [0, 10], dur_ns: [5, 50] });
  expect(spikes(log, { threshold_ns: 10 }).array("start_ns")).toEqual([10]);
  expect(spikes(tableSource({ operations: log }, "operations"), { threshold_ns: 10 }).numRows()).toBe(1);
  expect(() => spikes(table({ start_ns: [0], took: [1] }))).toThrow(
    "spikes needs the column dur_ns, which the table given does not have; there are: start_ns, took",
  );
  expect(() => spikes(tableSource({ ranges: log }))).toThrow(
    "spikes needs the table operations, which a go-trace capture does not have; there are: ranges",
  );
  expect(() => schedLatency(undefined as never)).toThrow(
    /^schedLatency needs a capture with the table goroutine_states, or a table with the columns g, .*; it was given undefined$/,
  );
});
