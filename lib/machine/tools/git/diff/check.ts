/** `git diff --check`: white space and conflict markers that should not be committed (ws.c, builtin_checkdiff). */

import { compareLines } from "../../support/line-diff.ts";
import type { Git } from "../context.ts";
import { quotePath } from "../quote.ts";
import { contentOf, isBinary, type Pair, pathOf } from "./pairs.ts";
import { splitLines } from "./patch.ts";

/** What is wrong with an added line. */
function complaints(line: string): string[] {
  const text = line.replace(/\n$/, "");
  const out: string[] = [];
  if (/\s$/.test(text)) out.push("trailing whitespace");
  if (/^[ \t]* \t/.test(text)) out.push("space before tab in indent");
  return out;
}

/** What is to be said of these pairs. */
export async function checkText(git: Git, pairs: readonly Pair[]): Promise<string> {
  let out = "";
  for (const pair of pairs) {
    if (pair.new === undefined) continue;
    const before = await contentOf(git.repository, pair.old);
    const after = await contentOf(git.repository, pair.new);
    if (isBinary(after)) continue;
    const name = quotePath(pathOf(pair), git.quotesAll);
    const two = splitLines(after);
    let blank: number | undefined;
    for (const change of await compareLines(splitLines(before), two, (units) => git.spend(units))) {
      for (let at = change.b[0]; at < change.b[1]; at++) {
        const line = two[at] as string;
        if (/^(<{7}|={7}|>{7}|\|{7})(\s|$)/.test(line)) out += `${name}:${at + 1}: leftover conflict marker\n`;
        const found = complaints(line);
        if (found.length > 0) out += `${name}:${at + 1}: ${found.join(", ")}.\n+${line.replace(/\n$/, "")}\n`;
      }
      if (change.b[1] === two.length) {
        let first = two.length;
        while (first > change.b[0] && (two[first - 1] as string).trim() === "") first--;
        if (first < two.length) blank = first + 1;
      }
    }
    if (blank !== undefined) out += `${name}:${blank}: new blank line at EOF.\n`;
  }
  return out;
}
