import type { Completions } from "../session/messages.js";

/** What the language service knows of a place: a signature, and what is written about it. */
export interface Described {
  signature: string;
  docs: string;
}

/** A type error in a cell; line and column from 1. */
export interface TypeNote {
  line: number;
  column: number;
  length: number;
  message: string;
  code: number;
  /** The name that TypeScript does not find, where that is the error. */
  missing?: string;
}

/** What the language service's process is asked. */
export type LanguageRequest =
  | { type: "start"; cwd: string; strict: boolean }
  | { type: "cell"; number: number; code: string }
  | { type: "complete" | "inspect"; call: number; code: string; offset: number }
  | { type: "check"; call: number; code: string }
  | { type: "checkCell"; call: number; number: number; code: string };

/** What it answers. */
export interface LanguageAnswer {
  call: number;
  value: Completions | Described | TypeNote[] | null;
}
