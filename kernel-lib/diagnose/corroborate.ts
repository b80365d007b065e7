import type { Capture } from "../capture/capture.js";
import type { Finding } from "./diagnosis.js";

/** Findings with what other captures say to them. */
export function corroborated(findings: readonly Finding[], others: readonly Capture[]): Finding[] {
  return others.length === 0 ? [...findings] : [...findings];
}
