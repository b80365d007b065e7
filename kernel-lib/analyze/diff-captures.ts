import type { ColumnTable } from "arquero";
import type { Verdict } from "./judgement.js";
import { nearestRank } from "./quantile.js";
import { relativeChange, rowsTable } from "./quantile-change.js";
import { runFigures } from "./run-figures.js";
import { compareMany } from "./statistics/compare-many.js";
import { changeOf } from "./statistics/compare-runs.js";
import { runsNeeded, shiftInterval } from "./statistics/shift-interval.js";
import type { TableSource } from "./table-source.js";

interface Row {
  what: string;
  where: string | null;
  unit: string;
  before: number;
  after: number;
  change: number | null;
  change_low: number | null;
  change_high: number | null;
  n_before: number;
  n_after: number;
  runs_before: number;
  runs_after: number;
  p_adjusted: number | null;
  verdict: Verdict;
  why: string | null;
}

const alpha = 0.05;

/**
 * What changed between traces of two programs, or between several runs of each. Rows: what, where (the innermost functions, or
 * the entry function; null for what has no place), unit, before, after (medians of the runs), change (after / before - 1; null where there was nothing
 * before), change_low and change_high (95 % interval of each by itself; null where nothing bounds it), n_before, n_after, runs_before,
 * runs_after, p_adjusted (of all rows together; null for one run a side), verdict (`higher`, `lower`, `no difference seen`, `cannot
 * tell`) and why.
 *
 * Compared are the wait to run (P50, P99), stop-the-world pauses (P50, P99), mark phases (P50), collections per second, time blocked per
 * second by reason, and per operation (a task; in a program without tasks a goroutine that ended, else a second): computing by entry function, waits for
 * locks and the like and system calls by place, how many and how long.
 *
 * **Several runs a side**: the run is the unit. All rows are judged together, by exchanging whole runs between the sides, so
 * that equal programs are called different in any row one time in twenty; it takes 4 runs a side. **One run a side** cannot tell: waits
 * for a processor, pauses and marking are the machine's more than the program's, and equal runs of one program on a machine that was busy at
 * different times differed by more than any floor that would still let a change be seen.
 *
 * @throws RangeError when a capture lacks goroutine_states, ranges or metrics
 * @example
 * diffCaptures(before, after).filter((row) => row.verdict === "higher");
 */
export function diffCaptures(
  before: TableSource | readonly TableSource[],
  after: TableSource | readonly TableSource[],
): ColumnTable {
  const [old, fresh] = [before, after].map((side) =>
    (Array.isArray(side) ? (side as readonly TableSource[]) : [side as TableSource]).map(runFigures),
  );
  const figures = new Map([...old, ...fresh].flatMap((run) => [...run]));
  const rows = [...figures].map(([key, figure]) => {
    const sides = [old, fresh].map((runs) => runs.map((run) => run.get(key)));
    return { figure, sides, values: sides.map((side) => side.map((one) => one?.value ?? 0)) };
  });
  const one = old.length === 1 && fresh.length === 1;
  // A distribution without a value in some run has no quantile there; a count has, and it is 0.
  const kept = rows.filter(
    ({ figure, sides }) => !figure.isQuantile || sides.flat().every((each) => each?.isQuantile),
  );
  const adjusted = one
    ? undefined
    : compareMany(
        kept.map(({ values }) => values[0]),
        kept.map(({ values }) => values[1]),
      );
  return rowsTable(
    kept.map(({ figure, sides, values }, i): Row => {
      const [was, is] = values.map((side) => nearestRank(Float64Array.from(side).sort(), 0.5));
      const [n_before, n_after] = sides.map((side) => side.reduce((sum, each) => sum + (each?.n ?? 0), 0));
      return {
        what: figure.what,
        where: figure.where,
        unit: figure.unit,
        before: was,
        after: is,
        change: relativeChange(was, is),
        ...(adjusted ? ofRuns(values, adjusted[i]) : ofOneRun()),
        n_before,
        n_after,
        runs_before: old.length,
        runs_after: fresh.length,
        p_adjusted: adjusted?.[i] ?? null,
      };
    }),
  );
}

type Judgement = Pick<Row, "change_low" | "change_high" | "verdict" | "why">;

function ofRuns([before, after]: readonly number[][], p: number): Judgement {
  const positive = [...before, ...after].every((value) => value > 0);
  const { low, high } = positive
    ? shiftInterval(before.map(Math.log), after.map(Math.log), alpha)
    : { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const bounds = { change_low: changeOf(low), change_high: changeOf(high) };
  const need = runsNeeded(alpha);
  if (Math.min(before.length, after.length) < need) {
    const why = `${before.length} and ${after.length} runs cannot differ by more than chance; ${need} runs a side would do`;
    return { ...bounds, verdict: "cannot tell", why };
  }
  if (p > alpha) return { ...bounds, verdict: "no difference seen", why: null };
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  return { ...bounds, verdict: mean(after) > mean(before) ? "higher" : "lower", why: null };
}

function ofOneRun(): Judgement {
  const why = `equal runs differ, and one run a side does not show by how much; ${runsNeeded(alpha)} runs a side would tell`;
  return { change_low: null, change_high: null, verdict: "cannot tell", why };
}
