const values = ["none", "int", "*struct{}", "*small", "[16]byte", "[128]byte", "[1024]byte", "*[1024]byte", "[]byte", "[128]*int", "[1024]*int"];
const slug = (value) => value.replace("{}", "").replace("*", "ptr-").replace("[]", "slice-").replace(/\[(\d+)\]/, "$1-").replace("-*", "-ptr-").replace(/-+/g, "-");

export default {
  name: "gc-mark",
  program: "gcmark",
  chapters: ["2.4"],
  about: "Thirty forced collections of a map of 10000 entries, for eleven types of value: gctrace logs, bytes to scan, and CPU and heap profiles for [1024]byte.",
  async capture(kit) {
    for (const go of ["1.21", "1.26"]) {
      const program = kit.build(go, "./gcmark");
      const lines = ["value,entries,scannable_bytes,live_bytes,objects"];
      for (const value of values) {
        const file = `go${go}.${slug(value)}.gctrace.log`;
        const { stdout } = await kit.run(program, ["-value", value], { env: { GODEBUG: "gctrace=1" }, stderr: kit.path(file) });
        lines.push(stdout.trim());
        kit.add(file, { role: `gctrace ${value}`, go, command: `GODEBUG=gctrace=1 gcmark -value '${value}' 2> ${file}`, about: `collections of a map of ${value}` });
      }
      kit.write(`go${go}.scan.csv`, `${lines.join("\n")}\n`);
      kit.add(`go${go}.scan.csv`, { role: "scan", go, command: `gcmark -value V >> go${go}.scan.csv, for every V`, about: "what the runtime says there is to scan, by value type" });
      const profiles = ["-value", "[1024]byte", "-entries", "100000", "-collections", "200", "-cpu", `go${go}.cpu.pprof`, "-heap", `go${go}.heap.pprof`];
      await kit.run(program, profiles);
      for (const kind of ["cpu", "heap"]) {
        kit.add(`go${go}.${kind}.pprof`, { role: kind, go, command: `gcmark ${profiles.join(" ")}`, about: `${kind} profile of 200 collections of 100000 entries of [1024]byte` });
      }
    }
  },
};
