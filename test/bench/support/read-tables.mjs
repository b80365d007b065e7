// node read-tables.mjs FILE TABLE...: reads a capture and builds the tables named; prints their rows.
import { load } from "../../../kernel-lib/dist/capture/load.js";

const [file, ...names] = process.argv.slice(2);
const capture = await load(file);
for (const name of names) console.log(name, capture.table(name).numRows());
