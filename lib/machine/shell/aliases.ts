/** Aliases: replaced in the text before it is parsed for good. */
import { forEachChild, parse, type SyntaxNode, type Word } from "unbash";
import type { Spend } from "../pieces.ts";
import { MAX_SOURCE } from "./parse.ts";

const MAX_PASSES = 12;
/** Longer texts are paid for before they are read. */
const READ_AT_ONCE = 2048;

interface Replacement {
  readonly word: Word;
  readonly value: string;
}

export async function expandAliases(
  source: string,
  aliases: ReadonlyMap<string, string>,
  spend: Spend,
): Promise<string> {
  if (aliases.size === 0 || source.length > MAX_SOURCE) return source;
  let text = source;
  /** Names already replaced for the command that begins at a position: an alias may name itself. */
  let used = new Map<number, ReadonlySet<string>>();
  for (let pass = 0; pass < MAX_PASSES && text.length <= MAX_SOURCE; pass++) {
    // Each pass reads all of it.
    if (pass > 0 || text.length > READ_AT_ONCE) await spend(1 + (text.length >> 6));
    const replacements = findReplacements(text, aliases, used);
    if (replacements.length === 0) return text;
    const next = new Map<number, ReadonlySet<string>>();
    let out = "";
    let last = 0;
    for (const { word, value } of replacements) {
      out += text.slice(last, word.pos);
      next.set(out.length, new Set([...(used.get(word.pos) ?? []), word.text]));
      out += value;
      last = word.end;
    }
    text = out + text.slice(last);
    used = next;
  }
  return text;
}

function findReplacements(
  text: string,
  aliases: ReadonlyMap<string, string>,
  used: ReadonlyMap<number, ReadonlySet<string>>,
): Replacement[] {
  const out: Replacement[] = [];
  const consider = (word: Word | undefined): boolean => {
    if (word === undefined || word.text !== text.slice(word.pos, word.end)) return false;
    const value = aliases.get(word.text);
    if (value === undefined || used.get(word.pos)?.has(word.text)) return false;
    out.push({ word, value });
    return /[ \t]$/.test(value);
  };
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Command") {
      let more = consider(node.name);
      for (const argument of node.args) {
        if (!more) break;
        more = argument.type === "Word" && consider(argument);
      }
    }
    forEachChild(node, visit);
  };
  try {
    forEachChild(parse(text), visit);
  } catch (error) {
    // Too deeply nested: the parser proper will say so.
    if (!(error instanceof RangeError)) throw error;
  }
  return out.sort((a, b) => a.word.pos - b.word.pos);
}
