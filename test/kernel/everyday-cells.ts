import type { Shows } from "../support/seen.js";

/** What people do in a notebook and what they expect to see. Cells of a row run in order, in one session with all others. */
export interface Everyday {
  what: string;
  cells: string[];
  /** What the row's last cell shows. */
  shows: Shows;
  /** What its earlier cells show, by index, where that matters. */
  also?: Readonly<Record<number, Shows>>;
  /** The first Node version that has what the row uses. */
  node?: number;
}

type More = Omit<Everyday, "what" | "cells" | "shows">;

const row = (what: string, cells: string[], shows: Shows, more: More = {}): Everyday => {
  return { what, cells, shows, ...more };
};

/** The last cell's value is this text. */
const gives = (what: string, cells: string[], result: string | RegExp, more?: More): Everyday =>
  row(what, cells, { result }, more);

const prints = (what: string, cells: string[], stdout: string | RegExp, more?: More): Everyday =>
  row(what, cells, { stdout }, more);

const nothing: Shows = {};

const declarations = [
  gives(
    "types are stripped",
    ["const typed: number = 3; interface Shape { a: number }", "typed as number"],
    "3",
  ),
  gives(
    "an interface and an alias of an earlier cell",
    ["interface P { x: number }; type Ps = P[]", "const ps: Ps = [{ x: 1 }]; ps.length"],
    "1",
  ),
  gives("const declared anew", ["const again = 1", "const again = 'two'", "again"], "'two'"),
  gives("let declared anew", ["let letAgain = 1", "let letAgain = 2", "letAgain"], "2"),
  gives("var declared anew without a value keeps it", ["var kept = 1", "var kept; kept"], "1"),
  gives("a class declared anew", ["class Twice { v = 1 }", "class Twice { v = 2 }", "new Twice().v"], "2"),
  gives(
    "a function declared anew",
    ["function fnAgain() { return 1 }", "function fnAgain() { return 2 }", "fnAgain()"],
    "2",
  ),
  gives(
    "an enum declared anew",
    ["enum Color { Red }", "enum Color { Blue = 7 }", "Object.keys(Color)"],
    "[ '7', 'Blue' ]",
  ),
  gives(
    "a name changes what it is",
    ["const changing = 1", "function changing() { return 'f' }", "changing()"],
    "'f'",
  ),
  gives(
    "the same cell run twice",
    ["const twice = [1]; twice.push(2)", "const twice = [1]; twice.push(2)", "twice"],
    "[ 1, 2 ]",
  ),
  row("a const cannot be assigned to", ["const fixed = 1;", "fixed = 2"], {
    error: {
      name: "TypeError",
      message: "Assignment to constant variable.",
      elsewhere: /Cannot assign to .fixed/,
      says: /cell \d+:1:/,
    },
  }),
  gives("a let of an earlier cell is assigned to", ["let moving = 1", "moving += 4; moving"], "5"),
  row("a name declared twice in one cell is refused", ["let doubled = 1;\nlet doubled = 2;"], {
    error: { name: "SyntaxError", message: /doubled/, elsewhere: /doubled/, at: [2, 5] },
  }),
  row("a name used before its declaration", ["tooEarly + 1;\nconst tooEarly = 1;"], {
    error: {
      name: "ReferenceError",
      message: "Cannot access 'tooEarly' before initialization",
      elsewhere: /tooEarly. used before/,
      at: [1, 1],
    },
  }),
  row("an assignment to no name is refused", ["neverDeclared = 3"], {
    error: {
      name: "ReferenceError",
      message: "neverDeclared is not defined",
      elsewhere: /find name .neverDeclared/,
      says: /cell \d+:1:/,
    },
  }),
  gives(
    "an enum spans cells, with its reverse names",
    ["enum Level { Low = 3, High }", "[Level.High, Level[3]]"],
    "[ 4, 'Low' ]",
  ),
  gives(
    "a string enum and a const enum",
    ["enum Kind { A = 'a' }; const enum Size { S = 2 }", "[Kind.A, Size.S]"],
    "[ 'a', 2 ]",
  ),
  gives(
    "a namespace",
    [
      "namespace Units { export const ns = 1; export namespace Deep { export const us = 1000 } }",
      "Units.Deep.us * Units.ns",
    ],
    "1000",
  ),
  gives(
    "a namespace added to",
    ["namespace Grown { export const a = 1 }\nnamespace Grown { export const b = 2 }", "Grown.a + Grown.b"],
    "3",
  ),
  gives(
    "private members, statics and a static block",
    [
      "class Vault { static n = 2; static { Vault.n++ } #x = 1; get x() { return this.#x + Vault.n } }",
      "new Vault().x",
    ],
    "4",
  ),
  gives(
    "parameter properties and an abstract class",
    [
      "abstract class Base { constructor(protected readonly n: number) {} abstract twice(): number }\nclass Doubling extends Base { twice() { return this.n * 2 } }",
      "new Doubling(4).twice()",
    ],
    "8",
  ),
  gives(
    "a class extends one of an earlier cell",
    ["class Animal { name = 'cat' }", "class Pet extends Animal {}; new Pet()"],
    "Pet { name: 'cat' }",
  ),
  gives(
    "generics",
    [
      "function first<T>(list: readonly T[]): T | undefined { return list[0] }\nconst same = <T,>(x: T): T => x",
      "same<number>(first([5, 6])!)",
    ],
    "5",
  ),
  gives(
    "overloads",
    [
      "function over(a: string): string;\nfunction over(a: number): number;\nfunction over(a: unknown) { return a }",
      "over(1)",
    ],
    "1",
  ),
  gives(
    "satisfies and as const",
    ["const config = { depth: 2, name: 'x' } as const satisfies Record<string, unknown>", "config.depth"],
    "2",
  ),
  gives(
    "declare, abstract types and assertions cost nothing",
    [
      "declare const elsewhere: number; type Only<T> = T extends string ? `is-${T}` : never; function check(x: unknown): asserts x is string {}",
      "check('a'); 1",
    ],
    "1",
  ),
  gives(
    "decorators",
    [
      "function loud(target: Function, _context: ClassMethodDecoratorContext) { return function (this: unknown) { return `${target.call(this)}!` } }\nclass Speaker { @loud hi() { return 'hi' } }",
      "new Speaker().hi()",
    ],
    "'hi!'",
  ),
  gives(
    "a decorated class and an accessor",
    [
      "const marked: string[] = []; function mark(_c: unknown, context: ClassDecoratorContext) { marked.push(String(context.name)) }\n@mark class Marked { accessor size = 3 }",
      "[marked, new Marked().size]",
    ],
    "[ [ 'Marked' ], 3 ]",
  ),
  gives("shorthand of an earlier name", ["const short = 1", "({ short })"], "{ short: 1 }"),
  gives(
    "destructuring with defaults and rest",
    ["const { da = 1, ...dr } = { db: 2 }, [dh, ...dt] = [3, 4]", "[da, dr, dh, dt]"],
    "[ 1, { db: 2 }, 3, [ 4 ] ]",
  ),
  gives(
    "deep destructuring, renamed, computed and awaited",
    [
      "const key = 'k'; const { [key]: renamed, inner: { list: [, second = 9] } } = await Promise.resolve({ k: 1, inner: { list: [0] } })",
      "[renamed, second]",
    ],
    "[ 1, 9 ]",
  ),
  gives(
    "a swap by destructuring",
    ["let left = 1, right = 2", ";[left, right] = [right, left]", "[left, right]"],
    "[ 2, 1 ]",
  ),
  gives(
    "a closure sees a later assignment",
    ["let seen = 1; const look = () => seen", "seen = 5", "look()"],
    "5",
  ),
  gives(
    "a closure sees a later declaration",
    ["const ahead = () => later", "const later = 6", "ahead()"],
    "6",
  ),
  gives(
    "a closure's own changes are seen",
    ["let count = 0; const inc = () => ++count", "inc(); inc()", "count"],
    "2",
  ),
  gives("functions are hoisted", ["before()\nfunction before() { return 'yes' }", "before()"], "'yes'"),
  gives(
    "functions of two cells call each other",
    [
      "function even(n: number): boolean { return n === 0 || odd(n - 1) }",
      "function odd(n: number): boolean { return n !== 0 && even(n - 1) }",
      "even(10)",
    ],
    "true",
  ),
  gives(
    "recursion",
    ["function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2) }", "fib(10)"],
    "55",
  ),
  gives(
    "a function has no this of its own",
    ["function self(this: unknown) { return this }", "self() === undefined"],
    "true",
  ),
  gives(
    "names in other scripts, and emoji in strings",
    ["const größe = 1, 名前 = 2, π = 3", "`${größe + 名前 + π} \u{1f389}`.length"],
    "4",
  ),
  gives("a global set by hand", ["globalThis.byHand = 4", "byHand + 1"], "5"),
  row(
    "what an aborted cell had declared stays",
    ["const reached = 11; throw new Error('x')", "reached"],
    { result: "11" },
    { also: { 0: { error: { name: "Error", message: "x", at: [1, 27] } } } },
  ),
  gives(
    "what it did not reach is not there",
    ["throw new Error('x'); const unreached = 1", "typeof unreached"],
    "'undefined'",
    { also: { 0: { error: { name: "Error", message: "x" } } } },
  ),
];

const control = [
  gives(
    "loops keep their own variables",
    ["const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i)", "fs.map((f) => f())"],
    "[ 0, 1, 2 ]",
  ),
  prints(
    "labels of loops",
    [
      "outer: for (const a of [1, 2]) { for (const b of [1, 2]) { if (b === 2) continue outer; console.log(a, b) } }",
    ],
    "1 1\n2 1\n",
  ),
  prints(
    "switch, try and finally",
    [
      "for (const v of ['a', 'b']) { try { switch (v) { case 'a': throw v; default: console.log('default') } } catch (e) { console.log('caught', e) } finally { console.log('finally') } }",
    ],
    "caught a\nfinally\ndefault\nfinally\n",
  ),
  gives("generators", ["function* numbers() { yield 1; yield* [2, 3] }", "[...numbers()]"], "[ 1, 2, 3 ]"),
  gives(
    "optional chaining, nullish and logical assignment",
    [
      "let maybe: { deep?: { n: number } } | null = null; let dflt: number | null = null; dflt ??= 4",
      "[maybe?.deep?.n ?? 'none', dflt]",
    ],
    "[ 'none', 4 ]",
  ),
  gives(
    "tagged templates and named groups",
    [
      "const tag = (s: TemplateStringsArray, ...v: unknown[]) => s.raw.join('|') + v.length",
      "tag`a${1}b` + /(?<year>\\d+)/.exec('in 2024')!.groups!.year",
    ],
    "'a|b12024'",
  ),
  prints(
    "using disposes at the end of the cell",
    ["using held = { [Symbol.dispose]() { console.log('closed') } }; console.log('open')"],
    "open\nclosed\n",
  ),
  prints(
    "await using",
    [
      "{ await using slow = { async [Symbol.asyncDispose]() { await null; console.log('closed later') } }; console.log('in use') }",
    ],
    "in use\nclosed later\n",
  ),
  gives("bigint arithmetic and separators", ["2n ** 64n + 1_000n"], "18446744073709552616n"),
  gives(
    "copying array methods",
    ["[[3, 1, 2].toSorted(), [1, 2].with(0, 9), [1, 2, 3].findLast((x) => x < 3)]"],
    "[ [ 1, 2, 3 ], [ 9, 2 ], 2 ]",
  ),
  gives("Object.groupBy", ["Object.groupBy([1, 2, 3], (n) => n % 2 ? 'odd' : 'even').odd"], "[ 1, 3 ]", {
    node: 21,
  }),
  gives(
    "Array.fromAsync",
    ["await Array.fromAsync((async function* () { yield 1; yield 2 })())"],
    "[ 1, 2 ]",
    { node: 22 },
  ),
  gives(
    "set operations and iterator helpers",
    ["[new Set([1, 2]).union(new Set([3])).size, [1, 2, 3].values().map((n) => n * 2).toArray()]"],
    "[ 3, [ 2, 4, 6 ] ]",
    { node: 22 },
  ),
  gives(
    "DOM types",
    ["let element: HTMLElement | null = null; const onClick = (event: MouseEvent): void => {}; element"],
    "null",
  ),
];

const awaiting = [
  gives("top-level await", ["const awaited = await Promise.resolve(7)", "awaited"], "7"),
  gives("in parentheses", ["(await (async () => 8)())"], "8"),
  gives(
    "in a template and an argument",
    ["const id = <T,>(x: T) => x; id(`${await Promise.resolve(9)}`)"],
    "'9'",
  ),
  gives(
    "in conditions, arrays, objects and spreads",
    ["(await Promise.resolve(true)) ? [await 1, { two: await 2 }, ...(await Promise.resolve([3]))] : 0"],
    "[ 1, { two: 2 }, 3 ]",
  ),
  prints(
    "in loops and their heads",
    ["for (let i = await 0; i < (await 2); i++) { await null; console.log(i) }"],
    "0\n1\n",
  ),
  prints(
    "in try, catch and a block",
    [
      "try { await Promise.reject(new Error('no')) } catch (e) { { await null; console.log('caught', (e as Error).message) } }",
    ],
    "caught no\n",
  ),
  gives(
    "before new, a member and a call",
    [
      "const maker = async () => class { v = 3; f = () => 4 }; [new (await maker())().v, (await Promise.resolve({ f: () => 4 })).f()]",
    ],
    "[ 3, 4 ]",
  ),
  gives(
    "in an enum's neighbour, a class's static field",
    ["const base = await 5; class Holder { static v = base + 1 }; Holder.v"],
    "6",
  ),
  prints(
    "for await over an async generator",
    ["for await (const x of (async function* () { yield 1; yield 2 })()) console.log(x)"],
    "1\n2\n",
  ),
  prints(
    "for await over promises",
    ["for await (const x of [Promise.resolve('a'), 'b']) console.log(x)"],
    "a\nb\n",
  ),
  gives(
    "a promise as last value is awaited",
    ["new Promise((done) => setTimeout(() => done('late'), 5))"],
    "'late'",
  ),
  gives("Promise.all", ["const [pa, pb] = await Promise.all([1, Promise.resolve(2)]); pa + pb"], "3"),
];

const modules = [
  gives("dynamic import", ["(await import('node:path')).basename('/a/b')"], "'b'"),
  gives(
    "a named and a default import",
    ["import nodeFs, { readFileSync } from 'node:fs'; nodeFs.readFileSync === readFileSync"],
    "true",
  ),
  gives(
    "a namespace import, used in a later cell",
    ["import * as path from 'node:path'", "path.join('a', 'b')"],
    "'a/b'",
  ),
  gives(
    "an import under another name, without node:",
    ["import { sep as slash } from 'path'", "slash"],
    "'/'",
  ),
  row("an import for its effect, and nothing shown", ["import 'node:util'"], nothing),
  gives("a type-only import costs nothing", ["import type { Nothing } from './there-is-none.js'; 1"], "1"),
  gives(
    "a type among values",
    ["import { label, type label as Label } from './lib/waits.ts'; typeof label"],
    "'function'",
  ),
  gives(
    "a type imported as if it were a value",
    ["import { Wait } from './lib/types.ts'; const w: Wait = { ns: 1 }; w.ns"],
    "1",
  ),
  row("a name the module does not have", ["import { nothingLikeIt } from 'node:fs'", "nothingLikeIt()"], {
    error: { name: "SyntaxError", message: /node:fs.*nothingLikeIt/, elsewhere: /nothingLikeIt/, at: [1, 1] },
  }),
  gives(
    "a name that a .cjs file assembles",
    ["import { late } from './lib/assembled.cjs'; late"],
    "'by hand'",
  ),
  gives(
    "a .cjs file by name",
    ["import old, { kind } from './lib/old.cjs'; old.kind === kind && kind"],
    "'commonjs'",
  ),
  gives(
    "an exports-only ESM package with top-level await: vega",
    ["import * as vega from 'vega'; typeof vega.parse"],
    "'function'",
  ),
  gives(
    "an exports-only ESM package: vega-lite",
    [
      "import { compile } from 'vega-lite'",
      "compile({ data: { values: [] }, mark: 'point' }).spec.marks[0].type",
    ],
    "'symbol'",
  ),
  gives(
    "arquero",
    ["import * as aq from 'arquero'", "aq.table({ a: [1, 2] }).filter((d) => d.a > 1).objects()"],
    "[ { a: 2 } ]",
  ),
  gives("tracebook", ["import { categories } from 'tracebook'; categories.length"], "7"),
  gives(
    "a part of a package",
    [
      "import { version } from 'typescript/package.json'; typeof version",
      "(await import('tracebook/package.json', { with: { type: 'json' } })).default.name",
    ],
    "'tracebook'",
  ),
  gives("TypeScript by path", ["import { label } from './lib/waits.ts'", "label({ ns: 5 })"], "'5 ns'"),
  gives(
    "by path as .js, without an ending, and a folder",
    [
      "import Waits from './lib/waits.js'; import { unit } from './lib/units'; import { from } from './lib'",
      "[new Waits([{ ns: 1 }]).list.length, unit, from]",
    ],
    "[ 1, 'ns', 'index' ]",
  ),
  gives("a dynamic import of a file", ["(await import('./lib/plain.mjs')).kind"], "'module'"),
  gives(
    "an edit two files deep is picked up",
    [
      "import { text } from './lib/edited.ts'; const beforeEdit = text()",
      "await new Promise((r) => setTimeout(r, 20)); (await import('node:fs')).writeFileSync('lib/edited-too.ts', 'export const unit = \"s\"')",
      "import { text } from './lib/edited.ts'; [beforeEdit, text()]",
    ],
    "[ '1 ms', '1 s' ]",
  ),
  gives(
    "a file that two files import is one module",
    ["import { bump } from './lib/bump.ts'; import { state } from './lib/state.ts'; bump(); state.n"],
    "1",
  ),
  gives("JSON", ["import limits from './limits.json'", "limits.p99_ns"], "1500"),
  gives(
    "JSON with its attribute",
    ["import limitsToo from './limits.json' with { type: 'json' }; limitsToo.names"],
    "[ 'a', 'b' ]",
  ),
  gives(
    "import.meta",
    [
      "[import.meta.url.startsWith('file:'), import.meta.dirname === process.cwd(), import.meta.resolve('arquero').startsWith('file:')]",
    ],
    "[ true, true, true ]",
  ),
  gives("require", ["require('node:path').sep + require('./lib/old.cjs').kind"], "'/commonjs'"),
  gives(
    "a data file by its path",
    ["import { readFile } from 'node:fs/promises'; (await readFile('pause.csv', 'utf8')).length"],
    "25",
  ),
];

const values = [
  row("a declaration has no value to show", ["const quiet = 1"], nothing),
  row("undefined is not shown", ["undefined"], nothing),
  row("nor is a function's missing value", ["(() => {})()"], nothing),
  row("an empty cell", [""], nothing),
  row("a cell of comments", ["// nothing\n/* here */\n"], nothing),
  row("a cell of types", ["interface Empty {}\ntype Alias = string;"], nothing),
  gives("null, false, zero and the empty string are", ["[null, false]; null"], "null"),
  gives("zero", ["0"], "0"),
  gives("the empty string", ["''"], "''"),
  gives("a last expression with a semicolon and a comment", ["1; 2; // the answer"], "2"),
  gives("a last expression over lines", ["[1, 2, 3]\n  .map((n) => n * 2)\n  .join('-')"], "'2-4-6'"),
  gives("an assignment's value", ["let assigned; assigned = 6"], "6"),
  gives("an object that looks like a block", ["{ low: 1, high: 2 }"], "{ low: 1, high: 2 }"),
  row("a block is a block", ["{ const inBlock = 1; inBlock; }"], nothing),
  gives("a map and a set", ["[new Map([['a', 1]]), new Set([1])]"], "[ Map(1) { 'a' => 1 }, Set(1) { 1 } ]"),
  gives(
    "dates, patterns and symbols",
    ["[new Date(0), /x/g, Symbol('s')]"],
    "[ 1970-01-01T00:00:00.000Z, /x/g, Symbol(s) ]",
  ),
  gives("an instance with its class", ["class Pause { ns = 5 }; new Pause()"], "Pause { ns: 5 }"),
  gives("a function", ["function named() {}; named"], "[Function: named]"),
  gives(
    "an object that holds itself",
    ["const loop: any = { n: 1 }; loop.self = loop; loop"],
    "<ref *1> { n: 1, self: [Circular *1] }",
  ),
  gives(
    "a long array, cut",
    ["Array.from({ length: 1000 }, (_, i) => i)"],
    /^\[\n[\s\S]*\.\.\. \d+ more items\n\]$/,
  ),
  gives("typed arrays", ["new Float64Array([1.5, 2])"], "Float64Array(2) [ 1.5, 2 ]"),
  gives("a deep object", ["({ a: { b: { c: { d: 1 } } } })"], /^\{\s+a: \{ b: \{ c: \{ d: 1 \} \} \}\s+\}$/),
  gives("lines in a text", ["'a\\nb'"], /^'?a(\\n|\n)b'?$/),
  gives("an error that is a value, not thrown", ["new RangeError('only shown')"], /^RangeError: only shown/),
];

const output = [
  row(
    "standard output and error apart",
    ["console.log('a'); console.error('b'); console.log('c'); console.warn('d')"],
    { stdout: "a\nc\n", stderr: "b\nd\n", order: ["stdout", "stderr", "stdout", "stderr"] },
  ),
  row("a value after what was printed", ["console.log('printed'); 'value'"], {
    stdout: "printed\n",
    result: "'value'",
  }),
  prints("formats", ["console.log('%s is %d', 'x', 5, { a: 1 })"], "x is 5 { a: 1 }\n"),
  prints(
    "groups, counts and dir",
    [
      "console.group('g'); console.log('in'); console.groupEnd(); console.count(); console.dir({ a: { b: {} } })",
    ],
    "g\n  in\ndefault: 1\n{ a: { b: {} } }\n",
  ),
  prints("console.table", ["console.table([{ a: 1 }])"], /│ a │[\s\S]*│ +0 +│ 1 │/),
  prints("text without a line's end", ["process.stdout.write('no end'); undefined"], "no end"),
  prints("colours survive", ["console.log('\\x1b[31mred\\x1b[0m')"], "\x1b[31mred\x1b[0m\n"),
  prints("emoji and other scripts", ["console.log('\u{1f389} größer 名前')"], "\u{1f389} größer 名前\n"),
  prints(
    "a hundred thousand lines, whole and in order",
    ["for (let i = 0; i < 100000; i++) console.log(i)"],
    Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join(""),
  ),
  prints(
    "a line of a megabyte",
    ["console.log(JSON.stringify(Array.from({ length: 200000 }, (_, i) => i)))"],
    /^\[0,1,2,[\s\S]{1000000,}199999\]\n$/,
  ),
  row(
    "late output stays with its cell",
    [
      "setTimeout(() => console.log('late'), 60); undefined",
      "await new Promise((r) => setTimeout(r, 200)); console.log('own')",
    ],
    { stdout: "own\n" },
    { also: { 0: { stdout: "late\n" } } },
  ),
  prints(
    "output between awaits",
    ["console.log(1); await new Promise((r) => setTimeout(r, 20)); console.log(2)"],
    "1\n2\n",
  ),
  prints(
    "output of a child process",
    [
      "import { execSync, spawn } from 'node:child_process'; execSync('echo child', { stdio: 'inherit' }); undefined",
    ],
    "child\n",
  ),
  row(
    "a child's errors, waited for",
    [
      "import { once } from 'node:events'; await once(spawn(process.execPath, ['-e', 'console.error(\"from child\")'], { stdio: 'inherit' }), 'close'); undefined",
    ],
    { stderr: "from child\n" },
  ),
  gives("a child's output as a value", ["execSync('echo value', { encoding: 'utf8' })"], "'value\\n'"),
];

const errors = [
  row("a compile error's line and column", ["const x = 1;\nlet y: = 2;"], {
    error: { name: "SyntaxError", message: "Type expected.", at: [2, 8] },
  }),
  row("an unfinished cell", ["function open() {\n  return 1;"], {
    error: { name: "SyntaxError", message: /expected/, at: [2, 12] },
  }),
  row("await where none can be", ["const fine = 1;\nfunction sync() {\n  await fine;\n}"], {
    error: { name: "SyntaxError", message: /await/, at: [3, 3] },
  }),
  row("break outside a loop", ["1;\nbreak;"], {
    error: { name: "SyntaxError", message: /break/, at: [2, 1] },
  }),
  row("return outside a function", ["const five = 5;\nreturn five;"], {
    error: { name: "SyntaxError", message: /return/, at: [2, 1] },
  }),
  row(
    "a thrown error: name, message, line, column, the function's name",
    ["const a: number = 1;\nfunction boom() {\n  throw new TypeError('bad');\n}\nboom();"],
    {
      error: {
        name: "TypeError",
        message: "bad",
        at: [3, 9],
        says: /boom[\s\S]*:5:1/,
        hides: /node_modules|kernel-lib|node:internal/,
      },
    },
  ),
  row("a name that is not there", ["1 +\n  notThere"], {
    error: {
      name: "ReferenceError",
      message: "notThere is not defined",
      elsewhere: /find name .notThere/,
      at: [2, 3],
    },
  }),
  row("a property of undefined", ["const nope: any = undefined;\nnope.x"], {
    error: { name: "TypeError", message: "Cannot read properties of undefined (reading 'x')", at: [2, 6] },
  }),
  row(
    "thrown in an earlier cell's function",
    ["function deep() {\n  throw new Error('far');\n}", "1;\ndeep();"],
    { error: { name: "Error", message: "far", says: /deep[\s\S]*:2:9[\s\S]*:2:1/ } },
  ),
  row("after an await", ["await null;\nthrow new Error('after');"], {
    error: { name: "Error", message: "after", at: [2, 7] },
  }),
  row(
    "in an async function",
    ["async function slow() {\n  await null;\n  throw new Error('slow');\n}\nawait slow();"],
    { error: { name: "Error", message: "slow", at: [3, 9], says: /slow[\s\S]*:5/ } },
  ),
  row("in a library's callback: its frames folded", ["[1].map((n) => {\n  return JSON.parse('{');\n});"], {
    error: { name: "SyntaxError", message: /JSON/, at: [2, 15], hides: /node:internal/ },
  }),
  row(
    "out of a library: the cell's own line",
    ["import * as lib from 'arquero';\nlib.table({ a: [1] }).filter((d) => d.nothing.x);"],
    { error: { name: "Error", message: /nothing/, at: [2, 23], hides: /node_modules/ } },
  ),
  row(
    "an error class of one's own, with a cause",
    [
      "class Slow extends Error { override name = 'Slow' }\nthrow new Slow('outer', { cause: new Error('inner') });",
    ],
    { error: { name: "Slow", message: "outer", at: [2, 7], says: /caused by\s+Error: inner/i } },
  ),
  row(
    "an aggregate of errors",
    ["await Promise.any([Promise.reject(new Error('one')), Promise.reject(new Error('two'))]);"],
    { error: { name: "AggregateError", message: "All promises were rejected", says: /one[\s\S]*two/ } },
  ),
  row("a thrown text", ["throw 'plain'"], { error: { message: /plain/ } }),
  row("a thrown nothing", ["throw undefined"], { error: { message: "undefined" } }),
  row("a stack overflow", ["function forever(): number { return 1 + forever() }\nforever()"], {
    error: { name: "RangeError", message: "Maximum call stack size exceeded", says: /times/ },
  }),
  row("a rejected last value", ["1;\nPromise.reject(new Error('refused'))"], {
    error: { name: "Error", message: "refused", at: [2, 16] },
  }),
  row(
    "an unhandled rejection, said once, and the session lives",
    [
      "Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 20)); console.log('goes on')",
      "'alive'",
    ],
    { result: "'alive'" },
    { also: { 0: { stdout: "goes on\n", error: { name: "Error", message: "lost", at: [1, 16] } } } },
  ),
  row(
    "a throwing timer",
    [
      "setTimeout(() => { throw new Error('tick') }, 5); await new Promise((r) => setTimeout(r, 40))",
      "'alive'",
    ],
    { result: "'alive'" },
    { also: { 0: { error: { name: "Error", message: "tick", at: [1, 26] } } } },
  ),
  row(
    "process.exit",
    ["process.exit(3)", "'alive'"],
    { result: "'alive'" },
    { also: { 0: { error: { name: "Error", message: /process\.exit\(3\)/ } } } },
  ),
  row("a package that is not there", ["import x from 'no-such-package-here'"], {
    error: {
      name: "Error",
      message: /no-such-package-here/,
      says: /npm install no-such-package-here/,
      hides: /node:internal/,
    },
  }),
  row("a file that is not there", ["import y from './lib/no-such-file.ts'"], {
    error: { name: "Error", message: /no-such-file/, hides: /node:internal/ },
  }),
  row(
    "a syntax error in an imported file: its own line",
    ["import { first as broken } from './lib/broken.ts'"],
    { error: { name: "SyntaxError", message: /./, says: /broken\.ts:2/ } },
  ),
  row(
    "an error thrown in an imported file: its own line",
    ["import { fail } from './lib/throws.ts'", "fail({ text: 'in the file' })"],
    { error: { name: "RangeError", message: "in the file", says: /throws\.ts[^\n]*:6:9/ } },
  ),
  row(
    "a value that cannot be shown",
    ["({ get [Symbol.toStringTag]() { throw new Error('unshowable') } })", "'alive'"],
    { result: "'alive'" },
  ),
];

const svg = { "image/svg+xml": /^<svg [\s\S]*xmlns=/ } as const;

const displays = [
  row(
    "a table, paged, with units and escaped",
    [
      "import { table } from 'arquero'",
      "table({ dur_ns: Array.from({ length: 25 }, (_, i) => i), name: new Array(25).fill('<img src=x>') })",
    ],
    {
      result: {
        "text/html": /^(?![\s\S]*<img)[\s\S]*dur_ns<div[^>]*>ns<[\s\S]*25 rows × 2 columns/,
        "text/plain": /^dur_ns {2}name/,
      },
    },
  ),
  row(
    "a Vega-Lite chart: specification, SVG and a sentence, no HTML",
    [
      "({ $schema: 'https://vega.github.io/schema/vega-lite/v5.json', description: 'one bar', data: { values: [{ a: 1 }] }, mark: 'bar', encoding: { x: { field: 'a', type: 'quantitative' } } })",
    ],
    {
      result: {
        "application/vnd.vegalite.v5+json": /"mark":"bar"/,
        ...svg,
        "text/html": false,
        "text/plain": "one bar",
      },
    },
  ),
  row(
    "a Vega chart",
    [
      "({ $schema: 'https://vega.github.io/schema/vega/v5.json', width: 20, height: 20, marks: [{ type: 'rect', encode: { enter: { width: { value: 5 }, height: { value: 5 } } } }] })",
    ],
    { result: { "application/vnd.vega.v5+json": /"rect"/, ...svg } },
  ),
  row(
    "an Observable Plot figure",
    [
      "import { parseHTML } from 'linkedom'; import * as Plot from '@observablehq/plot'",
      "Plot.plot({ document: parseHTML('<body></body>').document, marks: [Plot.barY([{ x: 'a', y: 1 }], { x: 'x', y: 'y' })] })",
    ],
    { result: { ...svg, "text/html": false } },
  ),
  row(
    "an Observable Plot figure, as one writes it for a page",
    ["import * as Plot from '@observablehq/plot'", "Plot.plot({ marks: [Plot.dot([[1, 2], [3, 4]])] })"],
    { result: { ...svg, "text/html": false } },
  ),
  row(
    "a mark of Observable Plot that draws itself",
    ["import { barY } from '@observablehq/plot'", "barY([1, 2, 3]).plot({ ariaLabel: 'three bars' })"],
    { result: { ...svg, "text/plain": "three bars" } },
  ),
  row(
    "Symbol.for('Jupyter.display')",
    ["({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'own', 'text/html': '<b>own</b>' }) })"],
    { result: { "text/plain": "own", "text/html": "<b>own</b>" } },
  ),
  row(
    "and when it has to wait",
    ["({ async [Symbol.for('Jupyter.display')]() { await null; return { 'text/markdown': '**own**' } } })"],
    { result: { "text/markdown": "**own**" } },
  ),
  row(
    "and when it throws",
    ["({ [Symbol.for('Jupyter.display')]() {\n  throw new Error('cannot draw');\n} })"],
    { error: { name: "Error", message: "cannot draw", at: [2, 9] } },
  ),
  row("an image", ["({ [Symbol.for('Jupyter.display')]: () => ({ 'image/png': 'iVBORw0KGgo=' }) })"], {
    result: { "image/png": "iVBORw0KGgo=" },
  }),
  row(
    "a bundle that JSON cannot carry",
    ["({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': { big: 1n } }) })"],
    { error: { name: "TypeError", message: /JSON/ } },
  ),
];

// What other kernels have under other names, or not.
const ours = [
  row("display() in the middle, in order", ["await display({ a: 1 }); console.log('then'); 'last'"], {
    order: ["display_data", "stdout", "execute_result"],
    displays: ["{ a: 1 }"],
    stdout: "then\n",
    result: "'last'",
  }),
  row(
    "a display that is updated",
    ["await display('old', { id: 'shown' }); await display('new', { id: 'shown', update: true })"],
    { displays: ["'new'"] },
  ),
  row(
    "a display updated from a later cell",
    ["await display('first', { id: 'across' })", "await display('second', { id: 'across', update: true })"],
    nothing,
    { also: { 0: { displays: ["'second'"] } } },
  ),
  row("a display in a loop", ["for (const n of [1, 2, 3]) await display(n)"], { displays: ["1", "2", "3"] }),
  row(
    "a verdict is a card",
    [
      "import { verdict } from 'tracebook'",
      "verdict(52, { verdict: 'holds', measured: { value: '1' }, reading: 'r' })",
    ],
    {
      result: { "application/vnd.tracebook.verdict+json": /"claim":52/, "text/html": /</, "text/plain": /./ },
    },
  ),
  row(
    "a capture is its summary",
    ["import { load } from 'tracebook'", "load(Buffer.from('BenchmarkA 1 2 ns/op\\n'))"],
    { result: { "text/html": /go-bench/, "text/plain": /\(go-bench\)\n {2}format: go-bench/ } },
  ),
  row(
    "progress leaves one line",
    ["const bar = progress('runs', 3); bar.step(); bar.update(3); bar.done('3 runs read')"],
    { displays: ["3 runs read"] },
  ),
];

/** The names that cells share: what was declared is the same thing in every function, whichever cell each stands in. */
const names = [
  gives(
    "a function sees what a later cell assigns",
    ["let seen1 = 1; const see1 = () => seen1", "seen1 = 2; see1()"],
    "2",
  ),
  gives(
    "a function sees what a later cell declares anew",
    ["const seen2 = 1; function see2() { return seen2 }", "const seen2 = 'new'; see2()"],
    "'new'",
  ),
  gives(
    "a function uses what only a later cell declares",
    ["const see3 = () => laterDeclared * 2", "const laterDeclared = 21", "see3()"],
    "42",
  ),
  gives(
    "a global that a later cell declares as its own",
    ["const see4 = () => structuredClone(1)", "const structuredClone = () => 'own'", "see4()"],
    "'own'",
  ),
  gives(
    "a local name hides the session's",
    [
      "let hidden = 1",
      "const f5 = (hidden: number) => { { let hidden = 7; hidden++ } hidden++; return hidden }; f5(5) + hidden",
    ],
    "7",
  ),
  gives(
    "a function that calls itself calls what its name means then",
    [
      "function self(n: number): string { return n ? self(n - 1) : 'old' }; const old6 = self",
      "function self() { return 'new' }",
      "old6(1)",
    ],
    "'new'",
  ),
  gives(
    "a class knows itself by its own name",
    [
      "class Own7 { static make() { return new Own7() } }; const Old7 = Own7",
      "class Own7 { x = 1 }",
      "Old7.make() instanceof Old7",
    ],
    "true",
  ),
  gives(
    "functions and classes have their names",
    [
      "const arrow8 = () => 1; class Named8 {}; function fn8() {}; const { d8 = () => 1 } = {} as any; let late8; late8 = function () {}",
      "[arrow8.name, Named8.name, fn8.name, d8.name, late8.name].join()",
    ],
    "'arrow8,Named8,fn8,d8,late8'",
  ),
  gives(
    "a function reads as it was written",
    [
      "let factor9 = 2; const twice9 = (n) => Math.abs(n) * factor9 + hidden9(n); function hidden9() { return 0 }",
      "String(twice9)",
    ],
    "'(n) => Math.abs(n) * factor9 + hidden9(n)'",
  ),
  gives(
    "var in a block and in a loop",
    [
      "if (true) { var inBlock = 1 } for (var i10 = 0; i10 < 3; i10++) {} for (var [k10, v10] of [['k', 9]]) {}",
      "inBlock + i10 + k10 + v10",
    ],
    "'4k9'",
  ),
  gives(
    "a pattern with defaults and a rest",
    [
      "const { p11, q11: { r11 = 4 } = {}, ...rest11 } = { p11: 1, s: 2, t: 3 } as any; const [, b11 = 7, ...c11] = [0, , 5, 6]",
      "JSON.stringify([p11, r11, rest11, b11, c11])",
    ],
    '\'[1,4,{"s":2,"t":3},7,[5,6]]\'',
  ),
  gives(
    "several names changed at once",
    [
      "let a12 = 1, b12 = 2; [a12, b12] = [b12, a12]; ({ a: a12, b: b12 = 9 } = { a: a12 + 1 } as any); a12 += b12 ** 2; [a12, b12]",
    ],
    "[ 84, 9 ]",
  ),
  gives(
    "shorthand",
    ["const short13 = 1; const o13 = { short13, m() { return short13 } }; o13.short13 + o13.m()"],
    "2",
  ),
  gives("typeof of what is not there", ["typeof nowhere14"], "'undefined'"),
  gives(
    "a tag and an optional call",
    [
      "const tag15 = (s: TemplateStringsArray, v: number) => s.join('-') + v + (this === undefined); let none15: any; tag15`a${1}b` + none15?.()",
    ],
    /^'a-b1(true|false)undefined'$/,
  ),
  gives(
    "a function is called without a this",
    ["function this16() { return this }; this16() === undefined"],
    "true",
  ),
  gives(
    "a constant of another cell is constant",
    [
      "const fixed17 = 1",
      "try { fixed17 = 2 } catch {}\nlet said17 = ''; try { fixed17++ } catch (e) { said17 = e.name + ': ' + e.message } said17",
    ],
    "'TypeError: Assignment to constant variable.'",
  ),
  gives(
    "what is caught is worded as the cell is",
    ["const o18: any = {}; let said18; try { o18.run() } catch (e) { said18 = e.message } said18"],
    "'o18.run is not a function'",
  ),
  gives(
    "an accumulator in a loop",
    ["let acc19 = 0; for (let i = 0; i < 1e5; i++) acc19 += i; acc19"],
    "4999950000",
  ),
  gives(
    "Arquero reads a function that uses op of another cell",
    [
      "import { op, table } from 'arquero'",
      "table({ x: [-1, 2] }).derive({ y: (d) => op.abs(d.x) + Math.max(d.x, 0) }).array('y').join()",
    ],
    "'1,4'",
  ),
  gives(
    "a label, a switch and a nested function",
    [
      "out20: for (const x of [1, 2]) { switch (x) { case 1: continue out20; default: break out20 } }\nfunction outer20() { return inner(); function inner() { return 'in' } }\nouter20()",
    ],
    "'in'",
  ),
  gives(
    "an element of JSX",
    [
      "const React = { createElement: (type, props, ...children) => ({ type, ...props, children }) }; const jsx21 = 5",
      "<p id='x'>{jsx21}</p>",
    ],
    "{ type: 'p', id: 'x', children: [ 5 ] }",
  ),
  gives("a line that says what runs the script", ["#!/usr/bin/env node\n1 + 1"], "2"),
];

/** Rows by what they are about. */
export const everydayCells: Readonly<Record<string, readonly Everyday[]>> = {
  declarations,
  names,
  "control and syntax": control,
  await: awaiting,
  modules,
  "last values": values,
  output,
  errors,
  display: displays,
  "Tracebook's own": ours,
};
