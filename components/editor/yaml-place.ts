/**
 * Where in a YAML manifest a cursor stands: its document, the keys above it, the keys beside it. Works line by line on
 * indentation, because a text that is being typed is seldom valid YAML. Pure.
 */

export interface YamlPlace {
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
  /** Keys from the document's root to the mapping the cursor stands in. */
  readonly path: readonly string[];
  /** Keys that this mapping has already. */
  readonly siblings: readonly string[];
  /** The key of the line, where the cursor stands behind its colon. */
  readonly keyOfValue: string | undefined;
}

interface Line {
  /** Column of the key; a list item's dash does not count. */
  readonly indent: number;
  /** Column of the dash; undefined where the line begins no list item. */
  readonly dash: number | undefined;
  readonly key: string | undefined;
}

function read(text: string): Line | undefined {
  const match = /^(\s*)((?:-\s+)*)(-$|[^\s#].*)?$/.exec(text.replace(/\s+$/, ""));
  if (match === null || (match[2] === "" && match[3] === undefined)) return undefined;
  const [, space = "", dashes = "", rest = ""] = match;
  if (rest === "-") return { indent: space.length + dashes.length + 2, dash: space.length, key: undefined };
  const key = /^"?([\w./-]+)"?\s*:(?:\s|$)/.exec(rest)?.[1];
  return { indent: space.length + dashes.length, dash: dashes === "" ? undefined : space.length, key };
}

const isBorder = (line: string | undefined) => line !== undefined && /^---(\s|$)/.test(line);

/** `line` and `column` are 1-based, as editors count. */
export function placeIn(text: string, line: number, column: number): YamlPlace {
  const lines = text.split("\n");
  let first = line - 1;
  while (first > 0 && !isBorder(lines[first - 1])) first--;
  let last = line - 1;
  while (last + 1 < lines.length && !isBorder(lines[last + 1])) last++;
  const root = (key: string) => {
    for (let at = first; at <= last; at++) {
      const value = new RegExp(`^${key}:\\s*"?([^\\s"#]+)`).exec(lines[at] ?? "")?.[1];
      if (value !== undefined) return value;
    }
    return undefined;
  };

  const current = lines[line - 1] ?? "";
  const before = current.slice(0, column - 1);
  const here = read(current);
  // On an empty line the cursor's column says how deep one is.
  const indent = here?.indent ?? before.length;
  const keyOfValue = here?.key !== undefined && /:\s*\S*$/.test(before) && before.includes(":") ? here.key : undefined;

  const path: string[] = [];
  const siblings: string[] = [];
  let level = indent;
  // Above the dash of an item lie the list's other items, and above them the key of the list.
  let limit = here?.dash ?? indent;
  let inOwnMapping = here?.dash === undefined;
  for (let at = line - 2; at >= first; at--) {
    const above = read(lines[at] ?? "");
    if (above === undefined) continue;
    if (inOwnMapping && level === indent && above.indent === indent && above.key !== undefined && path.length === 0) {
      siblings.push(above.key);
      if (above.dash !== undefined) {
        limit = above.dash;
        inOwnMapping = false;
      }
      continue;
    }
    const owns =
      above.key !== undefined &&
      (above.indent < limit || (above.indent === limit && above.dash === undefined && limit < level));
    if (!owns) {
      if (above.indent === level && above.dash !== undefined && above.dash < limit) limit = above.dash;
      continue;
    }
    path.unshift(above.key ?? "");
    level = above.indent;
    limit = above.dash ?? above.indent;
    inOwnMapping = false;
  }
  for (let at = line; at <= last; at++) {
    const below = read(lines[at] ?? "");
    if (below === undefined) continue;
    if (below.indent < indent || (below.dash !== undefined && below.dash < indent)) break;
    if (below.indent === indent && below.key !== undefined) siblings.push(below.key);
  }
  return { apiVersion: root("apiVersion"), kind: root("kind"), path, siblings, keyOfValue };
}
