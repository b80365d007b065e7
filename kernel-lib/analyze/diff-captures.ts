import { type ColumnTable, table } from "arquero";
import { numbers, textAt, texts } from "./columns.js";
import { compareSamples } from "./compare-latency.js";
import { gcCycles } from "./gc-cycles.js";
import { intervalsOf } from "./intervals.js";
import { relativeChange } from "./quantile-change.js";
import { schedLatency } from "./sched-latency.js";
import { stopTheWorld } from "./stop-the-world.js";
import { needTables, type TableSource } from "./table-source.js";

interface Row {
  what: string;
  unit: string;
  before: number;
  after: number;
  change: number | null;
  change_low: number | null;
  change_high: number | null;
  n_before: number;
  n_after: number;
  verdict: string;
}

/**
 * What changed between two traces. Rows: what, unit, before, after, change (after / before - 1; null where there was nothing
 * before), change_low and change_high (95 % interval, by bootstrap; null where nothing is tested), n_before, n_after and verdict (`higher`, `lower`, `no difference shown`,
 * `too few values`). Compared are the wait to run (P50, P99), stop-the-world pauses (P50, P99), mark phases (P50), and,
 * with the verdict `not tested` because a capture gives one figure each, collections per second and time blocked per
 * second by reason.
 *
 * @throws RangeError when a capture lacks goroutine_states, ranges or metrics
 * @example
 * diffCaptures(before, after).filter((row) => row.verdict === "higher");
 */
export function diffCaptures(before: TableSource, after: TableSource): ColumnTable {
  for (const source of [before, after]) needTables(source, "diffCaptures", needed);
  const rows: Row[] = [
    ...tested("wait to run", waits(before), waits(after), [0.5, 0.99]),
    ...tested("stop-the-world", pauses(before), pauses(after), [0.5, 0.99]),
    ...tested("mark phase", marks(before), marks(after), [0.5]),
    rate("collections", "1/s", [marks(before).length, marks(after).length], spans(before, after)),
    ...blocked(before, after),
  ];
  const names = Object.keys(rows[0]) as (keyof Row)[];
  return table(Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])));
}

const needed = ["goroutine_states", "ranges", "metrics"];

function waits(source: TableSource): ArrayLike<number> {
  return numbers(schedLatency(source), "wait_ns");
}

function pauses(source: TableSource): ArrayLike<number> {
  return numbers(stopTheWorld(source), "dur_ns");
}

function marks(source: TableSource): ArrayLike<number> {
  return numbers(gcCycles(source), "mark_ns");
}

function tested(
  what: string,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  quantiles: number[],
): Row[] {
  if (before.length === 0 || after.length === 0) return [];
  return compareSamples(before, after, { quantiles }).map(({ quantile, ...row }) => ({
    what: `${what} P${quantile * 100}`,
    unit: "ns",
    ...row,
  }));
}

function rate(what: string, unit: string, counts: [number, number], seconds: [number, number]): Row {
  const [before, after] = counts.map((count, i) => count / seconds[i]);
  return {
    what,
    unit,
    before,
    after,
    change: relativeChange(before, after),
    change_low: null,
    change_high: null,
    n_before: counts[0],
    n_after: counts[1],
    verdict: "cannot tell",
  };
}

function spans(before: TableSource, after: TableSource): [number, number] {
  const span = (source: TableSource): number => {
    const { starts, ends } = intervalsOf(needTables(source, "diffCaptures", ["goroutine_states"])[0]);
    return (ends.reduce((a, b) => Math.max(a, b), 0) - (starts[0] ?? 0)) / 1e9;
  };
  return [span(before), span(after)];
}

// Seconds blocked per second of capture: more than 1 when several goroutines are blocked at a time.
function blocked(before: TableSource, after: TableSource): Row[] {
  const [old, fresh] = [blockedNs(before), blockedNs(after)];
  const seconds = spans(before, after);
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().map((reason) => ({
    ...rate(
      `blocked: ${reason}`,
      "s/s",
      [(old.get(reason) ?? 0) / 1e9, (fresh.get(reason) ?? 0) / 1e9],
      seconds,
    ),
  }));
}

function blockedNs(source: TableSource): Map<string, number> {
  const [states] = needTables(source, "diffCaptures", ["goroutine_states"]);
  const state = texts(states, "state");
  const reason = texts(states, "reason");
  const duration = numbers(states, "dur_ns");
  const sums = new Map<string, number>();
  const waiting = state.values.indexOf("Waiting");
  for (let row = 0; row < duration.length; row++) {
    if (state.codes[row] !== waiting) continue;
    const name = textAt(reason, row) ?? "not given";
    sums.set(name, (sums.get(name) ?? 0) + duration[row]);
  }
  return sums;
}
