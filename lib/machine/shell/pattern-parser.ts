/** Reads shell patterns. */

/** What a pattern is made of. */
export type Node =
  | { readonly kind: "char"; readonly char: string }
  | { readonly kind: "any" }
  | { readonly kind: "star" }
  | { readonly kind: "set"; readonly test: (char: string) => boolean }
  | { readonly kind: "group"; readonly operator: string; readonly alternatives: readonly (readonly Node[])[] };

const MAX_DEPTH = 32;
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[\p{L}\p{N}]/u,
  alpha: /\p{L}/u,
  ascii: /[\0-\x7f]/,
  blank: /[ \t]/,
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[^\s\p{C}]/u,
  lower: /\p{Ll}/u,
  print: /[^\p{C}]/u,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /\p{Lu}/u,
  word: /[\p{L}\p{N}_]/u,
  xdigit: /[0-9A-Fa-f]/,
};

/** Reads one pattern; `sequence("")` gives all of it. */
export class PatternParser {
  readonly #source: readonly string[];
  readonly #extended: boolean;
  #at = 0;
  #depth = 0;

  constructor(source: string, extended: boolean) {
    this.#source = Array.from(source);
    this.#extended = extended;
  }

  /** Reads until one of the characters in `until`, which is left. */
  sequence(until: string): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at] as string;
      if (until.includes(char)) break;
      const next = this.#source[this.#at + 1];
      if (this.#extended && next === "(" && "?*+@!".includes(char) && this.#depth < MAX_DEPTH) {
        const group = this.#group(char);
        if (group !== undefined) {
          nodes.push(group);
          continue;
        }
      }
      this.#at++;
      if (char === "\\" && next !== undefined) {
        this.#at++;
        nodes.push({ kind: "char", char: next });
      } else if (char === "*") {
        if (nodes.at(-1)?.kind !== "star") nodes.push({ kind: "star" });
      } else if (char === "?") nodes.push({ kind: "any" });
      else if (char === "[") nodes.push(this.#set() ?? { kind: "char", char });
      else nodes.push({ kind: "char", char });
    }
    return nodes;
  }

  #group(operator: string): Node | undefined {
    const start = this.#at;
    this.#at += 2;
    this.#depth++;
    const alternatives: Node[][] = [];
    for (;;) {
      alternatives.push(this.sequence("|)"));
      const end = this.#source[this.#at];
      this.#at++;
      if (end === ")") {
        this.#depth--;
        return { kind: "group", operator, alternatives };
      }
      if (end === undefined) {
        this.#depth--;
        this.#at = start;
        return undefined;
      }
    }
  }

  #set(): Node | undefined {
    const start = this.#at;
    let at = start;
    const source = this.#source;
    const negated = source[at] === "!" || source[at] === "^";
    if (negated) at++;
    const singles = new Set<string>();
    const ranges: [number, number][] = [];
    const classes: RegExp[] = [];
    for (let first = true; ; first = false) {
      let char = source[at];
      if (char === undefined) {
        this.#at = start;
        return undefined;
      }
      if (char === "]" && !first) break;
      if (char === "[" && source[at + 1] === ":") {
        const close = source.indexOf(":", at + 2);
        const name = close === -1 ? "" : source.slice(at + 2, close).join("");
        const known = CLASSES[name];
        if (known !== undefined && source[close + 1] === "]") {
          classes.push(known);
          at = close + 2;
          continue;
        }
      }
      if (char === "\\" && source[at + 1] !== undefined) char = source[++at] as string;
      at++;
      const last = source[at + 1];
      if (source[at] === "-" && last !== undefined && last !== "]") {
        at++;
        let end = source[at] as string;
        if (end === "\\" && source[at + 1] !== undefined) end = source[++at] as string;
        at++;
        ranges.push([char.codePointAt(0) as number, end.codePointAt(0) as number]);
      } else singles.add(char);
    }
    this.#at = at + 1;
    const inside = (char: string): boolean => {
      if (singles.has(char)) return true;
      const code = char.codePointAt(0) as number;
      return ranges.some(([low, high]) => code >= low && code <= high) || classes.some((each) => each.test(char));
    };
    return { kind: "set", test: negated ? (char) => !inside(char) : inside };
  }
}
