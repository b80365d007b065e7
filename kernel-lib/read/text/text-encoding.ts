import type { OpenInput } from "../input.js";
import { filteredInput, inputFrom, type TextFilter } from "./filtered-input.js";

/**
 * An input as UTF-8 without a byte order mark: UTF-16 (what `>` of Windows PowerShell writes) is rewritten, with its
 * mark or without one where every second byte of the beginning is 0 and the others are printable.
 */
export function inUtf8(input: OpenInput): OpenInput {
  const { head } = input;
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return inputFrom(input, 3);
  const encoding = utf16Of(head);
  if (!encoding) return input;
  const name = encoding === "utf-16le" ? "little-endian" : "big-endian";
  input.findings.add("info", "encoding", `the text is ${name} UTF-16; places count in it as UTF-8`);
  return filteredInput(input, () => new Utf16Filter(encoding));
}

type Utf16 = "utf-16le" | "utf-16be";

function utf16Of(head: Uint8Array): Utf16 | undefined {
  if (head[0] === 0xff && head[1] === 0xfe && (head[2] !== 0 || head[3] !== 0)) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  // Without a mark, only where there can be no doubt.
  if (head.length < 16) return undefined;
  if (isHalfZero(head, 0)) return "utf-16le";
  return isHalfZero(head, 1) ? "utf-16be" : undefined;
}

/** Whether of each of the first pairs of bytes one is 0 and the other, first or second, is of a text in ASCII. */
function isHalfZero(head: Uint8Array, text: 0 | 1): boolean {
  let blank = 0;
  for (let at = 0; at + 1 < Math.min(head.length, 256); at += 2) {
    const byte = head[at + text];
    const isBlank = byte >= 9 && byte <= 13;
    if (isBlank) blank++;
    if (!(isBlank || (byte >= 32 && byte < 127)) || head[at + 1 - text] !== 0) return false;
  }
  return blank * 8 < Math.min(head.length, 256);
}

class Utf16Filter implements TextFilter {
  private readonly decoder: InstanceType<typeof TextDecoder>;

  constructor(encoding: Utf16) {
    this.decoder = new TextDecoder(encoding);
  }

  take(chunk: Uint8Array): Uint8Array {
    return Buffer.from(this.decoder.decode(chunk, { stream: true }));
  }

  end(): Uint8Array {
    return Buffer.from(this.decoder.decode());
  }
}
