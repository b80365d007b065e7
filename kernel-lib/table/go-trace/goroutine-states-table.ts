import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../../bytes/dictionary.js";
import {
  fromOfCode,
  isOwnTransition,
  Resource,
  resourceOfCode,
  toOfCode,
} from "../../read/trace/event-codes.js";
import { G, goroutineStates, Wire } from "../../read/trace/wire.js";
import { buildTable } from "../build-table.js";
import { goroutineStatesSchema } from "../go-trace.js";
import { transitionStack } from "./events-table.js";
import { booleans, idsOf, type TraceData } from "./trace-columns.js";

/** By code: 1 for transitions of goroutines. */
export const isGoroutineTransition: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  resourceOfCode[code] === Resource.Goroutine && fromOfCode[code] !== 255 ? 1 : 0,
);

const none = -1;

/** Intervals as columns; `g` and `m` are dense numbers. */
interface Intervals {
  g: Int32Array;
  state: Uint8Array;
  start: Float64Array;
  end: Float64Array;
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
  const { store } = trace;
  const found = goroutineIntervals(trace);
  const goroutineIds = store.goroutines.list();
  const rows = found.g.length;
  const duration = new Float64Array(rows);
  for (let row = 0; row < rows; row++) duration[row] = found.end[row] - found.start[row];
  return buildTable(goroutineStatesSchema, {
    g: idsOf(found.g, goroutineIds),
    state: dictionaryColumn(found.state, goroutineStates),
    start_ns: found.start,
    end_ns: found.end,
    dur_ns: duration,
    reason: dictionaryColumn(found.reason, [null, ...store.strings.values.slice(1)]),
    stack_id: found.stack,
    m: idsOf(found.m, store.threads.list()),
    p: found.p,
    end_by_g: idsOf(found.endByG, goroutineIds),
    end_stack_id: found.endStack,
    left_censored: booleans(found.leftCensored),
    right_censored: booleans(found.rightCensored),
  });
}

/** Counts the intervals, so that the columns are made in their size. */
function countIntervals({ columns, store }: TraceData): number {
  const { code: codes, g: gs, a: as, rows } = columns;
  const state = new Uint8Array(store.goroutines.size);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const code = codes[row];
    if (isGoroutineTransition[code] === 0) continue;
    const g = isOwnTransition[code] === 1 ? gs[row] : as[row];
    const to = toOfCode[code];
    if (state[g] !== to && to > G.NotExist) count++;
    state[g] = to;
  }
  return count;
}

function roomFor(rows: number): Intervals {
  return {
    g: new Int32Array(rows),
    state: new Uint8Array(rows),
    start: new Float64Array(rows),
    end: new Float64Array(rows),
    reason: new Int32Array(rows),
    stack: new Int32Array(rows),
    m: new Int32Array(rows),
    p: new Int32Array(rows),
    endByG: new Int32Array(rows),
    endStack: new Int32Array(rows),
    leftCensored: new Uint8Array(rows),
    rightCensored: new Uint8Array(rows),
  };
}

function goroutineIntervals(trace: TraceData): Intervals {
  const { columns, store, endNs } = trace;
  const { code: codes, time, m: ms, p: ps, g: gs, a: as, stack: stacks, rows } = columns;
  const out = roomFor(countIntervals(trace));
  const goroutines = store.goroutines.size;
  const open = new Int32Array(goroutines).fill(none);
  const state = new Uint8Array(goroutines);
  const lastStack = new Int32Array(goroutines).fill(none);
  const { creationStack } = store;
  let next = 0;
  for (let row = 0; row < rows; row++) {
    const code = codes[row];
    if (isGoroutineTransition[code] === 0) continue;
    const g = isOwnTransition[code] === 1 ? gs[row] : as[row];
    const to = toOfCode[code];
    const own = transitionStack(code, as[row], stacks[row], creationStack);
    if (own >= 0) lastStack[g] = own;
    // A status event that repeats the state splits nothing.
    if (state[g] === to) continue;
    const from = fromOfCode[code];
    const last = open[g];
    if (last >= 0) {
      out.end[last] = time[row];
      // It was somebody else's doing when the context was another goroutine.
      out.endByG[last] = gs[row] === g ? none : gs[row];
      out.endStack[last] = stacks[row];
      // After damage a goroutine is found in a state that nothing led to: when it left the old one is not known.
      if (from === G.Undetermined) out.rightCensored[last] = 1;
    }
    state[g] = to;
    if (to <= G.NotExist) {
      open[g] = none;
      continue;
    }
    const at = next++;
    open[g] = at;
    const executes = to === G.Running || to === G.Syscall;
    out.g[at] = g;
    out.state[at] = to;
    out.start[at] = time[row];
    out.reason[at] = code === Wire.GoBlock || code === Wire.GoStop ? as[row] : 0;
    out.stack[at] = lastStack[g];
    out.m[at] = executes ? ms[row] : none;
    out.p[at] = executes ? ps[row] : none;
    if (from === G.Undetermined) out.leftCensored[at] = 1;
  }
  for (let g = 0; g < goroutines; g++) {
    const last = open[g];
    if (last < 0) continue;
    out.end[last] = endNs;
    out.endByG[last] = none;
    out.endStack[last] = none;
    out.rightCensored[last] = 1;
  }
  return out;
}
