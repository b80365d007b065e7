// What container runtimes and the journal put around each line of a program's output:
// - docker's json-file driver: `{"log":"line\n","stream":"stdout","time":"..."}`; a line above 16 KiB comes in several
//   objects, only the last of which has the break. https://docs.docker.com/engine/logging/drivers/json-file/
// - CRI: `2026-11-28T16:00:00.000000001Z stdout F line`, P in place of F where the line goes on.
//   https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
// - journalctl: `Nov 28 16:00:00 host unit[12]: line` (short, short-precise, short-iso), and -o json, whose MESSAGE is
//   a list of bytes where it is not UTF-8. https://systemd.io/JOURNAL_EXPORT_FORMATS/
// - docker compose (`web-1  | line`), kubectl --prefix (`[pod/web/web] line`), and times alone (docker logs -t,
//   kubectl logs --timestamps).

import { isGodebugLog } from "../godebug/is-godebug-log.js";
import type { OpenInput } from "../input.js";
import { filteredInput, type TextFilter } from "./filtered-input.js";
import { LineScanner } from "./line-scanner.js";

/** One line's content: whose it is, and whether it goes on in that one's next. */
interface Content {
  readonly text: string;
  readonly source: string;
  readonly goesOn: boolean;
}

/** A kind of envelope: `open` gives a line's content, undefined for a line that is not in one. */
interface Envelope {
  readonly name: string;
  readonly open: (line: string) => Content | undefined;
}

const envelopes: readonly Envelope[] = [
  { name: "docker's JSON log", open: fromDocker },
  { name: "the journal as JSON", open: fromJournalJson },
  // Groups: source, the letter of a line that goes on, content.
  matching("a CRI log", /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) (stdout|stderr) ([FP])(?::\S*)? (.*)$/s),
  matching(
    "the journal",
    /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d:?\d\d)) (\S+ [^\s:[]+(?:\[\d+\])?):() (.*)$/s,
  ),
  matching("docker compose", /^([\w.-]+-\d+) +\|() (.*)$/s),
  matching("kubectl --prefix", /^\[((?:pod|job|deployment|container)\/[^\]\s]+)\]() (.*)$/s),
  matching("times", /^()\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)() (.*)$/s),
];

/** Lines that must be in an envelope before a text is taken out of it. */
const wantedLines = 3;
const maxSources = 1000;

/** The envelope that a text's first lines are all in. */
function envelopeOf(head: Uint8Array): Envelope | undefined {
  const lines = Buffer.from(head.subarray(0, 65536)).toString("utf8").split(/\r?\n/);
  // The last may be cut.
  if (lines.length > 1) lines.pop();
  const first = lines.filter((line) => line.trim() !== "" && !journalNote.test(line)).slice(0, wantedLines);
  if (first.length === 0) return undefined;
  return envelopes.find(({ open }) => first.every((line) => open(line) !== undefined));
}

const journalNote = /^-- (?:Logs begin|Journal begins|Boot [0-9a-f]|No entries|Reboot)/;

/**
 * A text without the envelopes that its lines came in; the input itself where they are in none. What the program wrote
 * is all that is left: times and labels of the envelope are not kept. So a log with GODEBUG lines stays as it is, unless
 * another kind was named: its reader tells processes apart by what stands before their lines.
 */
export function withoutEnvelope(input: OpenInput, kind?: string): OpenInput {
  const envelope = envelopeOf(input.head);
  if (!envelope || kind === "godebug") return input;
  if (
    kind === undefined &&
    isGodebugLog({ bytes: input.head, text: Buffer.from(input.head).toString("latin1") })
  )
    return input;
  const message = `lines were taken out of ${envelope.name}; places count in what the program wrote`;
  input.findings.add("info", "envelope", message);
  return filteredInput(input, () => new EnvelopeFilter(envelope, input));
}

class EnvelopeFilter implements TextFilter {
  private readonly scanner: LineScanner = new LineScanner((bytes, start, end) =>
    this.line(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8")),
  );
  private readonly envelope: Envelope;
  private readonly input: OpenInput;
  private out: string[] = [];
  /** What goes on, by source. */
  private readonly open = new Map<string, string>();
  private readonly sources = new Set<string>();
  private bare = 0;
  private firstBare = 0;

  constructor(envelope: Envelope, input: OpenInput) {
    this.envelope = envelope;
    this.input = input;
  }

  take(chunk: Uint8Array): Uint8Array {
    this.scanner.feed(chunk);
    return this.given();
  }

  end(): Uint8Array {
    const last = this.scanner.end();
    const isCut = last !== undefined && this.envelope.open(Buffer.from(last).toString("utf8")) === undefined;
    // A line whose envelope was cut, or that would have gone on, has no end.
    if (isCut) this.trimBreak();
    for (const text of this.open.values()) this.out.push(text);
    this.report();
    return this.given();
  }

  private trimBreak(): void {
    const text = this.out.pop();
    if (text !== undefined) this.out.push(text.replace(/\n$/, ""));
  }

  private given(): Uint8Array {
    const bytes = Buffer.from(this.out.join(""));
    this.out = [];
    return bytes;
  }

  private line(line: string): void {
    const content = this.envelope.open(line);
    if (content === undefined) {
      if (line === "" || journalNote.test(line)) return;
      if (this.bare++ === 0) this.firstBare = this.scanner.line;
      this.out.push(`${line}\n`);
      return;
    }
    const { text, source, goesOn } = content;
    if (this.sources.size < maxSources) this.sources.add(source);
    const whole = (this.open.get(source) ?? "") + text;
    // A line that never ends must not fill the memory.
    if (goesOn && whole.length < maxLineChars) this.open.set(source, whole);
    else {
      this.open.delete(source);
      this.out.push(`${whole}\n`);
    }
  }

  private report(): void {
    const { findings } = this.input;
    if (this.bare > 0) {
      const message = `${this.bare} lines are not in the envelope of the others; they are read as they stand`;
      findings.addOnce("warning", "no-envelope", message, { line: this.firstBare });
    }
    const names = [...this.sources].filter((source) => source !== "stdout" && source !== "stderr");
    if (names.length > 1) {
      const message = `the lines are of ${names.length} sources (${names.slice(0, 3).join(", ")}, ...), read as one log`;
      findings.addOnce("warning", "several-sources", message);
    }
  }
}
const maxLineChars = 1 << 20;

function matching(name: string, pattern: RegExp): Envelope {
  return {
    name,
    open: (line) => {
      const match = pattern.exec(line);
      return match ? { source: match[1], goesOn: match[2] === "P", text: match[3] } : undefined;
    },
  };
}

function fromDocker(line: string): Content | undefined {
  const { log, stream, time } = objectOf(line) ?? {};
  if (typeof log !== "string" || typeof time !== "string") return undefined;
  const ends = log.endsWith("\n");
  return { text: ends ? log.replace(/\r?\n$/, "") : log, source: String(stream ?? ""), goesOn: !ends };
}

function fromJournalJson(line: string): Content | undefined {
  const entry = objectOf(line);
  if (!entry || !("MESSAGE" in entry) || !("__REALTIME_TIMESTAMP" in entry)) return undefined;
  const { MESSAGE: message, SYSLOG_IDENTIFIER: name, _PID: pid } = entry;
  const text = Array.isArray(message) ? Buffer.from(message as number[]).toString("utf8") : message;
  return { text: typeof text === "string" ? text : "", source: `${name ?? ""}[${pid ?? ""}]`, goesOn: false };
}

function objectOf(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
