import type { Tables } from "./format.js";
import type { ProfileCapture } from "./profile-capture.js";

/**
 * An out file of cachegrind. Each sample is a source line's own cost, in a stack of one frame. Events are sample types:
 * `topFunctions(capture, { sampleType: "Ir" })`.
 */
export interface CachegrindCapture
  extends ProfileCapture<"cachegrind">,
    Tables<"samples" | "functionCosts" | "unparsed"> {
  /** `cmd`, `creator`, `desc`, ... as the file has them. */
  readonly header: Readonly<Record<string, string>>;
}

/**
 * An out file of callgrind, or of another tool that writes its format. Each sample is a source line's own cost, in a
 * stack of one frame; calls are the table `calls`. Events are sample types: `topFunctions(capture, { sampleType: "Ir" })`.
 */
export interface CallgrindCapture
  extends ProfileCapture<"callgrind">,
    Tables<"samples" | "functionCosts" | "calls" | "unparsed"> {
  /** `cmd`, `creator`, `desc`, ... as the file has them. */
  readonly header: Readonly<Record<string, string>>;
}

/** An out file of cachegrind or callgrind; only callgrind's have `calls`. */
export type CostCapture = CachegrindCapture | CallgrindCapture;
