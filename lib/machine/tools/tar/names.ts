/** Names of members: which are left out, and what they are turned into (--exclude, --transform). */
import { compileGlob } from "../support/glob.ts";
import { UsageError } from "../support/options.ts";
import { compilePattern, type Pattern } from "../support/regex.ts";

/** Whether one of the patterns fits a name, or a directory above it, from any of its parts on. */
export function excluder(patterns: readonly string[], anchored = false): (name: string) => boolean {
  if (patterns.length === 0) return () => false;
  const globs = patterns.map((pattern) => compileGlob(pattern.replace(/(.)\/+$/, "$1")));
  return (name) => {
    const parts = name.replace(/\/+$/, "").split("/");
    for (let from = 0; from < (anchored ? 1 : parts.length); from++) {
      for (let to = from + 1; to <= parts.length; to++) {
        const part = parts.slice(from, to).join("/");
        if (globs.some((matches) => matches(part))) return true;
      }
    }
    return false;
  };
}

interface Transform {
  readonly pattern: Pattern;
  readonly replacement: string;
  readonly global: boolean;
  readonly occurrence: number;
  /** Names, targets of symbolic links, targets of hard links. */
  readonly scope: ReadonlySet<"r" | "s" | "h">;
}

/** sed's `s,a,b,` with tar's own flags; several stand behind semicolons. Throws `UsageError`. */
export function parseTransforms(text: string): Transform[] {
  const out: Transform[] = [];
  let rest = text;
  while (rest !== "") {
    if (!rest.startsWith("s") || rest.length < 2) throw new UsageError("Invalid transform expression");
    const mark = rest[1] as string;
    const parts: string[] = [];
    let at = 2;
    for (let part = ""; parts.length < 2; at++) {
      const character = rest[at];
      if (character === undefined) throw new UsageError("Invalid transform expression");
      if (character === mark) {
        parts.push(part);
        part = "";
      } else if (character === "\\" && rest[at + 1] !== undefined) {
        at++;
        part += rest[at] === mark ? mark : `\\${rest[at]}`;
      } else part += character;
    }
    const end = rest.indexOf(";", at);
    const flags = rest.slice(at, end === -1 ? undefined : end);
    rest = end === -1 ? "" : rest.slice(end + 1);
    if (/[^gixrsSRHh\d]/.test(flags))
      throw new UsageError(`Unknown flag in transform expression: ${/[^gixrsSRHh\d]/.exec(flags)?.[0]}`, true);
    const scope = new Set<"r" | "s" | "h">(["r", "s", "h"]);
    for (const flag of flags) if ("RSH".includes(flag)) scope.delete(flag.toLowerCase() as "r");
    out.push({
      pattern: compilePattern(parts[0] as string, {
        syntax: flags.includes("x") ? "extended" : "basic",
        ignoreCase: flags.includes("i"),
      }),
      replacement: parts[1] as string,
      global: flags.includes("g"),
      occurrence: Number(/\d+/.exec(flags)?.[0] ?? 1),
      scope,
    });
  }
  return out;
}

/** The name after all transformations. */
export function transformed(name: string, kind: "r" | "s" | "h", transforms: readonly Transform[]): string {
  let text = name;
  for (const { pattern, replacement, global, occurrence, scope } of transforms) {
    if (!scope.has(kind)) continue;
    let out = "";
    let from = 0;
    let count = 0;
    for (let at = 0; at <= text.length; ) {
      const found = pattern.find(text, at);
      if (found === undefined) break;
      count++;
      if (count >= occurrence) {
        out += text.slice(from, found.start) + expand(replacement, found.groups);
        from = found.end;
        if (!global) break;
      }
      at = found.end === found.start ? found.end + 1 : found.end;
    }
    text = out + text.slice(from);
  }
  return text;
}

function expand(replacement: string, groups: readonly (string | undefined)[]): string {
  let mode: "U" | "L" | undefined;
  let once: "u" | "l" | undefined;
  let out = "";
  const add = (text: string) => {
    let value = mode === "U" ? text.toUpperCase() : mode === "L" ? text.toLowerCase() : text;
    if (once !== undefined && value !== "") {
      value = (once === "u" ? value.slice(0, 1).toUpperCase() : value.slice(0, 1).toLowerCase()) + value.slice(1);
      once = undefined;
    }
    out += value;
  };
  for (let at = 0; at < replacement.length; at++) {
    const character = replacement[at] as string;
    if (character === "&") add(groups[0] ?? "");
    else if (character === "\\") {
      const next = replacement[++at] ?? "";
      if (/\d/.test(next)) add(groups[Number(next)] ?? "");
      else if (next === "U" || next === "L") mode = next;
      else if (next === "u" || next === "l") once = next;
      else if (next === "E") mode = undefined;
      else add(next === "n" ? "\n" : next);
    } else add(character);
  }
  return out;
}
