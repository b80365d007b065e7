/**
 * The URL of one of the library's own built files, by its path in `dist`: for what another thread or process runs. This
 * module lies one folder below `dist`, by itself and in the bundle alike.
 */
export function ownFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}
