/** What one value of every sample measures: `cpu` in `nanoseconds`, `alloc_space` in `bytes`. */
export interface ValueType {
  readonly type: string;
  readonly unit: string;
}

/** Signed 64-bit values: doubles where all are exact (up to 2^53), otherwise a BigInt64Array. */
export type Int64Values = Float64Array | BigInt64Array;

/** A label of a sample; a text label has `num` 0 and `unit` -1, a number label has `text` -1. */
export interface LabelColumns {
  readonly sample: Int32Array;
  /** Codes into `strings`; -1 where there is none. */
  readonly key: Int32Array;
  readonly text: Int32Array;
  readonly num: Int64Values;
  readonly unit: Int32Array;
  readonly strings: readonly string[];
}

/** A file mapped into the profiled process; addresses are hex text such as `0x400000`. */
export interface ProfileMapping {
  readonly id: string;
  readonly start: string;
  readonly limit: string;
  readonly offset: string;
  readonly file: string;
  readonly buildId: string;
  /** Which symbols the writer says it resolved: any of FN, FL, LN, IN, in brackets. */
  readonly has: string;
}

/**
 * A profile as typed columns: samples point to stacks, stacks to frames (leaf first), frames to functions and
 * locations. Every profile format becomes this, so that one analysis serves all of them. Indexes count from 0;
 * -1 means none.
 */
export interface ProfileColumns {
  readonly valueTypes: readonly ValueType[];
  /** Index of the value type that a tool shows unless told otherwise. */
  readonly defaultValue: number;
  /** One column for each value type, one value for each sample. */
  readonly values: readonly Int64Values[];
  readonly sampleStack: Int32Array;
  /** Stack s is `stackFrame[stackStart[s]] .. stackFrame[stackStart[s + 1] - 1]`, the leaf first; one entry more than stacks. */
  readonly stackStart: Uint32Array;
  readonly stackFrame: Uint32Array;
  /** Code into `names` for each frame: the function, or `[binary]`, or `<unknown>`. */
  readonly frameName: Int32Array;
  readonly frameFunction: Int32Array;
  readonly frameLine: Float64Array;
  readonly frameColumn: Float64Array;
  /** 1 when the frame was inlined into the next one of the same location. */
  readonly frameInlined: Uint8Array;
  readonly frameLocation: Int32Array;
  readonly names: readonly string[];
  readonly functions: FunctionColumns;
  readonly locations: LocationColumns;
  readonly mappings: readonly ProfileMapping[];
  readonly labels: LabelColumns;
}

export interface FunctionColumns {
  readonly name: readonly string[];
  readonly systemName: readonly string[];
  readonly file: readonly string[];
  readonly startLine: Float64Array;
}

/** An address, in two halves because kernel addresses exceed 2^53, and the mapping it lies in. */
export interface LocationColumns {
  readonly addressLo: Uint32Array;
  readonly addressHi: Uint32Array;
  readonly mapping: Int32Array;
}

/** Anything that holds a profile: every profile capture does, so analyses take the capture itself. */
export interface HasProfile {
  readonly profile: ProfileColumns;
}

/** A label table with no rows, for formats that have none. */
export function noLabels(): LabelColumns {
  const none = new Int32Array(0);
  return { sample: none, key: none, text: none, num: new Float64Array(0), unit: none, strings: [] };
}
