import { UsageError } from "./usage-error.js";

/** `name=value`: adds a parameter's text to those before. */
export function parseParam(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const match = /^([A-Za-z_$][\w$]*)=(.*)$/s.exec(text);
  if (!match) throw new UsageError(`--param ${JSON.stringify(text)} is not name=value`);
  return { ...before, [match[1]]: match[2] };
}
