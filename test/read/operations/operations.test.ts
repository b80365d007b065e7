import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type OperationsCapture, readOperations } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";

const read = (text: string, strict = false): Promise<OperationsCapture> =>
  readOperations(Buffer.from(text), { strict });
const rows = (log: OperationsCapture): object[] => log.operations.objects();

test("CSV: recognised, starts from the earliest, the origin exact", async () => {
  const text =
    "# clock=unix\nstart_ns,dur_ns,kind\n1700000000123456789,250,write\n1700000000123456788,17,read\n";
  const log = (await load(Buffer.from(text))) as OperationsCapture;
  expect(log.kind).toBe("operations");
  expect(log.clock).toBe("unix");
  expect(log.originNs).toBe(1700000000123456788n);
  expect(rows(log)).toEqual([
    { start_ns: 1, dur_ns: 250, kind: "write" },
    { start_ns: 0, dur_ns: 17, kind: "read" },
  ]);
  expect(log.findings).toEqual([]);
  expect(log.summary()).toEqual({
    format: "operations",
    clock: "unix",
    origin_ns: "1700000000123456788",
    operations: 2,
    kinds: { write: 1, read: 1 },
    span_ns: 251,
    dur_ns: { p50_ns: 17, p99_ns: 250, max_ns: 250 },
    unparsed_lines: 0,
    diagnostics: [],
  });
});

test("NDJSON with Unix times beyond 2^53 is exact too", async () => {
  const text = [
    '{"clock":"unix"}',
    '{"start_ns":1700000000123456789,"dur_ns":250,"kind":"write","key":"a"}',
    '{"kind":"read","dur_ns":17,"start_ns":1700000000123456791}',
    "",
  ].join("\n");
  const log = (await load(Buffer.from(text))) as OperationsCapture;
  expect(log.kind).toBe("operations");
  expect(log.originNs).toBe(1700000000123456789n);
  expect(rows(log)).toEqual([
    { start_ns: 0, dur_ns: 250, kind: "write", key: "a" },
    { start_ns: 2, dur_ns: 17, kind: "read", key: "" },
  ]);
});

test("any starts within 104 days of each other keep every nanosecond", async () => {
  const starts = fc.array(fc.bigInt({ min: 0n, max: 2n ** 52n }), { minLength: 1, maxLength: 20 });
  const run = fc.asyncProperty(
    fc.bigInt({ min: -(2n ** 60n), max: 2n ** 62n }),
    starts,
    async (base, offsets) => {
      const times = offsets.map((offset) => base + offset);
      const log = await read(
        `# clock=monotonic\nstart_ns,dur_ns,kind\n${times.map((t) => `${t},1,x\n`).join("")}`,
      );
      const got = (rows(log) as { start_ns: number }[]).map((row) => log.originNs + BigInt(row.start_ns));
      expect(got).toEqual(times);
    },
  );
  await fc.assert(run, { numRuns: 100 });
});

test("columns in another order, more columns, quotes, CRLF, a byte order mark", async () => {
  const text =
    '\ufeff# clock=monotonic\r\nkey,kind,dur_ns,start_ns\r\n"a,""b""",wri\u00e9,5,10\r\n,write,6,12\r\n';
  const log = (await load(Buffer.from(text))) as OperationsCapture;
  expect(log.clock).toBe("monotonic");
  expect(rows(log)).toEqual([
    { start_ns: 0, dur_ns: 5, kind: "wri\u00e9", key: 'a,"b"' },
    { start_ns: 2, dur_ns: 6, kind: "write", key: "" },
  ]);
  expect(log.unparsed.numRows()).toBe(0);
});

test("lines that are no operation are kept with their place; strict refuses the first", async () => {
  const bad = ["hello", "1,-5,write", "1,2", "1,2,write,more", "12345678901234567890,1,x", "x\u0000,1,2", ""];
  const text = `# clock=monotonic\nstart_ns,dur_ns,kind\n5,1,write\n${bad.join("\n")}\n7,2,write\n`;
  const log = await read(text);
  expect(rows(log)).toHaveLength(2);
  const unparsed = log.unparsed.objects() as { line: number; text: string }[];
  expect(unparsed.map(({ line }) => line)).toEqual(bad.map((_, index) => index + 4));
  expect(unparsed.map((row) => row.text)).toEqual(bad);
  await expect(read(text, true)).rejects.toThrow(
    '<bytes>:4: "hello" is no operation; read without strict to keep the others',
  );
});

test("a log that was cut says so", async () => {
  const log = await read("# clock=monotonic\nstart_ns,dur_ns,kind\n5,1,write\n7,2");
  expect(log.findings).toMatchObject([{ code: "truncated", lost: 1, place: { line: 4 } }]);
  const maybe = await read("# clock=monotonic\nstart_ns,dur_ns,kind\n5,1,write\n7,2,wr");
  expect(maybe.findings).toMatchObject([{ code: "truncated", lost: 0 }]);
});

test("a log that names no clock loads, and says so", async () => {
  const log = await read("start_ns,dur_ns,kind\n5,1,write\n");
  expect(log.clock).toBe("unknown");
  expect(log.findings).toMatchObject([{ code: "no-clock" }]);
});

test("a file without operations is refused in one line", async () => {
  await expect(read("hello\n")).rejects.toThrow(
    "<bytes>: none of its 1 lines is an operation; it looks like text of an unknown kind; write",
  );
});

test("a kind for each operation stays linear", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "tracebook-")), "operations.csv");
  const count = 200_000;
  const lines = Array.from({ length: count }, (_, index) => `${index},1,kind-${index}\n`);
  writeFileSync(path, `# clock=monotonic\nstart_ns,dur_ns,kind\n${lines.join("")}`);
  const before = performance.now();
  const log = await readOperations(path);
  expect(log.operations.numRows()).toBe(count);
  expect(log.operations.get("kind", count - 1)).toBe(`kind-${count - 1}`);
  // Comparing each kind with all before it would take minutes.
  expect(performance.now() - before).toBeLessThan(20_000);
});

test("hostile names neither break tables nor fill the memory", async () => {
  const lines = Array.from({ length: 300 }, (_, row) => `{"start_ns":${row},"dur_ns":1,"extra${row}":"x"}`);
  const log = await read(
    ['{"start_ns":1,"dur_ns":1,"kind":"__proto__","__proto__":"x"}', ...lines].join("\n"),
  );
  expect(log.operations.numRows()).toBe(301);
  expect(log.operations.numCols()).toBe(3 + 64);
  expect(JSON.stringify(log.summary().kinds)).toBe('{"__proto__":1,"":300}');
  expect(log.findings.some(({ code }) => code === "extra-column")).toBe(true);
});

test("a window takes the operations that start in it, counted from the earliest", async () => {
  const text = "# clock=monotonic\nstart_ns,dur_ns,kind,key\n100,1,a,k\n110,2,b,\n120,3,a,m\n";
  const log = await readOperations(Buffer.from(text), { from: 10, to: 20 });
  expect(rows(log)).toEqual([{ start_ns: 10, dur_ns: 2, kind: "b", key: "" }]);
  expect(log.originNs).toBe(100n);
});
