import { Wire } from "./wire.js";

/**
 * A tiny v2 trace in which every kind of event comes in many shapes.
 *
 * The loop that orders events is compiled by the engine for what it has seen so far, and thrown away and compiled
 * again at each thing that is new; with a function of its size that costs a tenth of a second a time. Reading these
 * few kilobytes first shows it everything, and a large trace is then read by the same code from start to end.
 */
export function primingTrace(): Uint8Array {
  const trace = new TraceBuilder();
  for (let generation = 1; generation <= 3; generation++) addGeneration(trace, generation);
  return trace.finish();
}

const strings = ["reason", "task", "text"];
/** Ids whose varints have one to four bytes, the last one far from the others. */
const stackIds = [1, 300, 20_000, 3_000_000];
const runnable = 1;
const running = 2;
const waiting = 4;

class TraceBuilder {
  private readonly bytes: number[] = [...Buffer.from("go 1.26 trace\0\0\0", "latin1")];
  private batch: number[] = [];

  varint(value: number, into: number[] = this.batch): void {
    let rest = value;
    while (rest >= 0x80) {
      into.push((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    into.push(rest);
  }

  /** An event or table entry: its type and its arguments. */
  event(type: number, ...values: number[]): void {
    this.batch.push(type);
    for (const value of values) this.varint(value);
  }

  text(id: number, value: string): void {
    this.event(Wire.String, id, value.length);
    this.batch.push(...Buffer.from(value));
  }

  endBatch(generation: number, thread: number, ticks: number): void {
    this.bytes.push(Wire.EventBatch);
    for (const value of [generation, thread, ticks, this.batch.length]) this.varint(value, this.bytes);
    this.bytes.push(...this.batch);
    this.batch = [];
  }

  endGeneration(): void {
    this.bytes.push(Wire.EndOfGeneration);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

function addGeneration(trace: TraceBuilder, generation: number): void {
  const start = generation * 40_000_000;
  const first = generation === 1;
  const other = 1000 + generation * 500;
  addMainThread(trace, generation, start, first, other);
  addSecondThread(trace, generation, start, first, other);
  addTables(trace, generation, start);
  trace.endGeneration();
}

function addMainThread(
  trace: TraceBuilder,
  generation: number,
  start: number,
  first: boolean,
  other: number,
): void {
  trace.event(Wire.ProcStatus, 1, 0, 1);
  trace.event(Wire.GoStatus, 1, 1, 10, running);
  if (first) trace.event(Wire.GoStatusStack, 1, 3, 10, waiting, 1);
  if (!first) trace.event(Wire.GoStatus, 1, 3, 10, waiting);
  trace.event(Wire.ProcsChange, 1, 4, 1);
  trace.event(Wire.STWBegin, 200, 1, 1);
  trace.event(Wire.HeapGoal, 1, 5_000_000_000);
  trace.event(Wire.STWEnd, 20_000);
  trace.event(Wire.GCBegin, 1, generation * 2 - 1, 1);
  trace.event(Wire.GoLabel, 1, 1);
  trace.event(Wire.UserTaskBegin, 1, generation, 0, 2, 1);
  trace.event(Wire.UserRegionBegin, 1, generation, 2, 1);
  trace.event(Wire.UserLog, 1, generation, 1, 3, 1);
  trace.endBatch(generation, 10, start);
  let sequence = 0;
  for (let round = 0; round < 200; round++) {
    const id = other + round * 300;
    const slow = round % 7 === 0 ? 40_000 : round * 3;
    const stack = stackIds[round % 4];
    trace.event(Wire.GoCreate, slow, id, stack, stack);
    trace.event(Wire.GoUnblock, 1, 3, ++sequence, round % 3 === 0 ? 0 : stack);
    trace.event(Wire.GCMarkAssistBegin, 1, stack);
    trace.event(Wire.HeapAlloc, 1, 1000 + round * 1_000_000);
    trace.event(Wire.GCMarkAssistEnd, 1);
    trace.event(Wire.GCSweepBegin, 1, stack);
    trace.event(Wire.GCSweepEnd, 1, 8192, 10);
    trace.event(Wire.GoSyscallBegin, 300, round + 1, stack);
    trace.event(Wire.GoSyscallEnd, 1);
    trace.event(Wire.GoStop, 3, 1, stack);
    trace.event(Wire.GoStart, 3, 3, ++sequence);
    trace.event(Wire.GoBlock, 3, round % 2, 0);
    trace.event(Wire.GoStart, 3, id, 1);
    trace.event(Wire.GoCreateBlocked, 2, id + 1, 1, 1);
    trace.event(Wire.GoSwitch, 2, id + 1, 1);
    trace.event(Wire.GoSwitchDestroy, 2, id, 1 + 1);
    trace.event(Wire.GoDestroy, 2);
    trace.event(Wire.GoStart, 2, 1, round + 1);
    if (round % 3 === 0) trace.endBatch(generation, 10, start + 1_000_000 + round * 30_000);
  }
  trace.event(Wire.HeapObjectAlloc, 1, 5, 1);
  trace.event(Wire.SpanAlloc, 1, 5, 1, 2);
  trace.event(Wire.HeapObjectFree, 1, 5);
  trace.event(Wire.UserRegionEnd, 1, generation, 2, 1);
  trace.event(Wire.UserTaskEnd, 1, generation, 1);
  trace.event(Wire.GCEnd, 1, generation * 2);
  trace.endBatch(generation, 10, start + 8_000_000);
}

/** A thread that takes a processor and gives it up, and whose events often have to wait for the other one's. */
function addSecondThread(
  trace: TraceBuilder,
  generation: number,
  start: number,
  first: boolean,
  other: number,
): void {
  trace.event(Wire.ProcStatus, 1, 1, 2);
  trace.event(Wire.ProcStart, 1, 1, 1);
  if (first) trace.event(Wire.GoStatus, 1, 7, 20, runnable);
  else trace.event(Wire.GoStatus, 1, 7, 20, waiting);
  let sequence = 0;
  let procSequence = 1;
  for (let round = 0; round < 60; round++) {
    if (round > 0 || !first) trace.event(Wire.GoUnblock, 900, 7, ++sequence, 0);
    trace.event(Wire.GoStart, 900, 7, ++sequence);
    trace.event(Wire.GoSyscallBegin, 1, ++procSequence, 1);
    if (round % 2 === 0) trace.event(Wire.ProcSteal, 1, 1, ++procSequence, 20);
    else trace.event(Wire.ProcStop, 1);
    trace.event(Wire.GoSyscallEndBlocked, 1);
    trace.event(Wire.ProcStart, 1, 1, ++procSequence);
    trace.event(Wire.GoStart, 1, 7, ++sequence);
    trace.event(Wire.GoBlock, 1, 1, 1);
    trace.event(Wire.ProcStop, 1);
    trace.event(Wire.ProcStart, 30_000, 1, ++procSequence);
    if (round % 10 === 5) trace.endBatch(generation, 20, start + 1_000_000 + round * 60_000);
  }
  trace.event(Wire.ProcStop, 1);
  // Takes the third thread's processor out of its system call.
  trace.event(Wire.ProcSteal, 1, 2, 3, 30);
  trace.endBatch(generation, 20, start + 7_000_000);
  trace.event(Wire.ProcStatus, 1, 2, 2);
  trace.event(Wire.ProcStart, 1, 2, 1);
  for (let round = 0; round < 20; round++) {
    trace.event(Wire.GoCreate, 100, other + 200_000 + round, 1, 0);
    trace.event(Wire.GoStart, 100, other + 200_000 + round, 1);
    trace.event(Wire.GoStop, 100, 1, 0);
    trace.event(Wire.GoStart, 200_000, other + 200_000 + round, 2);
    trace.event(Wire.GoDestroy, 100);
  }
  trace.event(Wire.GoCreate, 1, other + 300_000, 1, 0);
  trace.event(Wire.GoStart, 1, other + 300_000, 1);
  trace.event(Wire.GoSyscallBegin, 1, 2, 1);
  trace.event(Wire.GoSyscallEndBlocked, 1);
  trace.event(Wire.ProcStart, 1, 2, 4);
  trace.event(Wire.GoStart, 1, other + 300_000, 2);
  trace.event(Wire.GoDestroy, 1);
  trace.event(Wire.ProcStop, 1);
  trace.endBatch(generation, 30, start + 1000);
}

function addTables(trace: TraceBuilder, generation: number, start: number): void {
  trace.event(Wire.Strings);
  for (const [at, value] of strings.entries()) trace.text(at + 1, value);
  trace.endBatch(generation, 99, start);
  trace.event(Wire.Stacks);
  for (const [at, id] of stackIds.entries()) trace.event(Wire.Stack, id, 1, 0x400000 + at, 1, 2, 10);
  trace.endBatch(generation, 99, start);
  trace.event(Wire.CPUSamples);
  for (let sample = 0; sample < 20; sample++) {
    trace.event(Wire.CPUSample, start + 2_000_000 + sample * 1000, 10, 0, 1, 1);
  }
  trace.endBatch(generation, 99, start);
  trace.event(Wire.Sync);
  trace.event(Wire.Frequency, 15_625_000);
  trace.event(Wire.ClockSnapshot, 1, 1, 1, 1);
  trace.endBatch(generation, 99, start);
}
