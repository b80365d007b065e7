const args = ["-writers", "2", "-rate", "2000", "-seconds", "3", "-garbage-mb", "300"];

export default {
  name: "spikes-short",
  program: "spikes",
  chapters: ["templates"],
  about: "Three seconds of the writers of the set spikes at a lower rate, for the templates to start from: every write's times, the execution trace, and the gctrace log.",
  async capture(kit) {
    const go = "1.26";
    const names = { trace: `go${go}.trace`, operations: `go${go}.operations.csv.gz`, gctrace: `go${go}.gctrace.log` };
    const program = kit.build(go, "./spikes");
    await kit.run(program, [...args, "-trace", names.trace, "-operations", names.operations], {
      env: { GODEBUG: "gctrace=1" },
      stderr: kit.path(names.gctrace),
      realtime: true,
    });
    const command = `GODEBUG=gctrace=1 spikes ${args.join(" ")} -trace ${names.trace} -operations ${names.operations} 2> ${names.gctrace}`;
    kit.add(names.trace, { role: "trace", go, command, about: "execution trace of the whole run" });
    kit.add(names.operations, { role: "operations", go, command, about: "every write, on the monotonic clock of the trace" });
    kit.add(names.gctrace, { role: "gctrace", go, command, about: "the collector's own log of the same run" });
  },
};
