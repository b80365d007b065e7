import { StringDictionary } from "../../bytes/dictionary.js";
import { Growable } from "../../bytes/growable.js";
import { ProfileBuilder } from "../profile/profile-builder.js";
import type { Int64Values, ProfileColumns, ValueType } from "../profile/profile-columns.js";

/** What perf knows of a sample beside its stack; -1 where it was not recorded or not printed. */
export interface PerfSample {
  /** ns since the first sample. */
  time: number;
  event: string;
  comm: string;
  pid: number;
  tid: number;
  cpu: number;
  /** What the sample stands for, in the event's unit. */
  period: number;
  stack: number;
  /** A tracepoint's fields as text, or null. */
  detail: string | null;
}

/** The samples of a perf recording as columns; `event` and `comm` are codes. */
export interface PerfColumns {
  readonly time: Float64Array;
  readonly event: Int32Array;
  readonly comm: Int32Array;
  readonly pid: Int32Array;
  readonly tid: Int32Array;
  readonly cpu: Int32Array;
  readonly period: Float64Array;
  readonly detail: readonly (string | null)[];
  readonly events: readonly string[];
  readonly comms: readonly string[];
  /** Absolute time of the first sample in ns, on the clock of the recording. */
  readonly startNs: bigint;
  /** Samples of each event. */
  readonly eventCounts: readonly number[];
  readonly profile: ProfileColumns;
}

/** Which samples are wanted, in ns since the first. */
export interface TimeRange {
  from?: number;
  to?: number;
}

/** Collects the samples of a perf recording, whatever form it came in. */
export class PerfSamples {
  readonly builder: ProfileBuilder = new ProfileBuilder();
  private readonly events = new StringDictionary();
  private readonly comms = new StringDictionary();
  private readonly eventCounts: number[] = [];
  private readonly time = new Growable(Float64Array);
  private readonly event = new Growable(Int32Array);
  private readonly comm = new Growable(Int32Array);
  private readonly pid = new Growable(Int32Array);
  private readonly tid = new Growable(Int32Array);
  private readonly cpu = new Growable(Int32Array);
  private readonly period = new Growable(Float64Array);
  private readonly stack = new Growable(Int32Array);
  private readonly detail: (string | null)[] = [];

  private readonly from: number;
  private readonly to: number;

  constructor({ from = -Infinity, to = Infinity }: TimeRange = {}) {
    this.from = from;
    this.to = to;
  }

  /** Whether samples of this time are wanted, so that others need not be resolved. */
  wants(time: number): boolean {
    return time >= this.from && time <= this.to;
  }

  add(sample: PerfSample): void {
    const event = this.events.code(sample.event);
    this.eventCounts[event] = (this.eventCounts[event] ?? 0) + 1;
    this.time.push(sample.time);
    this.event.push(event);
    this.comm.push(this.comms.code(sample.comm));
    this.pid.push(sample.pid);
    this.tid.push(sample.tid);
    this.cpu.push(sample.cpu);
    this.period.push(sample.period);
    this.stack.push(sample.stack);
    this.detail.push(sample.detail);
  }

  finish(startNs: bigint): PerfColumns {
    const event = this.event.finish();
    const period = this.period.finish();
    const events = this.events.values;
    return {
      time: this.time.finish(),
      event,
      comm: this.comm.finish(),
      pid: this.pid.finish(),
      tid: this.tid.finish(),
      cpu: this.cpu.finish(),
      period,
      detail: this.detail,
      events,
      comms: this.comms.values,
      startNs,
      eventCounts: this.eventCounts,
      profile: {
        ...this.builder.finish(),
        valueTypes: events.map(eventType),
        defaultValue: mostFrequent(this.eventCounts),
        values: lazyValues(events.length, event, period),
        sampleStack: this.stack.finish(),
      },
    };
  }
}

/** The clock events count ns; the others count themselves. */
function eventType(event: string): ValueType {
  return { type: event, unit: /^(cpu|task)-clock\b/.test(event) ? "nanoseconds" : "count" };
}

function mostFrequent(counts: readonly number[]): number {
  return counts.reduce((best, count, i) => (count > counts[best] ? i : best), 0);
}

/** One value column for each event, zero for other events' samples; each is made when it is first asked for. */
function lazyValues(events: number, event: Int32Array, period: Float64Array): readonly Int64Values[] {
  const values: Int64Values[] = [];
  for (let wanted = 0; wanted < events; wanted++) {
    Object.defineProperty(values, wanted, {
      enumerable: true,
      configurable: true,
      get: () => {
        const value = period.map((amount, row) => (event[row] === wanted ? amount : 0));
        Object.defineProperty(values, wanted, { enumerable: true, value });
        return value;
      },
    });
  }
  return values;
}
