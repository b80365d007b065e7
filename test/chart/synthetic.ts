import type { ColumnTable } from "arquero";
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
