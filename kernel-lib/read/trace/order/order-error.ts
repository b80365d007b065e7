import type { CaptureError } from "../../../bytes/capture-error.js";

/** Ordering cannot go on; says how many events Go's reader would have returned. */
export class OrderError extends Error {
  readonly captureError: CaptureError;
  readonly upstreamTotal: number;

  constructor(captureError: CaptureError, upstreamTotal: number) {
    super(captureError.message);
    this.captureError = captureError;
    this.upstreamTotal = upstreamTotal;
  }
}
