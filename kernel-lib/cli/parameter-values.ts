import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Notebook } from "../kernel/notebook.js";
import { fits, inWords, type NotebookParameter, notebookParameters } from "../kernel/notebook-parameters.js";
import { UsageError } from "./usage-error.js";

/**
 * The values of a notebook's parameters from the texts of the command line. Where a parameter's default names files,
 * its value does, and is looked up from the working directory.
 *
 * @throws UsageError for a name that the notebook does not have, a value of another type, a file that is not there
 */
export function parameterValues(
  path: string,
  notebook: Notebook,
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const parameters = notebookParameters(notebook);
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const parameter = parameters.find((one) => one.name === name);
      if (!parameter) throw new UsageError(unknownName(path, name, parameters));
      const value = typedValue(parameter, text);
      return [name, namesFiles(parameter, path) ? fromHere(name, value) : value];
    }),
  );
}

function unknownName(path: string, name: string, parameters: readonly NotebookParameter[]): string {
  const there = parameters.map((one) => one.name).join(", ");
  return `${path}: has no parameter ${JSON.stringify(name)}; ${there ? `there are ${there}` : "it has no cell tagged parameters that declares any"}`;
}

// Most values are paths and words, which need no quotes: 41 is a text where a text is asked for.
function typedValue({ name, shape }: NotebookParameter, text: string): unknown {
  const json = parsed(text);
  if (json !== undefined && fits(json, shape)) return json;
  if (fits(text, shape)) return text;
  const example = shape.is === "list" ? `; write --param '${name}=[...]'` : "";
  throw new UsageError(
    `--param ${name}: ${JSON.stringify(text)} is not ${inWords(shape)}${example || "; its cell tagged parameters says so"}`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function namesFiles({ texts }: NotebookParameter, path: string): boolean {
  return texts.some(
    (text) => /^\.{1,2}[/\\]/.test(text) || (text !== "" && existsSync(join(dirname(path), text))),
  );
}

function fromHere(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => fromHere(name, one));
  if (typeof value !== "string") return value;
  const path = resolve(value);
  if (existsSync(path)) return path;
  throw new UsageError(
    `--param ${name}: there is no ${value}; looked for ${path}: paths are relative to the working directory`,
  );
}
