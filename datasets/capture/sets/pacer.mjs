export default {
  name: "pacer",
  program: "pacer",
  chapters: ["4.2"],
  about: "The collector's log and its pacer's over phases of slow inserts, fast inserts, allocation without inserts, and overwrites.",
  async capture(kit) {
    for (const go of ["1.21", "1.26"]) {
      const program = kit.build(go, "./pacer");
      const settings = { log: "gctrace=1,gcpacertrace=1", "as-printed": "gctrace=1+gcpacertrace=1" };
      for (const [role, setting] of Object.entries(settings)) {
        const file = `go${go}.${role}.log`;
        await kit.run(program, [], { env: { GODEBUG: setting }, stderr: kit.path(file) });
        kit.add(file, { role, go, command: `GODEBUG=${setting} pacer 2> ${file}`, about: role === "log" ? "phases, collections and pacer lines" : "the same with the setting as the article prints it" });
      }
    }
  },
};
