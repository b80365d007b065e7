import { Growable } from "../../bytes/growable.js";

/** The places of lines that a reader does not understand: sixteen bytes each, however long they are. */
export class UnparsedLines {
  private readonly lines = new Growable(Float64Array, 64);
  private readonly offsets = new Growable(Float64Array, 64);

  get length(): number {
    return this.lines.length;
  }

  /** The number of the last of them, 0 when there is none. */
  get lastLine(): number {
    return this.length === 0 ? 0 : this.lines.get(this.length - 1);
  }

  add(line: number, offset: number): void {
    this.lines.push(line);
    this.offsets.push(offset);
  }

  /** Line numbers, from 1. */
  get line(): Float64Array {
    return this.lines.finish();
  }

  /** Where the lines begin in the unpacked capture. */
  get offset(): Float64Array {
    return this.offsets.finish();
  }
}
