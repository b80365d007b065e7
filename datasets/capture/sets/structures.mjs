export default {
  name: "structures",
  program: ["structures", "btreeheap"],
  chapters: ["5.1"],
  about: "Four maps that goroutines share, under four load patterns, as go test benchmarks; and a million rules in a map and in a B-tree.",
  async capture(kit) {
    for (const go of ["1.21", "1.23", "1.26"]) {
      const args = ["test", "-run=^$", "-bench=Pattern", "-benchtime=100ms", "-count=6", "./structures"];
      const { stdout, status, stderr } = kit.go(go, args);
      if (status !== 0) throw new Error(stderr + stdout);
      kit.write(`go${go}.bench.txt`, stdout);
      kit.add(`go${go}.bench.txt`, { role: "bench", go, command: `go ${args.join(" ")} > go${go}.bench.txt`, about: "six runs of each map under each load" });
    }
    for (const go of ["1.21", "1.26"]) {
      const { stdout } = await kit.run(kit.build(go, "./btreeheap"));
      kit.write(`go${go}.btree.csv`, stdout);
      kit.add(`go${go}.btree.csv`, { role: "btree", go, command: `btreeheap > go${go}.btree.csv`, about: "heap, collection and lookup with a million rules in a map and in a B-tree, three rounds" });
    }
  },
};
