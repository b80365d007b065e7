export default {
  name: "canary",
  program: "publish",
  chapters: ["4.3"],
  about: "The write-up's way of publishing a buffer, beside storing the slice as it is: allocations, whether a buffer outlives its collections, and a reused buffer under the race detector.",
  async capture(kit) {
    for (const go of ["1.21", "1.26"]) {
      const program = kit.build(go, "./publish");
      for (const [what, about] of [["allocations", "allocations per call, capacity, and an empty slice, both ways"], ["lifetime", "published buffers that changed through twenty collections each, without runtime.KeepAlive"], ["reuse", "reads that saw half of one fill and half of another, when the producer reuses its buffer"]]) {
        const { stdout } = await kit.run(program, [what], { realtime: what === "reuse" });
        kit.write(`go${go}.${what}.csv`, stdout);
        kit.add(`go${go}.${what}.csv`, { role: what, go, command: `publish ${what} > go${go}.${what}.csv`, about });
      }
      const raced = await kit.run(kit.build(go, "./publish", { name: "publish-race", flags: ["-race"], env: { CGO_ENABLED: "1" } }), ["reuse"], { allowFailure: true, env: { GORACE: "atexit_sleep_ms=0" } });
      kit.write(`go${go}.race.txt`, `exit status ${raced.status}\n${raced.stderr.slice(0, 8000)}`);
      kit.add(`go${go}.race.txt`, { role: "race", go, command: `go build -race; publish reuse 2> go${go}.race.txt`, about: "the race detector's first reports" });
    }
  },
};
