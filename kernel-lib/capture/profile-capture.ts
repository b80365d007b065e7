import type { HasProfile } from "../read/profile/profile-columns.js";
import { framesSchema, functionsSchema, stacksSchema } from "../table/profile.js";
import type { TableSchema } from "../table/schema.js";
import type { Capture } from "./capture.js";
import type { Tables } from "./format.js";

/** What every capture that is a profile has: its profile, and the tables that {@link ProfileTable} names. */
export interface ProfileCapture<K extends string = string>
  extends Capture<K>,
    HasProfile,
    Tables<ProfileTable> {}

/** Tables that are made in one way of all profiles; the top functions and the call tree are analyses. */
export type ProfileTable = "stacks" | "frames" | "functions" | "topFunctions" | "callTree";

/** The tables of {@link ProfileTable} for a format. */
export const profileSchemas: Readonly<Record<ProfileTable, TableSchema | string>> = {
  stacks: stacksSchema,
  frames: framesSchema,
  functions: functionsSchema,
  topFunctions: "top_functions",
  callTree: "call_tree",
};

/** One row of a summary's `top`. */
export interface TopFunction {
  function: string;
  flat: number;
  cum: number;
}
