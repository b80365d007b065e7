import type { TraceEvent, TraceField } from "./tracing-data.js";

/** Turns the raw bytes of a tracepoint's records into the text that perf prints for them. */
export type TracepointFormatter = (raw: Uint8Array) => string;

type Value = string | bigint;
type Argument = (raw: DataView) => Value;

/**
 * Makes the formatter of a tracepoint. The kernel's own print format is followed where it takes fields as they are;
 * what it computes (flags, symbols) is shown as `name=value`, except sched_switch, whose states perf decodes.
 */
export function tracepointFormatter(event: TraceEvent, little: boolean): TracepointFormatter {
  const plain = compilePrint(event, little);
  const line =
    event.name === "sched:sched_switch" ? schedSwitch(event, little) : (plain ?? fieldList(event, little));
  return (raw) => {
    try {
      return line(new DataView(raw.buffer, raw.byteOffset, raw.length));
    } catch (error) {
      // A record shorter than its format says.
      if (error instanceof RangeError) return "";
      throw error;
    }
  };
}

function schedSwitch(event: TraceEvent, little: boolean): (raw: DataView) => string {
  const get = (name: string): Argument => {
    const field = event.fields.find((one) => one.name === name);
    return field ? reader(field, little) : () => "?";
  };
  const [prevComm, prevPid, prevPrio, prevState] = ["prev_comm", "prev_pid", "prev_prio", "prev_state"].map(
    get,
  );
  const [nextComm, nextPid, nextPrio] = ["next_comm", "next_pid", "next_prio"].map(get);
  return (raw) =>
    `prev_comm=${prevComm(raw)} prev_pid=${prevPid(raw)} prev_prio=${prevPrio(raw)} ` +
    `prev_state=${taskState(Number(prevState(raw)))} ==> ` +
    `next_comm=${nextComm(raw)} next_pid=${nextPid(raw)} next_prio=${nextPrio(raw)}`;
}

/** A task's state as libtraceevent prints it: R, or a letter for each bit; + when it was preempted. */
function taskState(bits: number): string {
  const letters = ["S", "D", "T", "t", "X", "Z", "P", "I"];
  const named = letters.filter((_, bit) => bits & (1 << bit)).join("|");
  return `${named || "R"}${bits & 0x100 ? "+" : ""}`;
}

function fieldList(event: TraceEvent, little: boolean): (raw: DataView) => string {
  const fields = event.fields.filter(({ name }) => !name.startsWith("common_"));
  const readers = fields.map((field) => reader(field, little));
  return (raw) => fields.map(({ name }, i) => `${name}=${readers[i](raw)}`).join(" ");
}

function reader(field: TraceField, little: boolean): Argument {
  const { offset, size, type, signed } = field;
  if (type.startsWith("__data_loc") && type.includes("char")) {
    return (raw) => {
      const location = raw.getUint32(offset, little);
      return cText(raw, location & 0xffff, location >>> 16);
    };
  }
  if (/\bchar\b.*\[/.test(type)) return (raw) => cText(raw, offset, size);
  if (size === 8) {
    return (raw) => (signed ? raw.getBigInt64(offset, little) : raw.getBigUint64(offset, little));
  }
  if (size === 4)
    return (raw) => BigInt(signed ? raw.getInt32(offset, little) : raw.getUint32(offset, little));
  if (size === 2)
    return (raw) => BigInt(signed ? raw.getInt16(offset, little) : raw.getUint16(offset, little));
  if (size === 1) return (raw) => BigInt(signed ? raw.getInt8(offset) : raw.getUint8(offset));
  return () => "";
}

function cText(raw: DataView, offset: number, size: number): string {
  const bytes = new Uint8Array(raw.buffer, raw.byteOffset + offset, size);
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.subarray(0, end < 0 ? size : end)).toString("utf8");
}

/** `"comm=%s pid=%d", REC->comm, REC->pid`: a formatter when every argument is a field, else undefined. */
function compilePrint(event: TraceEvent, little: boolean): ((raw: DataView) => string) | undefined {
  const match = /^"((?:[^"\\]|\\.)*)"(?:, (.*))?$/.exec(event.print);
  if (!match) return undefined;
  const pieces = match[1].split(/%([-0-9]*)(?:l|ll|L|h|hh|z)?([sdiuxXc])/);
  if (pieces.some((piece, i) => i % 3 === 0 && piece.includes("%"))) return undefined;
  const conversions = Math.floor(pieces.length / 3);
  const given = match[2] ? match[2].split(", ") : [];
  if (given.length !== conversions) return undefined;
  const args: Argument[] = [];
  for (const text of given) {
    const argument = compileArgument(text.trim(), event, little);
    if (!argument) return undefined;
    args.push(argument);
  }
  return (raw) => {
    let text = pieces[0];
    for (let i = 0; i < conversions; i++) {
      text += printed(args[i](raw), pieces[i * 3 + 1], pieces[i * 3 + 2]) + pieces[i * 3 + 3];
    }
    return text.trim();
  };
}

/** `REC->pid`, `(unsigned long long)REC->runtime`, `__get_str(filename)` or `REC->flag ? "yes" : "no"`. */
function compileArgument(text: string, event: TraceEvent, little: boolean): Argument | undefined {
  const match =
    /^(?:\([\w ]+\))?(?:REC->(\w+)|__get_str\((\w+)\))(?:\s*\?\s*"([^"]*)"\s*:\s*"([^"]*)")?$/.exec(text);
  const field = event.fields.find(({ name }) => name === (match?.[1] ?? match?.[2]));
  if (!match || !field) return undefined;
  const read = reader(field, little);
  const [, , , yes, no] = match;
  return yes === undefined ? read : (raw) => (read(raw) ? yes : no);
}

function printed(value: Value, width: string, conversion: string): string {
  const text = conversion === "x" || conversion === "X" ? BigInt(value).toString(16) : String(value);
  const columns = Math.abs(Number.parseInt(width, 10)) || 0;
  if (width.startsWith("-")) return text.padEnd(columns);
  return text.padStart(columns, width.startsWith("0") ? "0" : " ");
}
