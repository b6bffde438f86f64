/** Paths as text. */

export function join(directory: string, name: string): string {
  return directory.endsWith("/") ? `${directory}${name}` : `${directory}/${name}`;
}

/** The last part, without trailing slashes. "/" stays. */
export function baseName(path: string): string {
  const trimmed = path.replace(/(?!^)\/+$/, "");
  return trimmed === "/" ? "/" : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

export function directoryName(path: string): string {
  const trimmed = path.replace(/(?!^)\/+$/, "");
  const at = trimmed.lastIndexOf("/");
  if (at === -1) return ".";
  return trimmed.slice(0, at).replace(/\/+$/, "") || "/";
}

/** Byte order, as the C locale sorts. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareBytes(a.name, b.name);
}

/** The order of the bytes of UTF-8, which is that of the code points, not of JavaScript's units. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x === y) continue;
    // Surrogates stand for what comes after all others.
    const high = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
    return high(x) - high(y);
  }
  return a.length - b.length;
}
