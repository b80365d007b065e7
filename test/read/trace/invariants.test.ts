import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readTrace } from "#lib/capture/formats.js";
import type { TraceCapture } from "#lib/capture/trace-capture.js";

const root = resolve(import.meta.dirname, "../../..");
/** Larger files would take longer than they tell. */
const largest = 300_000;
const captures = ["datasets", "test/fixtures"]
  .flatMap((folder) =>
    (readdirSync(join(root, folder), { recursive: true }) as string[]).map((name) => join(folder, name)),
  )
  .filter((name) => /\.trace(\.gz)?$/.test(name) && statSync(join(root, name)).size < largest)
  .sort();

async function read(name: string): Promise<TraceCapture> {
  const stored = readFileSync(join(root, name));
  return readTrace(new Uint8Array(name.endsWith(".gz") ? gunzipSync(stored) : stored));
}

type Column = ArrayLike<number>;

function columns(trace: TraceCapture, table: string, ...names: string[]): Column[] {
  return names.map((name) => trace.table(table).array(name) as Column);
}

/** Rows of a table that are not as they should be, at most five of them. */
function wrong(trace: TraceCapture, table: string, isWrong: (row: number) => boolean): unknown[] {
  const found: unknown[] = [];
  const rows = trace.table(table);
  const count = rows.numRows();
  for (let row = 0; row < count && found.length < 5; row++) {
    if (isWrong(row)) found.push({ row, ...rows.object(row) });
  }
  return found;
}

test("there are captures of every version", () => {
  for (const minor of [19, 21, 22, 23, 25, 26]) {
    expect(captures.some((name) => name.includes(`go1.${minor}.`))).toBe(true);
  }
});

describe.each(captures)("%s", (name) => {
  const reading = read(name);

  test("a goroutine's intervals tile its life, and a Running one has a processor", async () => {
    const trace = await reading;
    const [g, start, end, dur, p] = columns(
      trace,
      "goroutine_states",
      "g",
      "start_ns",
      "end_ns",
      "dur_ns",
      "p",
    );
    const state = trace.goroutineStates.array("state") as ArrayLike<string>;
    const ends = new Map<number, number>();
    const born = new Set(
      (trace.goroutines.objects() as { g: number; created_ns: number }[]).map(
        (row) => `${row.g} ${row.created_ns}`,
      ),
    );
    const broken = wrong(trace, "goroutine_states", (row) => {
      const before = ends.get(g[row]);
      ends.set(g[row], end[row]);
      // An id lives again where a goroutine of it was created after the end of the one before.
      const gap =
        before !== undefined &&
        before !== start[row] &&
        !(born.has(`${g[row]} ${start[row]}`) && start[row] > before);
      return gap || !(end[row] >= start[row]) || dur[row] !== end[row] - start[row];
    });
    expect(broken).toEqual([]);
    expect(wrong(trace, "goroutine_states", (row) => state[row] === "Running" && !(p[row] >= 0))).toEqual([]);
    expect(ends.size).toBeGreaterThan(0);
  });

  test("a goroutine's sums are its last known time less its first", async () => {
    const trace = await reading;
    const exact = trace.goroutinesWith({ exact: true });
    const sums = new Map<string, number>();
    const lives = exact.objects() as Record<string, number>[];
    const bad = lives.filter((row) => {
      const sum = row.running_ns + row.runnable_ns + row.waiting_ns + row.syscall_ns;
      const last = Number.isNaN(row.ended_ns) ? trace.spanNs : row.ended_ns;
      sums.set(`${row.g} ${row.created_ns}`, sum);
      return sum !== last - row.created_ns;
    });
    expect(bad.slice(0, 5)).toEqual([]);
    expect(sums.size).toBeGreaterThan(0);
  });

  test("processors' and threads' intervals follow each other", async () => {
    const trace = await reading;
    for (const [table, owner] of [
      ["proc_states", "p"],
      ["thread_states", "m"],
    ]) {
      const [id, start, end] = columns(trace, table, owner, "start_ns", "end_ns");
      const ends = new Map<number, number>();
      const broken = wrong(trace, table, (row) => {
        const before = ends.get(id[row]) ?? 0;
        ends.set(id[row], end[row]);
        return start[row] < before || end[row] < start[row];
      });
      expect(broken, table).toEqual([]);
    }
  });

  test("ranges, tasks and regions end after they begin, and events come in order", async () => {
    const trace = await reading;
    for (const table of ["ranges", "tasks", "regions"]) {
      const [start, end] = columns(trace, table, "start_ns", "end_ns");
      expect(
        wrong(trace, table, (row) => end[row] < start[row]),
        table,
      ).toEqual([]);
    }
    const [time] = columns(trace, "events", "time_ns");
    expect(wrong(trace, "events", (row) => row > 0 && !(time[row] > time[row - 1]))).toEqual([]);
  });

  test("ids join", async () => {
    const trace = await reading;
    const stacks = trace.stacks.numRows();
    const [ids, depths] = columns(trace, "stacks", "stack_id", "depth");
    expect(wrong(trace, "stacks", (row) => ids[row] !== row)).toEqual([]);
    const frames = new Int32Array(stacks);
    const [frameOf] = columns(trace, "frames", "stack_id");
    for (let row = 0; row < frameOf.length; row++) frames[frameOf[row]]++;
    expect(wrong(trace, "stacks", (row) => frames[row] !== depths[row])).toEqual([]);
    const goroutines = new Set(trace.goroutines.array("g") as ArrayLike<number> & Iterable<number>);
    for (const { name: table, columns: all } of trace.schemas()) {
      for (const { name: column } of all.filter((column) => /(^|_)stack_id$/.test(column.name))) {
        if (table === "stacks") continue;
        const [stack] = columns(trace, table, column);
        const bad = wrong(trace, table, (row) => !(stack[row] >= -1 && stack[row] < stacks));
        expect(bad, `${table}.${column}`).toEqual([]);
      }
    }
    const [g] = columns(trace, "goroutine_states", "g");
    expect(wrong(trace, "goroutine_states", (row) => !goroutines.has(g[row]))).toEqual([]);
  });
});
