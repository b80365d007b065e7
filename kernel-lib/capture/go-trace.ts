import { isTrace } from "../read/trace/trace-header.js";
import * as schemas from "../table/go-trace.js";
import type { Format } from "./format.js";
import type { TraceCapture } from "./trace-capture.js";

export const goTrace: Format<TraceCapture> = {
  kind: "go-trace",
  name: "a Go execution trace",
  detect: isTrace,
  searches: true,
  tables: {
    events: schemas.eventsSchema,
    goroutineStates: schemas.goroutineStatesSchema,
    procStates: schemas.procStatesSchema,
    threadStates: schemas.threadStatesSchema,
    goroutines: schemas.goroutinesSchema,
    goroutineGroups: schemas.goroutineGroupsSchema,
    ranges: schemas.rangesSchema,
    metrics: schemas.metricsSchema,
    stacks: schemas.stacksSchema,
    frames: schemas.framesSchema,
    cpuSamples: schemas.cpuSamplesSchema,
    tasks: schemas.tasksSchema,
    regions: schemas.regionsSchema,
    logs: schemas.logsSchema,
    labels: schemas.labelsSchema,
    clockSnapshots: schemas.clockSnapshotsSchema,
    generations: schemas.generationsSchema,
    heapObjects: schemas.heapObjectsSchema,
    footprint: schemas.footprintSchema,
  },
  clock: ["monotonic"],
  window: "generations",
  async read(input, options) {
    input.prefetch();
    const { readTraceContents } = await import("./trace-contents.js");
    return readTraceContents(input, options);
  },
};
