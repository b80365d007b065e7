import type { Capture } from "../capture/capture.js";

/** What a capture is called in an answer. */
export type CaptureNames = (capture: Capture) => string;

/**
 * Names for captures in what is shown and shared: the file's base name, and as much of its folders as tells captures of one
 * base name apart. A whole path says where somebody's files are, and nothing about the capture.
 */
export function captureNames(captures: readonly Capture[]): CaptureNames {
  const paths = new Set(captures.map(({ source }) => source.name));
  return ({ source }) => {
    const steps = source.name.split(/[/\\]/);
    for (let i = steps.length - 1; i > 0; i--) {
      const name = steps.slice(i).join("/");
      const other = [...paths].some((path) => path !== source.name && endsWith(path, name));
      if (name !== "" && !other) return name;
    }
    return source.name;
  };
}

function endsWith(path: string, name: string): boolean {
  const plain = path.replaceAll("\\", "/");
  return plain === name || plain.endsWith(`/${name}`);
}
