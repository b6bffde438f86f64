/**
 * What Perl's patterns have and a linear-time engine has not, where it can be said otherwise: `\K`, and looking ahead at
 * the end or behind at the start of a pattern. The rest of the match is then a group of its own.
 */

interface PerlPattern {
  readonly source: string;
  /** The match is what this group took; undefined: everything. */
  readonly group: number | undefined;
  /** How far before the wanted start a search has to begin. */
  readonly before: number;
}

const LOOK = /\(\?(?:<?[=!])/;
const REACH = 256;

/** Undefined: it asks for something that cannot be said. */
export function withoutLooks(pattern: string): PerlPattern | undefined {
  let source = pattern;
  let tail = "";
  let head = "";
  let before = 0;
  const ahead = lastGroup(source);
  if (ahead !== undefined && /^\(\?[=!]/.test(source.slice(ahead))) {
    tail = looked(source.slice(ahead + 3, -1), source[ahead + 2] === "!", "\\z") ?? "";
    if (tail === "") return undefined;
    source = source.slice(0, ahead);
  }
  const behind = /^\(\?<[=!]/.test(source) ? closing(source, 0) : -1;
  if (behind !== -1) {
    head = looked(source.slice(4, behind), source[3] === "!", "^") ?? "";
    if (head === "") return undefined;
    source = source.slice(behind + 1);
    before = REACH;
  }
  const keep = topLevel(source, "\\K");
  if (keep !== -1) {
    if (topLevel(source, "|") !== -1) return undefined;
    head += `(?:${source.slice(0, keep)})`;
    source = source.slice(keep + 2);
  }
  if (LOOK.test(source) || source.includes("\\K")) return undefined;
  if (head === "" && tail === "") return { source: pattern, group: undefined, before: 0 };
  const group = groupsIn(head) + 1;
  return { source: `${head}(${source})${tail}`, group, before };
}

/** What is looked for, taken along; `not`: one character that is none of them, or the edge. */
function looked(inner: string, not: boolean, edge: string): string | undefined {
  if (!not) return `(?:${inner})`;
  if (/^\\[dwsDWS]$/.test(inner)) {
    const letter = inner.charAt(1);
    return `(?:\\${letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()}|${edge})`;
  }
  const set = /^\[(\^?)([^\]]+)\]$/.exec(inner);
  if (set !== null) return `(?:[${set[1] === "" ? "^" : ""}${set[2]}]|${edge})`;
  if (/^(?:\\[^\w]|[\w\s"'#%&,:;<=>@`~!/-])$/u.test(inner)) return `(?:[^${inner}]|${edge})`;
  return undefined;
}

function groupsIn(pattern: string): number {
  return (pattern.replace(/\\./gs, "").match(/\((?!\?)|\(\?P?<(?![=!])/g) ?? []).length;
}

/** Where `what` stands outside of groups and sets; -1: nowhere. */
function topLevel(pattern: string, what: string): number {
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    if (depth === 0 && pattern.startsWith(what, at)) return at;
    const character = pattern[at];
    if (character === "\\") at++;
    else if (character === "[") at = setEnd(pattern, at);
    else if (character === "(") depth++;
    else if (character === ")") depth--;
  }
  return -1;
}

function setEnd(pattern: string, start: number): number {
  for (let at = start + 2; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "]") return at;
  }
  return pattern.length;
}

function closing(pattern: string, start: number): number {
  let depth = 0;
  for (let at = start; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "\\") at++;
    else if (character === "[") at = setEnd(pattern, at);
    else if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return at;
  }
  return -1;
}

/** Where the group that ends the pattern begins. */
function lastGroup(pattern: string): number | undefined {
  if (!pattern.endsWith(")")) return undefined;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "\\") at++;
    else if (character === "[") at = setEnd(pattern, at);
    else if (character === "(") {
      const end = closing(pattern, at);
      if (end === pattern.length - 1) return at;
      if (end === -1) return undefined;
      at = end;
    }
  }
  return undefined;
}
