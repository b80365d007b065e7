import { Decompress } from "fzstd";
import { CaptureError } from "../../bytes/capture-error.js";
import type { Diagnostics } from "../diagnostics.js";
import type { ReadOptions } from "../read-options.js";
import { PerfBytes } from "./perf-bytes.js";
import { type PerfFile, recordBytes } from "./perf-file.js";

const compressed = 81;
/** As the other, but with the length of what it holds before it. */
const compressedWithSize = 83;
const auxtrace = 71;
const tracingData = 66;
const defaultUnpackedBytes = 2 ** 31;

/**
 * Replaces the compressed records of a file (`perf record -z`) by the records in them. They are pieces of one zstd
 * stream; a record may begin in one piece and end in the next.
 *
 * @throws CaptureError when they hold more than `maxUnpackedBytes`, 2 GiB unless given
 */
export function unpackRecords(file: PerfFile, diagnostics: Diagnostics, options: ReadOptions): void {
  const { data, start, end } = file;
  if (!hasCompressed(file)) return;
  const records = new RecordStream(options.maxUnpackedBytes ?? defaultUnpackedBytes);
  const zstd = new Decompress((chunk) => records.unpacked(chunk));
  let at = start;
  let plain = start;
  const parts = records.parts;
  while (at + 8 <= end) {
    const kind = data.u32(at);
    const size = recordBytes(data, at);
    if (size < 8 || at + size > end) break;
    if (kind === compressed || kind === compressedWithSize) {
      parts.push(data.part(plain, at - plain));
      const from = at + (kind === compressed ? 8 : 16);
      const length = kind === compressed ? size - 8 : Math.min(data.u64(at + 8), size - 16);
      try {
        zstd.push(data.part(from, length));
      } catch (error) {
        if (error instanceof CaptureError) throw error;
        const message = `a compressed record cannot be unpacked (${(error as Error).message}); those after it neither`;
        diagnostics.add("loss", "compressed", message, { offset: at });
        plain = end;
        break;
      }
      plain = at + size;
    }
    at += size + dataBehind(data, at, kind);
  }
  parts.push(data.part(plain, Math.max(0, end - plain)));
  if (records.rest > 0) {
    diagnostics.add(
      "loss",
      "truncated",
      `the compressed records end within a record of ${records.rest} bytes`,
    );
  }
  const bytes = Buffer.concat([data.part(0, start), ...parts]);
  file.data = new PerfBytes(bytes, data.little);
  file.end = bytes.length;
}

function hasCompressed({ data, start, end }: PerfFile): boolean {
  for (let at = start; at + 8 <= end; ) {
    const kind = data.u32(at);
    const size = recordBytes(data, at);
    if (size < 8) return false;
    if (kind === compressed || kind === compressedWithSize) return true;
    at += size + dataBehind(data, at, kind);
  }
  return false;
}

/** Two kinds of records have data behind them that their size does not count. */
function dataBehind(data: PerfBytes, at: number, kind: number): number {
  if (at + 16 > data.length) return 0;
  if (kind === auxtrace) return data.u64(at + 8);
  return kind === tracingData ? Math.ceil(data.u32(at + 8) / 8) * 8 : 0;
}

/** Cuts what comes out of the stream at the ends of records. */
class RecordStream {
  readonly parts: Uint8Array[] = [];
  private pending = new Uint8Array(0);
  private total = 0;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get rest(): number {
    return this.pending.length;
  }

  unpacked(chunk: Uint8Array): void {
    this.total += chunk.length;
    if (this.total > this.limit) {
      throw new CaptureError(`its records unpack to more than ${this.limit} bytes`, {
        remedy: "raise maxUnpackedBytes if the file is to be trusted",
      });
    }
    const bytes = Buffer.concat([this.pending, chunk]);
    let whole = 0;
    while (whole + 8 <= bytes.length) {
      const size = bytes.readUInt16LE(whole + 6);
      if (size < 8 || whole + size > bytes.length) break;
      whole += size;
    }
    this.parts.push(bytes.subarray(0, whole));
    this.pending = bytes.subarray(whole) as typeof this.pending;
  }
}
