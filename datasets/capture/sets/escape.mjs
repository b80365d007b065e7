export default {
  name: "escape",
  program: "escape",
  chapters: ["2.1"],
  about: "Where arrays and maps of arrays live: the compiler's report, allocations counted, and a line that does not compile.",
  async capture(kit) {
    for (const go of ["1.21", "1.23", "1.26"]) {
      const report = kit.go(go, ["build", "-gcflags=-m", "-o", "/dev/null", "./escape"]);
      kit.write(`go${go}.escapes.txt`, report.stderr);
      kit.add(`go${go}.escapes.txt`, {
        role: "escapes",
        go,
        command: `go build -trimpath -gcflags=-m -o /dev/null ./escape 2> go${go}.escapes.txt`,
        about: "the compiler's escape report",
      });
      const { stdout } = await kit.run(kit.build(go, "./escape"));
      kit.write(`go${go}.allocations.csv`, stdout);
      kit.add(`go${go}.allocations.csv`, {
        role: "allocations",
        go,
        command: `escape > go${go}.allocations.csv`,
        about: "heap allocations per call of each shape, over 1000 calls",
      });
      const refused = kit.go(go, ["build", "-o", "/dev/null", "./escape/testdata/address.go"]);
      kit.write(`go${go}.address.txt`, `exit status ${refused.status}\n${refused.stderr}`);
      kit.add(`go${go}.address.txt`, {
        role: "address",
        go,
        command: `go build -o /dev/null ./escape/testdata/address.go > go${go}.address.txt 2>&1`,
        about: "what the compiler says of &m[k][0]",
      });
    }
  },
};
