import { UsageError } from "../usage-error.js";

/** One thing that is asked of a service. */
export interface Planned {
  /** Its name on the command line and in messages: `trace`, `heap`. */
  readonly name: string;
  readonly url: URL;
  readonly file: string;
  /** What it is among the files of a capture. */
  readonly role: string;
  /** What its first bytes must be of. */
  readonly content: "trace" | "profile" | "text";
  /** How long the service takes before it answers whole, in ns. */
  readonly takesNs: number;
}

/** What the command line asked for. */
export interface CaptureRequest {
  trace?: number;
  cpu?: number;
  heap?: boolean;
  goroutine?: boolean;
  mutex?: boolean;
  block?: boolean;
  leak?: boolean;
  metrics?: string;
}

// Paths of net/http/pprof. A goroutine profile in its compact form hardly stops the world; the text form would.
const snapshots = [
  { name: "heap", path: "heap", file: "heap.pprof" },
  { name: "goroutine", path: "goroutine", file: "goroutine.pprof" },
  { name: "mutex", path: "mutex", file: "mutex.pprof" },
  { name: "block", path: "block", file: "block.pprof" },
  { name: "leak", path: "goroutineleak", file: "goroutineleak.pprof" },
] as const;

/**
 * What to ask of a service; without a wish all that does no harm: five seconds of trace with CPU samples in it, and the
 * profiles that are there anyway. The CPU profile runs beside the trace, so that the trace has its samples too.
 */
export function planned(service: URL, request: CaptureRequest): Planned[] {
  const asked = (Object.keys(request) as (keyof CaptureRequest)[]).filter(
    (name) => request[name] !== undefined,
  );
  const wanted: CaptureRequest = asked.some((name) => name !== "metrics")
    ? request
    : { ...request, trace: 5e9, cpu: 5e9, heap: true, goroutine: true, mutex: true, block: true };
  const plan: Planned[] = [];
  const timed = (name: "trace" | "cpu", path: string, file: string): void => {
    const takesNs = wanted[name];
    if (takesNs === undefined) return;
    const url = profileUrl(service, path);
    // net/http/pprof takes fractions for a trace, whole seconds for a CPU profile.
    const seconds = name === "trace" ? takesNs / 1e9 : Math.ceil(takesNs / 1e9);
    url.searchParams.set("seconds", String(seconds));
    const content = name === "trace" ? "trace" : "profile";
    plan.push({ name, url, file, role: name, content, takesNs: seconds * 1e9 });
  };
  timed("trace", "trace", "go.trace");
  timed("cpu", "profile", "cpu.pprof");
  for (const { name, path, file } of snapshots) {
    if (wanted[name]) {
      plan.push({ name, url: profileUrl(service, path), file, role: name, content: "profile", takesNs: 0 });
    }
  }
  if (wanted.metrics !== undefined) {
    const url = metricsUrl(service, wanted.metrics);
    plan.push({ name: "metrics", url, file: "metrics.prom", role: "metrics", content: "text", takesNs: 0 });
  }
  return plan;
}

/** The address of a profile: `http://host:6060` and `http://host:6060/debug/pprof/` are the same service. */
export function profileUrl(service: URL, path: string): URL {
  const url = new URL(service);
  const folder = url.pathname.replace(/\/+$/, "");
  url.pathname = `${folder.endsWith("/debug/pprof") ? folder : `${folder}/debug/pprof`}/${path}`;
  url.search = "";
  url.hash = "";
  return url;
}

/** The service's address from the command line: `localhost:6060` is meant as http. */
export function serviceUrl(text: string): URL {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`);
  if (!url || url.hostname === "") {
    throw new UsageError(`${JSON.stringify(text)} is no address of a service; write http://host:6060`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(
      "the address has a password in it, which shells and logs keep; put it into TRACEBOOK_AUTHORIZATION",
    );
  }
  return url;
}

function metricsUrl(service: URL, text: string): URL {
  const url = URL.parse(text, service.href);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `--metrics ${JSON.stringify(text)} is no address; write /metrics or http://host:9100/metrics`,
    );
  }
  return url;
}
