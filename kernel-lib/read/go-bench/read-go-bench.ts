/**
 * Go's benchmark format (`go test -bench`), as https://go.dev/design/14313-benchmark-format defines it and
 * golang.org/x/perf/benchfmt reads it: configuration lines `key: value`, results
 * `BenchmarkName-8 N value unit value unit ...`, and `Unit name key=value` lines.
 */
import { CaptureError } from "../../bytes/capture-error.js";
import { RowStore } from "../../bytes/row-store.js";
import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { LineScanner } from "../text/line-scanner.js";
import { scanLines } from "../text/lines.js";
import { type TidyUnit, tidyUnit } from "./tidy-unit.js";

/** One measurement: a result has one for each of its units. */
export interface Measurement {
  line: number;
  name: string;
  base: string;
  /** Sub-benchmark keys and values as JSON. */
  keys: string;
  gomaxprocs: number | null;
  iterations: number;
  value: number;
  unit: string;
  printed_value: number;
  printed_unit: string;
  pkg: string | null;
  goos: string | null;
  goarch: string | null;
  cpu: string | null;
  /** All configuration in force, as JSON. */
  config: string;
}

/** What a benchmark file says of a unit: `better=higher`, `assume=exact`. */
export interface UnitProperty {
  unit: string;
  key: string;
  value: string;
  line: number;
}

export interface BenchmarkRun {
  readonly measurements: RowStore<Measurement>;
  readonly units: readonly UnitProperty[];
  readonly unparsed: readonly { line: number; text: string }[];
  readonly results: number;
}

/**
 * Reads a benchmark file; lines that are no part of the format stay in `unparsed`.
 *
 * @throws CaptureError when no line is a result
 */
export async function readGoBench(input: OpenInput, options: ReadOptions = {}): Promise<BenchmarkRun> {
  const reader = new BenchReader();
  const scanner: LineScanner = new LineScanner((line, start, end) => {
    const text = utf8.decode(line.subarray(start, end));
    if (reader.take(text, scanner.line, scanner.cut) || !text.startsWith("Benchmark")) return;
    const message = `${JSON.stringify(text.slice(0, 80))} is no result: it has no measurement that can be read`;
    input.findings.add("loss", "unparsed-result", message, { line: scanner.line }, 1);
  });
  await scanLines(input, scanner, options);
  if (reader.results === 0) {
    throw new CaptureError(`none of its ${scanner.line} lines is a benchmark's result`, {
      place: { file: input.name },
      remedy: `it begins with ${JSON.stringify(Buffer.from(input.head.subarray(0, 40)).toString("utf8"))}; run go test -bench=.`,
    });
  }
  return reader;
}

const utf8 = new TextDecoder();

class BenchReader {
  readonly measurements: RowStore<Measurement> = new RowStore<Measurement>({
    line: "number",
    name: "text",
    base: "text",
    keys: "text",
    gomaxprocs: "number",
    iterations: "number",
    value: "measured",
    unit: "text",
    printed_value: "measured",
    printed_unit: "text",
    pkg: "text",
    goos: "text",
    goarch: "text",
    cpu: "text",
    config: "text",
  });
  readonly units: UnitProperty[] = [];
  readonly unparsed: { line: number; text: string }[] = [];
  results = 0;
  private readonly config = new Map<string, string>();
  private configText = "{}";
  /** What measurements say of the configuration in force. */
  private inForce: Pick<Measurement, "pkg" | "goos" | "goarch" | "cpu"> = noConfig;
  private readonly parts = new Map<string, ReturnType<typeof nameParts>>();
  private readonly tidied = new Map<string, TidyUnit>();
  private readonly unitValues = new Map<string, string>();

  /** False for a line that is no part of the format. */
  take(text: string, line: number, cut: boolean): boolean {
    if (!cut && this.understand(text, line)) return true;
    this.unparsed.push({ line, text });
    return false;
  }

  private understand(text: string, line: number): boolean {
    if (text.startsWith("Benchmark")) return this.result(text, line);
    const unit = /^Unit\s+(.*)$/u.exec(text);
    if (unit) return this.unitLine(unit[1], line);
    if (this.configuration(text)) return true;
    // What go test says around the results.
    return /^(?:PASS|FAIL|ok\s.*|FAIL\s.*|\?\s.*|exit status \d+|=== RUN\s.*|)$/u.test(text);
  }

  /** `key: value`; a key starts in lower case and has neither blanks nor upper case. An empty value removes it. */
  private configuration(text: string): boolean {
    const match = /^(\p{Ll}[^\s\p{Lu}:]*):(?:[ \t]+(.*))?$/u.exec(text);
    if (!match) return false;
    const [, key, value] = match;
    if (value) this.config.set(key, value);
    else this.config.delete(key);
    this.configText = JSON.stringify(Object.fromEntries(this.config));
    const said = (name: string): string | null => this.config.get(name) ?? null;
    this.inForce = { pkg: said("pkg"), goos: said("goos"), goarch: said("goarch"), cpu: said("cpu") };
    return true;
  }

  private result(text: string, line: number): boolean {
    const fields = fieldsOf(text);
    // `go test -v` prints the name alone when a benchmark starts.
    if (fields.length === 1) return !/\s$/u.test(text);
    const name = fields[0].slice("Benchmark".length);
    const iterations = wholeNumber(fields[1]);
    const values = pairs(fields);
    if (iterations === undefined || !values) return false;
    this.results++;
    const { base, keys, gomaxprocs } = remembered(this.parts, name, nameParts);
    const { pkg, goos, goarch, cpu } = this.inForce;
    for (const { value, unit } of values) {
      const tidied = remembered(this.tidied, unit, tidyUnit);
      this.measurements.push({
        line,
        name,
        base,
        keys,
        gomaxprocs,
        iterations,
        value: value * tidied.factor,
        // benchfmt takes a value that the factor leaves as it is (0 ns/op) for one that needed none, and keeps its unit.
        unit: value * tidied.factor === value ? unit : tidied.unit,
        printed_value: value,
        printed_unit: unit,
        pkg,
        goos,
        goarch,
        cpu,
        config: this.configText,
      });
    }
    return true;
  }

  private unitLine(text: string, line: number): boolean {
    const [name, ...properties] = fieldsOf(text);
    if (!name) return false;
    const { unit } = tidyUnit(name);
    let understood = true;
    for (const property of properties) {
      const equals = property.indexOf("=");
      const key = property.slice(0, equals);
      const value = property.slice(equals + 1);
      const have = this.unitValues.get(`${unit} ${key}`);
      if (equals <= 0 || (have !== undefined && have !== value)) understood = false;
      else if (have === undefined) {
        this.unitValues.set(`${unit} ${key}`, value);
        this.units.push({ unit, key, value, line });
      }
    }
    return understood;
  }
}

const noConfig = { pkg: null, goos: null, goarch: null, cpu: null };

function fieldsOf(text: string): string[] {
  const fields = text.split(/\s+/);
  if (fields[0] === "") fields.shift();
  if (fields.at(-1) === "") fields.pop();
  return fields;
}

/** What `make` gives for a key, made once: a benchmark has a line for each of its runs. */
function remembered<T>(made: Map<string, T>, key: string, make: (key: string) => T): T {
  const known = made.get(key);
  if (known !== undefined) return known;
  const value = make(key);
  made.set(key, value);
  return value;
}

/** Pairs of value and unit from the third field on; a result needs at least one, and no half one. */
function pairs(fields: readonly string[]): { value: number; unit: string }[] | undefined {
  if (fields.length < 4 || fields.length % 2 !== 0) return undefined;
  const values: { value: number; unit: string }[] = [];
  for (let at = 2; at < fields.length; at += 2) {
    const value = goNumber(fields[at]);
    if (value === undefined) return undefined;
    values.push({ value, unit: fields[at + 1] });
  }
  return values;
}

function wholeNumber(text: string): number | undefined {
  return /^[+-]?\d{1,19}$/.test(text) ? Number(text) : undefined;
}

/** A number as Go's strconv.ParseFloat takes it. */
function goNumber(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (!word) return undefined;
  if (word[2].toLowerCase() === "nan") return Number.NaN;
  return word[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** A name's base, its `/key=value` and `/value` parts, and the processors after its last dash. */
function nameParts(name: string): { base: string; keys: string; gomaxprocs: number | null } {
  const procs = /-(\d+)$/.exec(name);
  const [base, ...parts] = (procs ? name.slice(0, procs.index) : name).split("/");
  const keys = parts.map((part, index): [string, string] => {
    const equals = part.indexOf("=");
    return equals > 0 ? [part.slice(0, equals), part.slice(equals + 1)] : [`sub${index + 1}`, part];
  });
  return {
    base,
    keys: JSON.stringify(Object.fromEntries(keys)),
    gomaxprocs: procs ? Number(procs[1]) : null,
  };
}
