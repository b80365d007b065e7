import { claims } from "./claims.js";
import { type VerdictRecord, verdictMediaType } from "./verdict.js";

/** A line of the ledger: a claim with the verdict of the notebook that tested it. */
export interface LedgerEntry extends VerdictRecord {
  notebook: string;
}

/** As much of a notebook as the ledger reads. */
export interface ExecutedNotebook {
  cells: readonly { outputs?: readonly { data?: Record<string, unknown> }[] }[];
}

/**
 * The verdicts of executed notebooks, in order of claim: read from their outputs, never from a list kept by hand.
 *
 * @throws Error when two notebooks give one claim different verdicts
 */
export function ledger(notebooks: readonly { name: string; notebook: ExecutedNotebook }[]): LedgerEntry[] {
  const entries = new Map<number, LedgerEntry>();
  for (const { name, notebook } of notebooks) {
    for (const record of verdictsOf(notebook)) {
      const before = entries.get(record.claim);
      if (before && before.verdict !== record.verdict) {
        throw new Error(
          `claim ${record.claim}: ${before.notebook} says ${before.verdict}, ${name} says ${record.verdict}`,
        );
      }
      if (!before) entries.set(record.claim, { ...record, notebook: name });
    }
  }
  return [...entries.values()].sort((a, b) => a.claim - b.claim);
}

/** The verdicts in a notebook's outputs, in order. */
export function verdictsOf(notebook: ExecutedNotebook): VerdictRecord[] {
  const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
  return outputs.flatMap((output) => {
    const record = output.data?.[verdictMediaType];
    return isRecord(record) ? [record] : [];
  });
}

function isRecord(value: unknown): value is VerdictRecord {
  const record = value as Partial<VerdictRecord> | undefined;
  return claims.some((claim) => claim.id === record?.claim) && typeof record?.verdict === "string";
}

/** Claims that no notebook has a verdict on. */
export function openClaims(entries: readonly LedgerEntry[]): number[] {
  const judged = new Set(entries.map((entry) => entry.claim));
  return claims.map((claim) => claim.id).filter((id) => !judged.has(id));
}

/** The verdicts that a project has accepted: by the claim's number. */
export type AcceptedVerdicts = Readonly<Record<string, string>>;

/** A ledger's verdicts by claim, as they are kept beside the notebooks to be compared with. */
export function acceptedOf(entries: readonly LedgerEntry[]): AcceptedVerdicts {
  return Object.fromEntries(entries.map(({ claim, verdict }) => [claim, verdict]));
}

/** How a ledger differs from the verdicts that were accepted: a line for each claim, none when it does not. */
export function verdictChanges(accepted: AcceptedVerdicts, entries: readonly LedgerEntry[]): string[] {
  const now = acceptedOf(entries);
  const notebooks = new Map(entries.map(({ claim, notebook }) => [String(claim), notebook]));
  const ids = [...new Set([...Object.keys(accepted), ...Object.keys(now)])].sort(
    (a, b) => Number(a) - Number(b),
  );
  return ids
    .filter((id) => accepted[id] !== now[id])
    .map((id) => {
      const where = notebooks.has(id) ? ` (${notebooks.get(id)})` : "";
      return `claim ${id}: the verdict was ${accepted[id] ?? "none"} and is ${now[id] ?? "none"}${where}`;
    });
}
