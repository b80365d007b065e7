import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { GoroutineDumpCapture } from "#lib/capture/formats.js";
import { load } from "#lib/index.js";
import { countLines } from "../../support/count-lines.js";

const folder = join(import.meta.dirname, "../../fixtures/goroutine-dump");
const dumps = readdirSync(folder).filter((name) => name.endsWith(".txt"));
const open = async (input: string | Uint8Array): Promise<GoroutineDumpCapture> =>
  (await load(input)) as GoroutineDumpCapture;

test.each(dumps)("%s is told by its content; every goroutine and every place is there", async (name) => {
  const path = join(folder, name);
  const capture = await open(readFileSync(path));
  expect(capture.kind).toBe("goroutine-dump");
  expect(capture.goroutines.numRows()).toBe(countLines("^goroutine [0-9]+ .*\\[.*\\]:$", path));
  expect(capture.unparsed.numRows()).toBe(
    countLines("^(panic:|fatal error:|SIGQUIT|PC=|\\[signal|exit status|r[0-9a-z]+ +0x|[a-z]+ +0x)", path),
  );
  const created = Array.from(capture.goroutines.array("created_by")).filter((value) => value !== null).length;
  expect(created).toBe(countLines("^created by ", path));
  // Every line with a place is a frame of one goroutine, or where it was created.
  const depths = Array.from(capture.goroutines.array("stack_id"), (stack) =>
    capture.stacks.get("depth", stack),
  );
  const frames = depths.reduce((sum, depth) => sum + depth, 0);
  expect(frames + created).toBe(countLines("^\t[^ ]+:[0-9]+( |$)", path));
});

test("headers of every form, elided frames, ancestors and text around them", async () => {
  const text = [
    "2024/05/01 10:00:00 listening",
    "panic: boom",
    "",
    "goroutine 1 gp=0xc000002380 m=0 mp=0x5f6 [running, locked to thread]:",
    "main.(*server).handle(0xc0000b2000, {0x1, 0x2})",
    "\t/app/main.go:12 +0x1d fp=0xc00009 sp=0xc00008 pc=0x4821bd",
    "main.main()",
    "\t/app/main.go:40 +0x2",
    "",
    "goroutine 7 [select (no cases), 12 minutes]:",
    "main.loop(...)",
    "\t/app/main.go:50",
    "...3 frames elided...",
    "created by main.start in goroutine 1",
    "\t/app/main.go:30 +0x55",
    "",
    'goroutine 9 [chan receive (durable), 3 minutes, synctest bubble 2 labels:{"a": "b, c"}]:',
    "\tgoroutine running on other thread; stack unavailable",
    "created by net/http.(*Server).Serve",
    "\t/usr/local/go/src/net/http/server.go:3285 +0x4b4",
    "exit status 2",
  ].join("\r\n");
  const capture = await open(Buffer.from(text));
  expect(capture.goroutines.objects()).toMatchObject([
    {
      g: 1,
      state: "running",
      locked_to_thread: true,
      leaf: "main.(*server).handle",
      created_by: null,
      line: 4,
    },
    {
      g: 7,
      state: "select (no cases)",
      wait_minutes: 12,
      leaf: "main.loop",
      created_by: "main.start",
      created_by_g: 1,
      created_at: "/app/main.go:30",
      elided_frames: 3,
    },
    {
      g: 9,
      state: "chan receive (durable)",
      wait_minutes: 3,
      bubble: 2,
      labels: '{"a": "b, c"}',
      leaf: null,
      created_by: "net/http.(*Server).Serve",
      created_by_g: null,
    },
  ]);
  expect(capture.frames.slice(0, 1).objects()).toMatchObject([
    { pc: "0x4821bd", file: "/app/main.go", line: 12 },
  ]);
  expect(capture.unparsed.array("text")).toEqual([
    "2024/05/01 10:00:00 listening",
    "panic: boom",
    "exit status 2",
  ]);
  expect(capture.summary()).toMatchObject({ goroutines: 3, max_wait_minutes: 12, unparsed_lines: 3 });
});

test("labels are rows by key, unquoted as the runtime quoted them", async () => {
  const capture = await open(join(folder, "go1.26.8-labels.txt"));
  const goroutine = capture.goroutines.array("g") as number[];
  const rows = capture.sampleLabels.select("sample_id", "key", "value").objects() as {
    sample_id: number;
  }[];
  // The program's own list, in main.go.
  expect(rows.map(({ sample_id, ...label }) => ({ g: goroutine[sample_id], ...label }))).toEqual([
    { g: 19, key: "path", value: "/a, b" },
    { g: 19, key: "user", value: 'Jörg "J"' },
    { g: 20, key: "path", value: "/a, b" },
    { g: 20, key: "user", value: "a\tb\n" },
  ]);
});
