export default {
  name: "syncmap",
  program: "syncmap",
  chapters: ["3.3", "5.1"],
  about: "sync.Map on releases with a read and a dirty map (1.21, 1.23) and with a hash trie (1.26): promotions under trace, the first new key after one, deletes, and misses.",
  async capture(kit) {
    for (const go of ["1.21", "1.23", "1.26"]) {
      const program = kit.build(go, "./syncmap");
      const csv = async (role, args, about) => {
        const { stdout } = await kit.run(program, args, { realtime: role === "first-store" || role === "misses" });
        const file = `go${go}.${role}.csv`;
        kit.write(file, stdout);
        kit.add(file, { role, go, command: `syncmap ${args.join(" ")} > ${file}`, about });
      };
      const trace = `go${go}.promote.trace`;
      await csv("promote", ["-trace", trace, "promote"], "fifty promotions: goroutines before and at most");
      kit.add(trace, { role: "trace", go, command: `syncmap -trace ${trace} promote`, about: "execution trace of the fifty promotions" });
      await csv("first-store", ["first-store"], "the first Store of a new key after a promotion, by size of the map");
      await csv("deletes", ["deletes"], "heap when full and after all keys are deleted");
      const cpu = `go${go}.cpu.pprof`;
      await csv("misses", ["-cpu", cpu, "misses"], "loads of missing keys beside a writer of new ones");
      kit.add(cpu, { role: "cpu", go, command: `syncmap -cpu ${cpu} misses`, about: "CPU profile of the misses" });
    }
  },
};
