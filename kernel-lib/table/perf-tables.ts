import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../bytes/dictionary.js";
import type { PerfColumns } from "../read/perf/perf-samples.js";
import { buildTable } from "./build-table.js";
import { perfSamplesSchema } from "./perf.js";
import { leafColumn, rowNumbers } from "./profile-tables.js";

/** The samples of a perf recording; see {@link perfSamplesSchema}. */
export function perfSamplesTable(perf: PerfColumns): ColumnTable {
  return buildTable(perfSamplesSchema, {
    sample_id: rowNumbers(perf.time.length),
    time_ns: perf.time,
    event: dictionaryColumn(perf.event, perf.events),
    comm: dictionaryColumn(perf.comm, perf.comms),
    pid: perf.pid,
    tid: perf.tid,
    cpu: perf.cpu,
    period: perf.period,
    stack_id: perf.profile.sampleStack,
    leaf: leafColumn(perf.profile, perf.profile.sampleStack),
    detail: [...perf.detail],
  });
}
