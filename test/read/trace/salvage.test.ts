import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureError, readTrace, type TraceCapture } from "#lib/index.js";

// Three generations with every kind of event, in which the offsets of generations are known.
const mutations = new URL("../../fixtures/go-trace-mutations/", import.meta.url);
const whole = new Uint8Array(readFileSync(new URL("base.trace", mutations)));
const loadTrace = new Uint8Array(
  readFileSync(new URL("../../fixtures/go-trace-load/load.trace", import.meta.url)),
);

async function generationEvents(bytes: Uint8Array): Promise<Map<number, number>> {
  const trace = await readTrace(bytes);
  const rows = trace.generations.objects() as { generation: number; events: number }[];
  return new Map(rows.map((row) => [row.generation, row.events]));
}

function generationStarts(): number[] {
  // A generation ends with the byte 52 between two batches: where the next batch names the next generation.
  const starts = [16];
  for (let at = 17; at < whole.length - 2; at++) {
    const ends = whole[at] === 52 && whole[at + 1] === 1 && whole[at + 2] === starts.length + 1;
    if (ends) starts.push(at + 1);
  }
  return starts;
}

test("a whole trace has no findings, and every kind of event", async () => {
  const trace = await readTrace(whole, { strict: true });
  expect(trace.findings).toEqual([]);
  expect(trace.truncated).toBe(false);
  expect(Object.keys(trace.summary().kinds).length).toBeGreaterThan(12);
  expect(generationStarts()).toHaveLength(3);
});

describe("a trace cut anywhere", () => {
  test("gives what lies before the cut, says what was lost, and strict refuses it", async () => {
    const complete = await generationEvents(whole);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 40, max: whole.length - 2 }), async (length) => {
        const cut = whole.slice(0, length);
        const boundary = generationStarts().some((start) => length === start);
        fc.pre(!boundary);
        const trace = await readTrace(cut);
        const summary = trace.summary();
        expect(summary.truncated).toBe(true);
        expect(trace.findings.some((finding) => finding.severity === "loss")).toBe(true);
        const found = await generationEvents(cut);
        const last = Math.max(...found.keys());
        for (const [generation, events] of complete) {
          if (generation < last) expect(found.get(generation)).toBe(events);
        }
        await expect(readTrace(cut, { strict: true })).rejects.toBeInstanceOf(CaptureError);
      }),
      { numRuns: 25, seed: 1126 },
    );
  });

  test("keeps nearly all events of the last generation, whose tables never arrived", async () => {
    const start = generationStarts()[2];
    const tables = whole.length - 400;
    const cut = await readTrace(whole.slice(0, tables));
    const complete = await generationEvents(whole);
    const found = await generationEvents(whole.slice(0, tables));
    expect(start).toBeLessThan(tables);
    expect(found.get(3)).toBeGreaterThan(0.9 * (complete.get(3) ?? 0));
    // Go's reader gives the two whole generations and the Sync after them.
    const upstream = (complete.get(1) ?? 0) + (complete.get(2) ?? 0) + 1;
    expect(cut.summary().events - cut.salvagedEvents).toBe(upstream);
    checkTiling(cut);
  });

  test("keeps its times where the frequency is lost", async () => {
    const old = await readTrace(loadTrace);
    const cut = await readTrace(loadTrace.slice(0, Math.floor(loadTrace.length / 2)));
    expect(cut.salvagedEvents).toBeGreaterThan(0);
    expect(cut.spanNs).toBeGreaterThan(0);
    expect(cut.spanNs).toBeLessThanOrEqual(old.spanNs);
  });
});

describe("corrupt bytes in the middle", () => {
  test("cost at most their generation", async () => {
    const [, second, third] = generationStarts();
    const complete = await generationEvents(whole);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: second, max: third - 200 }),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        async (at, garbage) => {
          const damaged = whole.slice();
          damaged.set(garbage, at);
          const found = await generationEvents(damaged);
          expect(found.get(1)).toBe(complete.get(1));
          expect(found.get(3)).toBe(complete.get(3));
        },
      ),
      { numRuns: 40, seed: 1126 },
    );
  });

  test("end in tables or in one CaptureError, whatever they are", async () => {
    const source = fc.constantFrom("every kind of event", "a server");
    await fc.assert(
      fc.asyncProperty(
        source,
        fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (name, changes) => {
          let damaged = (name === "a server" ? loadTrace : whole).slice();
          for (const { at, byte, cut } of changes) {
            const offset = 16 + (at % (damaged.length - 16));
            if (cut && changes.length > 3) damaged = damaged.slice(0, Math.max(offset, 100));
            else damaged[offset] = byte;
          }
          const trace = await readOrRefuse(damaged);
          if (trace) checkTiling(trace);
        },
      ),
      { numRuns: 40, seed: 1126 },
    );
  });
});

async function readOrRefuse(bytes: Uint8Array): Promise<TraceCapture | undefined> {
  try {
    return await readTrace(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureError);
    expect((error as Error).message).not.toContain("\n");
    return undefined;
  }
}

/** A goroutine's intervals follow each other without gap or overlap. */
function checkTiling(trace: TraceCapture): void {
  const ends = new Map<number, number>();
  const states = trace.goroutineStates;
  const [g, start, end] = ["g", "start_ns", "end_ns"].map((name) => states.array(name) as ArrayLike<number>);
  let wrong = 0;
  for (let row = 0; row < states.numRows(); row++) {
    if (!(end[row] >= start[row]) || start[row] < (ends.get(g[row]) ?? 0)) wrong++;
    ends.set(g[row], end[row]);
  }
  expect(wrong).toBe(0);
}

const bases = {
  "every kind of event": whole,
  "a server": loadTrace,
  "two generations": new Uint8Array(
    readFileSync(new URL("../../fixtures/go-trace/go1.22.12-generations.trace", import.meta.url)),
  ),
};

interface Mutation {
  base: keyof typeof bases;
  changes: { at: number; bytes?: number[]; cut?: boolean; remove?: number }[];
  why: string;
  /** Generations that the damage must not cost an event. */
  whole?: number[];
}

const corpus = JSON.parse(readFileSync(new URL("mutations.json", mutations), "utf8")) as Mutation[];

describe("the corpus of mutated traces", () => {
  test.each(corpus.map((mutation) => [mutation.why, mutation] as const))("%s", async (_, mutation) => {
    let bytes = bases[mutation.base].slice();
    for (const { at, bytes: put, cut, remove } of mutation.changes) {
      if (put) bytes.set(put, at);
      if (cut) bytes = bytes.slice(0, at);
      if (remove) bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + remove)]);
    }
    const started = performance.now();
    const trace = await readOrRefuse(bytes);
    expect(performance.now() - started).toBeLessThan(10_000);
    if (trace) {
      expect(trace.findings.length).toBeGreaterThan(0);
      checkTiling(trace);
    }
    const complete = await generationEvents(bases[mutation.base]);
    const found = await generationEvents(bytes);
    for (const generation of mutation.whole ?? []) {
      expect(found.get(generation)).toBe(complete.get(generation));
    }
    await expect(readTrace(bytes, { strict: true })).rejects.toBeInstanceOf(CaptureError);
  });
});

describe.each(["go1.19.13", "go1.21.13", "go1.22.12", "go1.23.12", "go1.26.8"])(
  "a trace of %s with another behind it",
  (name) => {
    const first = readFileSync(new URL(`../../fixtures/go-trace/${name}.trace`, import.meta.url));
    const both = Buffer.concat([first, whole]);

    test("is read alone, and where the second begins is said", async () => {
      const [alone, read] = [await readTrace(first), await readTrace(both)];
      expect(read.findings).toMatchObject([
        ...alone.findings,
        { severity: "loss", code: "second-trace", place: { offset: first.length } },
      ]);
      const { bytes: _, diagnostics: __, ...figures } = read.summary();
      expect(alone.summary()).toMatchObject(figures);
    });

    test("is refused under strict, with the place", async () => {
      const error = await readTrace(both, { strict: true }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CaptureError);
      expect((error as CaptureError).place).toMatchObject({ offset: first.length });
      expect((error as CaptureError).message).toContain("a second trace begins here");
    });

    test("is found where the first is cut", async () => {
      const cut = first.subarray(0, first.length - 5);
      const { findings } = await readTrace(Buffer.concat([cut, whole]));
      const seconds = findings.filter(({ code }) => code === "second-trace");
      expect(seconds).toMatchObject([{ place: { offset: cut.length } }]);
    });
  },
);
