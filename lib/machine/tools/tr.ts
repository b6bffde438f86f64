import { UsageError } from "./support/options.ts";
import { tool } from "./support/tool.ts";

const CLASSES: Readonly<Record<string, (code: number) => boolean>> = {
  alnum: (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122),
  alpha: (c) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122),
  blank: (c) => c === 32 || c === 9,
  cntrl: (c) => c < 32 || c === 127,
  digit: (c) => c >= 48 && c <= 57,
  graph: (c) => c > 32 && c < 127,
  lower: (c) => c >= 97 && c <= 122,
  print: (c) => c >= 32 && c < 127,
  punct: (c) => (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126),
  space: (c) => c === 32 || (c >= 9 && c <= 13),
  upper: (c) => c >= 65 && c <= 90,
  xdigit: (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
};
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
};

export const tr = tool(
  {
    name: "tr",
    usage: "[OPTION]... STRING1 [STRING2]",
    summary: "Translate, squeeze, and/or delete characters from standard input, writing to standard output.",
    options: {
      complement: { short: "c", long: "complement" },
      complementUpper: { short: "C" },
      delete: { short: "d", long: "delete" },
      squeeze: { short: "s", long: "squeeze-repeats" },
      truncate: { short: "t", long: "truncate-set1" },
    },
    stopAtOperand: true,
  },
  async (tool) => {
    const [first, second, extra] = tool.operands;
    const deletes = tool.has("delete");
    const squeezes = tool.has("squeeze");
    if (first === undefined) return tool.usage("missing operand");
    if (second === undefined && !deletes && !squeezes)
      return tool.usage(`missing operand after '${first}'\nTwo strings must be given when translating.`);
    if (extra !== undefined || (second !== undefined && deletes && !squeezes)) {
      return tool.usage(
        `extra operand '${extra ?? second}'${deletes && !squeezes ? "\nOnly one string may be given when deleting without squeezing repeats." : ""}`,
      );
    }
    const complement = tool.has("complement") || tool.has("complementUpper");
    const set1 = expandSet(first, 0);
    const inFirst = new Set(set1);
    const matches = (character: string) => inFirst.has(character) !== complement;
    const translates = second !== undefined && !deletes;
    const set2 = second === undefined ? [] : expandSet(second, set1.length);
    if (translates && set2.length === 0) await tool.die("when not truncating set1, string2 must be non-empty");
    const last = set2.at(-1) ?? "";
    const map = new Map<string, string>();
    if (translates && !complement)
      for (const [index, from] of set1.entries()) {
        if (tool.has("truncate") && index >= set2.length) break;
        map.set(from, set2[index] ?? last);
      }
    const squeezed = new Set(second === undefined ? set1 : set2);
    const squeezesIt = (character: string) => (second === undefined ? matches(character) : squeezed.has(character));
    const decoder = new TextDecoder();
    let before = "";
    const change = (text: string) => {
      const out: string[] = [];
      for (const character of text) {
        let next = character;
        if (deletes) {
          if (matches(character)) continue;
        } else if (translates)
          next = complement ? (matches(character) ? last : character) : (map.get(character) ?? character);
        if (squeezes && next === before && squeezesIt(next)) continue;
        before = next;
        out.push(next);
      }
      return out.join("");
    };
    for (;;) {
      await tool.out.flush();
      const chunk = await tool.process.stdin.read();
      await tool.out.write(change(chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true })));
      if (chunk === null) return;
      await tool.spend(chunk.length >> 2);
    }
  },
);

/** Characters of a set: ranges, classes, escapes, `[x*n]` (filled up to `length`). */
function expandSet(text: string, length: number): string[] {
  const out: string[] = [];
  const characters = [...text];
  let fill: { readonly at: number; readonly character: string } | undefined;
  const single = (at: number): readonly [string, number] => {
    const character = characters[at] as string;
    if (character !== "\\" || at + 1 >= characters.length) return [character, at + 1];
    const octal = /^[0-7]{1,3}/.exec(characters.slice(at + 1, at + 4).join(""))?.[0];
    if (octal !== undefined) return [String.fromCharCode(Number.parseInt(octal, 8)), at + 1 + octal.length];
    const next = characters[at + 1] as string;
    return [ESCAPES[next] ?? next, at + 2];
  };
  for (let at = 0; at < characters.length; ) {
    const rest = characters.slice(at, at + 16).join("");
    const named = /^\[:(\w+):\]/.exec(rest);
    if (named !== null) {
      const test = CLASSES[named[1] as string];
      if (test === undefined) throw new UsageError(`invalid character class '${named[1]}'`, true);
      for (let code = 0; code < 128; code++) if (test(code)) out.push(String.fromCharCode(code));
      at += named[0].length;
      continue;
    }
    const equal = /^\[=(.)=\]/u.exec(rest);
    if (equal !== null) {
      out.push(equal[1] as string);
      at += 5;
      continue;
    }
    const repeated = /^\[(.)\*(\d*)\]/u.exec(rest);
    if (repeated !== null) {
      const count = repeated[2] ?? "";
      if (count === "" || count === "0") fill = { at: out.length, character: repeated[1] as string };
      else for (let i = 0; i < Math.min(Number(count), 100_000); i++) out.push(repeated[1] as string);
      at += [...repeated[0]].length;
      continue;
    }
    const [from, next] = single(at);
    if (characters[next] === "-" && next + 1 < characters.length) {
      const [to, after] = single(next + 1);
      const low = from.codePointAt(0) ?? 0;
      const high = to.codePointAt(0) ?? 0;
      if (high < low)
        throw new UsageError(`range-endpoints of '${from}-${to}' are in reverse collating sequence order`, true);
      for (let code = low; code <= high; code++) out.push(String.fromCodePoint(code));
      at = after;
    } else {
      out.push(from);
      at = next;
    }
  }
  if (fill !== undefined)
    out.splice(fill.at, 0, ...Array.from({ length: Math.max(0, length - out.length) }, () => fill.character));
  return out;
}
