import { resolve } from "node:path";
import { expect, test } from "vitest";
import * as tb from "#lib/index.js";

const root = resolve(import.meta.dirname, "../..");

/** A capture for every kind that has an analysis by name. */
const captures: Readonly<Record<string, string>> = {
  "go-trace": "test/fixtures/go-trace-load/load.trace",
  godebug: "test/fixtures/godebug/go1.26.8.log",
  pprof: "datasets/malloc/go1.26.cpu.pprof",
  "perf-data": "test/fixtures/perf/go.data",
  cachegrind: "test/fixtures/cachegrind/calls.out.gz",
  operations: "datasets/spikes/go1.26.operations.csv.gz",
};

test("every analysis is a function of the library, and says what it is", () => {
  for (const { name, schema, needs } of tb.analyses) {
    expect(tb, name).toHaveProperty(name, expect.any(Function));
    expect(schema.name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(schema.doc, name).toMatch(/\.$/);
    expect(Object.keys(needs).length, name).toBeGreaterThan(0);
    for (const column of schema.columns) {
      expect(column.doc, `${name} ${column.name}`).not.toBe("");
      if (column.name.endsWith("_ns")) expect(column.unit, `${name} ${column.name}`).toBe("ns");
    }
  }
});

test("one table of one name", () => {
  const named = tb.analyses.filter(({ asks }) => asks === undefined).map(({ schema }) => schema.name);
  expect(named).toEqual([...new Set(named)]);
});

test.each(Object.entries(captures))(
  "every analysis of %s is a table by name, with its schema",
  async (kind, file) => {
    const capture = await tb.load(resolve(root, file));
    expect(capture.kind).toBe(kind);
    const own = tb.analyses.filter(({ asks, accepts }) => asks === undefined && accepts.includes(kind));
    expect(own.length).toBeGreaterThan(0);
    for (const { schema } of own) {
      const table = capture.table(schema.name);
      const names = schema.columns.map(({ name }) => name);
      expect(table.columnNames(), schema.name).toEqual(names);
      expect(
        tb.schemaOf(table.slice(0, 1))?.columns.map(({ name }) => name),
        schema.name,
      ).toEqual(names);
    }
  },
);

const functions = new Map<string, unknown>(Object.entries(tb));

test("every analysis names what is missing, what there is, and what it was given", () => {
  for (const { name, needs, asks } of tb.analyses) {
    // Profiles are read from what was sampled, not from their tables, and say so in words of their own.
    if (asks !== undefined || Object.keys(needs)[0] === "samples") continue;
    const call = functions.get(name) as (source: unknown, kind?: string) => unknown;
    expect(() => call(tb.tableSource({ other: tb.analyses as never }), "tasks"), name).toThrow(
      new RegExp(`^${name} needs the tables? .*, which a go-trace capture does not have; there are: other$`),
    );
    expect(() => call("a.trace", "tasks"), name).toThrow(
      /^\w+ needs a capture with the tables? .*; it was given a string$/,
    );
  }
});
