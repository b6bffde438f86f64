/** Refspecs: "+refs/heads/*:refs/remotes/origin/*" (refspec.c). */
import { fatal } from "../failure.ts";
import { validRefName } from "../refs.ts";

export interface Refspec {
  readonly text: string;
  readonly force: boolean;
  /** "^pattern": what it matches is left out. */
  readonly negative: boolean;
  readonly source: string;
  /** Undefined: no colon. "" : a colon with nothing behind it. */
  readonly target: string | undefined;
  readonly pattern: boolean;
}

export function parseRefspec(text: string): Refspec {
  const negative = text.startsWith("^");
  const force = text.startsWith("+");
  const body = force || negative ? text.slice(1) : text;
  const colon = body.lastIndexOf(":");
  const source = colon === -1 ? body : body.slice(0, colon);
  const target = colon === -1 ? undefined : body.slice(colon + 1);
  const pattern = source.includes("*");
  const fits = (name: string) => name === "" || validRefName(name.replace("*", "x")) || name === "@";
  const matching = body === ":";
  const bad =
    !matching &&
    ((target?.includes("*") ?? pattern) !== pattern ||
      (target !== undefined && !fits(target)) ||
      (pattern && !fits(source)));
  if (bad) throw fatal(`invalid refspec '${text}'`);
  return { text, force, negative, source: source === "@" ? "HEAD" : source, target, pattern };
}

/** What the star of `pattern` stands for in `name`; undefined where it does not fit. */
export function starOf(pattern: string, name: string): string | undefined {
  const star = pattern.indexOf("*");
  if (star === -1) return pattern === name ? "" : undefined;
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  if (name.length < before.length + after.length || !name.startsWith(before) || !name.endsWith(after)) return undefined;
  return name.slice(before.length, name.length - after.length);
}

/** Where the refspecs put a reference of the other side; undefined where they do not name it. */
export function mapped(
  specs: readonly Refspec[],
  name: string,
): { readonly to: string; readonly force: boolean } | undefined {
  if (specs.some((spec) => spec.negative && starOf(spec.source, name) !== undefined)) return undefined;
  for (const spec of specs) {
    if (spec.negative || spec.target === undefined || spec.target === "") continue;
    const star = starOf(spec.source, name);
    if (star !== undefined) return { to: spec.target.replace("*", star), force: spec.force };
  }
  return undefined;
}
