import { type CapturePlace, formatPlace } from "../bytes/capture-error.js";

/** How much a finding matters: `info` changes nothing, `warning` was repaired or skipped, `loss` is data gone. */
export type Severity = "info" | "warning" | "loss";

/** One thing that was repaired, skipped or lost while reading: a row of a capture's `diagnostics` table. */
export interface Diagnostic {
  readonly severity: Severity;
  /** A stable short name of the finding: `truncated`, `unknown-event`, `invalid-utf8`. */
  readonly code: string;
  readonly message: string;
  readonly place: CapturePlace;
  /** How many events, lines or samples it concerns; 0 when none were lost. */
  readonly lost: number;
}

/** Collects findings; past `limit` of one code only their number grows, so that a broken file stays readable. */
export class Diagnostics {
  readonly rows: Diagnostic[] = [];
  private readonly counts = new Map<string, number>();
  private readonly limit: number;

  constructor(limit = 100) {
    this.limit = limit;
  }

  add(severity: Severity, code: string, message: string, place: CapturePlace = {}, lost = 0): void {
    const count = (this.counts.get(code) ?? 0) + 1;
    this.counts.set(code, count);
    if (count <= this.limit) this.rows.push({ severity, code, message, place, lost });
  }

  /** As {@link add}, for what is found again whenever a capture is read again. */
  addOnce(severity: Severity, code: string, message: string, place: CapturePlace = {}): void {
    if (!this.counts.has(code)) this.add(severity, code, message, place);
  }

  /** Rows, with one more for each code that had more findings than were kept. */
  all(): Diagnostic[] {
    const more = [...this.counts].filter(([, count]) => count > this.limit);
    return [
      ...this.rows,
      ...more.map(([code, count]): Diagnostic => {
        const message = `${count - this.limit} more findings like this were counted, not listed`;
        return { severity: "warning", code, message, place: {}, lost: 0 };
      }),
    ];
  }

  /** One finding of a file as a line: `go.trace:0x10: the last generation is incomplete`. */
  static format(row: Diagnostic, file: string): string {
    return `${formatPlace({ file, ...row.place })}: ${row.message}`;
  }
}
