import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTrace } from "#lib/capture/formats.js";
import type { TraceCapture } from "#lib/capture/trace-capture.js";
import { Content, type GenerationSpan, indexBatches } from "#lib/read/trace/batch-index.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/go-trace");
const captures = readdirSync(fixtures).filter((name) => /^go1\.2[2-9].*\.trace$/.test(name));
const multiple = captures.filter((name) => name.includes("generations"));

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(fixtures, name)));
}

function outline(name: string): ReturnType<typeof indexBatches> {
  return indexBatches(bytesOf(name), 16, Number(/^go1\.(\d+)/.exec(name)?.[1]));
}

/** Offset after the last batch of events, where the tables of the last generation are still to come. */
function endOfEvents({ batches, generations }: ReturnType<typeof indexBatches>): number {
  const { firstBatch, lastBatch } = generations.at(-1) as GenerationSpan;
  let end = 0;
  for (let batch = firstBatch; batch < lastBatch; batch++) {
    if (batches.content.get(batch) === Content.Events) end = batches.end.get(batch);
  }
  return end;
}

/** What happened, without what only tables tell. */
const story = ["kind", "m", "p", "g", "resource", "resource_id", "from", "to"];
/** What an event says by itself, without the state before it. */
const ownStory = ["kind", "resource", "resource_id", "to"];

/** The story of some rows, at times of the trace's clock. */
function storyOf(trace: TraceCapture, names = story, from = 0, to = trace.events.numRows()): string[] {
  const columns = names.map((name) => trace.events.array(name) as ArrayLike<unknown>);
  const time = trace.events.array("time_ns") as ArrayLike<number>;
  const start = Number(trace.startNs);
  const lines: string[] = [];
  for (let row = from; row < to; row++) {
    const fields = columns.map((column) => column[row]);
    if (fields[0] !== "StackSample" && fields[0] !== "Sync") {
      lines.push([start + time[row], ...fields].join(" "));
    }
  }
  return lines;
}

/** The story of each generation, and its times apart. */
function storiesOf(trace: TraceCapture): Map<number, { lines: string[]; times: number[] }> {
  const rows = trace.generations.objects() as { generation: number; events: number }[];
  const stories = new Map<number, { lines: string[]; times: number[] }>();
  let row = 0;
  for (const { generation, events } of rows) {
    const story = storyOf(trace, ownStory, row, row + events).map((line) => line.split(/ (.*)/s));
    stories.set(generation, { lines: story.map(([, line]) => line), times: story.map(([at]) => Number(at)) });
    row += events;
  }
  return stories;
}

test.each(captures)("%s without its last tables keeps events, states and times", async (name) => {
  const whole = await readTrace(bytesOf(name));
  const end = endOfEvents(outline(name));
  const cut = await readTrace(bytesOf(name).subarray(0, end));
  expect(cut.summary()).toMatchObject({ truncated: true });
  expect(storyOf(cut)).toEqual(storyOf(whole));
  const losses = cut.findings.filter(({ severity }) => severity === "loss");
  expect(losses.length).toBeGreaterThan(0);
  expect(new Set(losses.map(({ code }) => code))).toEqual(new Set(["truncated"]));
});

describe.each(multiple)("%s", (name) => {
  const whole = bytesOf(name);
  const { generations } = outline(name);

  test("has another generation than the one to be damaged", () => {
    expect(generations.length).toBeGreaterThan(1);
  });

  test("keeps every other generation's events as they are when bytes of one make no sense", async () => {
    const intact = storiesOf(await readTrace(whole));
    const changes = fc.record({
      victim: fc.nat(generations.length - 1),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      garbage: fc.uint8Array({ minLength: 1, maxLength: 24 }),
    });
    await fc.assert(
      fc.asyncProperty(changes, async ({ victim, at, garbage }) => {
        const { generation, startOffset, endOffset } = generations[victim];
        const damaged = whole.slice();
        const offset = startOffset + Math.floor(at * (endOffset - startOffset - garbage.length));
        damaged.set(garbage, offset);
        const kept = storiesOf(await readTrace(damaged));
        for (const [other, events] of intact) {
          if (other === generation) continue;
          const { lines = [], times = [] } = kept.get(other) ?? {};
          expect(lines, `${offset}: gen ${other}`).toEqual(events.lines);
          // Generations overlap a little, and an event is 1 ns after the one before it at least.
          const off = times.reduce((most, at, row) => Math.max(most, Math.abs(at - events.times[row])), 0);
          expect(off, `${offset}: gen ${other}`).toBeLessThan(1e6);
        }
      }),
      { numRuns: 12, seed: 1126 },
    );
  });
});
