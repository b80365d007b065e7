/** A compiled pattern; `test` asks whether it matches the whole text. */
export interface LinearRegex {
  test(text: string): boolean;
}

type CharTest = (char: string) => boolean;
/** A step of the program: reads a character, forks, checks a position, or matches. */
type Step =
  | { op: "char"; test: CharTest }
  | { op: "fork"; to: number[] }
  | { op: "start" }
  | { op: "end" }
  | { op: "match" };

type Node =
  | { kind: "char"; test: CharTest }
  | { kind: "sequence"; parts: Node[] }
  | { kind: "choice"; options: Node[] }
  | { kind: "repeat"; part: Node; min: number; max: number }
  | { kind: "start" }
  | { kind: "end" };

const maxSteps = 20_000;
const anyChar: CharTest = (char) => char !== "\n";
const escapes: Record<string, CharTest> = {
  d: (char) => char >= "0" && char <= "9",
  w: (char) => /^[0-9A-Za-z_]$/.test(char),
  s: (char) => /^[\t\n\f\r ]$/.test(char),
};
const literalEscapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v", a: "\x07" };

/**
 * Compiles a pattern in the syntax that Go's regexp and JavaScript share: literals, classes, groups,
 * alternatives and repetitions. It runs in time proportional to pattern times text, whatever the pattern,
 * where JavaScript's own engine can take forever on a pattern that a hostile file carries.
 *
 * @throws SyntaxError for syntax it does not know, such as flags and Unicode classes.
 */
export function linearRegex(pattern: string): LinearRegex {
  const parser = new Parser(pattern);
  const tree = parser.choice();
  if (!parser.done()) throw new SyntaxError(`unexpected ${parser.rest()}`);
  const program: Step[] = [];
  compile(tree, program);
  program.push({ op: "match" });
  return { test: (text) => run(program, text) };
}

class Parser {
  private readonly chars: string[];
  private at = 0;

  constructor(pattern: string) {
    this.chars = [...pattern];
  }

  done(): boolean {
    return this.at >= this.chars.length;
  }

  rest(): string {
    return JSON.stringify(this.chars.slice(this.at, this.at + 10).join(""));
  }

  choice(depth = 0): Node {
    if (depth > 200) throw new SyntaxError("groups are nested too deeply");
    const options = [this.sequence(depth)];
    while (this.take("|")) options.push(this.sequence(depth));
    return options.length === 1 ? options[0] : { kind: "choice", options };
  }

  private sequence(depth: number): Node {
    const parts: Node[] = [];
    while (!this.done() && this.peek() !== "|" && this.peek() !== ")") {
      parts.push(this.repetition(this.atom(depth)));
    }
    return { kind: "sequence", parts };
  }

  private repetition(part: Node): Node {
    let node = part;
    for (;;) {
      const bounds = this.bounds();
      if (!bounds) return node;
      this.take("?");
      node = { kind: "repeat", part: node, min: bounds[0], max: bounds[1] };
    }
  }

  private bounds(): [number, number] | undefined {
    if (this.take("*")) return [0, Infinity];
    if (this.take("+")) return [1, Infinity];
    if (this.take("?")) return [0, 1];
    const counted = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(this.chars.slice(this.at, this.at + 12).join(""));
    if (!counted) return undefined;
    this.at += counted[0].length;
    const min = Number(counted[1]);
    if (!counted[2]) return [min, min];
    return [min, counted[3] ? Number(counted[3]) : Infinity];
  }

  private atom(depth: number): Node {
    const char = this.chars[this.at++];
    if (char === ".") return { kind: "char", test: anyChar };
    if (char === "^") return { kind: "start" };
    if (char === "$") return { kind: "end" };
    if (char === "[") return { kind: "char", test: this.charClass() };
    if (char === "\\") return { kind: "char", test: this.escape() };
    if (char === "(") return this.group(depth);
    if ("*+?".includes(char)) throw new SyntaxError(`nothing to repeat before ${char}`);
    return { kind: "char", test: (other) => other === char };
  }

  private group(depth: number): Node {
    if (this.take("?")) {
      const named = /^P?<\w+>/.exec(this.chars.slice(this.at, this.at + 100).join(""));
      if (named) this.at += named[0].length;
      else if (!this.take(":")) throw new SyntaxError(`unknown group (?${this.peek() ?? ""}`);
    }
    const inner = this.choice(depth + 1);
    if (!this.take(")")) throw new SyntaxError("missing )");
    return inner;
  }

  private escape(): CharTest {
    const char = this.chars[this.at++];
    if (char === undefined) throw new SyntaxError("pattern ends in \\");
    const lower = char.toLowerCase();
    const known = escapes[lower];
    if (known) return char === lower ? known : (other) => !known(other);
    if (/^[0-9A-Za-z]$/.test(char) && !(char in literalEscapes))
      throw new SyntaxError(`unknown escape \\${char}`);
    const literal = literalEscapes[char] ?? char;
    return (other) => other === literal;
  }

  private charClass(): CharTest {
    const negated = this.take("^");
    const tests: CharTest[] = [];
    for (let first = true; first || this.peek() !== "]"; first = false) {
      if (this.done()) throw new SyntaxError("missing ]");
      if (this.peek() === "[" && this.chars[this.at + 1] === ":") throw new SyntaxError("unknown class [:");
      if (this.take("\\")) {
        tests.push(this.escape());
        continue;
      }
      const low = this.chars[this.at++];
      const isRange =
        this.peek() === "-" && this.chars[this.at + 1] !== "]" && this.at + 1 < this.chars.length;
      if (isRange) this.at++;
      const high = isRange ? this.chars[this.at++] : low;
      tests.push((char) => char >= low && char <= high);
    }
    this.at++;
    return (char) => tests.some((test) => test(char)) !== negated;
  }

  private peek(): string | undefined {
    return this.chars[this.at];
  }

  private take(char: string): boolean {
    if (this.chars[this.at] !== char) return false;
    this.at++;
    return true;
  }
}

function compile(node: Node, program: Step[]): void {
  if (program.length > maxSteps) throw new SyntaxError("the pattern is too large");
  switch (node.kind) {
    case "char":
      program.push({ op: "char", test: node.test });
      break;
    case "start":
    case "end":
      program.push({ op: node.kind });
      break;
    case "sequence":
      for (const part of node.parts) compile(part, program);
      break;
    case "choice":
      compileChoice(node.options, program);
      break;
    case "repeat":
      compileRepeat(node, program);
  }
}

function compileChoice(options: Node[], program: Step[]): void {
  const fork: Step = { op: "fork", to: [] };
  const exits: { op: "fork"; to: number[] }[] = [];
  program.push(fork);
  for (const option of options) {
    fork.to.push(program.length);
    compile(option, program);
    const exit: { op: "fork"; to: number[] } = { op: "fork", to: [] };
    exits.push(exit);
    program.push(exit);
  }
  for (const exit of exits) exit.to.push(program.length);
}

function compileRepeat({ part, min, max }: Extract<Node, { kind: "repeat" }>, program: Step[]): void {
  for (let i = 0; i < min; i++) compile(part, program);
  if (max === Infinity) {
    const fork: Step = { op: "fork", to: [program.length + 1] };
    const at = program.push(fork) - 1;
    compile(part, program);
    program.push({ op: "fork", to: [at] });
    fork.to.push(program.length);
    return;
  }
  const skips: { op: "fork"; to: number[] }[] = [];
  for (let i = min; i < max; i++) {
    const skip: { op: "fork"; to: number[] } = { op: "fork", to: [program.length + 1] };
    skips.push(skip);
    program.push(skip);
    compile(part, program);
  }
  for (const skip of skips) skip.to.push(program.length);
}

/** Follows every path at once, so each character costs at most one visit of each step. */
function run(program: readonly Step[], text: string): boolean {
  const chars = [...text];
  let current = reach(program, [0], 0, chars.length);
  for (let at = 0; at < chars.length && current.length > 0; at++) {
    const next: number[] = [];
    for (const step of current) {
      const { op, test } = program[step] as { op: string; test: CharTest };
      if (op === "char" && test(chars[at])) next.push(step + 1);
    }
    current = reach(program, next, at + 1, chars.length);
  }
  return current.some((step) => program[step].op === "match");
}

/** Every step that can be got to without reading a character. */
function reach(program: readonly Step[], from: number[], at: number, end: number): number[] {
  const seen = new Set<number>();
  const open = [...from];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    if (seen.has(step)) continue;
    seen.add(step);
    const { op } = program[step];
    if (op === "fork") open.push(...(program[step] as { to: number[] }).to);
    else if ((op === "start" && at === 0) || (op === "end" && at === end)) open.push(step + 1);
  }
  return [...seen];
}
