const abouts = {
  slots: "slots and tables of a growing map, a line whenever they change",
  allocations: "what 10000 inserts into a map with room, and as many overwrites, take from the heap, by value type",
  sharing: "fresh maps of 8 buckets in which the keys 0x101, 0x201 and 0x301 share a bucket",
  chain: "a single bucket filled until its chain is 25 buckets long, and whether the map grows",
  inserts: "every insert of more than 5 us while a map grows, with the collector off",
  quantiles: "five runs: quantiles of the time of an insert while a map grows, with the collector off",
};

export default {
  name: "map-growth",
  program: "growth",
  chapters: ["2.2", "3.3"],
  about: "How maps grow, seen from inside, on releases with buckets (1.21, 1.23) and with Swiss tables (1.26).",
  async capture(kit) {
    for (const go of ["1.21", "1.23", "1.26"]) {
      const program = kit.build(go, "./growth");
      for (const [what, about] of Object.entries(abouts)) {
        const timed = what === "inserts" || what === "quantiles";
        const { stdout } = await kit.run(program, [what], { env: timed ? { GOGC: "off" } : {}, realtime: timed });
        const file = `go${go}.${what}.csv`;
        kit.write(file, stdout);
        kit.add(file, { role: what, go, command: `${timed ? "GOGC=off " : ""}growth ${what} > ${file}`, about });
      }
    }
  },
};
