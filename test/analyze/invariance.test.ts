import { resolve } from "node:path";
import { type ColumnTable, table } from "arquero";
import { describe, expect, test } from "vitest";
import * as tb from "#lib/index.js";

const trace = await tb.load(resolve(import.meta.dirname, "../fixtures/go-trace-load/load.trace"));
const names = [
  "goroutine_states",
  "labels",
  "goroutines",
  "events",
  "stacks",
  "frames",
  "ranges",
  "regions",
  "tasks",
  "metrics",
  "proc_states",
  "thread_states",
];
const moments = new Set(["start_ns", "end_ns", "time_ns", "created_ns", "ended_ns"]);
const goroutines = new Set(["g", "end_by_g", "end_g", "parent_g"]);

interface Change {
  shift?: number;
  scale?: number;
  id?: (g: number) => number;
}

/** The trace with its clock moved or stretched, or its goroutines renumbered. */
function changed({ shift = 0, scale = 1, id = (g) => g }: Change): tb.TableSource {
  const renamed = (g: number): number => (g > 0 ? id(g) : g);
  const column = (own: ColumnTable, name: string): unknown => {
    const values = own.array(name) as ArrayLike<unknown>;
    if (moments.has(name)) return Float64Array.from(values as ArrayLike<number>, (ns) => ns * scale + shift);
    if (name.endsWith("_ns")) return Array.from(values, (ns) => (typeof ns === "number" ? ns * scale : ns));
    if (goroutines.has(name)) return Float64Array.from(values as ArrayLike<number>, renamed);
    const about = { resource_id: "resource", scope_id: "scope" }[name];
    if (!about) return values;
    const kinds = own.array(about) as ArrayLike<string | null>;
    return Float64Array.from(values as ArrayLike<number>, (value, row) =>
      /^goroutine$/i.test(kinds[row] ?? "") ? renamed(value) : value,
    );
  };
  return tb.tableSource(
    Object.fromEntries(
      names.map((name) => {
        const own = trace.table(name);
        return [name, table(Object.fromEntries(own.columnNames().map((each) => [each, column(own, each)])))];
      }),
    ),
  );
}

/** Every analysis of goroutines, with the columns that are lengths of time. */
const analyses: Record<string, { run: (source: tb.TableSource) => ColumnTable; lengths: readonly string[] }> =
  {
    schedLatency: { run: tb.schedLatency, lengths: ["wait_ns"] },
    requestBreakdown: {
      run: (source) => tb.requestBreakdown(source, { requests: "regions" }),
      lengths: ["dur_ns", ...tb.requestParts, "stw_ns", "mark_ns"],
    },
    unblockGraph: { run: tb.unblockGraph, lengths: ["waited_ns", "delay_ns"] },
    wakeDelay: {
      run: (source) => tb.wakeDelay(source, { reason: "sync" }),
      lengths: ["delay_ns", "blocked_for_ns"],
    },
    "blockProfile of sync": { run: (source) => tb.blockProfile(source, "sync"), lengths: ["total_ns"] },
    "regionProfile of sched": {
      run: (source) => tb.regionProfile(source, "sched", { type: "decode" }),
      lengths: ["total_ns"],
    },
    gcCycles: { run: tb.gcCycles, lengths: ["stw_ns", "mark_ns", "assist_ns"] },
    stopTheWorld: { run: tb.stopTheWorld, lengths: ["dur_ns"] },
    annotationTypes: {
      run: (source) => tb.annotationTypes(source, "regions"),
      lengths: ["total_ns", "p99_ns"],
    },
    wakeMatrix: { run: tb.wakeMatrix, lengths: ["waited_ns", "delay_ns"] },
    idleBreakdown: { run: tb.idleBreakdown, lengths: ["total_ns"] },
    // One stretch: the edges of more are no whole ns, and differ in the last digit by another clock.
    runnableQueue: { run: (source) => tb.runnableQueue(source, { bins: 1 }), lengths: ["wasted_ns"] },
    stackTree: {
      run: (source) => tb.stackTree(source, tb.blockProfile(source, "sync")),
      lengths: ["total", "self"],
    },
    criticalPath: { run: pathOfSlowest, lengths: ["dur_ns"] },
    headOfLine: {
      run: (source) => tb.headOfLine(source.table("regions"), tb.stopTheWorld(source)),
      lengths: ["blocked_ns"],
    },
    spikes: {
      run: (source) => tb.spikes(source.table("regions"), { quantile: 0.9 }),
      lengths: ["dur_ns", "threshold_ns"],
    },
    mutatorUtilization: { run: (source) => steps(tb.mutatorUtilization(source)), lengths: ["dur_ns"] },
  };

/** The critical path of the request that took longest: the same one by any clock and any numbers. */
function pathOfSlowest(source: tb.TableSource): ColumnTable {
  const [slowest] = tb.requestBreakdown(source, { requests: "regions" }).objects({ limit: 1 });
  const { g, start_ns, dur_ns } = slowest as { g: number; start_ns: number; dur_ns: number };
  return tb.criticalPath(source, { g, from_ns: start_ns, to_ns: start_ns + dur_ns });
}

/** How long each step of the utilization held. */
function steps(utilization: ColumnTable): ColumnTable {
  const time = utilization.array("time_ns") as ArrayLike<number>;
  return table({
    dur_ns: Float64Array.from({ length: time.length - 1 }, (_, row) => time[row + 1] - time[row]),
  });
}

/** A column's values in order: rows that tie may change places. */
const sorted = (rows: ColumnTable, column: string): number[] =>
  Array.from(Float64Array.from(rows.array(column) as ArrayLike<number>).sort());

describe.each(Object.entries(analyses))("%s", (_, { run, lengths }) => {
  const plain = run(changed({}));

  test("a shifted clock changes no length of time", () => {
    const shifted = run(changed({ shift: 2 ** 30 }));
    expect(plain.numRows()).toBeGreaterThan(0);
    for (const name of lengths) expect(sorted(shifted, name), name).toEqual(sorted(plain, name));
  });

  test("a clock of half the speed doubles them all", () => {
    const scaled = run(changed({ scale: 2 }));
    for (const name of lengths) {
      expect(sorted(scaled, name), name).toEqual(sorted(plain, name).map((ns) => 2 * ns));
    }
  });

  test("goroutines by other numbers, and in another order, spend the same time", () => {
    const renumbered = run(changed({ id: (g) => 1_000_000 - g }));
    for (const name of lengths) expect(sorted(renumbered, name), name).toEqual(sorted(plain, name));
  });
});

const needing: Record<string, (source: tb.TableSource) => unknown> = {
  ...Object.fromEntries(Object.entries(analyses).map(([name, { run }]) => [name, run])),
  idleBreakdown: tb.idleBreakdown,
  runnableQueue: (source) => tb.runnableQueue(source),
  mmu: (source) => tb.mmu(source),
  mutatorUtilization: (source) => tb.mutatorUtilization(source),
  wakeMatrix: tb.wakeMatrix,
  criticalPath: (source) => tb.criticalPath(source, { g: 1, from_ns: 0, to_ns: 1 }),
  allocations: tb.allocations,
  allocationRate: (source) => tb.allocationRate(source),
  requestLogs: (source) => tb.requestLogs(source, {}),
  stackTree: (source) => tb.stackTree(source, table({ stack_id: [0] })),
  spikes: (source) => tb.spikes(source),
  diffCaptures: (source) => tb.diffCaptures(source, source),
  stateTimeline: (source) => tb.stateTimeline(source),
  procTimeline: (source) => tb.procTimeline(source),
  heapChart: (source) => tb.heapChart(source),
};

test.each(Object.keys(needing))("%s without its tables says which it needs and which are there", (name) => {
  const source = tb.tableSource({ lone: table({ x: [1] }) });
  expect(() => needing[name](source)).toThrow(
    /needs the tables? [a-z_, ]+, which a go-trace capture does not have; there are: lone/,
  );
});

const ofProfiles = { topFunctions: tb.topFunctions, callTree: tb.callTree, callEdges: tb.callEdges };

test.each(Object.entries({ ...ofProfiles, labelTotals: tb.labelTotals }))(
  "%s of a trace says that it has no profile, what it has, and where its samples are",
  (_, analysis) => {
    expect(() => analysis(trace as never)).toThrow(
      /needs samples of a profile .*a go-trace capture does not have; there are: .*ranges.*stackTree\(/,
    );
  },
);

test("what calls another analysis names itself when it lacks a table", () => {
  const source = tb.tableSource({ lone: table({ x: [1] }) }, "operations");
  const calls = { mmu: () => tb.mmu(source), wakeMatrix: () => tb.wakeMatrix(source) };
  const more = { diffCaptures: () => tb.diffCaptures(source, source) };
  for (const [name, call] of Object.entries({ ...calls, ...more })) {
    expect(call).toThrow(new RegExp(`^${name} needs .*an operations capture`));
  }
});

test("requests of a type that is not there name the types that are", () => {
  expect(() => tb.requestBreakdown(trace, { requests: "regions", type: "none such" })).toThrow(
    /no requests of type "none such": looked for regions; there are of type "decode"/,
  );
});
