import type { ColumnTable } from "arquero";
import { hasColumn, type Numbers, numbers, type Texts, textAt, texts } from "../../analyze/columns.js";

/** The frames of a capture's stacks, looked up by stack: rows of its `frames` table, innermost first. */
export class StackFrames {
  private readonly start: Uint32Array;
  private readonly rows: Uint32Array;
  private readonly func: Texts;
  private readonly file: Texts;
  private readonly line: Numbers;
  private readonly pc: { at(row: number): string };
  private readonly inlined: Numbers | undefined;
  private readonly mapping: Numbers | undefined;
  private readonly functionId: Numbers | undefined;

  constructor(frames: ColumnTable) {
    const stack = numbers(frames, "stack_id");
    const depth = numbers(frames, "depth");
    this.func = texts(frames, "func");
    this.file = texts(frames, "file");
    this.line = numbers(frames, "line");
    this.pc = frames.column("pc") as { at(row: number): string };
    this.inlined = hasColumn(frames, "inlined") ? numbers(frames, "inlined") : undefined;
    this.mapping = hasColumn(frames, "mapping_id") ? numbers(frames, "mapping_id") : undefined;
    this.functionId = hasColumn(frames, "function_id") ? numbers(frames, "function_id") : undefined;
    let stacks = 0;
    for (let row = 0; row < stack.length; row++) stacks = Math.max(stacks, stack[row] + 1);
    this.start = new Uint32Array(stacks + 1);
    for (let row = 0; row < stack.length; row++) this.start[stack[row] + 1]++;
    for (let id = 0; id < stacks; id++) this.start[id + 1] += this.start[id];
    this.rows = new Uint32Array(stack.length);
    for (let row = 0; row < stack.length; row++) this.rows[this.start[stack[row]] + depth[row]] = row;
  }

  /** The frames of a stack, innermost first; none for an unknown stack or -1. */
  of(stack: number): Uint32Array {
    if (!(stack >= 0 && stack + 1 < this.start.length)) return new Uint32Array(0);
    return this.rows.subarray(this.start[stack], this.start[stack + 1]);
  }

  funcOf(frame: number): string {
    return textAt(this.func, frame) ?? "";
  }

  /** Row of `functions`, or -1. */
  functionOf(frame: number): number {
    return this.functionId?.[frame] ?? -1;
  }

  fileOf(frame: number): string {
    return textAt(this.file, frame) ?? "";
  }

  lineOf(frame: number): number {
    return this.line[frame] || 0;
  }

  /** The program counter; all 64 bits of it. */
  pcOf(frame: number): bigint {
    return BigInt(this.pc.at(frame));
  }

  /** Whether the call was inlined into the next frame. */
  isInlined(frame: number): boolean {
    return this.inlined !== undefined && Boolean(this.inlined[frame]);
  }

  /** Row of `mappings`, or -1. */
  mappingOf(frame: number): number {
    return this.mapping?.[frame] ?? -1;
  }
}
