import { nearestRank, sortedNumbers } from "../analyze/quantile.js";
import type { Stretch } from "../analyze/request-tracks.js";
import type { RequestsFrom, SlowSummary } from "./diagnosis.js";

/** A request as a diagnosis sees it, wherever it was found. */
export interface Candidate {
  /** Its id where it was found: a task's, a row of the log, a number. */
  readonly id: number;
  /** Requests of one kind are compared with each other. */
  readonly kind: string;
  readonly start_ns: number;
  readonly end_ns: number;
  readonly track: readonly Stretch[];
}

/** The slow requests, and what they are compared with. */
export interface SlowRequests {
  readonly slow: readonly Candidate[];
  /** Ordinary requests of each kind that has slow ones. */
  readonly typical: ReadonlyMap<string, readonly Candidate[]>;
  /** The median duration of each kind. */
  readonly medians: ReadonlyMap<string, number>;
  readonly summary: SlowSummary;
  /** The quantile from which on requests count as slow. */
  readonly quantile: number;
}

/** Fewer slow requests than this say nothing about what makes requests slow. */
const fewest = 5;
/** So many slow ones are looked at where there are as many, even if they are more than the quantile asks for. */
const enough = 20;
/** So many ordinary requests stand for all of their kind. */
const ordinary = 60;
/** The slow ones stand out when they take this many times what a typical one takes. */
const standsOut = 2;

/** A kind with fewer requests than this has no typical one: they are compared with all. */
const rare = 5;

// Only where there are rare kinds do the others stay apart from them.
function withoutRareKinds(all: readonly Candidate[]): readonly Candidate[] {
  const counts = new Map<string, number>();
  for (const { kind } of all) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const few = [...counts].filter(([, count]) => count < rare).map(([kind]) => kind);
  if (few.length === 0 || counts.size === 1) return all;
  const [most] = [...counts].sort((a, b) => b[1] - a[1])[0];
  return all.map((request) => (few.includes(request.kind) ? { ...request, kind: most } : request));
}

export const duration = ({ start_ns, end_ns }: Candidate): number => end_ns - start_ns;

/**
 * Which requests are slow: of each kind those at or above the quantile, and at least twice what a typical one of the kind takes. Where
 * that leaves few, down to twenty, of those that stand out as much.
 */
export function slowRequests(all: readonly Candidate[], from: RequestsFrom, quantile: number): SlowRequests {
  const kinds = new Map<string, Candidate[]>();
  for (const request of withoutRareKinds(all)) {
    const same = kinds.get(request.kind);
    if (same) same.push(request);
    else kinds.set(request.kind, [request]);
  }
  const medians = new Map<string, number>();
  const ratios: { request: Candidate; ratio: number; excess: number }[] = [];
  for (const [kind, requests] of kinds) {
    const sorted = sortedNumbers(requests.map(duration));
    const median = Math.max(1, nearestRank(sorted, 0.5));
    medians.set(kind, median);
    for (const request of requests) {
      ratios.push({ request, ratio: duration(request) / median, excess: duration(request) - median });
    }
  }
  const none = (text: string, threshold: number | null, typical: number | null): SlowRequests => ({
    slow: [],
    typical: new Map(),
    medians,
    quantile,
    summary: { from, count: 0, of: all.length, threshold_ns: threshold, typical_ns: typical, text },
  });
  if (all.length === 0) return none("no request was found", null, null);
  const durations = sortedNumbers(all.map(duration));
  const [typical, tail] = [nearestRank(durations, 0.5), nearestRank(durations, quantile)];
  if (all.length < 2 * fewest) {
    return none(
      `there are only ${all.length} requests: too few to tell slow ones from others`,
      tail,
      typical,
    );
  }
  // Of requests that stand out the ones with the most beyond a typical one of their kind.
  const out = ratios.filter(({ ratio }) => ratio >= standsOut).sort((a, b) => b.excess - a.excess);
  const wanted = all.length - Math.ceil(quantile * all.length * (1 - Number.EPSILON)) + 1;
  // The quantile itself may lie below twice the typical: then less than half of what it asks for stands out, or all do not.
  if (out.length < Math.max(fewest, wanted / 2)) {
    const usual = kinds.size > 1 ? "a typical one of its kind takes" : "a typical one takes";
    const why =
      out.length === 0
        ? `no request takes twice what ${usual}`
        : `only ${out.length} of ${all.length} requests take twice what ${usual}`;
    return none(`nothing stands out: ${why} (${tailText(kinds, quantile)})`, tail, typical);
  }
  const slow = out.slice(0, Math.max(wanted, Math.min(enough, out.length))).map(({ request }) => request);
  const threshold = Math.min(...slow.map(duration));
  const leading = slow.reduce(
    (sum, { kind }) => sum.set(kind, (sum.get(kind) ?? 0) + 1),
    new Map<string, number>(),
  );
  const [kind] = [...leading].sort((a, b) => b[1] - a[1])[0];
  const usual = new Map([...leading.keys()].map((name) => [name, ordinaryOf(kinds.get(name) ?? [])]));
  const median = medians.get(kind) ?? typical;
  return {
    slow,
    typical: usual,
    medians,
    quantile,
    summary: {
      from,
      count: slow.length,
      of: all.length,
      threshold_ns: threshold,
      typical_ns: median,
      text: "",
    },
  };
}

/** `P99`, `P99.9`. */
export function quantileName(quantile: number): string {
  return `P${Number((quantile * 100).toFixed(4))}`;
}

// How far the tail is from the median: of kinds the one where it is farthest, for a mixture's tail may be a kind of its own.
function tailText(kinds: ReadonlyMap<string, readonly Candidate[]>, quantile: number): string {
  const ratios = [...kinds.values()].map((requests) => {
    const sorted = sortedNumbers(requests.map(duration));
    return nearestRank(sorted, quantile) / Math.max(1, nearestRank(sorted, 0.5));
  });
  const most = times(Math.max(...ratios));
  const name = quantileName(quantile);
  return kinds.size > 1
    ? `${name} is at most ${most} the median of its kind`
    : `${name} is ${most} the median`;
}

function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} times`;
}

// Those around the median, evenly taken.
function ordinaryOf(requests: readonly Candidate[]): Candidate[] {
  const sorted = [...requests].sort((a, b) => duration(a) - duration(b));
  const from = Math.floor(0.3 * sorted.length);
  const to = Math.max(from + 1, Math.ceil(0.7 * sorted.length));
  const middle = sorted.slice(from, to);
  const step = Math.max(1, middle.length / ordinary);
  const taken: Candidate[] = [];
  for (let at = 0; at < middle.length; at += step) taken.push(middle[Math.floor(at)]);
  return taken;
}
