import { numbers, textAt, texts } from "../analyze/columns.js";
import type { Request } from "../analyze/request.js";
import { RequestTracks } from "../analyze/request-tracks.js";
import { requestsOf } from "../analyze/requests.js";
import type { TableSource } from "../analyze/table-source.js";
import type { TraceView } from "../analyze/trace-view.js";
import type { RequestsFrom } from "./diagnosis.js";
import type { Candidate } from "./slow-requests.js";

/** The requests a trace knows by itself. */
export interface TraceRequests {
  readonly from: RequestsFrom;
  readonly candidates: readonly Candidate[];
  /** How many began before the trace did, or had not ended when it did. */
  readonly cut: number;
}

/** Fewer than this are taken only where nothing else has more. */
const some = 10;

/** The requests of a trace: its tasks, else HTTP and gRPC handlers, else regions, else goroutines of one entry function. */
export function traceRequests(source: TableSource, view: TraceView): TraceRequests {
  let best: TraceRequests = { from: "none", candidates: [], cut: 0 };
  for (const find of [tasks, http, regions, goroutines]) {
    const found = find(source, view);
    if (found.candidates.length >= some) return found;
    if (found.candidates.length > best.candidates.length) best = found;
  }
  return best;
}

function tasks(source: TableSource, view: TraceView): TraceRequests {
  const all = requestsOf(source, { requests: "tasks", optional: true });
  const cut = has(source, "tasks") ? source.table("tasks").numRows() - all.length : 0;
  const known = new Set(all.map(({ request }) => request));
  const parents = parentsOf(source);
  const outer = all.filter(({ request }) => !known.has(parents.get(request) ?? 0));
  return { from: "tasks", candidates: candidatesOf(source, view, outer), cut };
}

function http(source: TableSource, view: TraceView): TraceRequests {
  if (view.frames.empty) return { from: "http", candidates: [], cut: 0 };
  const all = requestsOf(source, { requests: "http", optional: true });
  const candidates = candidatesOf(source, view, all);
  const handlers = candidates.map((candidate) => handlerOf(view, candidate));
  const known = handlers.filter((handler) => handler !== undefined).length;
  const cut = begunBefore(view);
  // A handler that never stops leaves no stack: where many are not known they cannot be told apart.
  if (known < 0.9 * candidates.length) return { from: "http", candidates, cut };
  return {
    from: "http",
    candidates: candidates.map((candidate, i) => ({ ...candidate, kind: handlers[i] ?? candidate.kind })),
    cut,
  };
}

/** Goroutines that were in a handler when the trace began, or when it ended. */
function begunBefore(view: TraceView): number {
  const ids = view.rows.goroutines();
  let count = 0;
  for (let i = 0; i < ids.length; i++) {
    const rows = view.rows.of(ids[i]);
    const [first, last] = [rows[0], rows[rows.length - 1]];
    const handling = (row: number): boolean => view.frames.some(view.stack[row], (func) => serves.test(func));
    if (view.left[first] && handling(first)) count++;
    if (last !== first && view.right[last] && handling(last)) count++;
  }
  return count;
}

const serves =
  /^net\/http\.(serverHandler|initALPNRequest)\.ServeHTTP$|^google\.golang\.org\/grpc\.\(\*Server\)\./;

function handlerOf(view: TraceView, { track }: Candidate): string | undefined {
  for (const { g, from, to } of track) {
    const rows = view.rows.of(g);
    for (let i = view.rows.firstEndingAfter(rows, from); i < rows.length && view.start[rows[i]] < to; i++) {
      for (const stack of [view.stack[rows[i]], view.endStack[rows[i]]]) {
        if (!view.frames.some(stack, (func) => serves.test(func))) continue;
        const own = view.frames.own(stack);
        if (own.length > 0) return own[own.length - 1].func;
      }
    }
  }
  return undefined;
}

function regions(source: TableSource, view: TraceView): TraceRequests {
  const all = requestsOf(source, { requests: "regions", optional: true });
  const outer: Request[] = [];
  const until = new Map<number, number>();
  for (const region of [...all].sort((a, b) => a.start_ns - b.start_ns || b.end_ns - a.end_ns)) {
    if (region.start_ns < (until.get(region.g) ?? Number.NEGATIVE_INFINITY)) continue;
    until.set(region.g, region.end_ns);
    outer.push(region);
  }
  return { from: "regions", candidates: candidatesOf(source, view, outer), cut: 0 };
}

// Goroutines that come again and again: of the entry function that has most of them with both ends in the trace.
function goroutines(source: TableSource, view: TraceView): TraceRequests {
  const table = source.table("goroutines");
  const ended = numbers(table, "ended_ns");
  const parent = numbers(table, "parent_g");
  const name = texts(table, "name");
  const complete = new Set<number>();
  const g = numbers(table, "g");
  const counts = new Map<string, number>();
  for (let row = 0; row < g.length; row++) {
    const func = textAt(name, row);
    if (func === null || parent[row] < 0 || Number.isNaN(ended[row])) continue;
    if (view.frames.originOfFunction(func) !== "own") continue;
    complete.add(g[row]);
    counts.set(func, (counts.get(func) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!best) return { from: "goroutines", candidates: [], cut: 0 };
  const lives = requestsOf(source, { requests: "goroutines", type: best[0], optional: true });
  const whole = lives.filter((life) => complete.has(life.g));
  return { from: "goroutines", candidates: candidatesOf(source, view, whole), cut: 0 };
}

function candidatesOf(source: TableSource, view: TraceView, requests: readonly Request[]): Candidate[] {
  const tracks = new RequestTracks(source, view.rows, view.frames);
  const kind = kindNames(requests.map(({ type }) => type));
  return requests.map((request) => ({
    id: request.request,
    kind: kind(request.type),
    start_ns: request.start_ns,
    end_ns: request.end_ns,
    track: tracks.of(request),
  }));
}

/** Types that carry an id (req-17) are of one kind: digits and hexadecimal ids are left out; where most are still alone, all are of one. */
export function kindNames(types: readonly string[]): (type: string) => string {
  const distinct = new Set(types);
  if (distinct.size <= Math.max(3, 0.05 * types.length)) return (type) => type;
  const plain = (type: string): string =>
    type.replace(/[0-9a-f]{8}-[0-9a-f-]{20,}|\b[0-9a-f]{12,}\b|\d+/gi, "#");
  const kinds = new Set([...distinct].map(plain));
  return kinds.size > 0.2 * types.length ? () => "requests" : plain;
}

function parentsOf(source: TableSource): Map<number, number> {
  const parents = new Map<number, number>();
  if (!has(source, "tasks")) return parents;
  const table = source.table("tasks");
  const [task, parent] = ["task", "parent"].map((name) => numbers(table, name));
  for (let row = 0; row < task.length; row++) if (parent[row] > 0) parents.set(task[row], parent[row]);
  return parents;
}

function has(source: TableSource, name: string): boolean {
  return source.schemas().some((schema) => schema.name === name);
}
