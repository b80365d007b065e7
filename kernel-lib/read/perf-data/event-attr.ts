import type { PerfBytes } from "./perf-bytes.js";

type SampleField =
  | "ip"
  | "tid"
  | "time"
  | "addr"
  | "read"
  | "callchain"
  | "id"
  | "cpu"
  | "period"
  | "streamId"
  | "raw"
  | "stackUser"
  | "identifier";

/** Which fields a sample has, in the order they stand; `enum perf_event_sample_format` of linux/perf_event.h. */
export const sampleBits: Readonly<Record<SampleField, number>> = {
  ip: 1 << 0,
  tid: 1 << 1,
  time: 1 << 2,
  addr: 1 << 3,
  read: 1 << 4,
  callchain: 1 << 5,
  id: 1 << 6,
  cpu: 1 << 7,
  period: 1 << 8,
  streamId: 1 << 9,
  raw: 1 << 10,
  stackUser: 1 << 13,
  identifier: 1 << 16,
};

/** One event that was recorded: what `struct perf_event_attr` says of it, as far as it matters here. */
export interface EventAttr {
  readonly type: number;
  readonly config: number;
  /** The fixed period, or 0 when a frequency was asked for. */
  readonly period: number;
  readonly sampleType: number;
  readonly readFormat: number;
  /** Whether records other than samples end in the fields that identify them. */
  readonly sampleIdAll: boolean;
  /** The clock of the times, where the recording chose one that other programs can read (`perf record -k`). */
  readonly clock: "monotonic" | "unix" | "unknown";
  /** The event's name as perf shows it. */
  name: string;
}

const hardware = [
  "cycles",
  "instructions",
  "cache-references",
  "cache-misses",
  "branches",
  "branch-misses",
  "bus-cycles",
  "stalled-cycles-frontend",
  "stalled-cycles-backend",
  "ref-cycles",
];
const software = [
  "cpu-clock",
  "task-clock",
  "page-faults",
  "context-switches",
  "cpu-migrations",
  "minor-faults",
  "major-faults",
  "alignment-faults",
  "emulation-faults",
  "dummy",
  "bpf-output",
  "cgroup-switches",
];
const freqBit = 1 << 10;
const sampleIdAllBit = 1 << 18;
const useClockBit = 1 << 25;
const clockIdAt = 92;

/** Reads the `struct perf_event_attr` at `at`; its name is a guess until the file names it. */
export function readAttr(data: PerfBytes, at: number): EventAttr {
  const type = data.u32(at);
  const config = data.u64(at + 8);
  const flags = data.lo(at + 40);
  return {
    type,
    config,
    period: flags & freqBit ? 0 : data.u64(at + 16),
    sampleType: data.lo(at + 24),
    readFormat: data.lo(at + 32),
    sampleIdAll: (flags & sampleIdAllBit) !== 0,
    clock:
      flags & useClockBit && data.u32(at + 4) > clockIdAt ? clockOf(data.u32(at + clockIdAt)) : "unknown",
    name: `${guessedName(type, config)}${type < 2 ? modifiers(flags) : ""}`,
  };
}

// The numbers of clock_gettime; perf's own clock is that of no other program.
function clockOf(id: number): EventAttr["clock"] {
  if (id === 1) return "monotonic";
  return id === 0 ? "unix" : "unknown";
}

// Bits of perf_event_attr that leave out a mode; precise_ip is a number of two bits.
const exclude = { user: 1 << 4, kernel: 1 << 5, hv: 1 << 6, host: 1 << 19 };

/**
 * What stands behind the name on `perf record`'s command line: k, u, h for the modes, p for precision, G for guests
 * alone. That guests are left out (H) is not shown: perf leaves them out without being asked.
 */
function modifiers(flags: number): string {
  const modes = [exclude.kernel, exclude.user, exclude.hv];
  const hasModes = modes.some((bit) => flags & bit);
  const precise = (flags >> 15) & 3;
  let letters = hasModes ? modes.map((bit, i) => (flags & bit ? "" : "kuh"[i])).join("") : "";
  letters += `${"p".repeat(precise)}${flags & exclude.host ? "G" : ""}`;
  return letters && `:${letters}`;
}

function guessedName(type: number, config: number): string {
  if (type === 0) return hardware[config] ?? `unknown-hardware:${config}`;
  if (type === 1) return software[config] ?? `unknown-software:${config}`;
  if (type === 2) return `unknown tracepoint ${config}`;
  return `raw 0x${config.toString(16)}`;
}
