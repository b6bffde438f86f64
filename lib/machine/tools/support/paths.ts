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
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
