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
