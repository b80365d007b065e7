import type { ColumnTable } from "arquero";
import type { DictionaryColumn } from "../../bytes/dictionary.js";
import { type ComputedColumn, computedColumn, lazyDictionaryColumn } from "../../bytes/lazy-column.js";
import {
  Argument,
  argumentOfCode,
  eventKinds,
  fromOfCode,
  isOwnTransition,
  kindOfCode,
  metricNames,
  Resource,
  rangeNames,
  resourceOfCode,
  resources,
  toOfCode,
  wideCounts,
} from "../../read/trace/event-codes.js";
import { goroutineStates, procStates, Wire, wireNames } from "../../read/trace/wire.js";
import { buildTable } from "../build-table.js";
import { eventsSchema } from "../go-trace.js";
import type { TraceData } from "./trace-columns.js";

/** The states of goroutines and processors in one list. */
const allStates: readonly (string | null)[] = [...goroutineStates, "Idle", null];
const noState = allStates.length - 1;

/** By code: number in {@link allStates} of the state before, and after. */
const [fromState, toState] = [fromOfCode, toOfCode].map((states) =>
  Uint8Array.from({ length: 256 }, (_, code) => {
    if (states[code] === 255) return noState;
    const names = resourceOfCode[code] === Resource.Proc ? procStates : goroutineStates;
    return allStates.indexOf(names[states[code]]);
  }),
);

/** The `events` table: six stored columns, the rest computed from them when looked at. */
export function eventsTable(trace: TraceData): ColumnTable {
  const { columns, store } = trace;
  const { rows, code } = columns;
  const byCode = (values: readonly (string | null)[], map: Uint8Array): DictionaryColumn =>
    lazyDictionaryColumn(rows, values, (row) => map[code[row]]);
  const goroutineIds = store.goroutines.list();
  const threadIds = store.threads.list();
  const { m, g } = columns;
  return buildTable(eventsSchema, {
    time_ns: columns.time.subarray(0, rows),
    kind: byCode(eventKinds, kindOfCode),
    m: computedColumn(rows, (row) => threadIds[m[row]]),
    p: columns.p.subarray(0, rows),
    g: computedColumn(rows, (row) => (g[row] < 0 ? -1 : goroutineIds[g[row]])),
    stack_id: columns.stack.subarray(0, rows),
    resource: byCode(resources, resourceOfCode),
    resource_id: resourceIds(trace),
    from: byCode(allStates, fromState),
    to: byCode(allStates, toState),
    reason: reasonColumn(trace),
    name: nameColumn(trace),
    ...valueColumns(trace),
    message: messageColumn(trace),
    transition_stack_id: transitionStacks(trace),
  });
}

function resourceIds({ columns, store }: TraceData): ComputedColumn<number> {
  const { code, a, g, p, wide, rows } = columns;
  const goroutineIds = store.goroutines.list();
  return computedColumn(rows, (row) => {
    const what = code[row];
    const argument = argumentOfCode[what];
    switch (resourceOfCode[what]) {
      case Resource.Goroutine: {
        const dense = argument === Argument.Goroutine ? a[row] : g[row];
        return dense < 0 ? -1 : goroutineIds[dense];
      }
      case Resource.Proc:
        return argument === Argument.Proc ? a[row] : p[row];
      case Resource.Task:
        return wide[a[row]];
      default:
        return -1;
    }
  });
}

function reasonColumn({ columns, store }: TraceData): DictionaryColumn {
  const { code, a, rows } = columns;
  // The empty string, number 0, is no reason.
  const values = [null, ...store.strings.values.slice(1)];
  return lazyDictionaryColumn(rows, values, (row) =>
    code[row] === Wire.GoStop || code[row] === Wire.GoBlock ? a[row] : 0,
  );
}

/** The name of an event by its row: of a range, metric, label, task, region, log category or experimental event. */
export function eventName({ columns, store }: TraceData, row: number): string | null {
  const what = columns.code[row];
  const a = columns.a[row];
  const { values } = store.strings;
  switch (what) {
    case Wire.STWBegin:
    case Wire.STWEnd:
      return `${rangeNames.get(what)} (${values[a]})`;
    case Wire.GoLabel:
      return values[a];
    case Wire.UserTaskBegin:
    case Wire.UserTaskEnd:
      return values[columns.wide[a + 2]];
    case Wire.UserRegionBegin:
    case Wire.UserRegionEnd:
    case Wire.UserLog:
      return values[columns.wide[a + 1]];
    default:
      if (eventKinds[kindOfCode[what]] === "Experimental") return wireNames[what] ?? null;
      return metricNames.get(what) ?? rangeNames.get(what) ?? null;
  }
}

function nameColumn(trace: TraceData): ComputedColumn<string | null> {
  return computedColumn(trace.columns.rows, (row) => eventName(trace, row));
}

// Which wide value stands in value and value2; annotations keep task ids and strings there instead.
function valueColumns({
  columns,
}: TraceData): Record<"value" | "value2" | "value3", ComputedColumn<number | null>> {
  const { code, a, wide, rows } = columns;
  const annotation = (what: number): boolean => resourceOfCode[what] === Resource.Task;
  const part = (index: number): ComputedColumn<number | null> =>
    computedColumn(rows, (row) => {
      const what = code[row];
      if (annotation(what)) {
        const isTask = what === Wire.UserTaskBegin || what === Wire.UserTaskEnd;
        return index === 1 && isTask && wide[a[row] + 1] >= 0 ? wide[a[row] + 1] : null;
      }
      return index < experimentalArguments(what) ? wide[a[row] + index] : null;
    });
  return { value: part(0), value2: part(1), value3: part(2) };
}

function experimentalArguments(what: number): number {
  if (what === Wire.SpanFree || what === Wire.HeapObjectFree || what === Wire.GoroutineStackFree) return 1;
  if (what >= Wire.HeapObject && what <= Wire.GoroutineStackFree) return 2;
  return wideCounts[what];
}

function messageColumn({ columns, store }: TraceData): ComputedColumn<string | null> {
  const { code, a, wide, rows } = columns;
  return computedColumn(rows, (row) =>
    code[row] === Wire.UserLog ? store.strings.values[wide[a[row] + 2]] : null,
  );
}

function transitionStacks({ columns, store }: TraceData): ComputedColumn<number> {
  const { code, a, stack, rows } = columns;
  return computedColumn(rows, (row) => transitionStack(code[row], a[row], stack[row], store.creationStack));
}

/** The stack of the goroutine that changes state: its own for what it does itself, the one it is created to run. */
export function transitionStack(code: number, a: number, stack: number, creation: Int32Array): number {
  if (resourceOfCode[code] !== Resource.Goroutine || fromOfCode[code] === 255) return -1;
  if (code === Wire.GoCreate || code === Wire.GoCreateBlocked) return creation[a];
  return hasOwnStack(code) ? stack : -1;
}

/** Whether the stack of a goroutine's transition is that goroutine's: of what it does itself, and of a status. */
export function hasOwnStack(code: number): boolean {
  return isOwnTransition[code] === 1 || code > Wire.GoroutineStackFree;
}
