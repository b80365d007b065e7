import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CaptureError, load, readTrace, type TraceCapture } from "#lib/index.js";
import { primingTrace } from "#lib/read/trace/priming-trace.js";

const loadTrace = new Uint8Array(
  readFileSync(new URL("../fixtures/go-trace-load/load.trace", import.meta.url)),
);
const captures: [string, () => Uint8Array][] = [
  ["a server's trace", () => loadTrace],
  ["every kind of event", primingTrace],
];

interface StateRow {
  g: number;
  state: string;
  start_ns: number;
  end_ns: number;
  dur_ns: number;
  p: number;
  m: number;
  end_by_g: number;
  stack_id: number;
  end_stack_id: number;
  left_censored: boolean;
  right_censored: boolean;
}

function rows<Row>(trace: TraceCapture, name: string): Row[] {
  return trace.table(name).objects() as Row[];
}

describe.each(captures)("%s", (_, bytes) => {
  test("goroutines' intervals tile their lives, and every Running one has a processor", async () => {
    const trace = await readTrace(bytes());
    const last = new Map<number, StateRow>();
    const states = rows<StateRow>(trace, "goroutine_states");
    expect(states.length).toBeGreaterThan(10);
    const holds = (row: StateRow): boolean => {
      const before = last.get(row.g);
      last.set(row.g, row);
      return (
        row.dur_ns === row.end_ns - row.start_ns &&
        row.dur_ns >= 0 &&
        (!before || (row.start_ns === before.end_ns && row.state !== before.state)) &&
        (row.state !== "Running" || row.p >= 0) &&
        (!row.right_censored || row.end_ns === trace.spanNs)
      );
    };
    expect(states.filter((row) => !holds(row))).toEqual([]);
  });

  test("a goroutine's sums equal its last known time less its first", async () => {
    const trace = await readTrace(bytes());
    const goroutines = trace.goroutinesWith({ exact: true }).objects() as Record<string, number>[];
    expect(goroutines).toHaveLength(trace.summary().goroutines);
    for (const g of goroutines) {
      const sum = g.running_ns + g.runnable_ns + g.waiting_ns + g.syscall_ns;
      const end = Number.isNaN(g.ended_ns) ? trace.spanNs : g.ended_ns;
      expect(sum).toBe(end - g.created_ns);
    }
  });

  test("the summary is the same from kept events as without them, and agrees with the tables", async () => {
    const kept = await readTrace(bytes());
    const summed = await readTrace(bytes(), { summaryOnly: true });
    expect(summed.summary()).toEqual(kept.summary());
    // Tables of a capture that was only summed up are had by reading it again.
    expect(summed.events.numRows()).toBe(kept.summary().events);
    const closed = rows<{ right_censored: boolean }>(kept, "ranges").filter((row) => !row.right_censored);
    const counted = Object.values(kept.summary().ranges).reduce((sum, range) => sum + range.count, 0);
    expect(closed).toHaveLength(counted);
  });

  test("ids join, and ranges end after they begin", async () => {
    const trace = await readTrace(bytes());
    const goroutines = new Set(rows<{ g: number }>(trace, "goroutines").map((row) => row.g));
    const stacks = trace.stacks.numRows();
    const joins = (row: StateRow): boolean =>
      goroutines.has(row.g) &&
      (row.end_by_g < 0 || goroutines.has(row.end_by_g)) &&
      row.stack_id < stacks &&
      row.end_stack_id < stacks;
    expect(rows<StateRow>(trace, "goroutine_states").filter((row) => !joins(row))).toEqual([]);
    for (const row of rows<{ start_ns: number; end_ns: number }>(trace, "ranges")) {
      expect(row.end_ns).toBeGreaterThan(row.start_ns);
    }
    const depths = rows<{ depth: number }>(trace, "stacks").reduce((sum, row) => sum + row.depth, 0);
    expect(trace.frames.numRows()).toBe(depths);
  });

  test("processors' and threads' intervals tile as well", async () => {
    const trace = await readTrace(bytes());
    for (const [name, owner] of [
      ["proc_states", "p"],
      ["thread_states", "m"],
    ]) {
      const ends = new Map<number, number>();
      let gaps = 0;
      for (const row of rows<Record<string, number>>(trace, name)) {
        if ((ends.get(row[owner]) ?? row.start_ns) !== row.start_ns) gaps++;
        ends.set(row[owner], row.end_ns);
      }
      expect(gaps).toBe(0);
      expect(ends.size).toBeGreaterThan(0);
    }
  });

  test("every table has its schema's columns", async () => {
    const trace = await readTrace(bytes());
    for (const schema of trace.schemas()) {
      const names = schema.columns.map((column) => column.name);
      expect(trace.table(schema.name).columnNames()).toEqual(names);
    }
  });
});

test("a window reads only the generations it touches, and keeps the capture's clock", async () => {
  const whole = await readTrace(primingTrace());
  const [, second, third] = rows<{ generation: number; start_ns: number; events: number }>(
    whole,
    "generations",
  );
  const part = await readTrace(primingTrace(), { from: second.start_ns + 1, to: third.start_ns });
  expect(rows<{ generation: number }>(part, "generations").map((row) => row.generation)).toEqual([2]);
  expect(part.startNs).toBe(whole.startNs);
  expect(part.events.numRows()).toBe(second.events);
  expect(part.events.get("time_ns", 0)).toBe(second.start_ns);
  expect(part.findings.map((finding) => [finding.severity, finding.code])).toEqual([["info", "part"]]);
});

test("a gzipped trace is read, and load tells its kind", async () => {
  const zipped = await load(gzipSync(loadTrace));
  expect(zipped.kind).toBe("go-trace");
  expect(zipped.source.gzip).toBe(true);
  const plain = await readTrace(loadTrace);
  expect({ ...zipped.summary(), bytes: 0 }).toEqual({ ...plain.summary(), bytes: 0 });
});

test("progress is told, and a read can be aborted", async () => {
  const told: number[] = [];
  await readTrace(primingTrace(), { onProgress: (done) => told.push(done) });
  expect(told.length).toBeGreaterThan(2);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  const controller = new AbortController();
  const reading = readTrace(primingTrace(), {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("enough")),
  });
  await expect(reading).rejects.toThrow("enough");
});

describe("a newer header", () => {
  const newer = (): Uint8Array => {
    const bytes = primingTrace();
    bytes.set(Buffer.from("go 1.27 trace"));
    return bytes;
  };

  test("is read with a warning as long as its events are known", async () => {
    const trace = await readTrace(newer());
    expect(trace.version).toBe("1.27");
    expect(trace.findings.map((finding) => finding.code)).toEqual(["newer-version"]);
  });

  test("is refused naming the event that is not known", async () => {
    const bytes = newer();
    // The first batch's first event: its type stands after the header and the batch's own five numbers.
    const at = bytes.indexOf(13, 17);
    bytes[at] = 60;
    const refusal = await readTrace(bytes, { name: "new.trace" }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CaptureError);
    expect((refusal as CaptureError).message).toMatch(
      /^new\.trace:0x[0-9a-f]+ .*unknown type 60 in a trace of Go 1\.27;/,
    );
  });
});

test("what is no trace is refused in one line", async () => {
  for (const bytes of [
    Buffer.from("go 1.26 trace"),
    Buffer.from("hello"),
    Buffer.from("go 1.24 trace\0\0\0\x01"),
  ]) {
    const refusal = await readTrace(new Uint8Array(bytes)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CaptureError);
    expect((refusal as Error).message.split("\n")).toHaveLength(1);
  }
});
