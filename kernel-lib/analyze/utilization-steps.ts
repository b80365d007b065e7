/** A step function: each value holds from its time to the next. */
export interface UtilizationSteps {
  readonly times: Float64Array;
  readonly utils: Float64Array;
}

/** What takes processor time away from the program. */
export interface UtilizationOptions {
  /** Which pauses count: every one (default), those of the garbage collector, or none. */
  stw?: "gc" | "all" | "none";
  /** Background mark workers (default true). */
  background?: boolean;
  /** Mark assists (default true). */
  assist?: boolean;
  /** Sweeping by the program's own goroutines (default false). */
  sweep?: boolean;
}
