import { isCachegrind } from "../read/cachegrind/is-cost-file.js";
import { functionCostsSchema } from "../table/cost-file.js";
import { samplesSchema } from "../table/profile.js";
import { placedUnparsedSchema } from "../table/unparsed.js";
import type { CachegrindCapture } from "./cost-capture.js";
import type { Format } from "./format.js";
import { profileSchemas } from "./profile-capture.js";

export const cachegrind: Format<CachegrindCapture> = {
  kind: "cachegrind",
  name: "an out file of cachegrind",
  detect: isCachegrind,
  tables: {
    ...profileSchemas,
    samples: samplesSchema({ valueTypes: [], values: [] }),
    functionCosts: functionCostsSchema([], false),
    unparsed: placedUnparsedSchema,
  },
  clock: [],
  window: "none",
  async read(input, options) {
    const { costContents, readCosts } = await import("./cost-contents.js");
    const read = await readCosts(input, options);
    return costContents(read);
  },
};
