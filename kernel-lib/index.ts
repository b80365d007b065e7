export { CaptureError } from "./bytes/capture-error.js";
export { Capture } from "./capture/capture.js";
export { type LoadOptions, load } from "./capture/load.js";
export { type Kind, kinds } from "./read/detect.js";
export type { Input } from "./read/open-input.js";
export type { ReadOptions } from "./read/read-options.js";
export { schemaOf } from "./table/build-table.js";
export type { ColumnSchema, TableSchema } from "./table/schema.js";
