import type { CommandRow, RedisRows } from "./redis-rows.js";
import { unquote } from "./reply.js";

/** A line of a capture with its place. */
export interface PlacedLine {
  line: number;
  offset: number;
  text: string;
}

/** Reads the forms that are lines of text, one command's output at a time; a line of none of them goes to `unparsed`. */
export class TextLines {
  private readonly rows: RedisRows;
  private state: State = newState();

  constructor(rows: RedisRows) {
    this.rows = rows;
  }

  add({ line, offset, text }: PlacedLine): void {
    const known =
      addMonitor(this.rows, text, offset) || forms.some((form) => form(this.rows, text, this.state));
    if (!known && text.trim() !== "") this.rows.unparsed.add(line, offset);
  }

  /** Ends a command's output. */
  end(): void {
    this.rows.commands.push(...this.state.commands.values());
    this.state = newState();
  }
}

function newState(): State {
  return { section: "", commands: new Map(), palette: [], symbols: [], distRow: 0 };
}

interface State {
  /** INFO's current section; "" before the first. */
  section: string;
  commands: Map<string, CommandRow>;
  /** Colours of --latency-dist from 0 to 100 %. */
  palette: string[];
  symbols: string[];
  distRow: number;
}

type Form = (rows: RedisRows, text: string, state: State) => boolean;

const forms: readonly Form[] = [addClient, addInfo, addPing, addDist, addDoctor];

const monitorLine = /^\+?(\d+\.\d+) \[(\d+) ([^\]]*)\] "((?:[^"\\]|\\.)*)"(?=$| .*"$)/;

function addMonitor(rows: RedisRows, text: string, offset: number): boolean {
  const match = monitorLine.exec(text);
  if (!match) return false;
  const [, seconds, db, client, command] = match;
  rows.monitor.push({ unix_ms: Number(seconds) * 1000, db: Number(db), client, command: unquote(command) });
  rows.monitorOffset.push(offset);
  return true;
}

/** The arguments in a line of MONITOR, joined by a space. */
export function monitorArgs(text: string): string {
  const rest = text.slice(monitorLine.exec(text)?.[0].length ?? text.length);
  return [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => unquote(word)).join(" ");
}

function addClient(rows: RedisRows, text: string): boolean {
  if (!/^id=\d+ addr=/.test(text)) return false;
  const fields: Record<string, string> = {};
  for (const [, key, value] of text.matchAll(/([a-z-]+)=(\S*)/g)) fields[key] = value;
  rows.clients.push(fields);
  return true;
}

function addInfo(rows: RedisRows, text: string, state: State): boolean {
  const header = /^# ([A-Z][A-Za-z_ ]*)$/.exec(text);
  if (header) {
    state.section = header[1].toLowerCase();
    return true;
  }
  const match = /^([A-Za-z][\w.|-]*):(.*)$/.exec(text);
  if (!match || (state.section === "" && !/^[a-z_]+$/.test(match[1]))) return false;
  const [, key, value] = match;
  const number = /^-?\d+(?:\.\d+)?%?$/.test(value) ? Number.parseFloat(value) : null;
  rows.info.push({ section: state.section, key, value, number });
  if (key.startsWith("cmdstat_")) addCommand(state, key.slice(8), value);
  if (key.startsWith("latency_percentiles_usec_")) addCommand(state, key.slice(25), value);
  return true;
}

// calls=3,usec=440041,usec_per_call=146680.33,rejected_calls=0,failed_calls=0 or p50=..,p99=..,p99.9=..
function addCommand(state: State, command: string, value: string): void {
  const fields = Object.fromEntries(value.split(",").map((field) => field.split("=")));
  const number = (name: string, before: number | null | undefined) =>
    fields[name] === undefined ? (before ?? null) : Number(fields[name]);
  const row = state.commands.get(command);
  state.commands.set(command, {
    command,
    calls: number("calls", row?.calls),
    total_us: number("usec", row?.total_us),
    mean_us: number("usec_per_call", row?.mean_us),
    rejected_calls: number("rejected_calls", row?.rejected_calls),
    failed_calls: number("failed_calls", row?.failed_calls),
    p50_us: number("p50", row?.p50_us),
    p99_us: number("p99", row?.p99_us),
    p999_us: number("p99.9", row?.p999_us),
  });
}

function addPing(rows: RedisRows, text: string): boolean {
  const found = [
    ...text.matchAll(
      /min: (\d+), max: (\d+), avg: ([\d.]+) \((\d+) samples\)(?: -- ([\d.]+) seconds range)?/g,
    ),
  ];
  const plain = /^(\d+)[ ,](\d+)[ ,](\d+\.\d+)[ ,](\d+)$/.exec(text);
  // A terminal's line is overwritten sample by sample: the last state stands.
  const match = found.at(-1) ?? plain;
  if (!match) return false;
  rows.pings.push({
    min_ms: Number(match[1]),
    max_ms: Number(match[2]),
    mean_ms: Number(match[3]),
    samples: Number(match[4]),
    range_s: match[5] === undefined ? null : Number(match[5]),
  });
  return true;
}

// The symbols of --latency-dist and the latency they stand for, from redis-cli's own table.
const distBounds: Readonly<Record<string, number>> = Object.fromEntries([
  [".", 10],
  ["-", 125],
  ["*", 250],
  ["#", 500],
  ...Array.from({ length: 9 }, (_, index) => [String(index + 1), (index + 1) * 1000]),
  ...[..."ABCDE"].map((symbol, index) => [symbol, (index + 1) * 10_000]),
  ...[..."FGHIJ"].map((symbol, index) => [symbol, (index + 1) * 100_000]),
  ...[..."KLMNOPQ"].map((symbol, index) => [symbol, [1, 2, 4, 8, 16, 30, 60][index] * 1_000_000]),
  ["?", Number.POSITIVE_INFINITY],
]);

const legend = /^(?:-{20,}|\. - \* # +\.01|1,2,3,\.\.\.,9|A,B,C,D,E|F,G,H,I,J|K,L,M,N,O,P,Q,\?)/;

function addDist(rows: RedisRows, text: string, state: State): boolean {
  if (legend.test(text)) return true;
  const palette = /^From 0 to 100%: (.*)$/.exec(text);
  if (palette) {
    state.palette = [...palette[1].matchAll(/\x1b\[48;5;(\d+)m/g)].map(([, colour]) => colour);
    return true;
  }
  const cells = [...text.matchAll(/\x1b\[48;5;(\d+)m([.*#?A-Z1-9-])/g)];
  if (cells.length === 0 || state.palette.length < 2) return false;
  const row = state.distRow++;
  for (const [, colour, symbol] of cells) {
    // redis-cli rounds a share up to the next of the palette's steps.
    const level = state.palette.indexOf(colour);
    const step = 1 / (state.palette.length - 1);
    const share_min = level <= 0 ? 0 : (level - 1) * step;
    rows.dist.push({ row, upper_us: distBounds[symbol], share_min, share_max: Math.max(0, level) * step });
  }
  return true;
}

const spikes =
  /^\d+\. (?<event>[\w-]+): (?<spikes>\d+) latency spikes \(average (?<average>\d+)ms, mean deviation (?<deviation>\d+)ms, period (?<period>[\d.]+) sec\)\. Worst all time event (?<worst>\d+)ms\.(?<more>.*)$/;

function addDoctor(rows: RedisRows, text: string): boolean {
  const found = spikes.exec(text)?.groups;
  if (
    !found &&
    !/^(?:- |Dave, |I'm sorry, Dave|I have (?:a few )?(?:good news|advices?)|CONFIG SET latency-monitor)/.test(
      text,
    )
  )
    return false;
  rows.doctor.push({
    event: found?.event ?? null,
    spikes: found ? Number(found.spikes) : null,
    average_ms: found ? Number(found.average) : null,
    mean_deviation_ms: found ? Number(found.deviation) : null,
    period_s: found ? Number(found.period) : null,
    worst_ms: found ? Number(found.worst) : null,
    text,
  });
  return true;
}
