import type { CellFailure } from "./cell-failure.js";

/** A bundle of one thing in several media types, as it goes into an output. */
export type MimeBundle = Record<string, unknown>;

/** What a session can be asked beside running cells. */
export type SessionMethod = "complete" | "inspect" | "evaluate";

/** Completions of some code at a place; offsets are in UTF-16 units. */
export interface Completions {
  matches: string[];
  start: number;
  end: number;
  items: { text: string; type: string; detail: string; kind?: "column" | "name" }[];
  /** What stands behind a dot or in quotes: no name by itself. */
  isMember?: boolean;
  /** Files and folders. */
  isPath?: boolean;
}

/** What there is to say of the name at a place. */
export interface Inspection {
  found: boolean;
  bundle: MimeBundle;
  /** The page of a function of the library's, which tells no value. */
  isPage?: boolean;
}

/** What a session is asked to do. */
export type SessionRequest =
  /** `patience_ms`: how long a cell may wait for what nothing can bring about any more, before that is its error. */
  | { type: "start"; cwd: string; patience_ms: number }
  /** `count` is the cell's number as people see it; a cell that is not counted has none. */
  | { type: "execute"; cell: number; count?: number; code: string; silent: boolean }
  | { type: "interrupt" }
  | { type: "call"; call: number; method: SessionMethod; code: string; offset: number }
  | { type: "shutdown" };

/** What a session says; all of it belongs to the cell it names, also when it comes late. */
export type SessionEvent =
  | { type: "ready" }
  | { type: "stream"; cell: number; name: "stdout" | "stderr"; text: string }
  | { type: "display"; cell: number; bundle: MimeBundle; displayId?: string; update?: boolean }
  | { type: "result"; cell: number; bundle: MimeBundle }
  /** Takes away what the cell has shown: now, or with `wait` when it shows the next thing. */
  | { type: "clear"; cell: number; wait: boolean }
  /** Help that was asked for, for a front end's pager. */
  | { type: "page"; cell: number; bundle: MimeBundle }
  /** A line of text is wanted; the session waits for it, doing nothing else. */
  | { type: "input"; cell: number; prompt: string }
  | { type: "error"; cell: number; failure: CellFailure }
  | { type: "done"; cell: number; ok: boolean }
  | { type: "answer"; call: number; value: unknown };
