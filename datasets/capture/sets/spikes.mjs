import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { quantile } from "../kit.mjs";

const args = ["-writers", "2", "-rate", "5000", "-seconds", "12", "-garbage-mb", "600"];

export default {
  name: "spikes",
  program: "spikes",
  chapters: ["3.3"],
  about:
    "Two open-loop writers of 1 KiB array values into maps of their own, 5000 writes a second each, beside request handling that keeps the collector busy: every write's times, the execution trace, and the gctrace log.",
  selection: "of three runs on each release, the one whose P99 of requests is the median",
  async capture(kit) {
    for (const go of ["1.26", "1.23", "1.21"]) {
      const program = kit.build(go, "./spikes");
      const runs = [];
      for (let run = 0; run < 3; run++) {
        const base = join(kit.work, `${go}-${run}`);
        await kit.run(program, [...args, "-trace", `${base}.trace`, "-operations", `${base}.csv.gz`], {
          env: { GODEBUG: "gctrace=1" },
          stderr: `${base}.log`,
          realtime: true,
        });
        runs.push({ base, p99: requestP99(`${base}.csv.gz`) });
      }
      runs.sort((a, b) => a.p99 - b.p99);
      const { base } = runs[1];
      const command = `GODEBUG=gctrace=1 spikes ${args.join(" ")} -trace go${go}.trace -operations go${go}.operations.csv.gz 2> go${go}.gctrace.log`;
      const roles = [
        ["trace", `go${go}.trace`, "execution trace of the whole run"],
        ["csv.gz", `go${go}.operations.csv.gz`, "every write, on the monotonic clock of the trace"],
        ["log", `go${go}.gctrace.log`, "the collector's own log of the same run"],
      ];
      for (const [ending, file, about] of roles) {
        copyFileSync(`${base}.${ending}`, kit.path(file));
        // The older format packs well, and what Go's own tools are shown on is the newer one.
        const kept = ending === "trace" && go === "1.21" ? kit.gzip(file) : file;
        kit.add(kept, { role: { trace: "trace", "csv.gz": "operations", log: "gctrace" }[ending], go, command, about });
      }
    }
  },
};

function requestP99(path) {
  const lines = gunzipSync(readFileSync(path)).toString().split("\n");
  const waits = lines.filter((line) => line.endsWith(",request")).map((line) => Number(line.split(",")[1]));
  return quantile(waits, 0.99);
}
