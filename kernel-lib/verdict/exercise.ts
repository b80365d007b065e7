import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  scryptSync,
  timingSafeEqual,
} from "node:crypto";
import { type Markdown, markdown, shownMarkdown } from "./markdown.js";

/** What an exercise asks for, as its maintainer writes it. */
export interface ExerciseSource {
  /** The right answer: a number, or a text with its other spellings. */
  answer: number | readonly string[];
  /** Unit of a number, as it is asked for: `ms`, `%`. */
  unit?: string;
  /** How far off a number may be, as a share of it: 0.05 for 5 %; exact unless given. */
  tolerance?: number;
  /** Shown one after the other, to those who have not found it yet. */
  hints: readonly string[];
  /** Markdown that the right answer opens: why it is right, and what it means. */
  reasoning: string;
}

/** An exercise that shows neither its answer nor the reasoning. */
export interface LockedExercise {
  kind: "number" | "text";
  unit?: string;
  tolerance?: number;
  hints: readonly string[];
  /** Salt of every key below, base64. */
  salt: string;
  /** One for each right answer. */
  locks: readonly Lock[];
}

/** The reasoning under the key of one answer; all base64. */
interface Lock {
  /** sha256 of the half of the derived key that is not the cipher's. */
  hash: string;
  iv: string;
  tag: string;
  sealed: string;
}

/**
 * Locks an exercise: each right answer becomes a key by scrypt with a random salt, under which the reasoning is
 * encrypted (AES-256-GCM). A number is the key by the bucket it falls in, one tolerance wide. That keeps the answer
 * from the eye, not from a program that tries every number.
 *
 * @throws RangeError for an exercise without answer, hint or reasoning, or a tolerance outside 0 to 1
 */
export function lockExercise(source: ExerciseSource): LockedExercise {
  const { answer, unit, tolerance, hints, reasoning } = source;
  const answers = typeof answer === "number" ? [bucketOf(answer, tolerance)] : answer.map(normalised);
  if (answers.length === 0 || hints.length === 0 || reasoning === "")
    throw new RangeError("an exercise needs an answer, a hint and its reasoning");
  if (tolerance !== undefined && !(tolerance >= 0 && tolerance < 1))
    throw new RangeError(`tolerance is a share from 0 to 1, not ${tolerance}`);
  const salt = randomBytes(16);
  return {
    kind: typeof answer === "number" ? "number" : "text",
    ...(unit !== undefined && { unit }),
    ...(tolerance !== undefined && { tolerance }),
    hints,
    salt: salt.toString("base64"),
    locks: [...new Set(answers)].map((one) => seal(keyOf(one, salt), reasoning)),
  };
}

/** The answer of someone who works on an exercise; nothing to see what is asked for. */
export type Check = (answer?: number | string) => Markdown;

/**
 * The check of a locked exercise. As a cell's last value its result is shown: what is asked for and a hint while the
 * answer is not right, a further hint with each try, and the reasoning once it is.
 *
 * @example
 * const check = exercise(exercises["scan-exponent"]);
 * check(1.5);
 */
export function exercise(locked: LockedExercise): Check {
  let tries = 0;
  return (answer) => {
    const hint = locked.hints[Math.min(tries, locked.hints.length - 1)];
    if (answer === undefined || answer === "")
      return shownMarkdown(`${asked(locked)} Hint: ${locked.hints[0]}`);
    const candidates = candidatesFor(answer, locked);
    if (candidates.length === 0) return markdown`${answer} is not a number. ${asked(locked)}`;
    const reasoning = open(locked, candidates);
    if (reasoning !== undefined) return shownMarkdown(`**Right.** ${reasoning}`);
    tries++;
    return shownMarkdown(`**Not yet.** ${hint}`);
  };
}

function asked({ kind, unit, tolerance }: LockedExercise): string {
  if (kind === "text") return "Asked for: a name or a word.";
  const margin = tolerance ? `, to within ${Number((100 * tolerance).toFixed(1))} %` : ", exactly";
  return `Asked for: a number${unit === undefined ? "" : ` (${unit})`}${margin}.`;
}

function candidatesFor(answer: number | string, { kind, tolerance }: LockedExercise): string[] {
  if (kind === "text") return [normalised(String(answer))];
  const value = typeof answer === "number" ? answer : Number.parseFloat(answer.replace(/[\s\u00a0_]/g, ""));
  if (!Number.isFinite(value)) return [];
  if (!tolerance || value === 0) return [bucketOf(value, tolerance)];
  // A value within the tolerance may fall in the bucket beside the answer's.
  return [0, -1, 1].map((step) => bucketOf(value, tolerance, step));
}

/** The bucket a number falls in; buckets are one tolerance wide, on a logarithmic scale. */
function bucketOf(value: number, tolerance = 0, step = 0): string {
  if (tolerance === 0 || value === 0) return `= ${value}`;
  const bucket = Math.round(Math.log(Math.abs(value)) / Math.log1p(tolerance)) + step;
  return `${value < 0 ? "-" : "+"} ${bucket}`;
}

/** A text without what people write differently: case, spaces, quotes, brackets of a call, article, full stop. */
function normalised(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/["'`\u2018\u2019\u201c\u201d]/g, "")
    .trim()
    .replace(/^(?:the|a|an)\s+/, "")
    .replace(/(?:\(\))?\.?$/, "")
    .replace(/\s+/g, " ");
}

// 16 MB and some 50 ms for each try.
function keyOf(answer: string, salt: Buffer): Buffer {
  return scryptSync(answer, salt, 64, { N: 2 ** 14, r: 8, p: 1 });
}

function hashOf(key: Buffer): Buffer {
  return createHash("sha256").update(key.subarray(32)).digest();
}

function seal(key: Buffer, text: string): Lock {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key.subarray(0, 32), iv);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const [hash, tag] = [hashOf(key), cipher.getAuthTag()];
  return {
    hash: hash.toString("base64"),
    iv: iv.toString("base64"),
    tag: tag.toString("base64"),
    sealed: sealed.toString("base64"),
  };
}

function open({ salt, locks }: LockedExercise, candidates: readonly string[]): string | undefined {
  for (const candidate of candidates) {
    const key = keyOf(candidate, Buffer.from(salt, "base64"));
    const hash = hashOf(key);
    const lock = locks.find((one) => timingSafeEqual(Buffer.from(one.hash, "base64"), hash));
    if (lock) return unseal(key, lock);
  }
  return undefined;
}

function unseal(key: Buffer, { iv, tag, sealed }: Lock): string {
  const decipher = createDecipheriv("aes-256-gcm", key.subarray(0, 32), Buffer.from(iv, "base64"));
  decipher.setAuthTag(Buffer.from(tag, "base64"));
  return Buffer.concat([decipher.update(Buffer.from(sealed, "base64")), decipher.final()]).toString("utf8");
}
