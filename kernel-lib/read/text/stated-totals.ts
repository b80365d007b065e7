import type { Diagnostics } from "../diagnostics.js";

/** Totals that a text states, held against the sums of its rows: what a cut or edited file has lost shows in them. */
export class StatedTotals {
  private readonly sums: Record<string, bigint> = {};

  /** Adds a row's amount of something. */
  add(what: string, amount: string): void {
    this.sums[what] = (this.sums[what] ?? 0n) + BigInt(amount);
  }

  /** Compares with what is stated, and begins anew. Fewer than stated are lost; more mean that the total is of other rows. */
  check(what: string, stated: string, diagnostics: Diagnostics, line: number): void {
    const sum = this.sums[what] ?? 0n;
    const total = BigInt(stated);
    delete this.sums[what];
    if (sum === total) return;
    const message = `the total of ${what} is ${total}, but the rows that can be read add up to ${sum}`;
    diagnostics.add(sum < total ? "loss" : "warning", "total-differs", message, { line });
  }
}
