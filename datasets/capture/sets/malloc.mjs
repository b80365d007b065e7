export default {
  name: "malloc",
  program: "malloc",
  chapters: ["3.2"],
  about: "An HTTP handler that encodes a map, then a loop that fills maps of 1 KiB values: execution trace with CPU samples, CPU profile, allocation profile, and a trace with allocation events.",
  async capture(kit) {
    for (const go of ["1.21", "1.26"]) {
      const program = kit.build(go, "./malloc");
      const args = ["-out", `go${go}`, "-seconds", "0.4"];
      const { stdout } = await kit.run(program, args);
      const command = `malloc ${args.join(" ")} > go${go}.handlers.csv`;
      kit.write(`go${go}.handlers.csv`, stdout);
      kit.add(`go${go}.handlers.csv`, { role: "handlers", go, command, about: "allocations per request of both handlers, by testing.AllocsPerRun" });
      kit.add(kit.gzip(`go${go}.trace`), { role: "trace", go, command, about: "execution trace with CPU samples, gzipped" });
      kit.add(`go${go}.cpu.pprof`, { role: "cpu", go, command, about: "CPU profile of the same run" });
      kit.add(`go${go}.heap.pprof`, { role: "heap", go, command, about: "allocation profile of the same run, one sample for each 64 KiB" });
    }
    const args = ["-out", "go1.26-allocfree", "-seconds", "0.02"];
    const { rmSync } = await import("node:fs");
    await kit.run(kit.build("1.26", "./malloc"), args, { env: { GODEBUG: "traceallocfree=1" } });
    for (const file of ["cpu.pprof", "heap.pprof"]) rmSync(kit.path(`go1.26-allocfree.${file}`));
    kit.add(kit.gzip("go1.26-allocfree.trace"), { role: "trace-allocfree", go: "1.26", command: `GODEBUG=traceallocfree=1 malloc ${args.join(" ")}`, about: "a short trace with an event for every allocation, gzipped" });
  },
};
