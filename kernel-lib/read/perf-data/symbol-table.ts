/** A symbol as its file has it. */
export interface RawSymbol {
  /** Where it begins: an offset in the file, or an address for the kernel. */
  readonly start: number;
  /** Bytes; 0 when not known. */
  readonly size: number;
  readonly name: string;
  readonly weak: boolean;
  readonly global: boolean;
}

/** Symbols sorted by where they begin, for looking up the one an address lies in. */
export class SymbolTable {
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly names: readonly string[];

  /** With `lastWins`, of symbols that begin at one place the last given is kept, as perf does for the kernel. */
  constructor(symbols: readonly RawSymbol[], lastWins = false) {
    const sorted = [...symbols].sort((a, b) => a.start - b.start);
    const kept = lastWins
      ? sorted.filter(({ start }, i) => sorted[i + 1]?.start !== start)
      : withoutDoubles(sorted);
    this.starts = Float64Array.from(kept, ({ start }) => start);
    this.names = kept.map(({ name }) => name);
    // A symbol without a size reaches to the next one; perf gives the last one a page.
    this.ends = Float64Array.from(kept, ({ start, size }, i) =>
      size > 0 ? start + size : (kept[i + 1]?.start ?? Math.floor(start / 4096) * 4096 + 8192),
    );
  }

  get size(): number {
    return this.starts.length;
  }

  /** The name of the symbol that `at` lies in, or undefined. */
  find(at: number): string | undefined {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return low > 0 && at < this.ends[low - 1] ? this.names[low - 1] : undefined;
  }
}

/** Of symbols that begin at one place the one perf would show. */
function withoutDoubles(sorted: readonly RawSymbol[]): RawSymbol[] {
  const kept: RawSymbol[] = [];
  for (const symbol of sorted) {
    const last = kept.at(-1);
    if (last?.start !== symbol.start) kept.push(symbol);
    else if (better(symbol, last)) kept[kept.length - 1] = symbol;
  }
  return kept;
}

/** The order of choose_best_symbol in the kernel tree's tools/perf/util/symbol.c. */
function better(a: RawSymbol, b: RawSymbol): boolean {
  if (a.size > 0 !== b.size > 0) return a.size > 0;
  if (a.weak !== b.weak) return b.weak;
  if (a.global !== b.global) return a.global;
  const underscores = (name: string): number => /^_*/.exec(name)?.[0].length ?? 0;
  const difference = underscores(a.name) - underscores(b.name);
  if (difference !== 0) return difference < 0;
  return a.name.length > b.name.length;
}
