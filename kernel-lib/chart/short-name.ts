/**
 * A Go function's name as there is room for on an axis or in a box: `github.com/x/server.(*Conn).serve` is
 * `server.(*Conn).serve`. Only the path in front of the package goes, so that type arguments, which have paths of their
 * own, and names that are none of Go's stay whole.
 */
export function shortName(name: string): string {
  return name.replace(/^[\w.~%-]+(?:\/[\w.~%-]+)*\/(?=[\w.~%-])/, "");
}

/** A name with its two ends where there is no room for all of it: the package in front, the method behind. */
export function shortened(name: string, room: number): string {
  if (name.length <= room) return name;
  const end = Math.floor((room - 1) * 0.6);
  return `${name.slice(0, room - 1 - end)}…${name.slice(-end)}`;
}
