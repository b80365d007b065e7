import { type ColumnTable, from, table } from "arquero";
import { mergeStacks } from "#lib/analyze/call-tree.js";
import { mmuWindows } from "#lib/analyze/mmu.js";
import { MmuCurve } from "#lib/analyze/mmu-curve.js";
import { seededRandom } from "#lib/analyze/random.js";
import { type TableSource, tableSource } from "#lib/analyze/table-source.js";
import { goroutineStates, operations, ranges, type Stay } from "../analyze/make-tables.js";

/** A mark phase every 40 ms that ends in a pause, over 400 ms. */
export function syntheticRanges(): ColumnTable {
  const rows: [string, number, number][] = [];
  for (let cycle = 0; cycle < 10; cycle++) {
    const at = 5e6 + cycle * 40e6;
    rows.push(["stop-the-world (GC sweep termination)", at, at + 60e3]);
    rows.push(["GC concurrent mark phase", at + 60e3, at + 9e6]);
    rows.push(["stop-the-world (GC mark termination)", at + 9e6, at + 9.09e6]);
  }
  return ranges(rows);
}

/** Operations of a few hundred ns with a tail, slower while marking runs. */
export function syntheticOperations(count = 6000): ColumnTable {
  const random = seededRandom(3);
  const rows = Array.from({ length: count }, (_, i): [number, number, string] => {
    const start = Math.round((i / count) * 400e6);
    const marking = (start - 5e6) % 40e6 < 9e6 && start > 5e6;
    const slow = random() < (marking ? 0.05 : 0.004);
    const duration = Math.round(Math.exp(5.5 + random() * 1.5 + (slow ? 5 * random() : 0)));
    return [start, duration, i % 3 === 0 ? "delete" : "write"];
  });
  return operations(rows);
}

/** Goroutines that run, are preempted, block on each other and call the system, seeded. */
export function syntheticTrace(goroutines = 6, steps = 60, stretch = 1e6): TableSource {
  const random = seededRandom(11);
  const stays: Stay[] = [];
  for (let g = 1; g <= goroutines; g++) {
    let at = Math.round(random() * 1e6);
    for (let step = 0; step < steps; step++) {
      for (const [state, share, reason] of [
        ["Running", 1, undefined],
        ["Waiting", 2, "chan receive"],
        ["Runnable", 0.3, undefined],
        ["Running", 0.5, undefined],
        ["Syscall", 0.6, undefined],
        ["Runnable", 0.1, undefined],
      ] as const) {
        const dur = Math.max(64, Math.round(random() * stretch * share));
        const end_by_g = state === "Waiting" ? (g % goroutines) + 1 : -1;
        stays.push({ g, state, start_ns: at, end_ns: at + dur, reason, end_by_g });
        at += dur;
      }
    }
  }
  return tableSource({ goroutine_states: goroutineStates(stays), ranges: syntheticRanges() });
}

/** A call tree of a server that allocates, `heavier` times more so. */
export function syntheticTree(heavier = 1): ColumnTable {
  const paths: [string[], number][] = [
    [["net/http.(*conn).serve", "main.handle", "main.decode", "runtime.mallocgc"], 220 * heavier],
    [["net/http.(*conn).serve", "main.handle", "main.decode", "encoding/json.Unmarshal"], 180],
    [["net/http.(*conn).serve", "main.handle", "main.(*Orders).Put", "runtime.mapassign"], 140],
    [["net/http.(*conn).serve", "main.handle", "main.(*Orders).Put", "runtime.memmove"], 90],
    [["net/http.(*conn).serve", "main.handle"], 20],
    [["runtime.gcBgMarkWorker", "runtime.gcDrain", "runtime.scanobject"], 130 * heavier],
    [["runtime.mcall", "runtime.schedule", "runtime.findRunnable"], 60],
  ];
  const names = [...new Set(paths.flatMap(([path]) => path))];
  const frames = paths.map(([path]) => [...path].reverse().map((name) => names.indexOf(name)));
  let at = 0;
  const starts = [0, ...frames.map((stack) => (at += stack.length))];
  return mergeStacks(
    {
      names,
      stackStart: Uint32Array.from(starts),
      stackFrame: Uint32Array.from(frames.flat()),
      frameName: Int32Array.from(names, (_, code) => code),
    },
    Float64Array.from(paths, ([, weight]) => weight * 1e6),
  );
}

/** A utilization curve with a pause of 300 µs and marking at 75 %. */
export function syntheticMmu(): ColumnTable {
  const curve = new MmuCurve({
    times: Float64Array.of(0, 40e6, 40.3e6, 52e6, 52.2e6, 90e6, 140e6),
    utils: Float64Array.of(1, 0, 0.75, 0, 1, 0.75, 0),
  });
  return table({ window_ns: mmuWindows, utilization: mmuWindows.map((window) => curve.mmu(window)) });
}

/** Costs of a linear and of a constant operation, with noise. */
export function syntheticScaling(): ColumnTable {
  const random = seededRandom(5);
  const sizes = [1e3, 1e4, 1e5, 3e5, 1e6].flatMap((n) => [n, n, n]);
  const rows = sizes.flatMap((n) => [
    { n, dur_ns: 3700 * n * (0.8 + 0.4 * random()), command: "EVALSHA" },
    { n, dur_ns: 120e3 * (0.8 + 0.4 * random()), command: "HGET" },
  ]);
  return from(rows);
}

/** A rollout in stages: faster from 20 % on, with few requests in the first. */
export function syntheticCanary(): ColumnTable {
  const random = seededRandom(8);
  const rows = [5, 20, 50, 100].flatMap((percent, i) =>
    ["old", "new"].flatMap((version) =>
      Array.from({ length: percent === 5 ? 300 : 3000 }, () => ({
        stage: `${percent} %`,
        version,
        dur_ns: 20e6 * Math.exp(random() * 1.5) * (version === "new" ? [1, 0.7, 0.62, 1.02][i] : 1),
      })),
    ),
  );
  return from(rows);
}

/** Thirty equal runs measured three ways. */
export function syntheticRuns(): ColumnTable {
  const random = seededRandom(9);
  const noise = { "HeapAlloc, raw": 0.42, "resident memory": 0.22, "HeapAlloc after GC": 0.002 };
  return from(
    Array.from({ length: 30 }, () =>
      Object.entries(noise).map(([metric, spread]) => ({
        metric,
        value: 1e7 * (1 + spread * (random() - 0.5)),
      })),
    ).flat(),
  );
}

/** Three variants of a map on two versions of Go, five runs each. */
export function syntheticBenchmarks(): ColumnTable {
  const random = seededRandom(10);
  const base = { "value map": 200, "pointer map": 37, "pointer map, copied": 340, "sync.Map": 600 };
  return from(
    Object.entries(base).flatMap(([variant, ns]) =>
      ["1.21", "1.26"].flatMap((go, i) =>
        Array.from({ length: 5 }, () => ({
          variant,
          go,
          ns_per_op: ns * (i ? 1.4 : 1) * (0.9 + 0.2 * random()),
        })),
      ),
    ),
  );
}
