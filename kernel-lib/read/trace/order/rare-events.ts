import type { GenerationTables } from "../generation-tables.js";
import { argumentCounts, Wire, wireNames } from "../wire.js";
import {
  goLabel,
  heapGoal,
  procsChange,
  regionBeginOrEnd,
  taskBegin,
  taskEnd,
  userLog,
} from "./annotation-events.js";
import { advanceGc } from "./gc-events.js";
import { goCreate, goCreateSyscall, goDestroySyscall, goStatus, goSwitch } from "./goroutine-events.js";
import type { OrderState } from "./order-state.js";
import { contextProblem } from "./problems.js";
import { procStatus, procSteal } from "./proc-events.js";
import { assistActive, rangeBegin, rangeEnd, sweepActive, sweepBeginOrEnd } from "./range-events.js";
import { none } from "./records.js";

/**
 * What an event of `args` on thread m, processor p and goroutine g does to the state; `named` is the goroutine that its
 * first argument names. In `order.rare` it leaves a problem, or 1 or more in `done` when the event comes now.
 */
type RareEvent = (
  order: OrderState,
  type: number,
  m: number,
  p: number,
  g: number,
  named: number,
  tables: GenerationTables,
) => void;

/** By type, every event that the loop does not handle itself. A new one is a line here. */
const rareEvents: RareEvent[] = new Array(256).fill(badEvent);
const handlers: readonly (readonly [RareEvent, ...number[]])[] = [
  [goCreate, Wire.GoCreate, Wire.GoCreateBlocked],
  [goStatus, Wire.GoStatus, Wire.GoStatusStack],
  [goSwitch, Wire.GoSwitch, Wire.GoSwitchDestroy],
  [goCreateSyscall, Wire.GoCreateSyscall],
  [goDestroySyscall, Wire.GoDestroySyscall],
  [procSteal, Wire.ProcSteal],
  [procStatus, Wire.ProcStatus],
  [advanceGc, Wire.GCBegin, Wire.GCActive, Wire.GCEnd],
  [sweepBeginOrEnd, Wire.GCSweepBegin, Wire.GCSweepEnd],
  [sweepActive, Wire.GCSweepActive],
  [assistActive, Wire.GCMarkAssistActive],
  [rangeBegin, Wire.STWBegin, Wire.GCMarkAssistBegin],
  [rangeEnd, Wire.STWEnd, Wire.GCMarkAssistEnd],
  [heapGoal, Wire.HeapGoal],
  [procsChange, Wire.ProcsChange],
  [goLabel, Wire.GoLabel],
  [taskBegin, Wire.UserTaskBegin],
  [taskEnd, Wire.UserTaskEnd],
  [regionBeginOrEnd, Wire.UserRegionBegin, Wire.UserRegionEnd],
  [userLog, Wire.UserLog],
];
for (const [handler, ...types] of handlers) for (const type of types) rareEvents[type] = handler;
// From here on all are of GODEBUG=traceallocfree=1.
rareEvents.fill(allocFree, Wire.Span);

/** The event of `args` that is not one of the loop's own; what it comes to is in `order.rare`. */
export function advanceRare(
  order: OrderState,
  type: number,
  m: number,
  p: number,
  g: number,
  named: number,
  tables: GenerationTables,
): void {
  const { rare } = order;
  rare.problem = "";
  rare.code = type;
  rare.m = m;
  rare.p = p;
  rare.g = g;
  rare.stack = 0;
  rare.a = none;
  rare.wide = 0;
  rare.done = 0;
  rareEvents[type](order, type, m, p, g, named, tables);
  if (rare.problem !== "") rare.done = 0;
}

function allocFree(order: OrderState, type: number, m: number, p: number, g: number): void {
  const { rare, args } = order;
  if (m === 0) {
    rare.problem = contextProblem(m, p, g, false, 0);
    return;
  }
  const count = argumentCounts[type];
  order.setWide(3, args[0], count > 1 ? args[1] : 0, count > 2 ? args[2] : 0);
  rare.done = 1;
}

function badEvent(order: OrderState, type: number): void {
  order.rare.problem = `bad event type found while ordering: ${wireNames[type] ?? type}`;
}
