/** Which commits a log shows: by date, people, message, parents, and what they add or take away. */

import { compareLines } from "../support/line-diff.ts";
import { compilePattern } from "../support/regex.ts";
import type { Git } from "./context.ts";
import { contentOf, type Pair } from "./diff/pairs.ts";
import { splitLines } from "./diff/patch.ts";
import { fatal } from "./failure.ts";
import type { Commit } from "./objects.ts";
import type { Options } from "./options.ts";
import { parseGitDate } from "./person.ts";

/** -S and -G: what a pair must have changed; undefined where neither was given. */
export function pickaxe(git: Git, options: Options): ((pair: Pair) => Promise<boolean>) | undefined {
  const counted = options.value("S");
  const searched = options.value("G");
  const ignoreCase = options.has("regexp-ignore-case");
  if (counted !== undefined && searched !== undefined) throw fatal("options '-G' and '-S' cannot be used together");
  if (counted === "" || searched === "") throw fatal(`option \`${counted === "" ? "S" : "G"}' requires a value`, 129);
  if (searched !== undefined) {
    const pattern = compilePattern(searched, { syntax: "extended", ignoreCase, multiline: true });
    return async (pair) => {
      const one = splitLines(await contentOf(git.repository, pair.old));
      const two = splitLines(await contentOf(git.repository, pair.new));
      for (const change of await compareLines(one, two, (units) => git.spend(units))) {
        const lines = [...one.slice(change.a[0], change.a[1]), ...two.slice(change.b[0], change.b[1])];
        if (lines.some((line) => pattern.find(line, 0) !== undefined)) return true;
      }
      return false;
    };
  }
  if (counted === undefined) return undefined;
  const pattern = options.has("pickaxe-regex")
    ? compilePattern(counted, { syntax: "extended", ignoreCase, multiline: true })
    : undefined;
  const occurrences = (content: string): number => {
    if (pattern === undefined) return content.split(counted).length - 1;
    let count = 0;
    for (let at = 0; at <= content.length; ) {
      const found = pattern.find(content, at);
      if (found === undefined) break;
      count++;
      at = Math.max(found.end, found.start + 1);
    }
    return count;
  };
  return async (pair) =>
    occurrences(await contentOf(git.repository, pair.old)) !== occurrences(await contentOf(git.repository, pair.new));
}

/** Whether a commit is shown, as far as it alone can tell. */
export function commitFilter(git: Git, options: Options): (commit: Commit) => Promise<boolean> {
  const date = (text: string | undefined) => {
    if (text === undefined) return undefined;
    const parsed = parseGitDate(text, git.now);
    if (parsed === undefined) throw fatal(`the date '${text}' is not understood here`);
    return parsed.time;
  };
  const since = date(options.value("since") ?? options.value("after"));
  const until = date(options.value("until") ?? options.value("before"));
  const syntax = options.has("fixed-strings") ? "fixed" : options.has("extended-regexp") ? "extended" : "basic";
  const ignoreCase = options.has("regexp-ignore-case");
  const compile = (name: string) =>
    options.values(name).map((text) => compilePattern(text, { syntax, ignoreCase, multiline: true }));
  const authors = compile("author");
  const committers = compile("committer");
  const messages = compile("grep");
  const least = options.has("merges") ? 2 : Number(options.value("min-parents") ?? 0);
  const most = options.denied("merges") ? 1 : Number(options.value("max-parents") ?? Number.POSITIVE_INFINITY);
  return async (commit) => {
    if (since !== undefined && commit.committer.time < since) return false;
    if (until !== undefined && commit.committer.time > until) return false;
    if (commit.parents.length < least || commit.parents.length > most) return false;
    const person = (who: Commit["author"]) => `${who.name} <${who.email}>`;
    if (authors.length > 0 && !authors.some((pattern) => pattern.find(person(commit.author), 0))) return false;
    if (committers.length > 0 && !committers.some((pattern) => pattern.find(person(commit.committer), 0))) return false;
    await git.spend(3);
    if (messages.length === 0) return true;
    const test = (pattern: (typeof messages)[number]) => pattern.find(commit.message, 0) !== undefined;
    const found = options.has("all-match") ? messages.every(test) : messages.some(test);
    return found !== options.has("invert-grep");
  };
}
