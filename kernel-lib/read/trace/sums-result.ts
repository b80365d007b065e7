import {
  eventKinds,
  fromOfCode,
  kindOfCode,
  metricNames,
  Resource,
  rangeNames,
  resourceOfCode,
  toOfCode,
} from "./event-codes.js";
import { type EventStore, sizesOf } from "./event-store.js";
import { type DurationSums, EventSums, type RawSums, rangeParts, unseen } from "./event-sums.js";
import { goroutineStates } from "./wire.js";

/** What a trace's events add up to, in the names of the summary. */
export interface SumsResult {
  events: number;
  kinds: Record<string, number>;
  span_ns: number;
  goroutines: number;
  state_ns: Record<string, number>;
  transitions: Record<string, number>;
  block_reasons: Record<string, number>;
  ranges: Record<string, DurationSums>;
  sched_latency: DurationSums & { p50_ns: number; p99_ns: number };
  tasks: Record<string, number>;
  regions: Record<string, number>;
  logs: number;
  metrics: Record<string, number>;
  frames: number;
}

/** The sums of events that a store has kept. */
export function sumsOfKept(store: EventStore): RawSums {
  const sums = new EventSums();
  sums.add(store.columns, sizesOf(store), store.earlierLife);
  return sums.raw();
}

/** Sums in the names of the summary. */
export function sumsResult(raw: RawSums, store: EventStore): SumsResult {
  const { strings } = store;
  const { events, kinds, transitions, metrics } = countsByName(raw.counts);
  const stateNs: Record<string, number> = {};
  for (const [state, ns] of raw.stateNs.entries()) if (ns > 0) stateNs[goroutineStates[state]] = ns;
  const named = (counted: Iterable<[number, number]>): Record<string, number> =>
    Object.fromEntries([...counted].map(([name, count]) => [strings.values[name], count]));
  return {
    events,
    kinds,
    span_ns: events > 0 ? raw.lastTime - raw.firstTime : 0,
    goroutines: knownGoroutines(raw.state, store),
    state_ns: stateNs,
    transitions,
    block_reasons: named([...raw.reasonCounts.entries()].filter(([name, count]) => name > 0 && count > 0)),
    ranges: Object.fromEntries([...raw.ranges].map(([range, sums]) => [rangeName(range, store), sums])),
    sched_latency: schedLatency(raw),
    tasks: named(raw.tasks),
    regions: named(raw.regions),
    logs: kinds.Log ?? 0,
    metrics,
    frames: framesOf(raw.stackUses, store),
  };
}

function countsByName(
  counts: Float64Array,
): Pick<SumsResult, "events" | "kinds" | "transitions" | "metrics"> {
  const kinds: Record<string, number> = {};
  const transitions: Record<string, number> = {};
  const metrics: Record<string, number> = {};
  let events = 0;
  for (const [code, count] of counts.entries()) {
    if (count === 0) continue;
    events += count;
    const kind = eventKinds[kindOfCode[code]];
    increase(kinds, kind, count);
    const metric = metricNames.get(code);
    if (metric) increase(metrics, metric, count);
    if (kind !== "StateTransition" || resourceOfCode[code] !== Resource.Goroutine) continue;
    increase(transitions, `${goroutineStates[fromOfCode[code]]}->${goroutineStates[toOfCode[code]]}`, count);
  }
  return { events, kinds, transitions, metrics };
}

function rangeName(range: number, { strings }: EventStore): string {
  const { code, reason } = rangeParts(range);
  const name = rangeNames.get(code) ?? "";
  return reason === 0 ? name : `${name} (${strings.values[reason]})`;
}

// One id may have several lives; it is one goroutine all the same, as it is to Go's reader.
function knownGoroutines(state: Uint8Array, { goroutines }: EventStore): number {
  const { ids } = goroutines;
  const seen = new Set<number>();
  let count = 0;
  for (let g = 0; g < goroutines.size && g < state.length; g++) {
    if (state[g] === unseen) continue;
    if (goroutines.find(ids[g]) === g) count++;
    else seen.add(ids[g]);
  }
  for (const id of seen) if (state[goroutines.find(id)] === unseen) count++;
  return count;
}

function framesOf(stackUses: Float64Array, { stacks }: EventStore): number {
  let frames = 0;
  for (let stack = 0; stack < stacks.size; stack++) {
    if (stackUses[stack] > 0) frames += stackUses[stack] * stacks.depth(stack);
  }
  return frames;
}

function schedLatency({ shortWaits, longWaits }: RawSums): SumsResult["sched_latency"] {
  const long = longWaits.slice().sort();
  let short = 0;
  let total = 0;
  let max = 0;
  for (const [wait, waits] of shortWaits.entries()) {
    if (waits === 0) continue;
    short += waits;
    total += waits * wait;
    max = wait;
  }
  for (const wait of long) total += wait;
  const count = short + long.length;
  const quantile = (q: number): number => {
    const rank = Math.max(Math.ceil(q * count), 1);
    if (rank > short) return long[rank - short - 1] ?? 0;
    let passed = 0;
    return shortWaits.findIndex((waits) => {
      passed += waits;
      return passed >= rank;
    });
  };
  return {
    count,
    total_ns: total,
    max_ns: long.length > 0 ? long[long.length - 1] : max,
    p50_ns: count > 0 ? quantile(0.5) : 0,
    p99_ns: count > 0 ? quantile(0.99) : 0,
  };
}

function increase(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}
