const signatures: readonly [type: string, at: number, text: string][] = [
  ["image/png", 0, "\x89PNG\r\n\x1a\n"],
  ["image/jpeg", 0, "\xff\xd8\xff"],
  ["image/gif", 0, "GIF8"],
  ["image/webp", 8, "WEBP"],
];

/** The media type of a picture by its first bytes; undefined when it is none of those that front ends draw. */
export function imageType(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(16, bytes.byteLength)).toString("latin1");
  return signatures.find(([, at, text]) => head.startsWith(text, at))?.[0];
}
