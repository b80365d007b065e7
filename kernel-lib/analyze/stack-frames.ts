import { numbers, type Texts, texts } from "./columns.js";
import type { TableSource } from "./table-source.js";

/** A function's call in a stack. */
export interface Frame {
  readonly func: string;
  readonly file: string;
  readonly line: number;
}

const noFrames: readonly Frame[] = [];

/** The stacks of a capture as frames, innermost first, and what they say about whose code it is. */
export class StackFrames {
  private readonly func: Texts | undefined;
  private readonly file: Texts | undefined;
  private readonly line: ArrayLike<number> = [];
  private readonly starts: Int32Array = new Int32Array(1);
  private readonly standardRoot: string | undefined;
  private readonly origins = new Map<string, Origin>();
  private readonly known = new Map<number, readonly Frame[]>();
  private readonly owned = new Map<number, readonly Frame[]>();

  constructor(source: TableSource) {
    if (!source.schemas().some(({ name }) => name === "frames")) return;
    const frames = source.table("frames");
    const id = numbers(frames, "stack_id");
    this.func = texts(frames, "func");
    this.file = texts(frames, "file");
    this.line = numbers(frames, "line");
    this.starts = firstFrames(id);
    this.standardRoot = rootOfStandardLibrary(this.func, this.file);
  }

  /** True when the capture has no stack at all. */
  get empty(): boolean {
    return this.func === undefined || this.func.length === 0;
  }

  /** A stack's frames, innermost first; none for -1. */
  of(stack: number): readonly Frame[] {
    if (!this.func || !this.file || stack < 0 || stack + 1 >= this.starts.length) return noFrames;
    let frames = this.known.get(stack);
    if (!frames) {
      const own: Frame[] = [];
      for (let row = this.starts[stack]; row < this.starts[stack + 1]; row++) {
        own.push({
          func: this.func.values[this.func.codes[row]] ?? "",
          file: this.file.values[this.file.codes[row]] ?? "",
          line: this.line[row],
        });
      }
      frames = own;
      this.known.set(stack, frames);
    }
    return frames;
  }

  /** Whether any frame's function passes. */
  some(stack: number, test: (func: string) => boolean): boolean {
    return this.of(stack).some(({ func }) => test(func));
  }

  /** The frames of the program itself, innermost first: neither of the standard library nor, where there are others, of modules it uses. */
  own(stack: number): readonly Frame[] {
    let own = this.owned.get(stack);
    if (!own) {
      const frames = this.of(stack);
      own = frames.filter((frame) => this.originOf(frame) === "own");
      if (own.length === 0) own = frames.filter((frame) => this.originOf(frame) === "module");
      this.owned.set(stack, own);
    }
    return own;
  }

  /** Whose code a function is, of which no frame is at hand. */
  originOfFunction(func: string): Origin {
    return this.origins.get(func) ?? originOf(func, "", this.standardRoot);
  }

  /** Whose code a frame is. */
  originOf({ func, file }: Frame): Origin {
    let origin = this.origins.get(func);
    if (!origin) {
      origin = originOf(func, file, this.standardRoot);
      this.origins.set(func, origin);
    }
    return origin;
  }
}

/** The program itself, a module it uses, or Go's standard library. */
export type Origin = "own" | "module" | "standard";

// Frames come in order of their stacks.
function firstFrames(id: ArrayLike<number>): Int32Array {
  let last = -1;
  for (let row = 0; row < id.length; row++) if (id[row] > last) last = id[row];
  const starts = new Int32Array(last + 2);
  for (let row = 0; row < id.length; row++) starts[id[row] + 1]++;
  for (let stack = 0; stack <= last; stack++) starts[stack + 1] += starts[stack];
  return starts;
}

// Without -trimpath the library's files lie in one folder; with it their names begin with the package's.
function rootOfStandardLibrary(func: Texts, file: Texts): string | undefined {
  for (let row = 0; row < func.length; row++) {
    if (!func.values[func.codes[row]]?.startsWith("runtime.")) continue;
    const path = (file.values[file.codes[row]] ?? "").replaceAll("\\", "/");
    const at = path.lastIndexOf("/runtime/");
    if (at > 0) return path.slice(0, at + 1);
    if (path.startsWith("runtime/")) return undefined;
  }
  return undefined;
}

const standardPackages = new Set(
  (
    "archive bufio builtin bytes cmp compress container context crypto database debug embed encoding errors expvar flag " +
    "fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices " +
    "sort strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak"
  ).split(" "),
);

function originOf(func: string, file: string, standardRoot: string | undefined): Origin {
  const path = file.replaceAll("\\", "/");
  if (/@v?\d[^/]*\//.test(path) || path.includes("/vendor/")) return "module";
  if (standardRoot !== undefined && path.startsWith("/")) {
    return path.startsWith(standardRoot) ? "standard" : "own";
  }
  // Generic arguments hold paths of their own.
  const name = func.replace(/\[.*$/s, "");
  const first = /^[^/.(]+/.exec(name)?.[0] ?? "";
  if (name === "" || !/[./]/.test(name)) return "standard";
  return standardPackages.has(first) && !/^[^/(]*\.[^/(]*\//.test(name) ? "standard" : "own";
}
