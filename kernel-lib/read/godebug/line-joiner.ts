/**
 * Puts gctrace lines together again that the program's own writes cut. The runtime writes such a line in pieces and the
 * program whole lines, so that one of the program's may stand between any two pieces:
 *
 *     gc 14 @0.074s 8%: 3.9+1.2+0.005 ms clock, ... 4->4->22026/11/28 16:00:26 GET /x 200
 *      MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P
 *
 * Where the program's line begins (2 or 22 MB?) is told by how its other lines begin. What does not fit in one way only
 * is left as it is.
 */
export class LineJoiner {
  /** Beginnings of a runtime line whose rest has not come: more than one where the cut is not clear. */
  private beginnings: string[] = [];
  private waited = 0;
  /** How whole lines of the program begin: a hash of the kinds of their first characters. */
  private readonly shapes = new Set<number>();

  /** Whether a line that cannot be read is worth being given to {@link take}. */
  isWanted(bytes: Uint8Array, start: number, end: number): boolean {
    return (
      end - start <= maxChars &&
      (this.beginnings.length > 0 || (bytes[start] === 103 && bytes[start + 1] === 99))
    );
  }

  /** Learns how a line of the program begins. */
  learn(bytes: Uint8Array, start: number, end: number): void {
    if (this.shapes.size < maxShapes) this.shapes.add(shapeOf((at) => bytes[start + at] ?? 0, end - start));
  }

  /** A whole runtime line was read: what waits for its rest waits in vain. */
  reset(): void {
    this.beginnings = [];
  }

  /**
   * Takes a line that cannot be read: a runtime line's beginning or its rest with the program's line behind it, its
   * whole rest, or none of it. Answers what is now whole, in each way that it may be read.
   */
  take(text: string): string[] {
    if (text.startsWith("gc")) {
      const cuts = this.cutsOf("", text);
      if (cuts.length > 0) {
        this.beginnings = cuts;
        this.waited = 0;
        return [];
      }
    }
    const whole = this.beginnings
      .map((beginning) => beginning + text)
      .filter((line) => readLength(line) === isWhole);
    if (whole.length > 0) {
      this.beginnings = [];
      return whole;
    }
    const longer = this.beginnings.flatMap((beginning) => this.cutsOf(beginning, text));
    if (longer.length > 0) this.beginnings = longer.slice(0, maxBeginnings);
    else if (++this.waited > maxWaited) this.beginnings = [];
    return [];
  }

  /** A beginning with as much of a line as goes on with it, cut where a line of the program may begin. */
  private cutsOf(beginning: string, text: string): string[] {
    const length = readLength(beginning + text);
    if (length <= beginning.length) return [];
    const end = Math.min(length - beginning.length, text.length - 1);
    const cuts: number[] = [];
    for (let cut = end; cut > 0 && cut >= end - maxDigits; cut--) cuts.push(cut);
    const known = cuts.filter((cut) => this.isKnown(text, cut));
    // The rest of a line has to end where the program's lines are known to begin; its first piece may come before any.
    const chosen = known.length > 0 || beginning !== "" ? known : cuts.filter((cut) => cut >= 3);
    return chosen.map((cut) => beginning + text.slice(0, cut));
  }

  private isKnown(text: string, cut: number): boolean {
    return this.shapes.has(shapeOf((at) => text.charCodeAt(cut + at) || 0, text.length - cut));
  }
}

const maxChars = 4000;
const maxShapes = 64;
const maxBeginnings = 16;
const maxWaited = 64;
/** The longest number in which a cut may lie, with what is before it. */
const maxDigits = 24;
const shapeChars = 8;

/** Digits are one kind of character, letters another; others are themselves. */
function shapeOf(byteAt: (at: number) => number, length: number): number {
  let hash = 0;
  for (let at = 0; at < shapeChars && at < length; at++) {
    const byte = byteAt(at);
    const isLetter = (byte | 32) >= 97 && (byte | 32) <= 122;
    const kind = byte >= 48 && byte <= 57 ? 48 : isLetter ? 97 : byte;
    hash = (hash * 31 + kind) | 0;
  }
  return hash;
}

const number = /\d+/y;
const decimal = /\d+(?:\.\d+)?/y;
/** A gctrace line in order; lists are alternatives, the longer one first. */
const parts: readonly (string | RegExp)[] = [
  ..."gc |n| @|d|s |n|%: |d|+|d|+|d| ms clock, |d|+|d|/|d|/|d|+|d| ms cpu, |n|->|n|->|n| MB, |n| MB goal, ".split(
    "|",
  ),
  ..."n| MB stacks, |n| MB globals, |n| P".split("|"),
].map((part) => (part === "n" ? number : part === "d" ? decimal : part));
/** Without stacks and globals, as Go 1.17 and before print it. */
const oldParts = [...parts.slice(0, -5), parts[parts.length - 2], " P"];
const isWhole = -1;

/** How much of a text a gctrace line may begin with; -1 where the text is such a line, whole. */
function readLength(text: string): number {
  const lengths = [lengthOf(text, parts), lengthOf(text, oldParts)];
  return lengths.includes(isWhole) ? isWhole : Math.max(...lengths);
}

function lengthOf(text: string, wanted: readonly (string | RegExp)[]): number {
  let at = 0;
  for (const part of wanted) {
    if (typeof part === "string") {
      const rest = text.slice(at, at + part.length);
      if (rest !== part) {
        let same = 0;
        while (same < rest.length && rest[same] === part[same]) same++;
        return at + same;
      }
      at += part.length;
    } else {
      part.lastIndex = at;
      const match = part.exec(text);
      if (!match) return at;
      at = part.lastIndex;
    }
  }
  return text.slice(at) === "" || text.slice(at) === " (forced)" ? isWhole : at;
}
