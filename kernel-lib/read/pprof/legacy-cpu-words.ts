/** Machine words of a size and byte order. */
export class Words {
  readonly size: 4 | 8;
  private readonly little: boolean;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, size: 4 | 8, little: boolean) {
    this.size = size;
    this.little = little;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get length(): number {
    return Math.floor(this.view.byteLength / this.size);
  }

  at(index: number): bigint {
    const place = index * this.size;
    return this.size === 8
      ? this.view.getBigUint64(place, this.little)
      : BigInt(this.view.getUint32(place, this.little));
  }
}

export const headerWords = 5;

/** The words of a binary CPU profile of gperftools; undefined when the bytes are none. */
export function wordsOf(bytes: Uint8Array): Words | undefined {
  for (const size of [8, 4] as const) {
    for (const little of [true, false]) {
      const words = new Words(bytes, size, little);
      if (words.length <= headerWords) continue;
      const [first, count, version, period, padding] = [0, 1, 2, 3, 4].map((at) => words.at(at));
      const isHeader = first === 0n && count === 3n && version === 0n && padding === 0n;
      // A longer period than a minute is no sampling.
      if (isHeader && period > 0n && period <= 60_000_000n) return words;
    }
  }
  return undefined;
}

/** Whether bytes begin as a binary CPU profile of gperftools. */
export function isLegacyCpu(bytes: Uint8Array): boolean {
  return wordsOf(bytes) !== undefined;
}
