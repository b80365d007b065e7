export default {
  name: "map-bench",
  program: ["mapbench", "maptail"],
  chapters: ["2.5"],
  about: "Map of values, map of pointers and sync.Map on 10000 keys of 1 KiB: go test benchmarks, the latency tail, the heap held, and an unlocked map of pointers used from two goroutines.",
  async capture(kit) {
    for (const go of ["1.21", "1.26"]) {
      const args = ["test", "-run=^$", "-bench=.", "-benchtime=200ms", "-count=10", "./mapbench"];
      const { stdout, stderr, status } = kit.go(go, args);
      if (status !== 0) throw new Error(stderr + stdout);
      kit.write(`go${go}.bench.txt`, stdout);
      kit.add(`go${go}.bench.txt`, { role: "bench", go, command: `go ${args.join(" ")} > go${go}.bench.txt`, about: "ten runs of each map" });
      const program = kit.build(go, "./maptail");
      const tail = await kit.run(program, [], { realtime: true });
      kit.write(`go${go}.tail.csv`, tail.stdout);
      kit.add(`go${go}.tail.csv`, { role: "tail", go, command: `maptail > go${go}.tail.csv`, about: "quantiles of single operations, and the heap held, five rounds" });
      const race = await kit.run(program, ["-race"], { allowFailure: true });
      kit.write(`go${go}.unlocked.txt`, `exit status ${race.status}\n${race.stdout}${race.stderr}`);
      kit.add(`go${go}.unlocked.txt`, { role: "unlocked", go, command: `maptail -race > go${go}.unlocked.txt 2>&1`, about: "a map of pointers read and written by two goroutines without a lock" });
    }
  },
};
