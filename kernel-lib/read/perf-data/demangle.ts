import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as glue from "gecko-profiler-demangle/index_bg.js";
import { demangleRust } from "./demangle-rust.js";

const underscore = 95;
/** No function's name is longer; substitutions make exponentially longer ones out of a few bytes. */
const maxNameChars = 1 << 14;
const maxSymbolChars = 1 << 13;
/** Names too long, after which no more are tried. */
const maxOversized = 4;

let isReady = false;

/** The demanglers of the Firefox Profiler: the Rust crates cpp_demangle and rustc-demangle, in one WebAssembly module. */
function demangleAny(symbol: string): string {
  if (!isReady) {
    const path = createRequire(import.meta.url).resolve("gecko-profiler-demangle/index_bg.wasm");
    const wasm = new WebAssembly.Module(new Uint8Array(readFileSync(path)));
    glue.__wbg_set_wasm(new WebAssembly.Instance(wasm, { "./index_bg.js": glue }).exports);
    isReady = true;
  }
  return glue.demangle_any(symbol);
}

/** C++ and Rust names as they were written, in the form in which perf prints them: no parameters, no hashes. */
export class Demangler {
  private oversized = 0;
  /** A function is sampled at many addresses. */
  private readonly known = new Map<string, string | undefined>();

  /** Whether names that were too long, or broke the demangler, have made it stop. */
  get hasStopped(): boolean {
    return this.oversized >= maxOversized;
  }

  /**
   * The name behind a symbol; undefined for one that is not mangled.
   *
   * @example
   * new Demangler().demangle("_ZNSt6vectorIiSaIiEE4sizeEv") // "std::vector<int, std::allocator<int> >::size"
   */
  demangle(symbol: string): string | undefined {
    if (symbol.charCodeAt(0) !== underscore) return undefined;
    if (this.known.has(symbol)) return this.known.get(symbol);
    const name = this.newName(symbol);
    this.known.set(symbol, name);
    return name;
  }

  private newName(symbol: string): string | undefined {
    if (symbol.endsWith("@plt")) {
      const name = this.demangle(symbol.slice(0, -"@plt".length));
      return name === undefined ? undefined : `${name}@plt`;
    }
    const legacy = demangleRust(symbol);
    if (legacy !== undefined) return legacy;
    if (!/^_{1,2}[ZR]/.test(symbol) || symbol.length > maxSymbolChars || this.hasStopped) return undefined;
    return symbol.includes("Z") && !symbol.startsWith("_R") ? this.cplusplus(symbol) : this.plain(symbol);
  }

  private cplusplus(symbol: string): string | undefined {
    // What the compiler made of one function: .isra.0, .cold, .constprop.1.
    const suffix = symbol.indexOf(".");
    const base = suffix < 0 ? symbol : symbol.slice(0, suffix);
    for (const [prefix, words] of specialNames) {
      const match = prefix.exec(base);
      if (!match) continue;
      // perf prints these with their parameters.
      const name = this.plain(`_Z${base.slice(match[0].length)}`);
      return name === undefined ? undefined : `${words} ${name}`;
    }
    const name = this.plain(base);
    return name === undefined ? undefined : withStandardNames(base, withoutParameters(asGnu(name)));
  }

  private plain(symbol: string): string | undefined {
    try {
      const name = demangleAny(symbol);
      if (name.length > maxNameChars) {
        this.oversized++;
        return undefined;
      }
      return name === "" || name === symbol || `_${name}` === symbol ? undefined : name;
    } catch (error) {
      // Whatever stopped the module, its next call needs a new one.
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      isReady = false;
      this.oversized++;
      return undefined;
    }
  }
}

/** Names that stand for another: h and v with offsets, c with two of them. */
const specialNames: readonly [RegExp, string][] = [
  [/^_ZThn?\d+_/, "non-virtual thunk to"],
  [/^_ZTvn?\d+_n?\d+_/, "virtual thunk to"],
  [/^_ZTc(?:hn?\d+_|vn?\d+_n?\d+_){2}/, "covariant return thunk to"],
  [/^_ZGTt/, "transaction clone for"],
  [/^_ZGTn/, "non-transaction clone for"],
];

const literalSuffixes: Readonly<Record<string, string>> = {
  int: "",
  "unsigned int": "u",
  long: "l",
  "unsigned long": "ul",
  "long long": "ll",
  "unsigned long long": "ull",
};

/** Template arguments as GNU's tools print them: `64ul`, and nothing for an empty pack. */
function asGnu(name: string): string {
  if (!name.includes(")") && !name.includes(", >")) return name;
  return name
    .replace(
      /\(((?:unsigned )?(?:int|long long|long))\)(-?\d+)/g,
      (_, type: string, digits: string) => digits + literalSuffixes[type],
    )
    .replaceAll(", >", ">");
}

const qualifiers = /(?: const| volatile| &&?|&&?)+$/;

/** Cuts the parameters off a function's name, which may have parentheses of its own: `(anonymous namespace)::f`. */
function withoutParameters(name: string): string {
  const end = qualifiers.exec(name)?.index ?? name.length;
  if (name[end - 1] !== ")") return name;
  let depth = 0;
  for (let at = end - 1; at >= 0; at--) {
    if (name[at] === ")") depth++;
    else if (name[at] === "(" && --depth === 0) {
      const before = name.slice(0, at);
      const isOwn = at === 0 || before.endsWith("operator") || name.startsWith("(anonymous", at);
      return isOwn ? name : before;
    }
  }
  return name;
}

const streams: Readonly<Record<string, string>> = { i: "istream", o: "ostream", d: "iostream" };
const fullString = "std::basic_string<char, std::char_traits<char>, std::allocator<char> >";

/** The mangling has letters for string and streams: short names but for constructors, which are named in full. */
function withStandardNames(symbol: string, name: string): string {
  let named = name;
  for (const stream of Object.values(streams)) {
    if (!symbol.includes(`basic_${stream}`)) {
      named = named.replaceAll(`std::basic_${stream}<char, std::char_traits<char> >`, `std::${stream}`);
    }
  }
  const made = /^_ZN[KVr]*S([siod])[CD]\d?I?/.exec(symbol)?.[1];
  if (!made) return named;
  const short = made === "s" ? "string" : streams[made];
  const full = made === "s" ? fullString : `std::basic_${short}<char, std::char_traits<char> >`;
  return named
    .replace(`std::${short}::`, `${full}::`)
    .replace(`::~${short}`, `::~basic_${short}`)
    .replace(`>::${short}`, `>::basic_${short}`);
}
