import type { OpenInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { readRawTrace } from "../read/trace/read-trace.js";
import { type SumsResult, sumsOfKept, sumsResult } from "../read/trace/sums-result.js";
import {
  cpuSamplesTable,
  labelsTable,
  logsTable,
  metricsTable,
  regionsTable,
  tasksTable,
} from "../table/go-trace/annotations-tables.js";
import { eventsTable } from "../table/go-trace/events-table.js";
import {
  clockSnapshotsTable,
  footprintTable,
  generationsTable,
} from "../table/go-trace/generations-tables.js";
import { goroutineStatesTable } from "../table/go-trace/goroutine-states-table.js";
import {
  GoroutineSummarizer,
  type GoroutineTotals,
  goroutineGroupsTable,
  goroutinesTable,
} from "../table/go-trace/goroutines-tables.js";
import { heapObjectsTable } from "../table/go-trace/heap-objects-table.js";
import { rangesTable } from "../table/go-trace/ranges-table.js";
import { procStatesTable, threadStatesTable } from "../table/go-trace/resource-states-tables.js";
import { framesTable, stacksTable } from "../table/go-trace/stacks-tables.js";
import type { TraceData } from "../table/go-trace/trace-columns.js";
import type { Contents, Summary } from "./format.js";
import type { TraceCapture } from "./trace-capture.js";

/** Reads an opened Go execution trace. */
export async function readTraceContents(
  input: OpenInput,
  options: ReadOptions,
): Promise<Contents<TraceCapture>> {
  const raw = await readRawTrace(input, options);
  const ordered = once((): TraceData => {
    const kept = raw.withEvents();
    return { columns: kept.store.columns, store: kept.store, endNs: kept.endNs };
  });
  const totals = once((): GoroutineTotals => new GoroutineSummarizer(ordered()).run({}));
  const sums = once((): SumsResult => sumsResult(raw.sums ?? sumsOfKept(raw.store), raw.store));
  return {
    version: raw.version,
    findings: raw.findings.all(),
    eventCount: raw.store.total,
    tables: {
      events: () => eventsTable(ordered()),
      goroutineStates: () => goroutineStatesTable(ordered()),
      procStates: () => procStatesTable(ordered()),
      threadStates: () => threadStatesTable(ordered()),
      goroutines: () => goroutinesTable(ordered(), totals()),
      goroutineGroups: () => goroutineGroupsTable(ordered(), totals()),
      ranges: () => rangesTable(ordered()),
      metrics: () => metricsTable(ordered()),
      stacks: () => stacksTable(ordered()),
      frames: () => framesTable(ordered()),
      cpuSamples: () => cpuSamplesTable(ordered()),
      tasks: () => tasksTable(ordered()),
      regions: () => regionsTable(ordered()),
      logs: () => logsTable(ordered()),
      labels: () => labelsTable(ordered()),
      clockSnapshots: () => clockSnapshotsTable(ordered()),
      generations: () => generationsTable(ordered()),
      heapObjects: () => heapObjectsTable(ordered()),
      footprint: () => footprintTable(raw.footprint()),
    },
    members: {
      startNs: raw.startNs,
      spanNs: raw.endNs,
      truncated: raw.truncated,
      get salvagedEvents() {
        return raw.salvagedEvents;
      },
      goroutinesWith: (wanted) => {
        const data = ordered();
        return goroutinesTable(data, new GoroutineSummarizer(data).run(wanted));
      },
    },
    summary: ({ version, source }) => {
      const { events, ...others } = sums();
      const summary: Summary<TraceCapture> = {
        format: "go-trace",
        version,
        bytes: source.bytes,
        events,
        ...others,
      };
      if (raw.damaged) {
        summary.truncated = raw.truncated;
        summary.salvaged_events = raw.salvagedEvents;
      }
      return summary;
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
