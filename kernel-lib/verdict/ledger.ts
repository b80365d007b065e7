import type { Claims } from "./claims.js";
import { type VerdictRecord, verdictMediaType, verdictWords } from "./verdict.js";

/** A line of the ledger: a claim with the verdict of the notebook that tested it. */
export interface LedgerEntry extends VerdictRecord {
  notebook: string;
}

/** As much of a notebook as the ledger reads. */
export interface ExecutedNotebook {
  cells: readonly { outputs?: readonly { data?: Record<string, unknown> }[] }[];
}

/**
 * The verdicts of executed notebooks, in the order of the list of claims; those on none of it follow, numbers first,
 * in their order. Read from the notebooks' outputs, never from a list kept by hand.
 *
 * @param claims the list that was to be judged; without one the verdicts carry what they judge
 * @throws Error when two notebooks give one claim different verdicts, or judge different claims under one id
 */
export function ledger(
  notebooks: readonly { name: string; notebook: ExecutedNotebook }[],
  claims?: Claims,
): LedgerEntry[] {
  const entries = new Map<string, LedgerEntry>();
  for (const { name, notebook } of notebooks) {
    for (const carried of verdictsOf(notebook)) {
      const record = listed(carried, name, claims);
      const key = String(record.claim);
      const before = entries.get(key);
      if (before) agree(before, record, name);
      else entries.set(key, { ...record, notebook: name });
    }
  }
  const place = new Map(claims?.list.map(({ id }, at) => [String(id), at]));
  const placeOf = ({ claim }: LedgerEntry): number => place.get(String(claim)) ?? place.size;
  return [...entries.values()].sort((a, b) => placeOf(a) - placeOf(b) || compareIds(a.claim, b.claim));
}

/** A verdict with what the list says of its claim, where the verdict says nothing of it. */
function listed(record: VerdictRecord, name: string, claims: Claims | undefined): VerdictRecord {
  const claim = claims?.find(record.claim);
  if (!claim) return record;
  if (record.says === "") return { ...record, says: claim.says, chapter: claim.chapter ?? record.chapter };
  if (record.says !== claim.says) {
    throw new Error(
      `claim ${record.claim}: ${name} judges "${record.says}", the list says "${claim.says}"; rename one, or run the notebook anew`,
    );
  }
  return record;
}

function agree(before: LedgerEntry, record: VerdictRecord, name: string): void {
  const { claim } = record;
  if (before.says !== record.says)
    throw new Error(
      `claim ${claim}: ${before.notebook} judges "${before.says}", ${name} "${record.says}"; one id is one claim`,
    );
  if (before.verdict !== record.verdict)
    throw new Error(
      `claim ${claim}: ${before.notebook} says ${before.verdict}, ${name} says ${record.verdict}`,
    );
}

// Numbers in their order, then names as they came.
function compareIds(a: number | string, b: number | string): number {
  const [x, y] = [a, b].map((id) =>
    id === "" || Number.isNaN(Number(id)) ? Number.POSITIVE_INFINITY : Number(id),
  );
  return x === y ? 0 : x - y;
}

/** The verdicts in a notebook's outputs, in order. */
export function verdictsOf(notebook: ExecutedNotebook): VerdictRecord[] {
  const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
  return outputs.flatMap((output) => {
    const record = output.data?.[verdictMediaType];
    return isRecord(record) ? [record] : [];
  });
}

// Notebooks come from anywhere: what is not a whole verdict is none.
function isRecord(value: unknown): value is VerdictRecord {
  const record = value as Partial<VerdictRecord> | undefined;
  return (
    (typeof record?.claim === "number" || typeof record?.claim === "string") &&
    Object.hasOwn(verdictWords, String(record.verdict)) &&
    [record.chapter, record.says, record.reading].every((text) => typeof text === "string") &&
    Array.isArray(record.measured) &&
    record.measured.every((figure) => typeof figure?.value === "string") &&
    Array.isArray(record.captures)
  );
}

/** Claims of a list that no notebook has a verdict on. */
export function openClaims(entries: readonly LedgerEntry[], claims: Claims): (number | string)[] {
  const judged = new Set(entries.map(({ claim }) => String(claim)));
  return claims.list.map(({ id }) => id).filter((id) => !judged.has(String(id)));
}

/** `58 of 60 claims have a verdict`: how far a list is judged; without a list all claims are those judged. */
export function ledgerProgress(entries: readonly LedgerEntry[], claims?: Claims): string {
  const all = entries.length + (claims ? openClaims(entries, claims).length : 0);
  return `${entries.length} of ${all} ${all === 1 ? "claim has" : "claims have"} a verdict`;
}

/** The verdicts that a project has accepted: by the claim's id. */
export type AcceptedVerdicts = Readonly<Record<string, string>>;

/** A ledger's verdicts by claim, as they are kept beside the notebooks to be compared with. */
export function acceptedOf(entries: readonly LedgerEntry[]): AcceptedVerdicts {
  return Object.fromEntries(entries.map(({ claim, verdict }) => [claim, verdict]));
}

/** How a ledger differs from the verdicts that were accepted: a line for each claim, none when it does not. */
export function verdictChanges(accepted: AcceptedVerdicts, entries: readonly LedgerEntry[]): string[] {
  const now = acceptedOf(entries);
  const notebooks = new Map(entries.map(({ claim, notebook }) => [String(claim), notebook]));
  const ids = [...new Set([...Object.keys(accepted), ...Object.keys(now)])].sort(compareIds);
  const verdictIn = (verdicts: AcceptedVerdicts, id: string): string =>
    Object.hasOwn(verdicts, id) ? verdicts[id] : "none";
  return ids
    .filter((id) => verdictIn(accepted, id) !== verdictIn(now, id))
    .map((id) => {
      const where = notebooks.has(id) ? ` (${notebooks.get(id)})` : "";
      return `claim ${id}: the verdict was ${verdictIn(accepted, id)} and is ${verdictIn(now, id)}${where}`;
    });
}
