import type { CellFailure } from "./cell-failure.js";

/** A bundle of one thing in several media types, as it goes into an output. */
export type MimeBundle = Record<string, unknown>;

/** What a session is asked to do. */
export type SessionRequest =
  | { type: "start"; cwd: string }
  | { type: "execute"; cell: number; code: string; silent: boolean }
  | { type: "shutdown" };

/** What a session says; all of it belongs to the cell it names, also when it comes late. */
export type SessionEvent =
  | { type: "ready" }
  | { type: "stream"; cell: number; name: "stdout" | "stderr"; text: string }
  | { type: "display"; cell: number; bundle: MimeBundle; displayId?: string; update?: boolean }
  | { type: "result"; cell: number; bundle: MimeBundle }
  | { type: "error"; cell: number; failure: CellFailure }
  | { type: "done"; cell: number; ok: boolean };
