import { type Media, plain, type Seen, type ShownError, type Shows } from "./seen.js";

/**
 * Whether another kernel shows what a person expects, however it does so: a last value may come as printed text, an
 * error on standard error, without quotes and with other spacing, and of an error its name, message and line are asked, not how
 * they are laid out.
 */
export function showsLoosely(seen: Seen, shows: Shows): boolean {
  const text = folded(`${seen.stdout}\n${textOf(seen.result)}`);
  const failed = `${seen.stderr}\n${seen.errors.map((error) => Object.values(error).flat().join("\n")).join("\n")}`;
  if (shows.error) return saysError(plain(failed), shows.error);
  if (seen.errors.length > 0) return false;
  if (!holds(folded(seen.stderr), shows.stderr ?? "")) return false;
  const displays = shows.displays ?? [];
  return (
    seen.displays.length >= displays.length &&
    displays.every((one, index) =>
      showsMedia(seen.displays[index], folded(textOf(seen.displays[index])), one),
    ) &&
    showsText(seen, text, shows)
  );
}

function showsText(seen: Seen, text: string, { stdout = "", result = "" }: Shows): boolean {
  if (typeof result === "object" && !(result instanceof RegExp))
    return showsMedia(seen.result ?? seen.displays[0], text, result);
  if (typeof stdout === "string" && typeof result === "string")
    return text === folded(`${stdout}\n${result}`);
  const raw = plain(`${seen.stdout}${textOf(seen.result)}`);
  return [stdout, result].every((one) => one === "" || holds(raw, one) || holds(text, one));
}

// Media types other than text are asked for by name; what is in them is each kernel's own.
function showsMedia(
  data: Record<string, unknown> | undefined,
  text: string,
  wanted: string | RegExp | Media,
): boolean {
  if (typeof wanted === "string" || wanted instanceof RegExp) return holds(text, wanted);
  return Object.entries(wanted).every(
    ([type, one]) => one === false || (type === "text/plain" ? text !== "" : data?.[type] !== undefined),
  );
}

function saysError(text: string, { name = "", message, at, elsewhere }: ShownError): boolean {
  if (elsewhere?.test(text)) return true;
  const said = typeof message === "string" ? folded(text).includes(folded(message)) : message.test(text);
  const placed = !at || new RegExp(`:${at[0]}(?:[:\\n]|$)|\\b${at[0]}:\\d`).test(text);
  return said && text.includes(name) && placed;
}

function holds(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? text === folded(wanted) : wanted.test(text);
}

function textOf(data: Record<string, unknown> | undefined): string {
  return String(data?.["text/plain"] ?? "");
}

function folded(text: string): string {
  return plain(text).replaceAll(/["'`]/g, "").replaceAll(/\s+/g, " ").trim();
}
