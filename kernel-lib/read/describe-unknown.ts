/** What an input that no reader knows looks like, in a few words: for the refusal. */
export function describeUnknown(head: Uint8Array): string {
  const known: [RegExp, string][] = [
    [/^\x7fELF/, "an ELF binary"],
    [/^\x89PNG/, "a PNG picture"],
    [/^PK\x03\x04/, "a zip archive"],
    [/^%PDF/, "a PDF document"],
    [/^SQLite format 3/, "an SQLite database"],
    [/^\x28\xb5\x2f\xfd/, "zstd-compressed data"],
    [/^BZh/, "bzip2-compressed data"],
    [/^\xfd7zXZ/, "xz-compressed data"],
    [/^\s*<(!doctype|html)/i, "an HTML page"],
  ];
  const start = Buffer.from(head.subarray(0, 512)).toString("latin1");
  const match = known.find(([pattern]) => pattern.test(start));
  if (match) return match[1];
  const binary = head.subarray(0, 4096).some((byte) => byte < 9);
  if (binary) return "binary data of an unknown kind";
  return /^\s*[{[]/.test(start) ? "JSON of an unknown shape" : "text of an unknown kind";
}
