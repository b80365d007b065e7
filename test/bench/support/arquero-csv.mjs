// node arquero-csv.mjs FILE: reads a CSV with Arquero's own reader; prints its rows.
import { readFileSync } from "node:fs";
import { fromCSV } from "arquero";

console.log(fromCSV(readFileSync(process.argv[2], "utf8"), { comment: "#" }).numRows());
