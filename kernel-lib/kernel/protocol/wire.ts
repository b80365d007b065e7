// Jupyter's wire protocol 5.3: each message is a list of frames, identities first, then a delimiter, an HMAC over the
// four JSON frames, and those frames. https://jupyter-client.readthedocs.io/en/stable/messaging.html

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** A message's header, which replies and outputs carry as their parent. */
export interface Header {
  msg_id: string;
  session: string;
  username: string;
  date: string;
  msg_type: string;
  version: string;
}

/** A message with where it came from. */
export interface Message {
  identities: Uint8Array[];
  header: Header;
  parent: Header | Record<string, never>;
  metadata: Record<string, unknown>;
  content: Record<string, unknown>;
}

export const protocolVersion = "5.3";
const delimiter = Buffer.from("<IDS|MSG>");

/** Signs and checks messages with a connection's key; an empty key leaves messages unsigned, as the protocol says. */
export class Wire {
  private readonly key: string;
  private readonly scheme: string;
  private readonly session = randomUUID();
  // A message that was recorded and is sent again must not run a cell twice.
  private readonly seen = new Set<string>();

  constructor(key: string, signatureScheme: string) {
    this.key = key;
    this.scheme = signatureScheme.replace(/^hmac-/, "");
  }

  /** The message in some frames; undefined when it is not one, wrongly signed or a repetition. */
  decode(frames: readonly Uint8Array[]): Message | undefined {
    const at = frames.findIndex((frame) => delimiter.equals(frame));
    if (at < 0 || frames.length < at + 6) return undefined;
    const signature = Buffer.from(frames[at + 1]).toString("latin1");
    const parts = frames.slice(at + 2, at + 6);
    if (!this.accepts(signature, parts)) return undefined;
    try {
      const [header, parent, metadata, content] = parts.map((part) =>
        JSON.parse(Buffer.from(part).toString("utf8")),
      );
      if (typeof header?.msg_type !== "string") return undefined;
      // What is no object has nothing to be asked for; the request is answered as one that says nothing.
      const identities = frames.slice(0, at);
      return {
        identities,
        header,
        parent: objectOf(parent),
        metadata: objectOf(metadata),
        content: objectOf(content),
      };
    } catch {
      // Not JSON although signed: nothing can be answered to it.
      return undefined;
    }
  }

  private accepts(signature: string, parts: readonly Uint8Array[]): boolean {
    if (this.key === "") return true;
    const expected = Buffer.from(this.sign(parts));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    if (this.seen.has(signature)) return false;
    this.seen.add(signature);
    return true;
  }

  private sign(parts: readonly Uint8Array[]): string {
    if (this.key === "") return "";
    const hmac = createHmac(this.scheme, this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  /** The frames of a message of ours. */
  encode(
    type: string,
    content: Record<string, unknown>,
    parent: Header | Record<string, never>,
    identities: readonly Uint8Array[],
    metadata: Record<string, unknown> = {},
  ): Uint8Array[] {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.session,
      username: "tracebook",
      date: new Date().toISOString(),
      msg_type: type,
      version: protocolVersion,
    };
    const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...identities, delimiter, Buffer.from(this.sign(parts)), ...parts];
  }
}

function objectOf<T extends object>(value: unknown): T {
  return (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {}) as T;
}
