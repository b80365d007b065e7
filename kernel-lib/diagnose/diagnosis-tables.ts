import { type ColumnTable, table } from "arquero";
import type { TraceView } from "../analyze/trace-view.js";
import { type Cause, causes, type Finding, type RuledOut } from "./diagnosis.js";
import type { Excess } from "./excess.js";
import { duration, type SlowRequests } from "./slow-requests.js";

/** The tables of a diagnosis. */
export function diagnosisTables(
  findings: readonly Finding[],
  ruledOut: readonly RuledOut[],
  requests?: SlowRequests,
  excess?: Excess,
  view?: TraceView,
): { findings: ColumnTable; ruled_out: ColumnTable; requests: ColumnTable; evidence: ColumnTable } {
  return {
    findings: findingsTable(findings),
    ruled_out: table({
      cause: ruledOut.map(({ cause }) => cause),
      share: Float64Array.from(ruledOut, ({ share }) => share),
      text: ruledOut.map(({ text }) => text),
    }),
    requests: requestsTable(requests, excess),
    evidence: evidenceTable(requests, excess, view),
  };
}

function findingsTable(findings: readonly Finding[]): ColumnTable {
  const numeric = (of: (finding: Finding) => number | null): Float64Array =>
    Float64Array.from(findings, (finding) => of(finding) ?? Number.NaN);
  return table({
    rank: numeric(({ rank }) => rank),
    cause: findings.map(({ cause }) => cause),
    where: findings.map(({ where }) => where),
    behind: findings.map(({ behind }) => behind),
    share: numeric(({ share }) => share),
    share_low: numeric(({ share_low }) => share_low),
    share_high: numeric(({ share_high }) => share_high),
    excess_ns: numeric(({ excess_ns }) => excess_ns),
    operations: numeric(({ operations }) => operations),
    bound_ns: numeric(({ bound_ns }) => bound_ns),
    text: findings.map(({ text }) => text),
    next: findings.map(({ next }) => next),
  });
}

function column(cause: Cause): string {
  return `${cause.replaceAll("-", "_")}_ns`;
}

function requestsTable(requests?: SlowRequests, excess?: Excess): ColumnTable {
  const slow = requests?.slow ?? [];
  const order = slow.map((_, i) => i).sort((a, b) => duration(slow[b]) - duration(slow[a]));
  const sums = order.map((i) => {
    const own = new Map<Cause, number>();
    for (const { cause, ns } of excess?.parts[i] ?? []) own.set(cause, (own.get(cause) ?? 0) + ns);
    return own;
  });
  const numeric = (of: (i: number) => number): Float64Array => Float64Array.from(order, of);
  return table({
    request: numeric((i) => slow[i].id),
    kind: order.map((i) => slow[i].kind),
    g: numeric((i) => slow[i].track[slow[i].track.length - 1]?.g ?? -1),
    start_ns: numeric((i) => slow[i].start_ns),
    end_ns: numeric((i) => slow[i].end_ns),
    dur_ns: numeric((i) => duration(slow[i])),
    cause: sums.map((own) => [...own].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "unknown"),
    ...Object.fromEntries(
      causes.map((cause) => [column(cause), Float64Array.from(sums, (own) => own.get(cause) ?? 0)]),
    ),
  });
}

function evidenceTable(requests?: SlowRequests, excess?: Excess, view?: TraceView): ColumnTable {
  const slow = requests?.slow ?? [];
  const rows = (excess?.parts ?? []).flatMap((parts, i) => parts.map((part) => ({ part, id: slow[i].id })));
  const numeric = (of: (row: (typeof rows)[number]) => number): Float64Array => Float64Array.from(rows, of);
  return table({
    request: numeric(({ id }) => id),
    cause: rows.map(({ part }) => part.cause),
    where: rows.map(({ part }) => part.where),
    behind: rows.map(({ part }) => part.behind),
    start_ns: numeric(({ part }) => part.from),
    end_ns: numeric(({ part }) => part.to),
    ns: numeric(({ part }) => part.ns),
    g: numeric(({ part }) => (part.row < 0 || !view ? -1 : view.g[part.row])),
    stack_id: Int32Array.from(rows, ({ part }) => (part.row < 0 || !view ? -1 : view.stack[part.row])),
    state_row: numeric(({ part }) => part.row),
  });
}
