// Apart from the formats themselves, so that a command can name the kinds without loading how each is told and read.

/** Every kind of capture there is a reader for, in the order in which inputs are asked whether they are theirs. */
export const kinds = [
  "go-trace",
  "perf-data",
  "prometheus",
  "pprof",
  "go-asm",
  "go-test-json",
  "runtime-metrics",
  "redis",
  "go-escape",
  "callgrind",
  "cachegrind",
  "perf-stat",
  "perf-sched",
  "perf-script",
  "go-bench",
  "hey",
  "operations",
  "godebug",
  "goroutine-dump",
] as const;

/** A kind of capture: `go-trace`, `godebug`, `pprof`, ... */
export type Kind = (typeof kinds)[number];
