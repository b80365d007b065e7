// Writes docs/reference.md from the library itself: formats and tables from their schemas, functions from their docstrings,
// the command line from its own help. `npm run docs` builds first; test/docs fails while the file is not what this gives.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "kernel-lib/dist");
const library = (path) => import(pathToFileURL(join(dist, path)).href);
const ts = createRequire(import.meta.url)("typescript");

/** The whole reference, as Markdown. */
export async function reference() {
  const formats = Object.values((await library("capture/formats.js")).formats);
  const { analyses } = await library("analyze/registry.js");
  const { commandNames } = await library("cli/main.js");
  const functions = publicFunctions();
  const rest = ["capture", "diagnose", "verdict", "kernel", "table"].flatMap((folder) => functions[folder]);
  return [
    "# Reference",
    "",
    "Written by `npm run docs` from the library's own schemas, docstrings and help; not edited by hand.",
    "",
    "- [Formats](#formats): what can be read",
    "- [Tables](#tables): what is in a capture, column by column",
    "- [Analyses](#analyses): questions, each a function from captures and tables to a table",
    "- [Charts](#charts): pictures, each a function from a table to a specification",
    "- [Reading, diagnosis, verdicts and the rest](#reading-diagnosis-verdicts-and-the-rest)",
    "- [Command line](#command-line)",
    "",
    ...formatSection(formats),
    ...tableSection(formats),
    ...analysisSection(functions.analyze, analyses),
    "## Charts",
    "",
    ...functions.chart.flatMap((one) => functionEntry(one)),
    "## Reading, diagnosis, verdicts and the rest",
    "",
    ...rest.flatMap((one) => functionEntry(one)),
    ...commandSection(commandNames),
  ].join("\n");
}

function row(cells) {
  // The texts are the library's own; only a bar would end its cell.
  const texts = cells.map((text) =>
    String(text ?? "")
      .replaceAll("|", "\\|")
      .replace(/\s+/g, " "),
  );
  return `| ${texts.join(" | ")} |`;
}

const code = (text) => `\`${text}\``;

function formatSection(formats) {
  const windows = { rows: "rows", generations: "generations, whole", none: "refused" };
  return [
    "## Formats",
    "",
    "`load(path)` tells the kind by the content. *Clock*: which clocks its times can be on; *`from`, `to`*: what a window cuts.",
    "",
    row(["kind", "what", "clock", "`from`, `to`", "tables"]),
    "|---|---|---|---|---|",
    ...formats.map(({ kind, name, clock, window, tables }) => {
      const names = Object.values(tables).map((table) =>
        code(typeof table === "string" ? table : table.name),
      );
      return row([code(kind), name, clock.join(", "), windows[window], names.join(", ")]);
    }),
    "",
  ];
}

// A table that several kinds share stands once, with its kinds.
function tableSection(formats) {
  const tables = new Map();
  for (const { kind, tables: own } of formats) {
    for (const schema of Object.values(own)) {
      if (typeof schema === "string") continue;
      const key = JSON.stringify(schema);
      if (!tables.has(key)) tables.set(key, { schema, kinds: [] });
      tables.get(key).kinds.push(kind);
    }
  }
  return [
    "## Tables",
    "",
    "Times are ns from the capture's start unless a column says otherwise. *Missing*: what stands for a value that there is not.",
    "",
    ...[...tables.values()].flatMap(({ schema, kinds }) => [
      `### \`${schema.name}\` (${kinds.join(", ")})`,
      "",
      sentence(schema.doc),
      "",
      ...columnTable(schema.columns),
    ]),
  ];
}

function columnTable(columns) {
  return [
    row(["column", "type", "unit", "missing", "meaning"]),
    "|---|---|---|---|---|",
    ...columns.map(({ name, kind, unit, missing, doc }) => row([code(name), kind, unit, missing, doc])),
    "",
  ];
}

function sentence(text) {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.:!?]$/.test(upper) ? upper : `${upper}.`;
}

function analysisSection(functions, analyses) {
  return [
    "## Analyses",
    "",
    ...functions.flatMap((one) => {
      const declared = analyses.filter(({ name }) => name === one.name);
      const needs = declared.map(needsLine);
      // Several declarations of one function are its variants; equal columns stand once.
      const schemas = new Map(declared.map(({ schema }) => [JSON.stringify(schema.columns), schema]));
      const columns = [...schemas.values()].flatMap((schema) => columnTable(schema.columns));
      return functionEntry(one, [...needs, ...(needs.length > 0 ? [""] : []), ...columns]);
    }),
  ];
}

function needsLine({ accepts, needs, schema, asks }) {
  const alternatives = [needs]
    .flat()
    .map((one) =>
      Object.entries(one).map(([table, columns]) => `${code(table)} (${columns.map(code).join(", ")})`),
    );
  const byName = asks === undefined ? `; the table ${code(schema.name)} of ${accepts.join(", ")}` : "";
  return `- needs ${alternatives.map((tables) => tables.join(" and ")).join(", or ")}${byName}`;
}

function functionEntry({ name, signatures, doc, tags }, more = []) {
  const tagged = (wanted) => tags.filter((tag) => tag.name === wanted).map(({ text }) => text);
  const throws = tagged("throws").map((text) => `- throws ${text.replace(/\s+/g, " ")}`);
  return [
    `### \`${name}\``,
    "",
    ...["```ts", ...signatures, "```", ""],
    ...(doc ? [doc, ""] : []),
    ...(throws.length > 0 ? [...throws, ""] : []),
    ...more,
    ...tagged("example").flatMap((text) => ["Example:", "", "```ts", text, "```", ""]),
  ];
}

/** The functions that the package exports, by the folder they stand in. */
function publicFunctions() {
  const entry = join(dist, "index.d.ts");
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
    types: ["node"],
  });
  const checker = program.getTypeChecker();
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
  const folders = { analyze: [], capture: [], chart: [], diagnose: [], kernel: [], table: [], verdict: [] };
  const moduleSymbol = checker.getSymbolAtLocation(program.getSourceFile(entry));
  for (const exported of checker.getExportsOfModule(moduleSymbol)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const declaration = symbol.valueDeclaration;
    if (declaration === undefined) continue;
    const calls = checker.getTypeOfSymbolAtLocation(symbol, declaration).getCallSignatures();
    const [folder] = declaration
      .getSourceFile()
      .fileName.slice(dist.length + 1)
      .split("/");
    if (calls.length === 0 || !Object.hasOwn(folders, folder)) continue;
    folders[folder].push({
      name: exported.name,
      signatures: calls.map((call) => exported.name + checker.signatureToString(call, declaration, flags)),
      doc: docText(symbol.getDocumentationComment(checker)),
      tags: symbol.getJsDocTags(checker).map(({ name, text }) => ({ name, text: docText(text) })),
    });
  }
  for (const list of Object.values(folders)) list.sort((a, b) => (a.name < b.name ? -1 : 1));
  return folders;
}

function docText(parts) {
  return ts
    .displayPartsToString(parts ?? [])
    .replace(/\{@link ([^}\s]+)[^}]*\}/g, "`$1`")
    .trim();
}

function commandSection(names) {
  const bin = join(root, "kernel-lib/bin/tracebook.js");
  const help = (name) => execFileSync(process.execPath, [bin, name, "--help"], { encoding: "utf8" });
  return ["## Command line", "", ...names.flatMap((name) => ["```", help(name).trimEnd(), "```", ""])];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, "docs/reference.md"), await reference());
}
