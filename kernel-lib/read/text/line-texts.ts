import type { LazyTextColumn } from "../../bytes/hex-column.js";
import type { OpenInput } from "../open-input.js";

const pageBytes = 1 << 18;
/** No line's text is shown beyond this; its place says where the rest is. */
const maxTextBytes = 1 << 20;

/**
 * The texts of lines whose offsets were kept, read from the capture when they are asked for: a large log's
 * unparsed lines cost eight bytes each, not their text. Bytes that are not UTF-8 become U+FFFD; of a line longer
 * than 1 MiB the first MiB is shown.
 */
export function lineTexts(input: OpenInput, offsets: Float64Array): LazyTextColumn {
  const utf8 = new TextDecoder();
  let page = new Uint8Array(0);
  let pageStart = 0;

  /** The line at an offset, if the page holds its end; -1 for the end when it does not. */
  const endInPage = (offset: number): number => {
    if (offset < pageStart || offset >= pageStart + page.length) return -1;
    return page.indexOf(10, offset - pageStart);
  };
  const at = (row: number): string => {
    const offset = offsets[row];
    let end = endInPage(offset);
    for (let size = pageBytes; end < 0; size *= 4) {
      page = input.slice(offset, offset + size) as typeof page;
      pageStart = offset;
      end = page.indexOf(10);
      if (end < 0 && (page.length < size || size >= maxTextBytes)) end = Math.min(page.length, maxTextBytes);
    }
    const start = offset - pageStart;
    if (end > start && page[end - 1] === 13) end--;
    return utf8.decode(page.subarray(start, Math.min(end, start + maxTextBytes)));
  };
  return {
    length: offsets.length,
    at,
    *[Symbol.iterator]() {
      for (let row = 0; row < offsets.length; row++) yield at(row);
    },
  };
}
