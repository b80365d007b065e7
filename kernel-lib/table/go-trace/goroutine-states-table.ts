import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../../bytes/dictionary.js";
import { staggeredRoom } from "../../bytes/staggered-room.js";
import {
  fromOfCode,
  isOwnTransition,
  Resource,
  resourceOfCode,
  toOfCode,
} from "../../read/trace/event-codes.js";
import type { EventColumns } from "../../read/trace/event-store.js";
import { G, goroutineStates, Wire } from "../../read/trace/wire.js";
import { buildTable } from "../build-table.js";
import { goroutineStatesSchema } from "../go-trace.js";
import { hasOwnStack } from "./events-table.js";
import { booleans, fitInt32, idsOf, type TraceData } from "./trace-columns.js";

/** By code: 1 for transitions of goroutines. */
export const isGoroutineTransition: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  resourceOfCode[code] === Resource.Goroutine && fromOfCode[code] !== 255 ? 1 : 0,
);

/** By code, what a transition does: the state it leads to in the low byte, and these. 0 for everything else. */
const Plan = {
  state: 0xff,
  /** The goroutine of the context changes its own state. */
  own: 0x100,
  /** The event's stack is the goroutine's. */
  stack: 0x200,
  /** Its stack is the one it was created to run. */
  creation: 0x400,
  /** It runs on a thread, with a processor. */
  executes: 0x800,
  /** The event says why. */
  reason: 0x1000,
  /** What state it was in before is not known. */
  unknownBefore: 0x2000,
} as const;

const plans = Int32Array.from({ length: 256 }, (_, code) => (isGoroutineTransition[code] ? planOf(code) : 0));

function planOf(code: number): number {
  const to = toOfCode[code];
  let plan = to;
  if (isOwnTransition[code] === 1) plan |= Plan.own;
  if (code === Wire.GoCreate || code === Wire.GoCreateBlocked) plan |= Plan.creation;
  else if (hasOwnStack(code)) plan |= Plan.stack;
  if (to === G.Running || to === G.Syscall) plan |= Plan.executes;
  if (code === Wire.GoBlock || code === Wire.GoStop) plan |= Plan.reason;
  if (fromOfCode[code] === G.Undetermined) plan |= Plan.unknownBefore;
  return plan;
}

const none = -1;

/** Intervals as columns; goroutines and threads by what {@link numbersOf} gives for them. */
interface Intervals {
  g: Int32Array;
  state: Uint8Array;
  start: Float64Array;
  end: Float64Array;
  duration: Float64Array;
  reason: Int32Array;
  stack: Int32Array;
  m: Int32Array;
  p: Int32Array;
  endByG: Int32Array;
  endStack: Int32Array;
  leftCensored: Uint8Array;
  rightCensored: Uint8Array;
}

/** The `goroutine_states` table, in order of the intervals' starts. */
export function goroutineStatesTable(trace: TraceData): ColumnTable {
  const { strings, goroutines, threads } = trace.store;
  const goroutineIds = goroutines.list();
  const threadIds = threads.list();
  const found = goroutineIntervals(trace, numbersOf(goroutineIds), numbersOf(threadIds));
  return buildTable(goroutineStatesSchema, {
    g: wideIds(found.g, goroutineIds),
    state: dictionaryColumn(found.state, goroutineStates),
    start_ns: found.start,
    end_ns: found.end,
    dur_ns: found.duration,
    reason: dictionaryColumn(found.reason, [null, ...strings.values.slice(1)]),
    stack_id: found.stack,
    m: wideIds(found.m, threadIds),
    p: found.p,
    end_by_g: wideIds(found.endByG, goroutineIds),
    end_stack_id: found.endStack,
    left_censored: booleans(found.leftCensored),
    right_censored: booleans(found.rightCensored),
  });
}

/** What stands for a dense number while the intervals are found: its id where all ids fit, so that no pass over the rows is owed, else itself. */
function numbersOf(ids: Float64Array): Int32Array {
  return fitInt32(ids) ? Int32Array.from(ids) : Int32Array.from(ids, (_, dense) => dense);
}

function wideIds(column: Int32Array, ids: Float64Array): Int32Array | Float64Array {
  return fitInt32(ids) ? column : idsOf(column, ids);
}

/** How many intervals there can be: as many as transitions that could begin one. */
function mostIntervals({ code, rows }: EventColumns): number {
  const counts = new Int32Array(256);
  for (let row = 0; row < rows; row++) counts[code[row]]++;
  return counts.reduce((sum, count, at) => sum + ((plans[at] & Plan.state) > G.NotExist ? count : 0), 0);
}

function roomFor(rows: number): Intervals {
  const room = staggeredRoom(rows);
  return {
    g: room(Int32Array),
    state: room(Uint8Array),
    start: room(Float64Array),
    end: room(Float64Array),
    duration: room(Float64Array),
    reason: room(Int32Array),
    stack: room(Int32Array),
    m: room(Int32Array),
    p: room(Int32Array),
    endByG: room(Int32Array),
    endStack: room(Int32Array),
    leftCensored: room(Uint8Array),
    rightCensored: room(Uint8Array),
  };
}

function goroutineIntervals(
  trace: TraceData,
  goroutineNumbers: Int32Array,
  threadNumbers: Int32Array,
): Intervals {
  const { columns, store, endNs } = trace;
  const { code: codes, time: times, m: ms, p: ps, g: gs, a: as, stack: stacks, rows } = columns;
  const out = roomFor(mostIntervals(columns));
  const goroutines = store.goroutines.size;
  const open = new Int32Array(goroutines).fill(none);
  const state = new Uint8Array(goroutines);
  const lastStack = new Int32Array(goroutines).fill(none);
  const { creationStack } = store;
  let next = 0;
  for (let row = 0; row < rows; row++) {
    const plan = plans[codes[row]];
    if (plan === 0) continue;
    const actor = gs[row];
    const g = (plan & Plan.own) !== 0 ? actor : as[row];
    const to = plan & Plan.state;
    const stack = stacks[row];
    const own =
      (plan & Plan.stack) !== 0 ? stack : (plan & Plan.creation) !== 0 ? creationStack[as[row]] : none;
    if (own >= 0) lastStack[g] = own;
    // A status event that repeats the state splits nothing.
    if (state[g] === to) continue;
    const time = times[row];
    const last = open[g];
    if (last >= 0) {
      out.end[last] = time;
      out.duration[last] = time - out.start[last];
      // It was somebody else's doing when the context was another goroutine.
      out.endByG[last] = actor === g || actor < 0 ? none : goroutineNumbers[actor];
      out.endStack[last] = stack;
      // After damage a goroutine is found in a state that nothing led to: when it left the old one is not known.
      if ((plan & Plan.unknownBefore) !== 0) out.rightCensored[last] = 1;
    }
    state[g] = to;
    if (to <= G.NotExist) {
      open[g] = none;
      continue;
    }
    const at = next++;
    open[g] = at;
    const executes = (plan & Plan.executes) !== 0;
    out.g[at] = goroutineNumbers[g];
    out.state[at] = to;
    out.start[at] = time;
    out.reason[at] = (plan & Plan.reason) !== 0 ? as[row] : 0;
    out.stack[at] = lastStack[g];
    out.m[at] = executes ? threadNumbers[ms[row]] : none;
    out.p[at] = executes ? ps[row] : none;
    if ((plan & Plan.unknownBefore) !== 0) out.leftCensored[at] = 1;
  }
  for (let g = 0; g < goroutines; g++) {
    const last = open[g];
    if (last < 0) continue;
    out.end[last] = endNs;
    out.duration[last] = endNs - out.start[last];
    out.endByG[last] = none;
    out.endStack[last] = none;
    out.rightCensored[last] = 1;
  }
  return firstRows(out, next);
}

function firstRows(columns: Intervals, rows: number): Intervals {
  const cut = Object.entries(columns).map(([name, column]) => [name, column.subarray(0, rows)]);
  return Object.fromEntries(cut) as Intervals;
}
