import { createHash } from "node:crypto";
import { open, rename } from "node:fs/promises";
import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { join } from "node:path";
import { formatNs } from "../../chart/units.js";
import { UsageError } from "../usage-error.js";
import type { Planned } from "./planned.js";

/** What a download may cost, and how it says where it is. */
export interface DownloadOptions {
  /** How long a service may stay silent beyond what it was asked to take, in ns. */
  readonly timeoutNs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** The `Authorization` header, sent to the service's own host alone. */
  readonly authorization?: string;
  readonly service: URL;
  readonly onBytes: (bytes: number) => void;
}

/** A file of a capture as it arrived. */
export interface Downloaded {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Why it is not whole; undefined when it is. */
  readonly problem?: string;
}

/**
 * Asks a service for one thing and writes it into a folder. While it arrives its name ends in `.partial`, and keeps
 * that when it is cut: a trace that is cut can still be read.
 *
 * @throws UsageError in one line when nothing came that is worth keeping
 */
export async function download(what: Planned, folder: string, options: DownloadOptions): Promise<Downloaded> {
  const answer = await answerOf(what, what.url, options, 0);
  const path = join(folder, what.file);
  const file = await open(`${path}.partial`, "wx");
  const hash = createHash("sha256");
  let bytes = 0;
  let problem: string | undefined;
  try {
    for await (const chunk of withWholeHead(answer)) {
      if (bytes === 0) refuseOther(what, chunk, answer);
      if (bytes + chunk.length > options.maxBytes) {
        problem = `is larger than ${options.maxBytes} bytes, what --max-size allows; the rest was left`;
        break;
      }
      await file.write(chunk);
      hash.update(chunk);
      bytes += chunk.length;
      options.onBytes(bytes);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    problem = `was cut after ${bytes} bytes: ${reason(error, options)}`;
  } finally {
    answer.destroy();
    await file.sync().catch(() => undefined);
    await file.close();
  }
  if (problem === undefined && bytes === 0) throw new UsageError(`${what.url}: answers with nothing`);
  if (problem === undefined) await rename(`${path}.partial`, path);
  const name = problem === undefined ? what.file : `${what.file}.partial`;
  return { file: name, bytes, sha256: hash.digest("hex"), problem };
}

/** An answer in its pieces, the first of which is long enough to tell what it is of. */
async function* withWholeHead(answer: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of answer) {
    if (head === undefined) yield chunk;
    else {
      head = Buffer.concat([head, chunk]);
      if (head.length < 16) continue;
      yield head;
      head = undefined;
    }
  }
  if (head && head.length > 0) yield head;
}

/** The answer's head; redirects are followed within the host alone, since a profile is nobody else's to give or to ask for. */
function answerOf(what: Planned, url: URL, options: DownloadOptions, hops: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const own = url.host === options.service.host;
    const headers: Record<string, string> = { "accept-encoding": "identity", "user-agent": "tracebook" };
    if (own && options.authorization !== undefined) headers.authorization = options.authorization;
    const get = url.protocol === "https:" ? getHttps : getHttp;
    const timeout = (options.timeoutNs + what.takesNs) / 1e6;
    const fail = (problem: string): void => reject(new UsageError(`${url}: ${problem}`));
    const request = get(url, { headers, signal: options.signal, agent: false }, (answer) => {
      const { statusCode = 0 } = answer;
      if (statusCode >= 300 && statusCode < 400 && answer.headers.location !== undefined) {
        answer.destroy();
        const next = URL.parse(answer.headers.location, url.href);
        if (!next || next.host !== url.host || next.protocol !== url.protocol) {
          fail(`redirects to ${next?.host ?? "nowhere"}, another host; name that one if it is the service`);
        } else if (hops === 5) fail("redirects in a circle; check the address");
        else answerOf(what, next, options, hops + 1).then(resolve, reject);
      } else if (statusCode === 200) resolve(answer);
      else
        refusal(answer).then(
          (text) => fail(`answers ${statusCode}${text}; ${remedies(what, statusCode)}`),
          reject,
        );
    });
    request.setTimeout(timeout, () =>
      request.destroy(new Error(`nothing came for ${formatNs(timeout * 1e6)}`)),
    );
    request.on("error", (error) => {
      // Once the head is there, the reader of the body is told.
      fail(`${reason(error, options)}; check that the service runs and the address is right`);
    });
  });
}

/** What a service said to its refusal, in its own first line. */
async function refusal(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer) {
    text += chunk;
    if (text.length > 400) break;
  }
  answer.destroy();
  const line = text.split("\n").find((candidate) => candidate.trim() !== "" && !/^\s*</.test(candidate));
  return line === undefined ? "" : ` (${line.trim().slice(0, 200)})`;
}

function remedies(what: Planned, status: number): string {
  if (status === 401 || status === 403) return "put the Authorization header into TRACEBOOK_AUTHORIZATION";
  if (status === 404 && what.name === "leak") {
    return "goroutine leak profiles need Go 1.27, or Go 1.26 built with GOEXPERIMENT=goroutineleakprofile";
  }
  if (status === 404) return 'import _ "net/http/pprof" in the service, or name the path it is served under';
  if (status === 400) return "ask for less time, or raise the server's WriteTimeout";
  if (status === 500) return "another profile of this kind may be running; try again when it has ended";
  return "check the address";
}

/** Refuses an answer that is not what was asked for: an error page must not end up as a profile. */
function refuseOther({ content, url }: Planned, head: Buffer, answer: IncomingMessage): void {
  const text = head.subarray(0, 64).toString("latin1");
  const isHtml =
    /^\s*<(!doctype|html|head|\?xml)/i.test(text) || /text\/html/.test(answer.headers["content-type"] ?? "");
  // A profile is gzipped by net/http/pprof; behind a proxy that unpacks it is a message that begins with a sample type.
  const right =
    content === "trace"
      ? text.startsWith("go 1.")
      : content === "profile"
        ? /^(\x1f\x8b|\x0a)/.test(text)
        : true;
  if (right && !isHtml) return;
  const found = isHtml ? "an HTML page" : "something else";
  throw new UsageError(
    `${url}: answers with ${found} instead of a ${content}; check that net/http/pprof is served there`,
  );
}

function reason(error: unknown, { signal }: DownloadOptions): string {
  if (signal.aborted) return "stopped";
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ECONNREFUSED: "nothing listens there",
    ECONNRESET: "the service closed the connection",
    ENOTFOUND: "no such host",
    ENOSPC: "the disk is full",
  };
  if (message === "aborted") return "the service closed the connection";
  return known[code ?? ""] ?? message;
}
