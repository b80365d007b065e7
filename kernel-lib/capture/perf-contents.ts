import type { PerfColumns } from "../read/perf/perf-samples.js";
import { perfSamplesTable } from "../table/perf-tables.js";
import type { MakeTable, OwnTable } from "./format.js";
import type { PerfCapture } from "./perf-capture.js";
import type { ProfileCapture, ProfileTable } from "./profile-capture.js";
import { profileTables, topOf } from "./profile-contents.js";

type Makes = { readonly [K in ProfileTable]: MakeTable<ProfileCapture> | OwnTable<ProfileCapture> };

/** How the tables of a perf recording are made. */
export function perfTables(perf: PerfColumns): Makes & { readonly samples: MakeTable<PerfCapture> } {
  return { ...profileTables(perf), samples: () => perfSamplesTable(perf) };
}

/** The part of a summary that both forms have; `top` is that of the event with the most samples. */
export function perfSummary(
  capture: PerfCapture,
  { events, eventCounts, time, tid, profile, frames }: PerfColumns & { readonly frames: number },
): Record<string, unknown> {
  return {
    format: capture.kind,
    samples: time.length,
    events: Object.fromEntries(events.map((event, i) => [event, eventCounts[i]])),
    threads: new Set(tid).size,
    frames,
    span_ns: time.reduce((max, at) => Math.max(max, at), 0),
    top_event: profile.valueTypes[profile.defaultValue]?.type ?? "",
    top: topOf(capture),
  };
}
