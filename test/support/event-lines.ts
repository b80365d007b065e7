import type { TraceCapture } from "#lib/capture/trace-capture.js";

/**
 * The `events` table as the lines that test/oracle prints of the same trace: fields separated by tabs, empty ones
 * where there is nothing, stacks as their depth and a hash of their frames.
 */
export function* eventLines(trace: TraceCapture): Generator<string> {
  const stacks = stackTexts(trace);
  const { events } = trace;
  const column = (name: string): { at(row: number): unknown } =>
    events.column(name) as unknown as { at(row: number): unknown };
  const stack = (name: string) => {
    const ids = column(name);
    return (row: number): string => stacks[ids.at(row) as number] ?? "";
  };
  const text = (name: string) => {
    const values = column(name);
    return (row: number): string => escaped(String(values.at(row) ?? ""));
  };
  const fields = [
    ...["time_ns", "kind", "m", "p", "g"].map(text),
    stack("stack_id"),
    ...[
      "resource",
      "resource_id",
      "from",
      "to",
      "reason",
      "name",
      "value",
      "value2",
      "value3",
      "message",
    ].map(text),
    stack("transition_stack_id"),
  ];
  yield `start\t${trace.startNs}`;
  for (let row = 0; row < events.numRows(); row++) yield fields.map((field) => field(row)).join("\t");
}

/** By stack id: depth, a colon, and the FNV-1a hash of the frames; nothing for a stack without frames. */
function stackTexts(trace: TraceCapture): string[] {
  const { frames } = trace;
  const column = <T>(name: string): { at(row: number): T } =>
    frames.column(name) as unknown as { at(row: number): T };
  const stackId = column<number>("stack_id");
  const [func, file, pc] = ["func", "file", "pc"].map((name) => column<string | null>(name));
  const line = column<number>("line");
  const depths: number[] = [];
  const hashes: number[] = [];
  const bytes = new TextEncoder();
  for (let row = 0; row < frames.numRows(); row++) {
    const id = stackId.at(row);
    const frame = `${func.at(row) ?? ""}\0${file.at(row) ?? ""}\0${line.at(row)}\0${pc.at(row)?.slice(2)}\n`;
    let hash = hashes[id] ?? 0x811c9dc5;
    for (const byte of bytes.encode(frame)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    hashes[id] = hash;
    depths[id] = (depths[id] ?? 0) + 1;
  }
  return depths.map((depth, id) => `${depth}:${hashes[id].toString(16).padStart(8, "0")}`);
}

function escaped(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => escapes[character]);
}

const escapes: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
