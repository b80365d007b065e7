/** What a comparison says: the same few words everywhere. */
export type Verdict = "higher" | "lower" | "no difference seen" | "cannot tell";

/** What {@link coincidence} says. */
export type CoincidenceVerdict = "more than chance" | "within chance" | "cannot tell";
