import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openInput } from "#lib/read/open-input.js";
import { LineScanner } from "#lib/read/text/line-scanner.js";
import { lineTexts } from "#lib/read/text/line-texts.js";

interface Seen {
  text: string;
  line: number;
  offset: number;
  cut: boolean;
}

function scan(chunks: Uint8Array[], maxLineBytes?: number): Seen[] {
  const seen: Seen[] = [];
  const scanner: LineScanner = new LineScanner((bytes, start, end) => {
    const text = Buffer.from(bytes.subarray(start, end)).toString("latin1");
    seen.push({ text, line: scanner.line, offset: scanner.offset, cut: scanner.cut });
  }, maxLineBytes);
  for (const chunk of chunks) scanner.feed(chunk);
  scanner.end();
  return seen;
}

test("lines do not depend on how the bytes are cut into chunks", () => {
  const text = fc.stringMatching(/^[ab\r\n]{0,60}$/);
  const run = fc.property(text, fc.array(fc.nat(60)), (whole, cuts) => {
    const bytes = Buffer.from(whole);
    const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
    const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
    const lines = whole.split("\n");
    if (lines.at(-1) === "") lines.pop();
    let offset = 0;
    const expected = lines.map((line, index) => {
      const seen = { text: line.replace(/\r$/, ""), line: index + 1, offset, cut: false };
      offset += line.length + 1;
      return seen;
    });
    // A carriage return is a break's only before a newline, or at the very end.
    expect(scan(chunks)).toEqual(expected);
  });
  fc.assert(run, { numRuns: 500 });
});

test("a line beyond the limit is handed over once, cut, wherever the chunks are", () => {
  const bytes = Buffer.from("ab\n123456789\ncd");
  const expected = [
    { text: "ab", line: 1, offset: 0, cut: false },
    { text: "12345", line: 2, offset: 3, cut: true },
    { text: "cd", line: 3, offset: 13, cut: false },
  ];
  for (let at = 0; at <= bytes.length; at++) {
    expect(scan([bytes.subarray(0, at), bytes.subarray(at)], 5)).toEqual(expected);
  }
});

test("texts are read from their offsets, from files, bytes and gzip alike", async () => {
  const lines = ["first", "", "x".repeat(700_000), "caf\u00e9 \u2206", "last"];
  const bytes = Buffer.from(lines.join("\n"));
  const folder = mkdtempSync(join(tmpdir(), "tracebook-"));
  writeFileSync(join(folder, "plain.log"), bytes);
  writeFileSync(join(folder, "packed.log"), gzipSync(bytes));
  const offsets = Float64Array.from(scan([bytes]), ({ offset }) => offset);
  for (const input of [bytes, join(folder, "plain.log"), join(folder, "packed.log")]) {
    expect([...lineTexts(await openInput(input), offsets)]).toEqual(lines);
    const backwards = lineTexts(await openInput(input), offsets.slice().reverse());
    expect([...backwards].reverse()).toEqual(lines);
  }
});
