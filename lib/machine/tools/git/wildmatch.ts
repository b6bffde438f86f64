/** git's file patterns (wildmatch.c), as a linear-time expression. */
import { RE2JS } from "re2js";

const ESCAPE = /[\\^$.|?*+()[\]{}]/g;
const cache = new Map<string, RE2JS | undefined>();
const MAX_CACHED = 500;

/** `paths`: a star stops at slashes, and `**` crosses them. Without it every star crosses. */
export function wildmatch(pattern: string, text: string, paths: boolean, ignoreCase = false): boolean {
  const key = `${paths ? "p" : "t"}${ignoreCase ? "i" : "c"}${pattern}`;
  let compiled = cache.get(key);
  if (!cache.has(key)) {
    if (cache.size > MAX_CACHED) cache.clear();
    compiled = compile(pattern, paths, ignoreCase);
    cache.set(key, compiled);
  }
  return compiled?.matcher(text).matches() ?? false;
}

function compile(pattern: string, paths: boolean, ignoreCase: boolean): RE2JS | undefined {
  let source = "";
  const any = paths ? "[^/]" : ".";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === "\\") {
      at++;
      if (at >= pattern.length) return undefined;
      source += (pattern[at] as string).replace(ESCAPE, "\\$&");
    } else if (character === "?") source += any;
    else if (character === "*") {
      let end = at;
      while (pattern[end + 1] === "*") end++;
      const startsPart = at === 0 || pattern[at - 1] === "/";
      const whole = end > at && startsPart && (end + 1 === pattern.length || pattern[end + 1] === "/");
      if (!paths) source += ".*";
      else if (!whole) source += "[^/]*";
      else if (end + 1 === pattern.length) source += ".*";
      else {
        source += "(?:.*/)?";
        end++;
      }
      at = end;
    } else if (character === "[") {
      const set = /^\[([!^]?)(\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]/.exec(pattern.slice(at));
      if (set === null) return undefined;
      const body = (set[2] as string).replace(/\[:[a-z]+:\]|\\(.)|[\\[\]^]/g, (whole, escaped: string | undefined) =>
        whole.startsWith("[:") ? whole : (escaped ?? whole).replace(/[\\[\]^-]/, "\\$&"),
      );
      source += set[1] === "" ? `[${body}]` : `[^${paths ? "/" : ""}${body}]`;
      at += set[0].length - 1;
    } else source += character.replace(ESCAPE, "\\$&");
  }
  try {
    return RE2JS.compile(source, RE2JS.DOTALL | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0));
  } catch {
    // A set that is no set matches nothing, as in git.
    return undefined;
  }
}

/** True where the text has characters that make it a pattern. */
export function isPattern(text: string): boolean {
  return /[*?[\\]/.test(text);
}
