import { ByteCursor } from "../../bytes/byte-cursor.js";
import { hexOfHalves } from "../../bytes/hex-column.js";

// Kinds of batches of the AllocFree experiment (runtime/traceallocfree.go).
const typesBatch = 0;
const infoBatch = 1;

/** A Go type of the AllocFree experiment. */
export interface HeapType {
  readonly name: string;
  readonly bytes: number;
}

/**
 * What a generation's own batches of the AllocFree experiment say: where the heap starts, which turns ids into
 * addresses, and its types. Batches that make no sense are passed over.
 */
export class AllocFreeInfo {
  readonly types: Map<number, HeapType> = new Map();
  heapStart = 0n;
  pageBytes = 8192;
  objectAlign = 8;
  stackAlign = 2048;

  /** @param before the generation before, whose layout of the heap holds until told otherwise */
  constructor(batches: readonly Uint8Array[], before?: AllocFreeInfo) {
    if (before) {
      this.heapStart = before.heapStart;
      this.pageBytes = before.pageBytes;
      this.objectAlign = before.objectAlign;
      this.stackAlign = before.stackAlign;
    }
    for (const batch of batches) {
      const cursor = new ByteCursor(batch);
      try {
        const kind = cursor.u8();
        if (kind === typesBatch) this.readTypes(cursor);
        else if (kind === infoBatch) this.readInfo(cursor);
      } catch {
        // Experimental data has no promised form; the events stand without it.
      }
    }
  }

  private readTypes(cursor: ByteCursor): void {
    while (cursor.remaining > 0) {
      const id = cursor.varint();
      cursor.varintHalves();
      const bytes = cursor.varint();
      cursor.varint();
      const length = cursor.count("type name");
      this.types.set(id, { name: cursor.text(length), bytes });
    }
  }

  private readInfo(cursor: ByteCursor): void {
    this.heapStart = cursor.varintBig();
    this.pageBytes = cursor.varint();
    this.objectAlign = cursor.varint();
    this.stackAlign = cursor.varint();
  }

  /** The address that an id stands for, in hexadecimal. */
  address(what: "span" | "object" | "stack", id: number): string {
    const unit = { span: this.pageBytes, object: this.objectAlign, stack: this.stackAlign }[what];
    const address = this.heapStart + BigInt(id) * BigInt(unit);
    return hexOfHalves(Number(address & 0xffffffffn), Number((address >> 32n) & 0xffffffffn));
  }
}
