// Makes capture sets: `node datasets/capture/capture.mjs SET...`, or `all`. See README.md.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { here, Kit } from "./kit.mjs";

const known = readdirSync(join(here, "sets")).map((file) => file.replace(/\.mjs$/, ""));
const asked = process.argv.slice(2);
const names = asked.includes("all") ? known : asked;
const unknown = names.filter((name) => !known.includes(name));
if (names.length === 0 || unknown.length > 0) {
  console.error(`usage: capture.mjs SET... | all; sets are ${known.join(", ")}${unknown.length ? `, not ${unknown.join(", ")}` : ""}`);
  process.exit(2);
}
for (const name of names) {
  const { default: set } = await import(`./sets/${name}.mjs`);
  console.log(`${name}: capturing`);
  const kit = new Kit(set);
  await set.capture(kit);
  kit.finish();
  console.log(`${name}: ${kit.files.length} files`);
}
