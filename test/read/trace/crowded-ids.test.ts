import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readTrace } from "#lib/capture/formats.js";
import { Wire } from "#lib/read/trace/wire.js";
import { goOracle } from "../../support/go-oracle.js";
import { expectAsOracle } from "../../support/trace-against-oracle.js";

const folder = mkdtempSync(join(tmpdir(), "crowded-ids-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const oracle = goOracle();
const without = "missing" in oracle ? `: ${oracle.missing}` : "";

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))];
}

function batch(thread: number, ...events: number[][]): number[] {
  const body = events.flat();
  return [Wire.EventBatch, ...[1, thread, 1000, body.length].flatMap(varint), ...body];
}

function event(type: number, ...values: number[]): number[] {
  return [type, ...values.flatMap(varint)];
}

/** One goroutine starts others whose ids have the same low 16 bits, and they run one after the other. */
function crowdedTrace(): Uint8Array {
  const ids = Array.from({ length: 200 }, (_, at) => (at + 1) * 65_536);
  const events = [
    event(Wire.ProcStatus, 1, 0, 1),
    event(Wire.GoStatus, 1, 1, 5, 2),
    ...ids.map((id) => event(Wire.GoCreate, 1, id, 0, 0)),
    event(Wire.GoBlock, 1, 1, 0),
    ...ids.flatMap((id) => [event(Wire.GoStart, 1, id, 1), event(Wire.GoDestroy, 1)]),
  ];
  const clock = [
    [Wire.Sync],
    event(Wire.Frequency, 15_625_000),
    event(Wire.ClockSnapshot, 1, 64_000, 1_700_000_000, 0),
  ];
  const bytes = [
    ...Buffer.from("go 1.26 trace\0\0\0"),
    ...batch(5, ...events),
    ...batch(0, ...clock),
    ...batch(0, [Wire.Strings], [Wire.String, 1, 4, ...Buffer.from("sync")]),
    Wire.EndOfGeneration,
  ];
  return Uint8Array.from(bytes);
}

test("goroutines whose ids crowd together are all found", async () => {
  const { transitions } = (await readTrace(crowdedTrace(), { strict: true })).summary();
  expect(transitions["Runnable->Running"]).toBe(200);
  expect(transitions["Running->NotExist"]).toBe(200);
});

test.skipIf("missing" in oracle)(`and as x/exp/trace finds them${without}`, async () => {
  const file = join(folder, "crowded.trace");
  writeFileSync(file, crowdedTrace());
  await expectAsOracle(file);
});
