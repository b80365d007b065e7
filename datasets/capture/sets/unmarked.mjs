import { join } from "node:path";

const args = ["-symbols", "2000", "-rate", "300", "-seconds", "3"];

export default {
  name: "unmarked",
  program: "quotes",
  chapters: ["training"],
  about:
    "A service of prices under a steady load: every request's times, the execution trace, and the gctrace log. Most requests take well under a millisecond, some take tens. What holds them up is for the reader to find.",
  async capture(kit) {
    const go = "1.26";
    const program = kit.build(go, "./quotes");
    const names = { trace: `go${go}.trace`, operations: `go${go}.operations.csv.gz`, gctrace: `go${go}.gctrace.log` };
    await kit.run(program, [...args, "-trace", names.trace, "-operations", names.operations], {
      env: { GODEBUG: "gctrace=1", GOMAXPROCS: "4" },
      stderr: join(kit.out, names.gctrace),
    });
    const command = `GODEBUG=gctrace=1 GOMAXPROCS=4 quotes ${args.join(" ")} -trace ${names.trace} -operations ${names.operations} 2> ${names.gctrace}`;
    kit.add(names.trace, { role: "trace", go, command, about: "execution trace of three seconds" });
    kit.add(names.operations, { role: "operations", go, command, about: "every request in the service, on the monotonic clock of the trace" });
    kit.add(names.gctrace, { role: "gctrace", go, command, about: "the collector's own log of the same run" });
  },
};
