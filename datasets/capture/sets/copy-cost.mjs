const abouts = {
  layout: "offsets in the article's struct, and where 1000 of them lie on the heap",
  offsets: "time of a 1 KiB copy by offset of its source, 100 rounds",
  sharing: "processor time of an atomic addition alone and beside another thread's, 40 rounds",
  writes: "a million overwrites by value, by shared pointer and by pointer to a fresh copy, 7 rounds",
};

export default {
  name: "copy-cost",
  program: "copycost",
  chapters: ["2.3", "4.1"],
  about: "What copying 1 KiB costs, and what two writers near each other cost.",
  async capture(kit) {
    for (const go of ["1.21", "1.26"]) {
      const program = kit.build(go, "./copycost");
      for (const [what, about] of Object.entries(abouts)) {
        const { stdout } = await kit.run(program, [what], { realtime: true });
        const file = `go${go}.${what}.csv`;
        kit.write(file, stdout);
        kit.add(file, { role: what, go, command: `copycost ${what} > ${file}`, about });
      }
    }
  },
};
