import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { escapeHtml } from "../bytes/escape-html.js";
import { ink } from "../chart/palette.js";
import type { Heading } from "./notebook-html.js";

/** A page's parts. */
export interface PageParts {
  title: string;
  body: string;
  headings?: readonly Heading[];
  /** Where the contents page lies, for a link back. */
  home?: string;
}

/**
 * A page that needs nothing but itself: styles and scripts are inside, it works from a file and offline, shows every
 * chart without scripts and makes them interactive with them, and follows the reader's light or dark scheme.
 */
export async function page({ title, body, headings = [], home }: PageParts): Promise<string> {
  const contents = headings.filter(({ level }) => level === 2);
  const links = contents
    .map(({ id, text }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(text)}</a></li>`)
    .join("");
  const nav =
    links || home
      ? `<nav>${home ? `<a href="${escapeHtml(home)}">Contents</a>` : ""}<ol>${links}</ol></nav>`
      : "";
  const scripts = body.includes('class="spec"') ? await chartScripts() : [];
  // As a browser reads them: hashes are of line feeds.
  const inside = `${nav}<main>${body}</main>`.replace(/\r\n?/g, "\n");
  const own = [...inside.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/gi)].map(([, text]) => text);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy(scripts, [styles, ...own])}">
<title>${escapeHtml(title)}</title><style>${styles}</style></head>
<body>${inside}
${scripts.map((text) => `<script>${text}</script>`).join("\n")}</body></html>
`;
}

/**
 * What the page holds is allowed and nothing else: its scripts and styles by their hashes, pictures inside it. Styles of
 * single elements may be set, as drawings set them; nothing that they could ask for is allowed.
 */
function policy(scripts: readonly string[], styles: readonly string[]): string {
  const hashes = (texts: readonly string[]): string =>
    [...new Set(texts)]
      .map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`)
      .join(" ") || "'none'";
  return [
    "default-src 'none'",
    `script-src ${hashes(scripts)}`,
    `style-src ${hashes(styles)}`,
    "style-src-attr 'unsafe-inline'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

let bundled: Promise<string[]> | undefined;

/** Vega and Vega-Lite as their packages ship them for browsers, and the few lines that put them to use. */
function chartScripts(): Promise<string[]> {
  bundled ??= (async () => {
    const files = [
      "vega/build/vega.min.js",
      "vega-lite/build/vega-lite.min.js",
      "vega-embed/build/vega-embed.min.js",
    ];
    const texts = await Promise.all(files.map((file) => readFile(packageFile(file), "utf8")));
    // A closing tag inside a string of a library would end the script element.
    const safe = texts.map((text) =>
      text.replaceAll("</script", "<\\/script").replace(/\n\/\/# sourceMappingURL=.*/g, ""),
    );
    return [...safe, activate].map((text) => text.replace(/\r\n?/g, "\n"));
  })();
  return bundled;
}

// The packages do not export their manifests or browser builds: the folder is found from the entry point.
function packageFile(file: string): string {
  const [name, ...rest] = file.split("/");
  let folder = dirname(fileURLToPath(import.meta.resolve(name)));
  while (basename(folder) !== name) folder = dirname(folder);
  return join(folder, ...rest);
}

// Charts become interactive when they come into view, so that a long page opens at once. A page knows its ground, so that
// their texts need not be of the one colour that reads on any.
const activate = `
const quiet = getComputedStyle(document.documentElement).getPropertyValue("--quiet").trim();
const watch = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watch.unobserve(target);
    const drawing = target.querySelector(".drawing");
    const spec = JSON.parse(target.querySelector(".spec").textContent.replaceAll("${ink.text}", quiet));
    const stage = document.createElement("div");
    vegaEmbed(stage, spec, { actions: { export: true, source: false, compiled: false, editor: false }, ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true, theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light" } })
      .then(() => { drawing.replaceChildren(stage); target.dataset.interactive = "true"; })
      .catch((error) => { target.dataset.error = String(error); });
  }
}, { rootMargin: "400px" });
document.querySelectorAll("figure.chart:has(.spec)").forEach((figure) => watch.observe(figure));
`;

const styles = `
:root { color-scheme: light dark; --ink: #1c1f23; --quiet: #5c646e; --ground: #fff; --panel: #f4f5f7; --line: #d9dde2; --accent: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --quiet: #9aa4b0; --ground: #15181c; --panel: #1f242a; --line: #343b44; --accent: #56b4e9; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--ground); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 2rem 1.25rem 6rem; }
nav { max-width: 52rem; margin: 0 auto; padding: 1rem 1.25rem 0; font-size: .9rem; color: var(--quiet); }
nav ol { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .4rem 0 0; padding: 0; list-style: none; }
a { color: var(--accent); }
h1 { font-size: 1.9rem; line-height: 1.25; margin: 0 0 1rem; text-wrap: balance; }
h2 { font-size: 1.35rem; margin: 2.6rem 0 .6rem; }
h3 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
p, ul, ol { margin: .7rem 0; }
ol.chapters { padding: 0; list-style: none; }
code, pre { font: .86em/1.5 ui-monospace, "Cascadia Code", "DejaVu Sans Mono", monospace; }
:not(pre) > code { background: var(--panel); padding: .1em .3em; border-radius: .25em; }
pre { background: var(--panel); padding: .8rem 1rem; border-radius: .4rem; overflow-x: auto; margin: .6rem 0; }
pre.stream, pre.result { background: none; border-left: 3px solid var(--line); border-radius: 0; padding: .2rem 0 .2rem 1rem; max-height: 24rem; overflow: auto; }
pre.error { border-left: 4px solid #d55e00; }
details.code { margin: .8rem 0 .2rem; }
details.code > summary { cursor: pointer; color: var(--quiet); font-size: .8rem; }
figure.chart { margin: 1.4rem 0; overflow-x: auto; }
figure.chart svg { max-width: 100%; height: auto; }
figure.chart svg [fill="${ink.text}"] { fill: var(--quiet); }
figcaption { color: var(--quiet); font-size: .88rem; margin-top: .4rem; }
table { border-collapse: collapse; font-size: .88rem; }
.prose table { margin: 1rem 0; } .prose th, .prose td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.output, .tracebook-table { overflow-x: auto; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--quiet); }
.vega-embed { background: transparent !important; position: relative; display: inline-block; }
.vega-embed details:not([open]) > :not(summary) { display: none !important; }
.vega-embed summary { list-style: none; position: absolute; top: 0; right: 0; cursor: pointer; opacity: .3; } .vega-embed summary:hover { opacity: 1; }
.vega-embed summary svg { width: 14px; height: 14px; }
.vega-embed .vega-actions { position: absolute; z-index: 10; top: 24px; right: 0; display: flex; flex-direction: column; background: var(--ground); border: 1px solid var(--line); padding: .3rem .6rem; font-size: .85rem; }
#vg-tooltip-element { position: fixed; z-index: 1000; visibility: hidden; padding: .4rem .6rem; font-size: .75rem; background: var(--panel); color: var(--ink); border: 1px solid var(--line); border-radius: .25rem; }
#vg-tooltip-element.visible { visibility: visible; }
#vg-tooltip-element td.key { color: var(--quiet); text-align: right; padding-right: .4rem; }
.chapter { border-top: 1px solid var(--line); padding-top: 1.6rem; margin-top: 2.4rem; }
@media print { details.code { display: none; } nav { display: none; } }
`;
