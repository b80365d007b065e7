import { StringDictionary } from "../../bytes/dictionary.js";
import type { LabelColumns } from "./profile-columns.js";

/** Collects the labels of samples that a text names. */
export class TextLabels {
  private readonly strings = new StringDictionary();
  private readonly rows: { sample: number; key: number; text: number; num: number }[] = [];

  text(sample: number, key: string, value: string): void {
    this.rows.push({ sample, key: this.strings.code(key), text: this.strings.code(value), num: 0 });
  }

  number(sample: number, key: string, num: number): void {
    this.rows.push({ sample, key: this.strings.code(key), text: -1, num });
  }

  finish(): LabelColumns {
    const { rows } = this;
    return {
      sample: Int32Array.from(rows, (row) => row.sample),
      key: Int32Array.from(rows, (row) => row.key),
      text: Int32Array.from(rows, (row) => row.text),
      num: Float64Array.from(rows, (row) => row.num),
      unit: new Int32Array(rows.length).fill(-1),
      strings: this.strings.values,
    };
  }
}
