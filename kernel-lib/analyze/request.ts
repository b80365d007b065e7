/** One request: a stretch of a goroutine's life. */
export interface Request {
  request: number;
  type: string;
  /** The goroutine that served it: of a task that one goroutine began and another ended, the latter. */
  g: number;
  /** Of such a task, the goroutine that began it. */
  from_g?: number;
  start_ns: number;
  end_ns: number;
  dur_ns: number;
}
