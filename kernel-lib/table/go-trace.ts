/** The tables of a Go execution trace; terms are those of golang.org/x/exp/trace. */
import { column, type TableSchema } from "./schema.js";

const ns = { unit: "ns" };
const none = { missing: "none" };
const stackId = (doc: string) => column("stack_id", "int32", doc, { missing: "no stack" });
const gColumn = (doc = "goroutine id") => column("g", "float64", doc, { missing: "none" });

export const eventsSchema: TableSchema = {
  name: "events",
  doc: "Every event in order, as golang.org/x/exp/trace returns them.",
  columns: [
    column("time_ns", "float64", "when, from the capture's first event", ns),
    column("kind", "string", "StateTransition, RangeBegin, Metric, ..."),
    column("m", "float64", "thread in whose context it happened", none),
    column("p", "int32", "processor in the context before the event", none),
    gColumn("goroutine in the context before the event"),
    stackId("the event's own stack"),
    column("resource", "string", "what it is about: Goroutine, Proc, Task", { missing: "nothing" }),
    column("resource_id", "float64", "id of that goroutine, processor or task", { missing: "nothing" }),
    column("from", "string", "state before a transition", { missing: "not a transition" }),
    column("to", "string", "state after a transition", { missing: "not a transition" }),
    column("reason", "string", "why a goroutine stopped or blocked", { missing: "not given" }),
    column(
      "name",
      "string",
      "name of the range, metric, label, task, region, log category or experimental event",
      {
        missing: "has none",
      },
    ),
    column("value", "float64", "metric's value, Sync's number, bytes swept, first argument", {
      missing: "has none",
    }),
    column("value2", "float64", "bytes reclaimed, parent task, second argument", { missing: "has none" }),
    column("value3", "float64", "third argument of an experimental event", { missing: "has none" }),
    column("message", "string", "a log's message", { missing: "not a log" }),
    column("transition_stack_id", "int32", "stack of the goroutine that changes state", {
      missing: "no stack",
    }),
  ],
};

export const goroutineStatesSchema: TableSchema = {
  name: "goroutine_states",
  doc: "Intervals of goroutines' states; a goroutine's intervals follow each other without gap or overlap.",
  columns: [
    gColumn(),
    column("state", "string", "Runnable, Running, Waiting or Syscall"),
    column("start_ns", "float64", "when it entered the state, or was first seen in it", ns),
    column("end_ns", "float64", "when it left the state, or the last event's time", ns),
    column("dur_ns", "float64", "end less start", ns),
    column("reason", "string", "why it stopped or blocked, where the trace says", { missing: "not given" }),
    stackId("its stack when it entered the state"),
    column("m", "float64", "thread it was on", { missing: "not on a thread" }),
    column("p", "int32", "processor it ran on", { missing: "not on a processor" }),
    column("end_by_g", "float64", "goroutine whose action ended the interval (who unblocked it)", {
      missing: "ended by itself, by the runtime, or not seen",
    }),
    column("end_stack_id", "int32", "stack of the event that ended the interval", { missing: "no stack" }),
    column("left_censored", "boolean", "it was in the state before it was first seen"),
    column("right_censored", "boolean", "the capture ended first"),
  ],
};

export const procStatesSchema: TableSchema = {
  name: "proc_states",
  doc: "Intervals of processors' states.",
  columns: [
    column("p", "int32", "processor id"),
    column("state", "string", "Running or Idle"),
    column("start_ns", "float64", "when it entered the state, or was first seen in it", ns),
    column("end_ns", "float64", "when it left the state, or the last event's time", ns),
    column("dur_ns", "float64", "end less start", ns),
    column("m", "float64", "thread that ran it", { missing: "idle, or not known" }),
    column("left_censored", "boolean", "it was in the state before it was first seen"),
    column("right_censored", "boolean", "the capture ended first"),
  ],
};

export const threadStatesSchema: TableSchema = {
  name: "thread_states",
  doc: "What threads had in hand: intervals during which a thread held the same processor and goroutine.",
  columns: [
    column("m", "float64", "thread id"),
    column("state", "string", "Running, Syscall, Scheduling (a processor and no goroutine) or Idle"),
    column("start_ns", "float64", "start", ns),
    column("end_ns", "float64", "end", ns),
    column("dur_ns", "float64", "end less start", ns),
    column("p", "int32", "processor it held", none),
    gColumn("goroutine it held"),
    column("left_censored", "boolean", "it was so before it was first seen"),
    column("right_censored", "boolean", "the capture ended first"),
  ],
};

export const goroutinesSchema: TableSchema = {
  name: "goroutines",
  doc: "Goroutines with any state transition, and the time they spent in each state; a row for each life of an id, which callbacks from C threads use again.",
  columns: [
    gColumn(),
    column("parent_g", "float64", "goroutine that created it", { missing: "its creation was not seen" }),
    column("name", "string", "entry function", { missing: "no stack of it was recorded" }),
    column("created_ns", "float64", "when it was created, or first seen", ns),
    column("ended_ns", "float64", "when it ended", { unit: "ns", missing: "did not end in the capture" }),
    column("running_ns", "float64", "time Running", ns),
    column("runnable_ns", "float64", "time Runnable", ns),
    column("waiting_ns", "float64", "time Waiting", ns),
    column("syscall_ns", "float64", "time Syscall", ns),
  ],
};

export const goroutineGroupsSchema: TableSchema = {
  name: "goroutine_groups",
  doc: "Goroutines by entry function.",
  columns: [
    column("name", "string", "entry function", { missing: "not recorded" }),
    column("count", "int32", "goroutines", { unit: "count" }),
    column("running_ns", "float64", "time Running of all of them", ns),
    column("runnable_ns", "float64", "time Runnable", ns),
    column("waiting_ns", "float64", "time Waiting", ns),
    column("syscall_ns", "float64", "time Syscall", ns),
    column("waiting_ns_by_reason", "json", "time Waiting by reason", ns),
  ],
};

export const rangesSchema: TableSchema = {
  name: "ranges",
  doc: "Stop-the-world, concurrent mark, mark assist and sweep, from begin to end.",
  columns: [
    column(
      "name",
      "string",
      "stop-the-world (REASON), GC concurrent mark phase, GC mark assist, GC incremental sweep",
    ),
    column("scope", "string", "Goroutine, Proc, or Global"),
    column("scope_id", "float64", "id of that goroutine or processor", { missing: "global" }),
    column("start_ns", "float64", "when it began, or was first seen active", ns),
    column("end_ns", "float64", "when it ended, or the last event's time", ns),
    column("dur_ns", "float64", "end less start", ns),
    stackId("stack of the event that began it"),
    column("swept_bytes", "float64", "bytes swept", { unit: "bytes", missing: "not a sweep" }),
    column("reclaimed_bytes", "float64", "bytes reclaimed", { unit: "bytes", missing: "not a sweep" }),
    column("left_censored", "boolean", "active before it was first seen"),
    column("right_censored", "boolean", "the capture ended first"),
  ],
};

export const metricsSchema: TableSchema = {
  name: "metrics",
  doc: "Values of the runtime's metrics over time.",
  columns: [
    column("name", "string", "name as in runtime/metrics, with its unit"),
    column("time_ns", "float64", "when", ns),
    column("value", "float64", "value in the unit of its name"),
  ],
};

export const stacksSchema: TableSchema = {
  name: "stacks",
  doc: "Stacks of the whole capture; equal ones share an id, which is also their row.",
  columns: [
    column("stack_id", "int32", "id"),
    column("depth", "int32", "frames", { unit: "count" }),
    column("leaf", "string", "innermost function", { missing: "empty stack" }),
    column("root", "string", "outermost function: a goroutine's entry", { missing: "empty stack" }),
  ],
};

export const framesSchema: TableSchema = {
  name: "frames",
  doc: "Frames of each stack, innermost first.",
  columns: [
    column("stack_id", "int32", "stack"),
    column("depth", "int32", "0 is the innermost"),
    column("pc", "string", "program counter, hexadecimal"),
    column("func", "string", "function"),
    column("file", "string", "source file"),
    column("line", "float64", "line in it"),
  ],
};

export const cpuSamplesSchema: TableSchema = {
  name: "cpu_samples",
  doc: "CPU profile samples taken while tracing.",
  columns: [
    column("time_ns", "float64", "when", ns),
    column("m", "float64", "thread", none),
    column("p", "int32", "processor", none),
    gColumn("goroutine"),
    stackId("stack"),
  ],
};

export const tasksSchema: TableSchema = {
  name: "tasks",
  doc: "User tasks (runtime/trace.NewTask), also those whose begin or end lies outside the capture.",
  columns: [
    column("task", "float64", "task id"),
    column("parent", "float64", "task it belongs to", { missing: "none, or its begin was not seen" }),
    column("type", "string", "task type", { missing: "its begin was not seen" }),
    column("start_ns", "float64", "begin", { unit: "ns", missing: "not seen" }),
    column("end_ns", "float64", "end", { unit: "ns", missing: "not seen" }),
    column("dur_ns", "float64", "end less start", { unit: "ns", missing: "one of them was not seen" }),
    gColumn("goroutine that began it"),
    stackId("stack of its begin"),
    column("end_g", "float64", "goroutine that ended it", { missing: "its end was not seen" }),
  ],
};

export const regionsSchema: TableSchema = {
  name: "regions",
  doc: "User regions (runtime/trace.StartRegion), also those whose begin or end lies outside the capture.",
  columns: [
    column("task", "float64", "task it belongs to; 0 is the background task"),
    column("type", "string", "region type"),
    gColumn("goroutine that began it, or that ended it where the begin was not seen"),
    column("start_ns", "float64", "begin", { unit: "ns", missing: "not seen" }),
    column("end_ns", "float64", "end", { unit: "ns", missing: "not seen" }),
    column("dur_ns", "float64", "end less start", { unit: "ns", missing: "one of them was not seen" }),
    stackId("stack of its begin, or of its end where the begin was not seen"),
    column("end_g", "float64", "goroutine that ended it", { missing: "its end was not seen" }),
  ],
};

export const logsSchema: TableSchema = {
  name: "logs",
  doc: "User log messages (runtime/trace.Log).",
  columns: [
    column("time_ns", "float64", "when", ns),
    column("task", "float64", "task it belongs to; 0 is the background task"),
    gColumn("goroutine that logged"),
    column("category", "string", "category"),
    column("message", "string", "message"),
    stackId("stack"),
  ],
};

export const labelsSchema: TableSchema = {
  name: "labels",
  doc: "Labels that the runtime gives goroutines, such as the kind of a GC worker.",
  columns: [
    column("time_ns", "float64", "when", ns),
    gColumn("goroutine labelled"),
    column("label", "string", "label"),
  ],
};

export const clockSnapshotsSchema: TableSchema = {
  name: "clock_snapshots",
  doc: "Moments at which the trace's, the monotonic and the wall clock were read together (Go 1.25 and later).",
  columns: [
    column("generation", "float64", "generation it opens"),
    column("time_ns", "float64", "the trace's clock, from the capture's start", ns),
    column("mono_ns", "bigint", "the operating system's monotonic clock", ns),
    column("wall_ns", "bigint", "wall clock since 1970", ns),
  ],
};

export const generationsSchema: TableSchema = {
  name: "generations",
  doc: "The self-contained parts a trace is made of, about one a second.",
  columns: [
    column("generation", "float64", "number in the file"),
    column("start_ns", "float64", "time of its Sync event", ns),
    column("end_ns", "float64", "time of its last event", ns),
    column("events", "float64", "events", { unit: "count" }),
    column("batches", "int32", "batches", { unit: "count" }),
    column("bytes", "float64", "size in the file", { unit: "bytes" }),
    column("ticks_per_second", "float64", "frequency of its clock", { unit: "1/s" }),
    column("complete", "boolean", "false when its end is missing"),
  ],
};

export const heapObjectsSchema: TableSchema = {
  name: "heap_objects",
  doc: "Heap objects, spans and goroutine stacks from their allocation to their end (GODEBUG=traceallocfree=1).",
  columns: [
    column("what", "string", "object, span or stack"),
    column("address", "string", "address, hexadecimal"),
    column("type", "string", "Go type of an object, or the class of a span", { missing: "not known" }),
    column("bytes", "float64", "size", { unit: "bytes", missing: "not known" }),
    column("start_ns", "float64", "when it was allocated", { unit: "ns", missing: "it was there already" }),
    column("end_ns", "float64", "when it was freed", { unit: "ns", missing: "it was there to the end" }),
    gColumn("goroutine that allocated it"),
    column("m", "float64", "thread it was allocated on", none),
    column("p", "int32", "processor it was allocated on", none),
  ],
};

export const footprintSchema: TableSchema = {
  name: "footprint",
  doc: "What makes the trace file large: bytes by kind of event as it stands in the file, as go tool trace -d=footprint; they sum to the file's.",
  columns: [
    column("event", "string", "kind of event, or (header), (padding), (unreadable)"),
    column("bytes", "float64", "size in the file", { unit: "bytes" }),
    column("bytes_share", "float64", "of the file, unpacked", { unit: "ratio" }),
    column("count", "float64", "events", { unit: "count" }),
    column("count_share", "float64", "of all events", { unit: "ratio" }),
  ],
};

/** All of them, in the order in which they are listed. */
export const goTraceSchemas: readonly TableSchema[] = [
  eventsSchema,
  goroutineStatesSchema,
  procStatesSchema,
  threadStatesSchema,
  goroutinesSchema,
  goroutineGroupsSchema,
  rangesSchema,
  metricsSchema,
  stacksSchema,
  framesSchema,
  cpuSamplesSchema,
  tasksSchema,
  regionsSchema,
  logsSchema,
  labelsSchema,
  clockSnapshotsSchema,
  generationsSchema,
  heapObjectsSchema,
  footprintSchema,
];
