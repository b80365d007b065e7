import { type Verdict, type VerdictInput, verdict } from "./verdict.js";

/** What somebody claims, with how it can be tested. */
export interface Claim {
  /** Its number or name in its list: `17`, `"cache-slow"`. */
  readonly id: number | string;
  /** The section of the text it stands in, where there is one. */
  readonly chapter?: string;
  /** What is claimed, in one sentence with its figure. */
  readonly says: string;
  /** How it can be tested. */
  readonly test?: string;
  /** The dataset, or datasets, that a test needs. */
  readonly dataset?: string;
}

/** A list of claims, as notebooks/claims.json holds one: with a title of what they belong to, or the list alone. */
export type ClaimList = readonly Claim[] | { readonly title?: string; readonly claims: readonly Claim[] };

/** A list of claims to be judged. */
export interface Claims {
  /** What the claims belong to: the title of the contents page. */
  readonly title: string | undefined;
  readonly list: readonly Claim[];
  /** The claim of an id; undefined where the list has none. */
  find(id: number | string): Claim | undefined;
  /**
   * The verdict on a claim of the list, by its id.
   *
   * @throws RangeError for an id that the list does not have, or a verdict that lacks what it needs
   */
  verdict(id: number | string, input: VerdictInput): Verdict;
}

/**
 * Claims to be judged: anybody's, such as the sentences of one's own postmortem. Ids are numbers or texts, 1 and "1"
 * are the same. What cells show with `verdict(id, ...)` goes to the ledger.
 *
 * @throws RangeError for a list that is none: no id, no sentence, an id twice
 * @example
 * const { verdict } = claimsOf([{ id: "cache-slow", says: "The cache took 12 ms at the 99th percentile" }]);
 * verdict("cache-slow", { verdict: "holds", measured: { value: "12.3 ms" }, reading: "It did, all afternoon." });
 */
export function claimsOf(claims: ClaimList): Claims {
  const { title, claims: list } =
    "claims" in claims ? claims : { title: undefined, claims: claims as readonly Claim[] };
  const byId = new Map<string, Claim>();
  if (!Array.isArray(list)) throw new RangeError("a list of claims is an array of { id, says }");
  for (const [at, claim] of list.entries()) {
    const { id, says } = (claim ?? {}) as Partial<Claim>;
    if ((typeof id !== "number" && typeof id !== "string") || id === "")
      throw new RangeError(`claim ${at + 1} of the list has no id; give it a number or a name`);
    if (typeof says !== "string" || says === "")
      throw new RangeError(`claim ${id} does not say anything; give it a sentence under "says"`);
    if (byId.has(String(id))) throw new RangeError(`claim ${id} is twice in the list; ids are unique`);
    byId.set(String(id), claim);
  }
  const find = (id: number | string): Claim | undefined => byId.get(String(id));
  return {
    title,
    list,
    find,
    verdict: (id, input) => {
      const claim = find(id);
      if (!claim) throw new RangeError(`there is no claim ${id}; the list has ${idsOf(list)}`);
      return verdict(claim.id, { ...input, says: claim.says, chapter: claim.chapter });
    },
  };
}

/** `1 to 60`, or the first few names. */
function idsOf(list: readonly Claim[]): string {
  const ids = list.map(({ id }) => id);
  if (ids.length === 0) return "none";
  if (ids.every((id, at) => typeof id === "number" && (at === 0 || id === Number(ids[at - 1]) + 1)))
    return ids.length === 1 ? `${ids[0]}` : `${ids[0]} to ${ids.at(-1)}`;
  const first = ids.slice(0, 8).join(", ");
  return ids.length > 8 ? `${first} and ${ids.length - 8} more` : first;
}
