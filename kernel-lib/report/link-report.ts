import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../capture/write-whole.js";
import { page } from "./page.js";

/** Where a contents page says what lies beside it. */
export const reportsMark = "<!-- reports -->";
const title = "Latency report on your own captures";

/**
 * Links the contents page of a folder to the report in a folder of its own under it, where there is one; the rest of
 * the page stays as it is. Without a contents page one is made that has the link alone.
 */
export async function linkReport(out: string, folder: string): Promise<void> {
  const textOf = (path: string) => readFile(path, "utf8").catch(() => undefined);
  if ((await textOf(join(out, folder, "index.html"))) === undefined) return;
  const path = join(out, "index.html");
  const link = `<p class="reports"><a href="${folder}/index.html">${title}</a></p>`;
  const contents = await textOf(path);
  if (contents === undefined) {
    await writeWhole(path, await page({ title: "Reports", body: `<h1>Reports</h1>${reportsMark}${link}` }));
  } else if (contents.includes(reportsMark) && !contents.includes(link)) {
    await writeWhole(path, contents.replace(reportsMark, `${reportsMark}${link}`), { replaces: contents });
  }
}
