import { nearestRank, sortedNumbers } from "../analyze/quantile.js";
import { seededRandom } from "../analyze/random.js";
import type { Cause } from "./diagnosis.js";
import { type Candidate, duration, type SlowRequests } from "./slow-requests.js";
import type { Part, TimeParts } from "./time-parts.js";

/** One cause of the slow requests' excess, over all of them. */
export interface Share {
  readonly cause: Cause;
  readonly where: string;
  readonly behind: string;
  readonly chain: readonly string[];
  readonly doing: string;
  /** By slow request: ns beyond a typical one's. */
  readonly excess: Float64Array;
  readonly total_ns: number;
  readonly share: number;
  readonly share_low: number;
  readonly share_high: number;
  /** The parts it is made of, by request. */
  readonly parts: readonly (readonly Part[])[];
}

/** The slow requests' parts, and what of them is beyond a typical one. */
export interface Excess {
  readonly parts: readonly (readonly Part[])[];
  readonly shares: readonly Share[];
  readonly total_ns: number;
}

/** Causes whose where is wherever the request happened to be: one share each, or one for each that is behind. */
const anywhere: ReadonlySet<Cause> = new Set([
  "cpu",
  "scheduler",
  "gc-assist",
  "gc-sweep",
  "gc-mark",
  "queue",
  "unknown",
]);

const resamples = 400;

/** What the slow requests' time beyond a typical one's went to. */
export function excessOf(requests: SlowRequests, timeParts: TimeParts): Excess {
  const { slow } = requests;
  const parts = slow.map(({ track }) => timeParts.of(track));
  const groups = groupsOf(parts);
  const usual = new Map<string, Map<string, number>>();
  for (const [kind, typical] of requests.typical) usual.set(kind, averages(typical, timeParts, groups));
  const drafts = new Map<string, Part[][]>();
  parts.forEach((own, i) => {
    for (const part of own) {
      const name = groups(part);
      const lists = drafts.get(name) ?? slow.map(() => []);
      drafts.set(name, lists);
      lists[i].push(part);
    }
  });
  const excess = new Map<string, Float64Array>();
  for (const [name, lists] of drafts) {
    excess.set(
      name,
      Float64Array.from(lists, (own, i) => sumNs(own) - (usual.get(slow[i].kind)?.get(name) ?? 0)),
    );
  }
  const whole = slow.map(
    (request) => duration(request) - meanDuration(requests.typical.get(request.kind) ?? []),
  );
  // What a slow request has less of than a typical one cannot be a cause; what is left is measured against the whole.
  const total = Math.max(
    whole.reduce((sum, ns) => sum + Math.max(0, ns), 0),
    1,
  );
  const clusters = clustersOf(slow);
  const shares = [...excess]
    .map(([name, own]) => shareOf(drafts.get(name) ?? [], own, whole, total, clusters))
    .filter((share): share is Share => share !== undefined)
    .sort((a, b) => b.total_ns - a.total_ns);
  return { parts, shares, total_ns: total };
}

function shareOf(
  parts: readonly Part[][],
  excess: Float64Array,
  whole: readonly number[],
  total: number,
  clusters: readonly number[][],
): Share | undefined {
  const sum = excess.reduce((all, ns) => all + ns, 0);
  if (!(sum > 0)) return undefined;
  const all = parts.flat();
  const heaviest = (of: (part: Part) => string): string => {
    const sums = new Map<string, number>();
    for (const part of all) sums.set(of(part), (sums.get(of(part)) ?? 0) + part.ns);
    return [...sums].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
  };
  const behind = heaviest((part) => part.behind);
  const like = all.filter((part) => part.behind === behind).sort((a, b) => b.ns - a.ns)[0];
  const share = Math.min(1, sum / total);
  const [low, high] = interval(excess, whole, clusters, share);
  return {
    cause: all[0].cause,
    where: heaviest((part) => part.where),
    behind,
    chain: like?.chain ?? [],
    doing: like?.doing ?? "",
    excess,
    total_ns: sum,
    share,
    share_low: low,
    share_high: high,
    parts,
  };
}

// Parts of one cause belong together when they share where it was or who is behind.
function groupsOf(parts: readonly (readonly Part[])[]): (part: Part) => string {
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    let at = name;
    for (let next = parent.get(at); next !== undefined; next = parent.get(at)) at = next;
    return at;
  };
  const keys = ({ cause, where, behind }: Part): string[] => {
    if (anywhere.has(cause)) return [cause];
    if (cause === "stop-the-world") return [`${cause} behind ${behind}`];
    const own = `${cause} where ${where}`;
    return behind === "" || cause === "syscall" ? [own] : [own, `${cause} behind ${behind}`];
  };
  for (const part of parts.flat()) {
    const [first, second] = keys(part);
    if (second === undefined) continue;
    const [a, b] = [root(first), root(second)];
    if (a !== b) parent.set(b, a);
  }
  return (part) => root(keys(part)[0]);
}

function averages(
  typical: readonly Candidate[],
  timeParts: TimeParts,
  groups: (part: Part) => string,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { track } of typical) {
    for (const part of timeParts.of(track)) sums.set(groups(part), (sums.get(groups(part)) ?? 0) + part.ns);
  }
  return new Map([...sums].map(([name, ns]) => [name, ns / Math.max(1, typical.length)]));
}

function meanDuration(requests: readonly Candidate[]): number {
  return requests.reduce((sum, request) => sum + duration(request), 0) / Math.max(1, requests.length);
}

function sumNs(parts: readonly Part[]): number {
  return parts.reduce((sum, { ns }) => sum + ns, 0);
}

/** Slow requests that overlap in time, or follow each other closely, were slow together: they are one observation. */
function clustersOf(slow: readonly Candidate[]): number[][] {
  const order = slow.map((_, i) => i).sort((a, b) => slow[a].start_ns - slow[b].start_ns);
  const clusters: number[][] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    if (slow[i].start_ns > until) clusters.push([]);
    clusters[clusters.length - 1].push(i);
    until = Math.max(until, slow[i].end_ns);
  }
  return clusters;
}

// Percentiles of the share over resampled clusters, and never narrower than so many clusters that all agree can tell.
function interval(
  excess: Float64Array,
  whole: readonly number[],
  clusters: readonly number[][],
  share: number,
): [number, number] {
  const sums = clusters.map((members) => [
    members.reduce((sum, i) => sum + excess[i], 0),
    members.reduce((sum, i) => sum + Math.max(0, whole[i]), 0),
  ]);
  const random = seededRandom(1);
  const drawn = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    let [own, all] = [0, 0];
    for (let k = 0; k < sums.length; k++) {
      const [a, b] = sums[Math.floor(random() * sums.length)];
      own += a;
      all += b;
    }
    drawn[i] = all > 0 ? own / all : 0;
  }
  const sorted = sortedNumbers(drawn);
  const [low, high] = wilson(share, clusters.length);
  const unit = (value: number): number => Math.min(1, Math.max(0, value));
  return [unit(Math.min(low, nearestRank(sorted, 0.025))), unit(Math.max(high, nearestRank(sorted, 0.975)))];
}

// Wilson's interval for a proportion seen in n observations, at 95 %.
function wilson(share: number, n: number): [number, number] {
  const z = 1.96;
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [centre - half, centre + half];
}
