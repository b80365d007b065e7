import { expect, test } from "vitest";
import { markdown } from "#lib/verdict/markdown.js";

const show = Symbol.for("Jupyter.display");

test("keeps the author's Markdown and puts values in as plain text", () => {
  const name = "<b>*a*</b> [x](y)|`z`\nnext";
  const shown = markdown`**${3}** of ${name}.`;
  expect(shown.text).toBe("**3** of &lt;b>\\*a\\*&lt;/b> \\[x\\](y)\\|\\`z\\` next.");
  const bundle = (shown as unknown as Record<symbol, () => Record<string, string>>)[show]();
  expect(bundle).toEqual({ "text/markdown": shown.text, "text/plain": shown.text });
});

test("begins with a value, or has none", () => {
  expect(markdown`${1}${2}`.text).toBe("12");
  expect(markdown`none`.text).toBe("none");
});
