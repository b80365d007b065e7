import { nearestRank, sortedNumbers } from "../analyze/quantile.js";
import type { TraceView } from "../analyze/trace-view.js";
import { shortFunction } from "./code-names.js";
import type { Cause, Evidence, Finding, RuledOut } from "./diagnosis.js";
import type { Excess, Share } from "./excess.js";
import { culprit, nextStep, plainNs, plainShare, verb } from "./sentences.js";
import { type Candidate, duration, quantileName, type SlowRequests } from "./slow-requests.js";

/** A share smaller than this is no finding. */
const smallest = 0.05;
/** So many findings at most. */
const most = 6;

/** The ranked findings, with the share of the excess that each rests on. */
export interface RankedFindings {
  readonly findings: readonly Finding[];
  readonly shares: readonly Share[];
  readonly ruled_out: readonly RuledOut[];
  readonly unexplained: number;
}

/** Findings out of shares: largest first, but what holds many up before what it does to its own request. */
export function rankedFindings(
  requests: SlowRequests,
  all: readonly Candidate[],
  excess: Excess,
  view: TraceView,
  capture: string,
  hasSamples: boolean,
): RankedFindings {
  const known = excess.shares.filter(({ cause }) => cause !== "unknown");
  const ranked = holdersFirst(known.filter(({ share }) => share >= smallest)).slice(0, most);
  const largest = largestBy(excess.shares, requests.slow.length);
  const findings = ranked.map((share, i) => {
    const operations = largest.filter((name) => name === share).length;
    return findingOf(share, i + 1, operations, requests, all, view, capture, hasSamples);
  });
  const explained = ranked.reduce((sum, { share }) => sum + share, 0);
  return {
    findings,
    shares: ranked,
    ruled_out: ruledOut(excess.shares, ranked),
    unexplained: Math.max(0, 1 - explained),
  };
}

// A request that computes while it holds a lock is the culprit of those that wait for it: they are more, and come first.
function holdersFirst(shares: readonly Share[]): Share[] {
  const sorted = [...shares];
  // Those that wait for their own long work in a worker, and those queued behind it: the queue is what can be changed.
  const queued = sorted.find(({ cause, behind }) => cause === "queue" && behind === sorted[0].behind);
  if (sorted[0]?.cause === "channel" && queued && queued.total_ns >= 0.4 * sorted[0].total_ns) {
    return [queued, ...sorted.filter((share) => share !== queued)];
  }
  const at = sorted.findIndex(({ cause }) => cause === "cpu" || cause === "network" || cause === "syscall");
  if (at !== 0) return sorted;
  const own = sorted[0];
  const held = sorted.find(
    (share) =>
      (share.cause === "lock" || share.cause === "channel" || share.cause === "queue") &&
      (share.behind === own.where || share.chain.includes(own.where)) &&
      share.excess.filter((ns) => ns > 0).length >
        own.excess.filter((ns) => ns > 0.5 * Math.max(...own.excess)).length,
  );
  if (!held || held.total_ns < 0.4 * own.total_ns) return sorted;
  return [held, ...sorted.filter((share) => share !== held)];
}

/** For each slow request the share that is its largest. */
function largestBy(shares: readonly Share[], count: number): (Share | undefined)[] {
  return Array.from({ length: count }, (_, i) => {
    let best: Share | undefined;
    for (const share of shares) if (share.excess[i] > (best?.excess[i] ?? 0)) best = share;
    return best;
  });
}

function findingOf(
  share: Share,
  rank: number,
  operations: number,
  requests: SlowRequests,
  all: readonly Candidate[],
  view: TraceView,
  capture: string,
  hasSamples: boolean,
): Finding {
  const longest = share.parts.flat().sort((a, b) => b.ns - a.ns)[0];
  const frames = longest && longest.row >= 0 ? view.frames.of(view.stack[longest.row]) : [];
  const bound = boundOf(share, requests, all);
  const behind = culprit(share);
  const sentence = `${operations} of ${requests.slow.length} slow requests ${verb(share, frames)}${behind === "" ? "" : `; ${behind}`}.`;
  const at = bound === null ? "" : ` Without it at most: ${bound.text}.`;
  const host =
    share.cause === "cpu" && !hasSamples ? " Without CPU samples, a busy host would look the same." : "";
  return {
    rank,
    cause: share.cause,
    where: share.where,
    behind: share.behind,
    chain: [...share.chain],
    share: rounded(share.share),
    share_low: rounded(share.share_low),
    share_high: rounded(share.share_high),
    excess_ns: Math.round(share.total_ns),
    operations,
    bound_ns: bound?.ns ?? null,
    text: `${sentence} That is ${plainShare(share.share)} (${plainShare(share.share_low)} to ${plainShare(share.share_high)}) of the time beyond a typical request's.${at}${host}`,
    evidence: evidenceOf(share, capture, view),
    next: nextStep(share, hasSamples),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function evidenceOf(share: Share, capture: string, view: TraceView): Evidence[] {
  const rows = new Set(share.parts.flat().map(({ row }) => row));
  rows.delete(-1);
  const evidence: Evidence[] = [{ capture, table: "goroutine_states", rows: rows.size }];
  if (share.cause.startsWith("gc") || share.cause === "stop-the-world") {
    evidence.push({ capture, table: "ranges", rows: view.source.table("ranges").numRows() });
  }
  return evidence;
}

/** What the quantile would be at best if the requests had not lost this time; requests that were not looked at stay. */
function boundOf(
  share: Share,
  { slow, quantile }: SlowRequests,
  all: readonly Candidate[],
): { ns: number; text: string } | null {
  const without = new Map<Candidate, number>();
  slow.forEach((request, i) => {
    without.set(request, duration(request) - Math.max(0, share.excess[i]));
  });
  // Those below the slow ones' threshold may have lost time to it too: they count as they are, or as little as the share leaves.
  const threshold = Math.min(...slow.map(duration));
  const before = sortedNumbers(all.map(duration));
  const typical = nearestRank(before, 0.5);
  const after = sortedNumbers(
    all.map((request) => {
      const known = without.get(request);
      if (known !== undefined) return known;
      const ns = duration(request);
      return ns > typical && ns <= threshold ? ns - share.share * (ns - typical) : ns;
    }),
  );
  const [from, to] = [nearestRank(before, quantile), nearestRank(after, quantile)];
  return { ns: Math.round(to), text: `${quantileName(quantile)} ${plainNs(from)} -> ${plainNs(to)}` };
}

const groups: readonly (readonly [name: string, causes: readonly Cause[]])[] = [
  ["the collector", ["gc-assist", "gc-sweep", "gc-mark", "stop-the-world"]],
  ["scheduler", ["scheduler"]],
  ["lock", ["lock"]],
  ["channel", ["channel", "queue"]],
  ["network", ["network"]],
  ["syscall", ["syscall"]],
  ["sleep", ["sleep"]],
  ["cpu", ["cpu"]],
];

const words: Readonly<Record<string, string>> = {
  "the collector": "the collector and its pauses",
  scheduler: "waiting for a processor",
  lock: "locks",
  channel: "channels and queues",
  network: "the network",
  syscall: "system calls",
  sleep: "sleeps and timers",
  cpu: "own computing",
};

function ruledOut(shares: readonly Share[], found: readonly Share[]): RuledOut[] {
  return groups
    .filter(([, members]) => !found.some(({ cause }) => members.includes(cause)))
    .map(([cause, members]) => {
      const own = shares.filter((share) => members.includes(share.cause));
      const share = rounded(
        Math.min(
          1,
          own.reduce((sum, one) => sum + one.share, 0),
        ),
      );
      return { cause, share, text: `${words[cause]}: ${plainShare(share)}` };
    });
}

/** A heading for a finding: its cause and who is behind. */
export function headingOf({ cause, where, behind }: Finding): string {
  const at = where === "" ? "" : ` in ${shortFunction(where)}`;
  return behind === "" || behind === where
    ? `${cause}${at}`
    : `${cause}${at}, behind it ${shortFunction(behind)}`;
}
