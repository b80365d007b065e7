// What `hey -o csv` prints: a line for each request that was answered, in the order of the answers, its times in seconds
// with four decimals. https://github.com/rakyll/hey, requester/print.go; as of 0.1.5. Requests that failed without an
// answer are not in it, nor are those after the first million.

import { CaptureError } from "../../bytes/capture-error.js";
import { RowStore } from "../../bytes/row-store.js";
import { Diagnostics } from "../diagnostics.js";
import type { OpenInput } from "../input.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";
import { UnparsedLines } from "../text/unparsed-lines.js";
import { header } from "./is-hey.js";

/** One answered request; times in ns. */
export interface HeyRow {
  start_ns: number;
  dur_ns: number;
  connect_ns: number;
  dns_ns: number;
  write_ns: number;
  delay_ns: number;
  read_ns: number;
  status: number;
}

/** A run of hey. */
export interface HeyRun {
  readonly requests: RowStore<HeyRow>;
  readonly unparsed: UnparsedLines;
  readonly diagnostics: Diagnostics;
}

/** hey keeps no more requests than this. */
const mostRequests = 1_000_000;
const requestLine =
  /^(\d+)\.(\d{4}),(\d+)\.(\d{4}),(\d+)\.(\d{4}),(\d+)\.(\d{4}),(\d+)\.(\d{4}),(\d+)\.(\d{4}),(\d{3}),(\d+)\.(\d{4})\r?$/;

/**
 * Reads a run of hey line by line; lines that are no request come back in `unparsed`.
 *
 * @throws CaptureError under `strict` at the first line that is no request
 */
export async function readHey(input: OpenInput, options: ReadOptions = {}): Promise<HeyRun> {
  const { from = 0, to = Number.POSITIVE_INFINITY, strict } = options;
  const requests = new RowStore<HeyRow>({
    start_ns: "number",
    dur_ns: "number",
    connect_ns: "number",
    dns_ns: "number",
    write_ns: "number",
    delay_ns: "number",
    read_ns: "number",
    status: "number",
  });
  const unparsed = new UnparsedLines();
  const diagnostics = new Diagnostics();
  let read = 0;
  const take = (text: string, line: number, offset: number): void => {
    if (text === "" || (line === 1 && text.trimEnd() === header)) return;
    const row = requestOf(text);
    if (row) {
      read++;
      if (row.start_ns >= from && row.start_ns < to) requests.push(row);
      return;
    }
    if (strict) {
      throw new CaptureError("the line is no request of hey's", {
        place: { file: input.name, line },
        remedy: "read without strict to keep it as unparsed",
      });
    }
    unparsed.add(line, offset);
  };
  await eachLine(input, take, options);
  if (read >= mostRequests) {
    diagnostics.add(
      "loss",
      "limit",
      "hey keeps the first million requests; those after them are not in its CSV",
    );
  }
  return { requests, unparsed, diagnostics };
}

function requestOf(text: string): HeyRow | undefined {
  const match = text.length < 200 ? requestLine.exec(text) : null;
  if (!match) return undefined;
  const ns = (group: number): number => Number(match[group]) * 1e9 + Number(match[group + 1]) * 1e5;
  return {
    start_ns: ns(14),
    dur_ns: ns(1),
    connect_ns: ns(3),
    dns_ns: ns(5),
    write_ns: ns(7),
    delay_ns: ns(9),
    read_ns: ns(11),
    status: Number(match[13]),
  };
}
