import { isCallgrind } from "../read/cachegrind/is-cost-file.js";
import { costCallsSchema, functionCostsSchema } from "../table/cost-file.js";
import { samplesSchema } from "../table/profile.js";
import { placedUnparsedSchema } from "../table/unparsed.js";
import type { CallgrindCapture } from "./cost-capture.js";
import type { Format } from "./format.js";
import { profileSchemas } from "./profile-capture.js";

export const callgrind: Format<CallgrindCapture> = {
  kind: "callgrind",
  name: "an out file of callgrind",
  detect: isCallgrind,
  tables: {
    ...profileSchemas,
    samples: samplesSchema({ valueTypes: [], values: [] }),
    functionCosts: functionCostsSchema([], true),
    calls: costCallsSchema([]),
    unparsed: placedUnparsedSchema,
  },
  clock: [],
  window: "none",
  async read(input, options) {
    const { callContents, readCosts } = await import("./cost-contents.js");
    const read = await readCosts(input, options);
    return callContents(read);
  },
};
