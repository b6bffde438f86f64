/** gawk's other ways to cut a record: by what fields are (FPAT), or by how wide they are (FIELDWIDTHS). */
import type { Pattern } from "../support/regex.ts";

const MAX_PARTS = 150_000;

/** The matches, and what stands before, between and after them. An empty match is a field only where nothing else is. */
export function cutByContent(text: string, pattern: Pattern): { readonly parts: string[]; readonly between: string[] } {
  const parts: string[] = [];
  const between: string[] = [];
  let from = 0;
  let after = -1;
  for (let at = 0; at <= text.length && parts.length < MAX_PARTS; ) {
    const match = pattern.find(text, at);
    if (match === undefined) break;
    const empty = match.end === match.start;
    // None right after another field.
    if (!empty || match.start !== after) {
      if (!empty || match.start < text.length || parts.length === 0) {
        if (text === "") break;
        between.push(text.slice(from, match.start));
        parts.push(text.slice(match.start, match.end));
        from = match.end;
        after = match.end;
      }
    }
    at = empty ? match.end + 1 : match.end;
  }
  between.push(text.slice(from));
  return { parts, between };
}

interface Width {
  readonly skip: number;
  /** Infinity: the rest. */
  readonly size: number;
}

/** "2 3:4 *": widths, some after characters that are left out, the last maybe all that is left. */
export function readWidths(text: string): Width[] {
  return text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => {
      const [first = "", second] = word.split(":");
      const size = second ?? first;
      return {
        skip: second === undefined ? 0 : Math.max(0, Math.trunc(Number(first)) || 0),
        size: size === "*" ? Number.POSITIVE_INFINITY : Math.max(0, Math.trunc(Number(size)) || 0),
      };
    });
}

export function cutAtWidths(text: string, widths: readonly Width[]): string[] {
  const parts: string[] = [];
  let at = 0;
  for (const { skip, size } of widths) {
    at += skip;
    if (at >= text.length) break;
    parts.push(text.slice(at, at + size));
    at += size;
  }
  return parts;
}
