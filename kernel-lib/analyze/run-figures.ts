import { hasColumn, numbers, textAt, texts } from "./columns.js";
import { gcCycles } from "./gc-cycles.js";
import { intervalsOf } from "./intervals.js";
import { nearestRank, sortedNumbers } from "./quantile.js";
import { schedLatency } from "./sched-latency.js";
import { stopTheWorld } from "./stop-the-world.js";
import { needTables, type TableSource, tableNames } from "./table-source.js";

/** One figure of a capture. */
export interface RunFigure {
  readonly what: string;
  /** The place in the program; null for what has none. */
  readonly where: string | null;
  readonly unit: string;
  readonly value: number;
  /** What was counted for it. */
  readonly n: number;
  /** Of single values: a run without any has none, where a count would be 0. */
  readonly isQuantile?: true;
}

const needed = ["goroutine_states", "ranges", "metrics"];
/** A place with fewer events is not a cost of each operation. */
const leastEvents = 20;

/**
 * The figures by which two runs are compared: waits and pauses by quantile, collections and time blocked per second, and for each
 * operation (a task, where the program has any, else a goroutine that ended, else a second) what it computes by entry function, and how
 * often and how long it waits for locks and is in system calls, by place. Per operation, for a run that serves more is not slower.
 */
export function runFigures(source: TableSource): Map<string, RunFigure> {
  needTables(source, "diffCaptures", needed);
  const seconds = spanSeconds(source);
  const operations = operationsOf(source, seconds);
  const all = [
    ...quantilesOf("wait to run", numbers(schedLatency(source), "wait_ns"), [0.5, 0.99]),
    ...quantilesOf("stop-the-world", numbers(stopTheWorld(source), "dur_ns"), [0.5, 0.99]),
    ...quantilesOf("mark phase", numbers(gcCycles(source), "mark_ns"), [0.5]),
    rate("collections", "1/s", gcCycles(source).numRows(), seconds),
    ...blocked(source, seconds),
    ...places(source, "sync_profile", "waits", operations),
    ...places(source, "syscall_profile", "system calls", operations),
    ...computing(source, operations),
  ];
  return new Map(all.map((figure) => [`${figure.what}\n${figure.where ?? ""}`, figure]));
}

function quantilesOf(what: string, values: ArrayLike<number>, quantiles: readonly number[]): RunFigure[] {
  if (values.length === 0) return [];
  const sorted = sortedNumbers(values);
  return quantiles.map((quantile) => ({
    what: `${what} P${quantile * 100}`,
    where: null,
    unit: "ns",
    value: nearestRank(sorted, quantile),
    n: sorted.length,
    isQuantile: true,
  }));
}

function rate(what: string, unit: string, count: number, seconds: number): RunFigure {
  return { what, where: null, unit, value: count / seconds, n: count };
}

function spanSeconds(source: TableSource): number {
  const { starts, ends } = intervalsOf(source.table("goroutine_states"));
  return (ends.reduce((a, b) => Math.max(a, b), 0) - (starts[0] ?? 0)) / 1e9;
}

interface Operations {
  readonly count: number;
  readonly one: string;
}

function operationsOf(source: TableSource, seconds: number): Operations {
  const there = tableNames(source);
  const tasks = there.includes("tasks") ? source.table("tasks").numRows() : 0;
  if (tasks >= leastEvents) return { count: tasks, one: "task" };
  if (there.includes("goroutines") && hasColumn(source.table("goroutines"), "ended_ns")) {
    const ended = numbers(source.table("goroutines"), "ended_ns");
    const count = Array.from(ended).filter((at) => at >= 0).length;
    if (count >= leastEvents) return { count, one: "goroutine" };
  }
  return { count: seconds, one: "second" };
}

// Seconds blocked per second of capture: more than 1 when several goroutines are blocked at a time.
function blocked(source: TableSource, seconds: number): RunFigure[] {
  const states = source.table("goroutine_states");
  const [state, reason] = [texts(states, "state"), texts(states, "reason")];
  const duration = numbers(states, "dur_ns");
  const waiting = state.values.indexOf("Waiting");
  const sums = new Map<string, number>();
  for (let row = 0; row < duration.length; row++) {
    if (state.codes[row] !== waiting) continue;
    const name = textAt(reason, row) ?? "not given";
    sums.set(name, (sums.get(name) ?? 0) + duration[row]);
  }
  return [...sums].sort().map(([name, ns]) => rate(`blocked: ${name}`, "s/s", ns / 1e9, seconds));
}

function places(source: TableSource, profile: string, what: string, { count, one }: Operations): RunFigure[] {
  if (!tableNames(source).includes(profile)) return [];
  const rows = source.table(profile);
  const [stack, counts, total] = [
    numbers(rows, "stack_id"),
    numbers(rows, "count"),
    numbers(rows, "total_ns"),
  ];
  const names = placeNames(source);
  const byPlace = new Map<string, { count: number; ns: number }>();
  for (let row = 0; row < stack.length; row++) {
    const where = names.get(stack[row]);
    if (where === undefined) continue;
    const sum = byPlace.get(where) ?? { count: 0, ns: 0 };
    byPlace.set(where, { count: sum.count + counts[row], ns: sum.ns + total[row] });
  }
  return [...byPlace]
    .filter(([, sum]) => sum.count >= leastEvents)
    .flatMap(([where, sum]) => [
      { what: `${what} per ${one}`, where, unit: "count", value: sum.count / count, n: sum.count },
      { what: `time in ${what} per ${one}`, where, unit: "ns", value: sum.ns / count, n: sum.count },
    ]);
}

/** Each stack by its innermost functions: numbers of stacks differ between captures. */
function placeNames(source: TableSource): Map<number, string> {
  const frames = source.table("frames");
  const [stack, depth, func] = [numbers(frames, "stack_id"), numbers(frames, "depth"), texts(frames, "func")];
  const functions = new Map<number, string[]>();
  for (let row = 0; row < stack.length; row++) {
    const list = functions.get(stack[row]) ?? [];
    functions.set(stack[row], list);
    list[depth[row]] = textAt(func, row) ?? "?";
  }
  return new Map(
    [...functions].map(([id, list]) => {
      const named = list.filter((name) => name !== undefined);
      return [id, [...named].slice(0, 5).join(" < ")];
    }),
  );
}

function computing(source: TableSource, { count, one }: Operations): RunFigure[] {
  if (!tableNames(source).includes("goroutine_groups")) return [];
  const groups = source.table("goroutine_groups");
  const [name, members, running] = [
    texts(groups, "name"),
    numbers(groups, "count"),
    numbers(groups, "running_ns"),
  ];
  return Array.from(members, (of, row) => ({ of, row }))
    .filter(({ of, row }) => of >= leastEvents && textAt(name, row) !== null)
    .map(({ of, row }) => ({
      what: `computing per ${one}`,
      where: textAt(name, row),
      unit: "ns",
      value: running[row] / count,
      n: of,
    }));
}
