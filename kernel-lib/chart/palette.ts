/**
 * One meaning per colour, in every chart: what is no goroutine state, processor state or range of the runtime takes its
 * colour from {@link categories}. The hues are those of Okabe and Ito, told apart under every common kind
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
  plain: "#7a70e8",
  /** What is compared against: chance, a goal, the version before. */
  reference: "#8a94a6",
} as const;

/**
 * For categories without a meaning of their own: versions, variants, kinds. None has the hue of a state or a range, and
 * all are told apart under every common kind of colour blindness (CIEDE2000 of 14 at least) on white and on black.
 */
export const categories: readonly string[] = [
  "#7a70e8",
  "#a09446",
  "#bb1664",
  "#5d665b",
  "#7b5e29",
  "#7f6b8f",
  "#7a9b8e",
];

/** Fills behind dark text: tints of {@link categories}, and the collector's own colour. */
export const tints: Readonly<Record<"violet" | "olive" | "sage" | "grey" | "mark", string>> = {
  violet: "#a9a3f3",
  olive: "#c4b65c",
  sage: "#93c2b0",
  grey: "#c3c9d2",
  mark: palette.mark,
};

/** What was compared: less than before, the same, more. Two hues that no colour blindness confuses. */
export const change: Readonly<Record<"less" | "same" | "more", string>> = {
  less: categories[0],
  same: palette.reference,
  more: categories[1],
};

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
