import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { type ColumnTable, table } from "arquero";
import { expect, test } from "vitest";
import { alignment } from "#lib/analyze/align.js";
import type { Capture } from "#lib/capture/capture.js";
import { load } from "#lib/capture/load.js";
import type { TraceCapture } from "#lib/capture/trace-capture.js";
import { captureNames } from "#lib/diagnose/capture-names.js";
import { diagnose } from "#lib/diagnose/diagnose.js";
import { causes, type DiagnosisJson } from "#lib/diagnose/diagnosis.js";
import { worstRequest } from "#lib/diagnose/worst-request.js";

const datasets = resolve(import.meta.dirname, "../../datasets");
const fixtures = resolve(import.meta.dirname, "../fixtures");
const planted = (name: string) => load(resolve(datasets, "planted", name));
const json = (...captures: Capture[]): DiagnosisJson => diagnose(captures).toJSON();

test("a convoy names the mutex's function and what its holder ran, and is bounded", async () => {
  const trace = await planted("stock.trace.gz");
  const diagnosis = diagnose([trace]);
  const { answer, slow, findings, unexplained_share } = diagnosis.toJSON();
  expect(answer).toMatch(
    /^\d+ of \d+ slow requests waited for a mutex in stock\.\(\*Shelf\)\.Reserve; its holder stock\.\(\*Shelf\)\.recount ran \d+(\.\d)? ms\.$/,
  );
  expect(slow.from).toBe("tasks");
  const [first] = findings;
  expect([first.cause, first.behind.split("/").pop()]).toEqual(["lock", "stock.(*Shelf).recount"]);
  // What the service itself counted.
  const truth = JSON.parse(readFileSync(resolve(datasets, "planted/stock.truth.json"), "utf8"));
  expect(Math.abs(first.share - truth.share)).toBeLessThan(0.1);
  expect(first.share_low).toBeLessThan(first.share);
  expect(first.share_high).toBeGreaterThan(first.share);
  expect(first.bound_ns).toBeLessThan(slow.threshold_ns ?? 0);
  expect(unexplained_share).toBeLessThan(0.1);
  // The holders are slow by their own computing: the second finding, and together they explain it all.
  expect(findings[1].cause).toBe("cpu");
  expect(findings[1].text).toContain("a busy host would look the same");
});

test("the worst request's path covers its own time, and its stacks are the lock's", async () => {
  const worst = worstRequest(diagnose([await planted("stock.trace.gz")]));
  if (!worst) throw new Error("there is one");
  const path = worst.path.objects() as { start_ns: number; end_ns: number }[];
  expect(path[0].start_ns).toBe(worst.request.start_ns);
  expect(path[path.length - 1].end_ns).toBe(worst.request.end_ns);
  expect(worst.stack.get("func", 0)).toBe("sync.(*Mutex).Lock");
  expect(worst.behind.get("func", 0)).toBe("sync.(*Mutex).Unlock");
  const parts = worst.parts.array("ns") as number[];
  expect(Array.from(parts).reduce((sum, ns) => sum + ns, 0)).toBeCloseTo(worst.request.dur_ns, 0);
});

test("two causes in known shares", async () => {
  const found = json(await planted("ledger.trace.gz"), await planted("ledger.operations.csv.gz"));
  const truth = JSON.parse(readFileSync(resolve(datasets, "planted/ledger.truth.json"), "utf8"));
  expect(found.slow.from).toBe("operations");
  expect(found.findings.map(({ cause }) => cause)).toEqual(["lock", "network"]);
  expect(Math.abs(found.findings[0].share - truth.share)).toBeLessThan(0.1);
  expect(Math.abs(found.findings[1].share - (1 - truth.share))).toBeLessThan(0.1);
});

test.each(["quiet.trace.gz", "even.trace.gz"])(
  "%s: nothing stands out, and nothing is named",
  async (name) => {
    const { answer, slow, findings } = json(await planted(name));
    expect(findings).toEqual([]);
    expect(slow.count).toBe(0);
    expect(slow.text).toContain("nothing stands out");
    expect(answer).toMatch(/^Nothing stands out/);
  },
);

test("the JSON is the contract's", async () => {
  const found = json(await planted("stock.trace.gz"));
  expect(Object.keys(found.slow)).toEqual(
    expect.arrayContaining(["from", "count", "of", "threshold_ns", "typical_ns", "text"]),
  );
  for (const finding of found.findings) {
    expect(causes).toContain(finding.cause);
    expect(finding.share_low).toBeLessThanOrEqual(finding.share);
    expect(finding.share_high).toBeGreaterThanOrEqual(finding.share);
    expect(finding.evidence.length).toBeGreaterThan(0);
    for (const { capture, table: name, rows } of finding.evidence) {
      expect([typeof capture, typeof name, typeof rows]).toEqual(["string", "string", "number"]);
    }
    expect(finding.next).not.toBe("");
  }
  expect(found.findings.map(({ rank }) => rank)).toEqual(found.findings.map((_, i) => i + 1));
});

test("a trace without stacks says so, and still tells the causes", async () => {
  const trace = await planted("stock.trace.gz");
  const found = json(withoutStacks(trace));
  expect(found.missing.join()).toContain("no stacks");
  expect(found.findings[0].cause).toBe("lock");
  expect(found.findings[0].where).toBe("");
});

test("a cut trace says so, and what it has is diagnosed", async () => {
  const whole = gunzipSync(readFileSync(resolve(datasets, "planted/stock.trace.gz")));
  const found = json(await load(whole.subarray(0, Math.floor(0.8 * whole.length))));
  expect(found.missing.join()).toContain("cut");
  expect(found.findings[0].cause).toBe("lock");
});

test("too few requests are no slow ones", async () => {
  const found = json(await load(resolve(fixtures, "go-requests/go1.26.8-close.trace")));
  expect(found.findings).toEqual([]);
  expect(found.slow.text).toMatch(/too few|nothing stands out/);
});

test("of two traces a finding of one says that the other does not have it", async () => {
  const found = json(await planted("stock.trace.gz"), await planted("quiet.trace.gz"));
  expect(found.findings[0].cause).toBe("lock");
  expect(found.findings[0].text).toContain("of 2 traces");
  expect(found.findings[0].text).toContain("Only");
});

test("without a trace there is the same form, and no cause", async () => {
  const found = json(await planted("ledger.operations.csv.gz"));
  expect(found.slow.from).toBe("operations");
  expect(found.slow.count).toBeGreaterThan(0);
  expect(found.findings).toEqual([]);
  expect(found.unexplained_share).toBe(1);
  expect(found.missing.join()).toContain("no execution trace");
});

test("a mutex profile of the same run agrees, one of another does not", async () => {
  const folder = resolve(fixtures, "go-requests");
  const trace = await load(resolve(folder, "go1.26.8-contended.trace"));
  const profile = await load(resolve(folder, "go1.26.8-contended.mutex.pb.gz"));
  const [first] = json(trace, profile).findings;
  expect([first.cause, first.where, first.behind]).toEqual(["lock", "main.take", "main.countAll"]);
  expect(first.text).toMatch(
    /mutex\.pb\.gz agrees: \d+ % of the time waited in this profile of contention is in take/,
  );
  expect(first.evidence.map(({ table: name }) => name)).toEqual(["goroutine_states", "top_functions"]);
  const [other] = json(await planted("stock.trace.gz"), profile).findings;
  expect(other.text).toContain("does not show it");
});

test("without a trace a profile says where to look", async () => {
  const profile = await load(resolve(fixtures, "go-requests/go1.26.8-contended.mutex.pb.gz"));
  const found = json(profile, await planted("ledger.operations.csv.gz"));
  expect(found.findings).toEqual([]);
  expect(found.hints?.join()).toMatch(/of the time waited for locks and channels is in take/);
});

test("a trace of Go 1.21 is aligned by the notes that the program left in it", async () => {
  const trace = await load<TraceCapture>(resolve(datasets, "planted/audit.trace.gz"));
  expect(trace.version).toBe("1.21");
  const notes = trace.table("logs").objects() as { time_ns: number; category: string; message: string }[];
  const note = notes.find(({ category }) => category === "nanotime");
  if (!note) throw new Error("there is one");
  const { offset_ns, method } = alignment(trace, { clock: "monotonic", originNs: BigInt(note.message) });
  expect(method).toBe("notes in the trace");
  // The service reads the clock and writes the note at once.
  expect(Math.abs(offset_ns - note.time_ns)).toBeLessThan(100_000);
  expect(() => alignment(trace, { clock: "unix", originNs: 0n })).toThrow("unixnano");
});

test("a quantile is one", () => {
  expect(() => diagnose([], { slow: 99 })).toThrow("slow is a quantile between 0 and 1, not 99");
});

/** The same trace, as if it had been written without stacks. */
function withoutStacks(trace: Capture): Capture {
  const none = (source: ColumnTable, columns: readonly string[]): ColumnTable =>
    source
      .reify()
      .assign(
        table(Object.fromEntries(columns.map((name) => [name, new Int32Array(source.numRows()).fill(-1)]))),
      );
  const tables: Record<string, () => ColumnTable> = {
    frames: () => trace.table("frames").slice(0, 0).reify(),
    stacks: () => trace.table("stacks").slice(0, 0).reify(),
    goroutine_states: () => none(trace.table("goroutine_states"), ["stack_id", "end_stack_id"]),
    goroutines: () => {
      const source = trace.table("goroutines");
      return source.reify().assign(table({ name: new Array(source.numRows()).fill(null) }));
    },
  };
  return new Proxy(trace, {
    get(target, name) {
      if (name === "table") return (wanted: string) => tables[wanted]?.() ?? target.table(wanted);
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

test("captures are shown by their base names, and by more where those are the same", async () => {
  const trace = await planted("stock.trace.gz");
  expect(json(trace).findings[0].evidence[0].capture).toBe("stock.trace.gz");
  const named = (name: string) => ({ source: { name } }) as Capture;
  const [a, b, c] = ["/srv/a/run.trace", "/srv/b/run.trace", "C:\\logs\\gc.log"].map(named);
  expect([a, b, c].map(captureNames([a, b, c]))).toEqual(["a/run.trace", "b/run.trace", "gc.log"]);
});
