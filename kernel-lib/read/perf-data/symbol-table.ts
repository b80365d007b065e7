import { Growable } from "../../bytes/growable.js";

/** Symbols as columns: a binary may have hundreds of thousands, of which few are ever looked up. */
export class SymbolColumns {
  /** Where each begins: an offset in the file, or an address for the kernel. */
  readonly start: Growable<Float64Array> = new Growable(Float64Array, 4096);
  /** Bytes; 0 when not known. */
  readonly size: Growable<Float64Array> = new Growable(Float64Array, 4096);
  private readonly binding = new Growable(Uint8Array, 4096);
  private readonly names = new Growable(Uint32Array, 4096);
  private readonly nameAt: (place: number, symbol: number) => string;

  /** `nameAt` decodes the name at a place that was given to `add`. */
  constructor(nameAt: (place: number, symbol: number) => string) {
    this.nameAt = nameAt;
  }

  get length(): number {
    return this.start.length;
  }

  /** Adds a symbol; `binding` as ELF has it: 0 local, 1 global, 2 weak. */
  add(start: number, size: number, binding: number, namePlace: number): void {
    this.start.push(start);
    this.size.push(size);
    this.binding.push(binding);
    this.names.push(namePlace);
  }

  name(symbol: number): string {
    return this.nameAt(this.names.get(symbol), symbol);
  }

  /** The order of choose_best_symbol in the kernel tree's tools/perf/util/symbol.c. */
  better(a: number, b: number): boolean {
    const [sizeA, sizeB] = [this.size.get(a) > 0, this.size.get(b) > 0];
    if (sizeA !== sizeB) return sizeA;
    const [bindingA, bindingB] = [this.binding.get(a), this.binding.get(b)];
    if ((bindingA === 2) !== (bindingB === 2)) return bindingB === 2;
    if ((bindingA === 1) !== (bindingB === 1)) return bindingA === 1;
    const [nameA, nameB] = [this.name(a), this.name(b)];
    const difference = underscores(nameA) - underscores(nameB);
    return difference === 0 ? nameA.length > nameB.length : difference < 0;
  }
}

function underscores(name: string): number {
  return /^_*/.exec(name)?.[0].length ?? 0;
}

/** Symbols sorted by where they begin, for looking up the one an address lies in. */
export class SymbolTable {
  private readonly symbols: SymbolColumns;
  /** Of symbols that begin at one place the one that is shown. */
  private readonly kept: Uint32Array;
  private readonly starts: Float64Array;

  /** With `lastWins`, of symbols that begin at one place the last given is kept, as perf does for the kernel. */
  constructor(symbols: SymbolColumns, lastWins = false) {
    this.symbols = symbols;
    const start = symbols.start.finish();
    const order = sortedBy(start);
    let count = 0;
    for (const symbol of order) {
      const last = order[count - 1];
      if (count === 0 || start[last] !== start[symbol]) order[count++] = symbol;
      else if (lastWins || symbols.better(symbol, last)) order[count - 1] = symbol;
    }
    this.kept = order.subarray(0, count);
    this.starts = new Float64Array(count);
    for (let i = 0; i < count; i++) this.starts[i] = start[order[i]];
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
    return low > 0 && at < this.end(low - 1) ? this.symbols.name(this.kept[low - 1]) : undefined;
  }

  /** A symbol without a size reaches to the next one; perf gives the last one a page. */
  private end(index: number): number {
    const size = this.symbols.size.get(this.kept[index]);
    if (size > 0) return this.starts[index] + size;
    if (index + 1 < this.starts.length) return this.starts[index + 1];
    return Math.floor(this.starts[index] / 4096) * 4096 + 8192;
  }
}

/** Row numbers in the order of their values; equal ones keep theirs. */
function sortedBy(values: Float64Array): Uint32Array {
  const order = new Uint32Array(values.length);
  let isSorted = true;
  for (let row = 0; row < order.length; row++) {
    order[row] = row;
    if (row > 0 && values[row] < values[row - 1]) isSorted = false;
  }
  return isSorted ? order : order.sort((a, b) => values[a] - values[b] || a - b);
}
