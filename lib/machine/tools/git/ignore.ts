/** .gitignore: which untracked files are left alone. */
import { decodeBytes } from "../../bytes.ts";
import { isErrno } from "../../errno.ts";
import type { FileApi } from "../../types.ts";
import { wildmatch } from "./wildmatch.ts";

interface IgnoreRule {
  /** As it stands in the file. */
  readonly text: string;
  readonly source: string;
  readonly line: number;
  readonly negative: boolean;
  readonly pattern: string;
  readonly directoryOnly: boolean;
  /** Matches against the path below `base`, not the name alone. */
  readonly anchored: boolean;
  /** Directory of the file with a slash at the end, or nothing. */
  readonly base: string;
}

function parseIgnore(text: string, base: string, source: string): IgnoreRule[] {
  return text.split("\n").flatMap((raw, index) => {
    let line = raw.replace(/\r$/, "");
    if (line === "" || line.startsWith("#")) return [];
    // Spaces at the end do not count unless they are escaped.
    const trimmed = line.replace(/(^|[^\\ ])((?:\\ )*) +$/, "$1$2");
    line = trimmed;
    let pattern = line;
    const negative = pattern.startsWith("!");
    if (negative) pattern = pattern.slice(1);
    const directoryOnly = pattern.endsWith("/");
    if (directoryOnly) pattern = pattern.slice(0, -1);
    if (pattern === "") return [];
    const anchored = pattern.includes("/");
    if (pattern.startsWith("/")) pattern = pattern.slice(1);
    return [{ text: line, source, line: index + 1, negative, pattern, directoryOnly, anchored, base }];
  });
}

function applies(rule: IgnoreRule, path: string, isDirectory: boolean): boolean {
  if (rule.directoryOnly && !isDirectory) return false;
  if (!path.startsWith(rule.base)) return false;
  if (!rule.anchored) return wildmatch(rule.pattern, path.slice(path.lastIndexOf("/") + 1), true);
  return wildmatch(rule.pattern, path.slice(rule.base.length), true);
}

export class Ignores {
  readonly #files: FileApi;
  readonly #workTree: string;
  readonly #general: readonly IgnoreRule[];
  readonly #byDirectory = new Map<string, readonly IgnoreRule[]>();
  readonly #directories = new Map<string, IgnoreRule | undefined>();

  /** `general`: files that hold for the whole tree, with the names messages give them; the last one wins. */
  constructor(files: FileApi, workTree: string, general: readonly { readonly path: string; readonly name: string }[]) {
    this.#files = files;
    this.#workTree = workTree;
    this.#general = general.flatMap(({ path, name }) => parseIgnore(this.#read(path), "", name));
  }

  #read(path: string): string {
    try {
      return decodeBytes(this.#files.readFile(path));
    } catch (error) {
      if (isErrno(error)) return "";
      throw error;
    }
  }

  /** Rules of the .gitignore in a directory ("" or "a/b/"). */
  #rules(directory: string): readonly IgnoreRule[] {
    let rules = this.#byDirectory.get(directory);
    if (rules === undefined) {
      rules = parseIgnore(this.#read(`${this.#workTree}/${directory}.gitignore`), directory, `${directory}.gitignore`);
      this.#byDirectory.set(directory, rules);
    }
    return rules;
  }

  /** The rule that decides about the path itself, its parents left aside. */
  #own(path: string, isDirectory: boolean): IgnoreRule | undefined {
    for (let end = path.lastIndexOf("/") + 1; ; end = path.lastIndexOf("/", end - 2) + 1) {
      const found = this.#rules(path.slice(0, end)).findLast((rule) => applies(rule, path, isDirectory));
      if (found !== undefined) return found;
      if (end <= 0) break;
    }
    return this.#general.findLast((rule) => applies(rule, path, isDirectory));
  }

  /** The rule that decides, a parent's first: what is in an ignored directory cannot come back. */
  rule(path: string, isDirectory: boolean): IgnoreRule | undefined {
    for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
      const parent = path.slice(0, at);
      let found = this.#directories.get(parent);
      if (!this.#directories.has(parent)) {
        found = this.#own(parent, true);
        this.#directories.set(parent, found);
      }
      if (found !== undefined && !found.negative) return found;
    }
    return this.#own(path, isDirectory);
  }

  ignored(path: string, isDirectory: boolean): boolean {
    const rule = this.rule(path, isDirectory);
    return rule !== undefined && !rule.negative;
  }
}
