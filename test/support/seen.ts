/** What a cell is expected to show. What is not named must not come, except displays' other media types. */
export interface Shows {
  stdout?: string | RegExp;
  stderr?: string | RegExp;
  /** The last value's text, or its media types by name. */
  result?: string | RegExp | Media;
  /** What was displayed before the last value, in order. */
  displays?: (string | RegExp | Media)[];
  error?: ShownError;
  /** What comes after what: names of streams and types of outputs. */
  order?: string[];
}

/** Media types of an output; `false` says that it must not be among them. */
export type Media = Readonly<Record<string, string | RegExp | false>>;

/** An error as a person reads it. */
export interface ShownError {
  /** Not asked where what is thrown is no error. */
  name?: string;
  message: string | RegExp;
  /** The cell's own line and column, from 1: both are named, and the line is shown with a mark under the column. */
  at?: readonly [line: number, column: number];
  /** What else stands in the traceback. */
  says?: RegExp;
  /** What must not stand there. */
  hides?: RegExp;
  /** In what other words another kernel may say it, a type check for instance. */
  elsewhere?: RegExp;
}

/** What a cell did show. */
export interface Seen {
  stdout: string;
  stderr: string;
  result?: Record<string, unknown>;
  displays: Record<string, unknown>[];
  errors: { ename: string; evalue: string; traceback: string[] }[];
  order: string[];
}

/** One output of a cell, as the wire and a notebook have it. */
export interface CellOutput {
  type: string;
  content: Record<string, unknown>;
}

/** Gathers a cell's outputs; an update replaces the display it names. */
export function seenIn(outputs: readonly CellOutput[]): Seen {
  const seen: Seen = { stdout: "", stderr: "", displays: [], errors: [], order: [] };
  const byId = new Map<unknown, number>();
  for (const { type, content } of outputs) {
    if (type !== "update_display_data") seen.order.push(type === "stream" ? String(content.name) : type);
    const data = content.data as Record<string, unknown>;
    const id = (content.transient as { display_id?: string } | undefined)?.display_id;
    if (type === "stream") seen[content.name as "stdout" | "stderr"] += content.text;
    else if (type === "execute_result") seen.result = data;
    else if (type === "error") seen.errors.push(content as unknown as Seen["errors"][number]);
    else if (type === "update_display_data") seen.displays[byId.get(id) ?? -1] = data;
    else if (type === "display_data") {
      if (id !== undefined) byId.set(id, seen.displays.length);
      seen.displays.push(data);
    }
  }
  return seen;
}

/** In what a cell's outputs differ from what is expected, a line each. */
export function differences(seen: Seen, shows: Shows): string[] {
  const expectedDisplays = shows.displays ?? [];
  return [
    ...differentText("stdout", seen.stdout, shows.stdout ?? ""),
    ...differentText("stderr", seen.stderr, shows.stderr ?? ""),
    ...differentMedia("result", seen.result, shows.result),
    ...(seen.displays.length === expectedDisplays.length
      ? expectedDisplays.flatMap((one, index) =>
          differentMedia(`display ${index + 1}`, seen.displays[index], one),
        )
      : [`${seen.displays.length} displays, expected ${expectedDisplays.length}`]),
    ...differentError(seen.errors, shows.error),
    ...(shows.order ? differentText("order", seen.order.join(", "), shows.order.join(", ")) : []),
  ];
}

function differentText(what: string, text: string, wanted: string | RegExp): string[] {
  const same = typeof wanted === "string" ? text === wanted : wanted.test(text);
  return same ? [] : [`${what} is ${shortened(text)}, expected ${shortened(wanted)}`];
}

function differentMedia(
  what: string,
  data: Record<string, unknown> | undefined,
  wanted: string | RegExp | Media | undefined,
): string[] {
  if (wanted === undefined) return data ? [`${what} is ${shortened(data["text/plain"])}, expected none`] : [];
  if (!data) return [`no ${what}, expected ${shortened(wanted)}`];
  const media: Media =
    typeof wanted === "string" || wanted instanceof RegExp ? { "text/plain": wanted } : wanted;
  return Object.entries(media).flatMap(([type, one]) => {
    const text = typeof data[type] === "object" ? JSON.stringify(data[type]) : data[type];
    if (one === false) return text === undefined ? [] : [`${what} has ${type}`];
    if (typeof text !== "string") return [`${what} has no ${type}, but ${Object.keys(data).join(", ")}`];
    return differentText(`${what}'s ${type}`, text, one);
  });
}

function differentError(errors: Seen["errors"], wanted: ShownError | undefined): string[] {
  if (!wanted) return errors.map(({ ename, evalue }) => `unexpected ${ename}: ${evalue}`);
  if (errors.length !== 1)
    return [`${errors.length} errors, expected ${wanted.name ?? ""}: ${wanted.message}`];
  const [{ ename, evalue, traceback }] = errors;
  const text = plain(traceback.join("\n"));
  const differ = [
    ...differentText("error's name", ename, wanted.name ?? /./),
    ...differentText("error's message", evalue, wanted.message),
  ];
  if (wanted.says) differ.push(...differentText("traceback", text, wanted.says));
  if (wanted.hides?.test(text)) differ.push(`traceback shows ${wanted.hides}: ${text}`);
  if (wanted.at) differ.push(...differentPlace(text, ...wanted.at));
  return differ;
}

// `   12 | the line` and under it a mark in the column.
function differentPlace(text: string, line: number, column: number): string[] {
  const excerpt = /^ *(\d+) \| .*\n +\| ( *)\^/m.exec(text);
  const place = excerpt ? `${excerpt[1]}:${excerpt[2].length + 1}` : "nothing";
  return place === `${line}:${column}` ? [] : [`marks ${place}, expected ${line}:${column}: ${text}`];
}

/** Text without a terminal's colours. */
export function plain(text: string): string {
  return text.replaceAll(/\x1b\[[\d;]*m/g, "");
}

function shortened(value: unknown): string {
  const text = value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? "undefined");
  return text.length > 300 ? `${text.slice(0, 300)}... (${text.length})` : text;
}
