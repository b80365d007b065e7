import { type ColumnTable, escape as expression, table } from "arquero";
import { numbers } from "../analyze/columns.js";
import { criticalPath } from "../analyze/critical-path.js";
import { type TraceView, traceView } from "../analyze/trace-view.js";
import type { Diagnosis } from "./diagnosis.js";

/** The request that shows a diagnosis best, as a person would check it. */
export interface WorstRequest {
  /** Its row of the diagnosis' `requests`. */
  readonly request: {
    request: number;
    kind: string;
    g: number;
    start_ns: number;
    end_ns: number;
    dur_ns: number;
    cause: string;
  };
  /** Its critical path: see {@link criticalPath}. */
  readonly path: ColumnTable;
  /** The goroutines on that path, its own first, those with most of the time next. */
  readonly goroutines: readonly number[];
  /** Its parts: the rows of the diagnosis' `evidence`. */
  readonly parts: ColumnTable;
  /** Where it stood longest: func, file, line, innermost first. */
  readonly stack: ColumnTable;
  /** Where whoever is behind stood when it let go, or ran: func, file, line, innermost first. */
  readonly behind: ColumnTable;
}

/**
 * The slowest request whose largest cause is the first finding's, with its path, its parts and the stacks to look at; undefined where
 * nothing was found.
 *
 * @example
 * const worst = worstRequest(diagnose([trace]));
 * if (worst) criticalPathChart(worst.path);
 */
export function worstRequest(diagnosis: Diagnosis): WorstRequest | undefined {
  const { trace, requests, findings, evidence } = diagnosis;
  const cause = findings.numRows() > 0 ? String(findings.get("cause", 0)) : undefined;
  if (!trace || cause === undefined || requests.numRows() === 0) return undefined;
  const rows = requests.objects() as WorstRequest["request"][];
  const request = rows.find((row) => row.cause === cause) ?? rows[0];
  const view = traceView(trace);
  const { g, start_ns, end_ns } = request;
  const path = criticalPath(trace, { g, from_ns: start_ns, to_ns: end_ns });
  const parts = evidence
    .filter(expression((row: { request: number }) => row.request === request.request))
    .reify();
  const ns = numbers(parts, "ns");
  const stack = numbers(parts, "stack_id");
  const state = numbers(parts, "state_row");
  const longest = longestOf(parts, ns, cause);
  const row = longest < 0 ? -1 : state[longest];
  return {
    request,
    path,
    goroutines: goroutinesOf(path, g),
    parts,
    stack: framesTable(view, longest < 0 ? -1 : stack[longest]),
    behind: framesTable(view, row < 0 ? -1 : view.endStack[row]),
  };
}

function longestOf(parts: ColumnTable, ns: ArrayLike<number>, cause: string): number {
  const causes = parts.array("cause") as string[];
  let best = -1;
  for (let i = 0; i < ns.length; i++) {
    if (causes[i] === cause && (best < 0 || ns[i] > ns[best])) best = i;
  }
  return best;
}

/** So many lanes are drawn at most. */
const mostLanes = 12;

function goroutinesOf(path: ColumnTable, own: number): number[] {
  const g = numbers(path, "g");
  const dur = numbers(path, "dur_ns");
  const sums = new Map<number, number>();
  for (let row = 0; row < g.length; row++) sums.set(g[row], (sums.get(g[row]) ?? 0) + dur[row]);
  sums.delete(own);
  const others = [...sums].sort((a, b) => b[1] - a[1]).map(([id]) => id);
  return [own, ...others].slice(0, mostLanes);
}

function framesTable(view: TraceView, stack: number): ColumnTable {
  const frames = view.frames.of(stack);
  return table({
    func: frames.map(({ func }) => func),
    file: frames.map(({ file }) => file),
    line: Float64Array.from(frames, ({ line }) => line),
  });
}
