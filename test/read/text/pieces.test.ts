import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Format } from "#lib/capture/format.js";
import { formats } from "#lib/capture/formats.js";
import { captureOf } from "#lib/capture/table-capture.js";
import type { Capture } from "#lib/index.js";
import { type OpenInput, openInput } from "#lib/read/open-input.js";

const fixtures = join(import.meta.dirname, "../../fixtures");
const { cachegrind, callgrind, prometheus, redis } = formats;
const inLines = [
  cachegrind,
  callgrind,
  formats["go-asm"],
  formats["go-test-json"],
  formats["perf-sched"],
  prometheus,
  redis,
] as Format[];

/** The input, read in pieces of so many bytes. */
function inPieces(input: OpenInput, size: number): OpenInput {
  return {
    ...input,
    chunks: async function* () {
      const bytes = await input.bytes();
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    },
  };
}

function tablesOf(capture: Capture): Record<string, unknown> {
  return Object.fromEntries(capture.tables().map(({ name }) => [name, capture.table(name).objects()]));
}

describe.each(inLines)("$kind", (format) => {
  const { kind } = format;
  const loadKind = async (input: OpenInput): Promise<Capture> =>
    captureOf(format, input, await format.read(input, {}));

  // Not the programs and the other tools' answers that lie beside the captures, nor queries that failed.
  const names = readdirSync(join(fixtures, kind), { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && !/\.(md|py|lua|yml|pb\.\w+|client\.json|promql\.json)$|error/.test(entry.name),
    )
    .map(({ name }) => name);

  test.each(names)("%s has the same tables whatever the pieces it is read in", async (name) => {
    const input = await openInput(readFileSync(join(fixtures, kind, name)), { name });
    const whole = tablesOf(await loadKind(input));
    for (const size of [1, 7, 4093]) {
      expect(tablesOf(await loadKind(inPieces(input, size)))).toEqual(whole);
    }
  });
});
