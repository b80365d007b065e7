/**
 * A relative link to a file of this name, whatever is in it: never one with a scheme.
 *
 * @example
 * linkTo("javascript:alert(1).html") // "javascript%3Aalert%281%29.html"
 */
export function linkTo(path: string): string {
  return path.split("/").map(encoded).join("/");
}

function encoded(name: string): string {
  return encodeURIComponent(name).replace(/[()'!*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}
