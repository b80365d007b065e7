import { hasColumn, numbers, textAt, texts } from "./columns.js";
import { httpRequests } from "./http-requests.js";
import type { Request } from "./request.js";
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

/**
 * The requests of a trace whose begin and end it has.
 *
 * HTTP requests, of HTTP/1 and HTTP/2, and gRPC calls are found without annotations, from stacks: see {@link httpRequests}.
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
  const endG = hasColumn(rows, "end_g") ? numbers(rows, "end_g") : g;
  const requests: Request[] = [];
  for (let row = 0; row < g.length; row++) {
    if (!(end[row] > start[row])) continue;
    const handedOver = endG[row] >= 0 && endG[row] !== g[row];
    requests.push({
      request: id ? id[row] : row,
      type: textAt(type, row) ?? "unknown",
      g: handedOver ? endG[row] : g[row],
      ...(handedOver && { from_g: g[row] }),
      start_ns: start[row],
      end_ns: end[row],
      dur_ns: end[row] - start[row],
    });
  }
  return requests;
}
