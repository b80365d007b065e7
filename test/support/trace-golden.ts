import { createHash } from "node:crypto";

/** What x/exp/trace says of a capture, small enough to commit. */
export interface TraceGolden {
  /** What `oracle summary` prints. */
  readonly figures: Record<string, unknown>;
  /** Lines of `oracle events`. */
  readonly lines: number;
  /** For every {@link blockLines} of those lines the first 12 hex digits of their SHA-256. */
  readonly blocks: readonly string[];
}

/** Lines under one hash: few enough that a difference is soon found. */
export const blockLines = 256;

/** Counts lines and hashes them in blocks. */
export function hashedLines(lines: Iterable<string>): Pick<TraceGolden, "lines" | "blocks"> {
  const blocks: string[] = [];
  let count = 0;
  let hash = createHash("sha256");
  const close = () => {
    blocks.push(hash.digest("hex").slice(0, 12));
    hash = createHash("sha256");
  };
  for (const line of lines) {
    hash.update(`${line}\n`);
    count++;
    if (count % blockLines === 0) close();
  }
  if (count % blockLines > 0) close();
  return { lines: count, blocks };
}
