export default {
  name: "health",
  program: "health",
  chapters: ["5.4"],
  about: "The article's health endpoint given to the compiler, and what runtime/metrics answers over HTTP instead.",
  async capture(kit) {
    for (const go of ["1.21", "1.23", "1.26"]) {
      const { status, stderr } = kit.go(go, ["build", "-o", "/dev/null", "./health/testdata/structstats"]);
      kit.write(`go${go}.struct-stats.txt`, `exit status ${status}\n${stderr}`);
      kit.add(`go${go}.struct-stats.txt`, { role: "struct-stats", go, command: `go build -o /dev/null ./health/testdata/structstats > go${go}.struct-stats.txt 2>&1`, about: "what the compiler says of the article's endpoint" });
      const { stdout } = await kit.run(kit.build(go, "./health"));
      kit.write(`go${go}.metrics.json`, stdout);
      kit.add(`go${go}.metrics.json`, { role: "metrics", go, command: `health > go${go}.metrics.json`, about: "runtime/metrics under a contended mutex, over HTTP" });
    }
  },
};
