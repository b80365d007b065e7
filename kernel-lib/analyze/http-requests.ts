import { numbers, type Texts, textAt, texts } from "./columns.js";
import { GoroutineRows } from "./goroutine-rows.js";
import type { Request } from "./request.js";
import { StackFrames } from "./stack-frames.js";
import { needTables, type TableSource } from "./table-source.js";

const connection = "net/http.(*conn).serve";
const watcher = "net/http.(*connReader).backgroundRead";
/** A goroutine for each request: HTTP/2 of the standard library and of x/net, and gRPC. */
const ownGoroutine: readonly (readonly [entry: RegExp, type: string])[] = [
  [/^(net\/http\.\(\*http2serverConn\)|golang\.org\/x\/net\/http2\.\(\*serverConn\))\.runHandler$/, "HTTP"],
  [/^google\.golang\.org\/grpc\.\(\*Server\)\.(serveStreams\.func[\d.]+|handleStream)$/, "gRPC"],
];

/**
 * HTTP and gRPC requests, found from stacks without annotations.
 *
 * Of HTTP/1 the goroutine of a connection alternates between waiting for a request and serving it: a request reaches from the end of
 * a wait for one (or from the goroutine's begin) to the next wait outside of a handler, or to the goroutine's end, and
 * counts when anything in between shows that it was served: a stack in a handler, the response's writing, or the goroutine that watches for
 * the client's going away. Several that came in one packet are parted by these watchers. Of HTTP/2 and gRPC each request is a
 * goroutine's life.
 */
export function httpRequests(source: TableSource): Request[] {
  const [states, goroutines] = needTables(source, "requests", ["goroutine_states", "goroutines", "frames"]);
  const finder = new ConnectionReader(source);
  const lives = new GoroutineRows(states);
  const watched = watchersOf(source);
  const name = texts(goroutines, "name");
  const g = numbers(goroutines, "g");
  const created = numbers(goroutines, "created_ns");
  const ended = numbers(goroutines, "ended_ns");
  const parent = numbers(goroutines, "parent_g");
  const requests: Request[] = [];
  for (let row = 0; row < g.length; row++) {
    const entry = textAt(name, row);
    if (entry === null) continue;
    if (entry === connection) {
      requests.push(...finder.requestsOf(g[row], lives.of(g[row]), watched.get(g[row]) ?? []));
      continue;
    }
    const type = ownGoroutine.find(([pattern]) => pattern.test(entry))?.[1];
    if (type === undefined || parent[row] < 0 || !(ended[row] > created[row])) continue;
    requests.push(requestFrom(type, g[row], created[row], ended[row]));
  }
  return requests
    .sort((a, b) => a.start_ns - b.start_ns)
    .map((request, number) => ({ ...request, request: number }));
}

function requestFrom(type: string, g: number, start_ns: number, end_ns: number): Request {
  return { request: 0, type, g, start_ns, end_ns, dur_ns: end_ns - start_ns };
}

/** For each connection's goroutine, when it started to watch for the client's going away: once in each request. */
function watchersOf(source: TableSource): Map<number, number[]> {
  const goroutines = source.table("goroutines");
  const name = texts(goroutines, "name");
  const code = name.values.indexOf(watcher);
  const parent = numbers(goroutines, "parent_g");
  const created = numbers(goroutines, "created_ns");
  const begun = new Map<number, number[]>();
  for (let row = 0; row < parent.length; row++) {
    if (code < 0 || name.codes[row] !== code || parent[row] < 0) continue;
    const list = begun.get(parent[row]);
    if (list) list.push(created[row]);
    else begun.set(parent[row], [created[row]]);
  }
  for (const list of begun.values()) list.sort((a, b) => a - b);
  return begun;
}

/** What a stack of a connection's goroutine shows. */
const Shows = { nothing: 0, handler: 1, response: 2, outside: 3 } as const;

/** Parts the life of a connection's goroutine into requests. */
class ConnectionReader {
  private readonly frames: StackFrames;
  private readonly state: Texts;
  private readonly start: ArrayLike<number>;
  private readonly end: ArrayLike<number>;
  private readonly stack: ArrayLike<number>;
  private readonly endStack: ArrayLike<number> | undefined;
  private readonly left: ArrayLike<unknown>;
  private readonly right: ArrayLike<unknown>;
  private readonly shown = new Map<number, number>();
  private readonly captureEnd: number;

  constructor(source: TableSource) {
    const states = source.table("goroutine_states");
    this.frames = new StackFrames(source);
    this.state = texts(states, "state");
    this.start = numbers(states, "start_ns");
    this.end = numbers(states, "end_ns");
    this.stack = numbers(states, "stack_id");
    this.endStack = numbers(states, "end_stack_id");
    this.left = numbers(states, "left_censored");
    this.right = numbers(states, "right_censored");
    let last = 0;
    for (let row = 0; row < this.end.length; row++) if (this.end[row] > last) last = this.end[row];
    this.captureEnd = last;
  }

  requestsOf(g: number, rows: Int32Array, watchers: readonly number[]): Request[] {
    const requests: Request[] = [];
    const whole = rows.length > 0 && !this.left[rows[0]];
    // Where the stretch began in which the goroutine may have served; NaN while it waits, or did so before the capture.
    let from = whole ? this.start[rows[0]] : Number.NaN;
    let answered: number[] = [];
    let served = false;
    const close = (to: number): void => {
      if (from < to) requests.push(...this.parted(g, from, to, served, answered, watchers));
      served = false;
      answered = [];
    };
    for (const row of rows) {
      const shows = this.showsOf(this.stack[row]);
      const waits = textAt(this.state, row) === "Waiting";
      if (waits && shows === Shows.outside) {
        close(this.start[row]);
        from = this.right[row] ? Number.NaN : this.end[row];
        continue;
      }
      // A state's stack is where it was entered: for running, that of the wait before.
      const inside = textAt(this.state, row) === "Running" || textAt(this.state, row) === "Runnable";
      const until = this.showsOf(this.endStack?.[row] ?? -1);
      const at = inside ? until : shows;
      if (at === Shows.handler || at === Shows.response) served = true;
      if (at === Shows.response) answered.push(this.end[row]);
    }
    const last = rows[rows.length - 1];
    if (last !== undefined && !this.right[last] && this.end[last] < this.captureEnd) close(this.end[last]);
    return requests;
  }

  // More than one watcher in a stretch: requests that came in one packet, each from when the one before was answered.
  private parted(
    g: number,
    from: number,
    to: number,
    served: boolean,
    answered: readonly number[],
    watchers: readonly number[],
  ): Request[] {
    const inside = watchers.filter((at) => at >= from && at <= to);
    if (inside.length === 0 && !served) return [];
    const requests: Request[] = [];
    let start = from;
    for (const next of inside.slice(1)) {
      const previous = answered.filter((at) => at > start && at <= next);
      const end = previous[previous.length - 1] ?? next;
      requests.push(requestFrom("HTTP", g, start, end));
      start = end;
    }
    requests.push(requestFrom("HTTP", g, start, to));
    return requests;
  }

  private showsOf(stack: number): number {
    let shows = this.shown.get(stack);
    if (shows === undefined) {
      shows = this.look(stack);
      this.shown.set(stack, shows);
    }
    return shows;
  }

  private look(stack: number): number {
    const frames = this.frames.of(stack);
    if (!frames.some(({ func }) => func === connection)) return Shows.nothing;
    if (frames.some(({ func }) => func === "net/http.serverHandler.ServeHTTP")) return Shows.handler;
    const answers = frames.some(
      ({ func }) =>
        func.startsWith("net/http.(*response).") || func === "net/http.checkConnErrorWriter.Write",
    );
    return answers ? Shows.response : Shows.outside;
  }
}
