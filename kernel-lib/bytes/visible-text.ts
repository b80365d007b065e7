// Controls but tab and line feed; marks that turn the direction of text; separators and marks that nobody sees.
const hidden =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * Text in which nothing acts or hides: control characters and marks that turn the direction of text stand as `\x1b` and
 * `\u202e`. Line feeds and tabs stay. The one gate for text of captures on its way to a terminal, a page or a file
 * that people open.
 *
 * @example
 * visibleText("a\u202eb\x07") // "a\\u202eb\\x07"
 */
export function visibleText(text: string): string {
  return text.replace(hidden, (character) => {
    const code = character.charCodeAt(0);
    return code < 256
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/**
 * The start of a text for which there is no room, with its whole length.
 *
 * @example
 * clippedText("abcdefgh", 4) // "abcd… (8 characters)"
 */
export function clippedText(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
}
