/**
 * The lines of a text capture that fits into memory, without their line breaks (LF or CRLF).
 * Bytes that are not UTF-8 become U+FFFD. A last line without a break counts, an empty rest does not.
 */
export function* decodeLines(bytes: Uint8Array): Generator<string> {
  const utf8 = new TextDecoder();
  let start = 0;
  while (start < bytes.length) {
    let end = bytes.indexOf(10, start);
    if (end < 0) end = bytes.length;
    const cut = end > start && bytes[end - 1] === 13 ? end - 1 : end;
    yield utf8.decode(bytes.subarray(start, cut));
    start = end + 1;
  }
}
