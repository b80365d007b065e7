/** One input with its number; outputs are not kept. */
export type HistoryEntry = [session: number, line: number, input: string];

interface HistoryRequest {
  hist_access_type?: string;
  n?: number;
  start?: number;
  stop?: number;
  pattern?: string;
  unique?: boolean;
  output?: boolean;
}

/** The inputs of this session, as `history_request` asks for them: the last, a range, or those that match a pattern. */
export class History {
  private readonly entries: HistoryEntry[] = [];

  add(line: number, input: string): void {
    this.entries.push([1, line, input]);
  }

  find(request: HistoryRequest): unknown[] {
    const found = this.select(request);
    return request.output ? found.map(([session, line, input]) => [session, line, [input, null]]) : found;
  }

  private select(request: HistoryRequest): HistoryEntry[] {
    const last = <T>(list: T[], count: number | undefined) =>
      count === undefined ? list : count > 0 ? list.slice(-count) : [];
    if (request.hist_access_type === "range") {
      const { start = 0, stop } = request;
      return this.entries.filter(
        ([, line]) => line >= Math.max(1, start) && (stop == null || stop <= 0 || line < stop),
      );
    }
    if (request.hist_access_type === "search") {
      const matches = globPattern(request.pattern ?? "*");
      const found = this.entries.filter(([, , input]) => matches.test(input));
      return last(request.unique ? uniqueLast(found) : found, request.n);
    }
    return last(this.entries, request.n ?? 10);
  }
}

// The protocol's patterns are globs: `*` any text, `?` one character.
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}

function uniqueLast(entries: HistoryEntry[]): HistoryEntry[] {
  const byInput = new Map<string, HistoryEntry>();
  for (const entry of entries) {
    byInput.delete(entry[2]);
    byInput.set(entry[2], entry);
  }
  return [...byInput.values()];
}
