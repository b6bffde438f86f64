/** Paths on a command line: which files of the tree a command is about. */
import { fatal } from "./failure.ts";
import { isPattern, wildmatch } from "./wildmatch.ts";

interface Item {
  /** As it was given. */
  readonly text: string;
  /** From the top of the tree; "" is everything. */
  readonly path: string;
  readonly exclude: boolean;
  readonly ignoreCase: boolean;
  readonly literal: boolean;
  readonly glob: boolean;
}

export class Pathspec {
  readonly items: readonly Item[];

  /** `normal`: the path from the top of the tree that a word means. */
  constructor(words: readonly string[], prefix: string, normal: (word: string) => string) {
    this.items = words.map((text) => {
      let word = text;
      let top = false;
      let exclude = false;
      let ignoreCase = false;
      let literal = false;
      let glob = false;
      const long = /^:\(([^)]*)\)/.exec(word);
      const short = /^:([/!^]*)(?::)?/.exec(word);
      if (long !== null) {
        word = word.slice(long[0].length);
        for (const magic of (long[1] as string).split(",")) {
          if (magic === "top") top = true;
          else if (magic === "exclude") exclude = true;
          else if (magic === "icase") ignoreCase = true;
          else if (magic === "literal") literal = true;
          else if (magic === "glob") glob = true;
          else if (magic !== "") throw fatal(`Invalid pathspec magic '${magic}' in '${text}'`);
        }
      } else if (short !== null) {
        word = word.slice(short[0].length);
        top = (short[1] as string).includes("/");
        exclude = /[!^]/.test(short[1] as string);
      }
      const path = top ? normal(`${"../".repeat(prefix.split("/").length - 1)}${word || "."}`) : normal(word || ".");
      return { text, path, exclude, ignoreCase, literal, glob };
    });
  }

  get empty(): boolean {
    return this.items.length === 0;
  }

  matches(path: string): boolean {
    if (this.items.length === 0) return true;
    const positive = this.items.filter((item) => !item.exclude);
    if (positive.length > 0 && !positive.some((item) => matchesItem(item, path))) return false;
    return !this.items.some((item) => item.exclude && matchesItem(item, path));
  }

  /** The given words that match none of the paths. */
  unmatched(paths: Iterable<string>): string[] {
    const left = new Set(this.items.filter((item) => !item.exclude));
    for (const path of paths) {
      for (const item of left) if (matchesItem(item, path)) left.delete(item);
      if (left.size === 0) break;
    }
    return [...left].map((item) => item.text);
  }

  /** Whether something below the directory could match. */
  mayMatchBelow(directory: string): boolean {
    if (this.items.length === 0 || this.items.every((item) => item.exclude)) return true;
    return this.items.some(
      (item) =>
        !item.exclude &&
        (matchesItem(item, directory) ||
          item.path.startsWith(`${directory}/`) ||
          (!item.literal && isPattern(item.path))),
    );
  }
}

function matchesItem(item: Item, path: string): boolean {
  const fold = (text: string) => (item.ignoreCase ? text.toLowerCase() : text);
  const wanted = fold(item.path);
  const given = fold(path);
  if (wanted === "" || given === wanted || given.startsWith(wanted.endsWith("/") ? wanted : `${wanted}/`)) return true;
  if (item.literal || !isPattern(item.path)) return false;
  return wildmatch(item.path, path, item.glob, item.ignoreCase);
}
