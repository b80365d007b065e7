import type { ColumnTable } from "arquero";
import { numbers, textAt, texts } from "./columns.js";
import { goroutineChains } from "./goroutine-chains.js";
import { needTables, type TableSource } from "./table-source.js";

/** What counts as a request. */
export interface RequestOptions {
  /**
   * User tasks, user regions, or HTTP requests found from stacks; by default the first of these that there are. Or whole
   * goroutines, whose type is their entry function: with `type`, the page of `go tool trace` of that function's goroutines.
   */
  requests?: "tasks" | "regions" | "http" | "goroutines";
  /** Only this type of task or region, or goroutines of this entry function. */
  type?: string;
  /** Only those that took at least this long, and at most this long. */
  min_ns?: number;
  max_ns?: number;
  /** Give no rows, instead of an error, when there are no requests. */
  optional?: boolean;
}

/** One request: a stretch of a goroutine's life. */
export interface Request {
  request: number;
  type: string;
  g: number;
  start_ns: number;
  end_ns: number;
  dur_ns: number;
}

/**
 * The requests of a trace whose begin and end it has.
 *
 * HTTP requests are found without annotations: in each request the goroutine of a connection
 * (net/http.(*conn).serve) starts another that watches for the client's going away (backgroundRead). A request
 * reaches from the end of the connection's wait for it, or from that start where it did not wait, to the connection's
 * next wait outside of a handler. This holds for HTTP/1 servers; a request whose body is read late begins late.
 *
 * @throws RangeError when there are none, naming what was looked for
 */
export function requestsOf(source: TableSource, options: RequestOptions = {}): Request[] {
  const { min_ns = 0, max_ns = Number.POSITIVE_INFINITY } = options;
  const kinds = options.requests ? [options.requests] : (["tasks", "regions", "http"] as const);
  const types = new Set<string>();
  for (const kind of kinds) {
    if (!Object.hasOwn(finders, kind)) {
      throw new RangeError(
        `there are no requests of kind ${JSON.stringify(kind)}: kinds are ${Object.keys(finders).join(", ")}; for the tasks or regions of a type give { type }`,
      );
    }
    const all = finders[kind](source);
    for (const { type } of all) types.add(type);
    const found = all.filter(
      ({ type, dur_ns }) =>
        (options.type === undefined || type === options.type) && dur_ns >= min_ns && dur_ns <= max_ns,
    );
    if (found.length > 0) return found;
  }
  if (options.optional) return [];
  const type = options.type === undefined ? "" : ` of type ${JSON.stringify(options.type)}`;
  const took = options.min_ns === undefined && options.max_ns === undefined ? "" : " of that duration";
  throw new RangeError(
    `this capture has no requests${type}${took}: looked for ${kinds.join(", ")}; ${remedyFor(types)}`,
  );
}

function remedyFor(types: ReadonlySet<string>): string {
  if (types.size > 0) return `there are of type ${[...types].map((name) => JSON.stringify(name)).join(", ")}`;
  return "annotate with runtime/trace.NewTask or WithRegion, or capture a net/http server with stacks";
}

const finders = {
  tasks: (source: TableSource): Request[] => annotated(source, "tasks"),
  regions: (source: TableSource): Request[] => annotated(source, "regions"),
  http: httpRequests,
  goroutines: goroutineLives,
} as const;

/** Goroutines from when they were created, or first seen, until they ended, or the capture did. */
function goroutineLives(source: TableSource): Request[] {
  const [goroutines, states] = needTables(source, "requests", ["goroutines", "goroutine_states"]);
  const g = numbers(goroutines, "g");
  const name = texts(goroutines, "name");
  const start = numbers(goroutines, "created_ns");
  const ended = numbers(goroutines, "ended_ns");
  const stateEnd = numbers(states, "end_ns");
  let last = 0;
  for (let row = 0; row < stateEnd.length; row++) if (stateEnd[row] > last) last = stateEnd[row];
  return Array.from(g, (id, row) => {
    const end_ns = ended[row] >= 0 ? ended[row] : last;
    const type = textAt(name, row) ?? "unknown";
    return { request: id, type, g: id, start_ns: start[row], end_ns, dur_ns: end_ns - start[row] };
  });
}

function annotated(source: TableSource, name: "tasks" | "regions"): Request[] {
  if (!source.schemas().some((schema) => schema.name === name)) return [];
  const rows = source.table(name);
  const type = texts(rows, "type");
  const g = numbers(rows, "g");
  const start = numbers(rows, "start_ns");
  const end = numbers(rows, "end_ns");
  const id = name === "tasks" ? numbers(rows, "task") : undefined;
  const requests: Request[] = [];
  for (let row = 0; row < g.length; row++) {
    if (!(end[row] > start[row])) continue;
    requests.push({
      request: id ? id[row] : row,
      type: textAt(type, row) ?? "unknown",
      g: g[row],
      start_ns: start[row],
      end_ns: end[row],
      dur_ns: end[row] - start[row],
    });
  }
  return requests;
}

function httpRequests(source: TableSource): Request[] {
  const [states, frames, goroutines] = needTables(source, "requests", [
    "goroutine_states",
    "frames",
    "goroutines",
  ]);
  const outside = outsideStacks(frames);
  const { first, next } = goroutineChains(states);
  const state = texts(states, "state");
  const stack = numbers(states, "stack_id");
  const start = numbers(states, "start_ns");
  const end = numbers(states, "end_ns");
  const waiting = state.values.indexOf("Waiting");
  const requests: Request[] = [];
  for (const [g, handled] of handlersBegun(goroutines)) {
    const waits: [number, number][] = [];
    for (let row = first.get(g) ?? -1; row >= 0; row = next[row]) {
      if (state.codes[row] === waiting && outside.has(stack[row])) waits.push([start[row], end[row]]);
    }
    requests.push(...requestsBetween(g, handled, waits));
  }
  return requests
    .sort((a, b) => a.start_ns - b.start_ns)
    .map((request, number) => ({ ...request, request: number }));
}

/** For each connection's goroutine, when it started to watch for the client's going away: once in each request. */
function handlersBegun(goroutines: ColumnTable): Map<number, number[]> {
  const name = texts(goroutines, "name");
  const watcher = name.values.indexOf("net/http.(*connReader).backgroundRead");
  const parent = numbers(goroutines, "parent_g");
  const created = numbers(goroutines, "created_ns");
  const begun = new Map<number, number[]>();
  for (let row = 0; row < parent.length; row++) {
    if (watcher < 0 || name.codes[row] !== watcher || parent[row] < 0) continue;
    const list = begun.get(parent[row]);
    if (list) list.push(created[row]);
    else begun.set(parent[row], [created[row]]);
  }
  for (const list of begun.values()) list.sort((a, b) => a - b);
  return begun;
}

// A request reaches from the end of the wait for it, where there was one, to the first wait outside of its handler.
function requestsBetween(
  g: number,
  handled: readonly number[],
  waits: readonly [number, number][],
): Request[] {
  const requests: Request[] = [];
  let wait = 0;
  let previousEnd = Number.NEGATIVE_INFINITY;
  handled.forEach((at, i) => {
    let start_ns = at;
    for (; wait < waits.length && waits[wait][0] <= at; wait++) {
      if (waits[wait][1] <= at && waits[wait][0] >= previousEnd) start_ns = waits[wait][1];
    }
    const end_ns = Math.min(
      waits[wait]?.[0] ?? Number.POSITIVE_INFINITY,
      handled[i + 1] ?? Number.POSITIVE_INFINITY,
    );
    previousEnd = end_ns;
    if (Number.isFinite(end_ns) && end_ns > start_ns) {
      requests.push({ request: i, type: "HTTP", g, start_ns, end_ns, dur_ns: end_ns - start_ns });
    }
  });
  return requests;
}

// Stacks of a connection outside of a handler: in serve, and not below ServeHTTP.
function outsideStacks(frames: ColumnTable): Set<number> {
  const id = numbers(frames, "stack_id");
  const func = texts(frames, "func");
  const serve = func.values.indexOf("net/http.(*conn).serve");
  const handler = func.values.indexOf("net/http.serverHandler.ServeHTTP");
  const below = new Set<number>();
  const handling = new Set<number>();
  for (let row = 0; row < id.length; row++) {
    if (func.codes[row] === serve) below.add(id[row]);
    else if (func.codes[row] === handler) handling.add(id[row]);
  }
  return new Set([...below].filter((stack) => !handling.has(stack)));
}
