/**
 * One meaning per colour, in every chart. The hues are those of Okabe and Ito, told apart under every common kind
 * of colour blindness, at a lightness that stands out on white as well as on black.
 */
export const palette = {
  Running: "#009e73",
  Runnable: "#e69f00",
  /** Transparent: waiting is what goroutines do most, and must not drown what they do else. */
  Waiting: "#8a94a64d",
  Syscall: "#0072b2",
  /** A processor looking for work, or running the runtime's own. */
  Scheduling: "#c2a878",
  /** The world stopped. */
  STW: "#d55e00",
  /** Concurrent marking, and the mutator's share of it (assists). */
  mark: "#cc79a7",
  sweep: "#56b4e9",
  /** A single-threaded server busy with one long command. */
  busy: "#9a7b4f",
  /** Data without a meaning of its own here. */
  plain: "#5b7fb5",
  /** What is compared against: chance, a goal, the version before. */
  reference: "#8a94a6",
} as const;

/** For categories without a meaning of their own: versions, variants, kinds. */
export const categories: readonly string[] = [
  "#5b7fb5",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#d55e00",
  "#56b4e9",
  "#9a7b4f",
  "#8a94a6",
];

/**
 * Text and lines that read on a white page and on a black one: a front end does not say which it draws on, so text has the
 * lightness whose contrast with white and with the #111 of dark front ends is 4.3 (WCAG 2), the most that one colour has with
 * both.
 */
export const ink = { text: "#747a83", strong: "#747a83", line: "#8a94a6" } as const;

const stateOrder = ["Running", "Runnable", "Syscall", "Scheduling", "Waiting"] as const;

/** The states that occur, in their fixed order, with their colours: a scale's domain and range. */
export function stateScale(states: Iterable<string>): { domain: string[]; range: string[] } {
  const seen = new Set(states);
  const domain: string[] = stateOrder.filter((state) => seen.has(state));
  return { domain, range: domain.map((state) => palette[state as (typeof stateOrder)[number]]) };
}
