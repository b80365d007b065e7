export default {
  name: "gate-noise",
  program: "gatenoise",
  chapters: ["5.2"],
  about: "Thirty equal runs of one program: the memory figures that a gate in CI could compare, before and after a collection.",
  async capture(kit) {
    for (const go of ["1.21", "1.26"]) {
      const program = kit.build(go, "./gatenoise");
      const lines = ["run,heap_alloc_bytes,heap_after_gc_bytes,sys_bytes,peak_rss_kib"];
      for (let run = 1; run <= 30; run++) lines.push(`${run},${(await kit.run(program)).stdout.trim()}`);
      kit.write(`go${go}.runs.csv`, `${lines.join("\n")}\n`);
      kit.add(`go${go}.runs.csv`, { role: "runs", go, command: `gatenoise >> go${go}.runs.csv, thirty times`, about: "memory at the end of each of thirty equal runs" });
    }
  },
};
