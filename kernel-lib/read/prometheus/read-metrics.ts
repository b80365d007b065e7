import { Diagnostics } from "../diagnostics.js";
import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { isApiAnswer, isMetricProtobuf } from "./is-prometheus.js";
import type { MetricColumns } from "./metric-columns.js";
import { readApi } from "./read-api.js";
import { readExposition } from "./read-exposition.js";
import { readMetricProtobuf } from "./read-protobuf.js";

/** Reads Prometheus samples in whichever form they are. */
export async function readMetrics(
  input: OpenInput,
  options: ReadOptions = {},
): Promise<{ columns: MetricColumns; diagnostics: Diagnostics }> {
  const diagnostics = new Diagnostics();
  const { head } = input;
  if (isMetricProtobuf(head)) {
    return { columns: readMetricProtobuf(await input.bytes(), diagnostics), diagnostics };
  }
  const isApi = isApiAnswer(new TextDecoder().decode(head.subarray(0, 256)));
  const columns = isApi
    ? readApi(await input.bytes(), diagnostics, options)
    : await readExposition(input, options);
  return { columns, diagnostics };
}
