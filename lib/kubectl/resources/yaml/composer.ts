/** Tokens as a tree of nodes: the first document of a text, with libyaml's words where one is missing. */
import { parserProblem, YamlProblem } from "./cursor.ts";
import { Scanner, type Token, type TokenType } from "./scanner.ts";

export type Node = ScalarNode | CollectionNode | AliasNode;
export interface ScalarNode {
  readonly kind: "scalar";
  /** In full; "" where none was written. */
  readonly tag: string;
  readonly value: string;
  /** Without quotes: what it is depends on how it looks. */
  readonly plain: boolean;
}
export interface CollectionNode {
  readonly kind: "sequence" | "mapping";
  readonly tag: string;
  /** Of mappings: key, value, key, value. */
  readonly children: Node[];
}
export interface AliasNode {
  readonly kind: "alias";
  readonly name: string;
  readonly target: Node;
}

const EMPTY: ScalarNode = { kind: "scalar", tag: "", value: "", plain: true };
const BLOCK_VALUE_ENDS: readonly TokenType[] = ["key", "value", "block-end"];
const DIRECTIVES: readonly TokenType[] = ["version-directive", "tag-directive"];

class Composer {
  readonly #scanner: Scanner;
  readonly #anchors = new Map<string, Node>();
  readonly #handles = new Map([
    ["!", "!"],
    ["!!", "tag:yaml.org,2002:"],
  ]);

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  document(): Node | undefined {
    const first = this.#scanner.peek();
    if (first.type === "stream-end") return undefined;
    let node: Node;
    if (first.type !== "document-start" && !DIRECTIVES.includes(first.type)) node = this.#node(true, false);
    else {
      this.#directives();
      const content = this.#scanner.peek().type;
      const empty = [...DIRECTIVES, "document-start", "document-end", "stream-end"].includes(content);
      node = empty ? EMPTY : this.#node(true, false);
    }
    // What stands behind is looked at: it may be no token at all.
    this.#scanner.peek();
    return node;
  }

  #directives(): void {
    const written = new Set<string>();
    for (let token = this.#scanner.peek(); ; token = this.#scanner.peek()) {
      if (token.type === "document-start") break;
      if (!DIRECTIVES.includes(token.type)) throw parserProblem("did not find expected <document start>", token.line);
      const handle = token.handle ?? "";
      if (token.type === "version-directive") {
        if (written.has("%")) throw parserProblem("found duplicate %YAML directive", token.line);
        if (token.value !== "1.1") throw parserProblem("found incompatible YAML document", token.line);
        written.add("%");
      } else {
        if (written.has(handle)) throw parserProblem("found duplicate %TAG directive", token.line);
        written.add(handle);
        this.#handles.set(handle, token.value);
      }
      this.#scanner.next();
    }
    this.#scanner.next();
  }

  /** `indentless`: entries of a sequence may stand at the column of the key that it is the value of. */
  #node(block: boolean, indentless: boolean): Node {
    let token = this.#scanner.peek();
    const start = token.line;
    if (token.type === "alias") {
      this.#scanner.next();
      const target = this.#anchors.get(token.value);
      if (target === undefined) throw new YamlProblem(`yaml: unknown anchor '${token.value}' referenced`);
      return { kind: "alias", name: token.value, target };
    }
    let anchor: string | undefined;
    let tagToken: Token | undefined;
    while ((token.type === "anchor" && anchor === undefined) || (token.type === "tag" && tagToken === undefined)) {
      if (token.type === "anchor") anchor = token.value;
      else tagToken = token;
      this.#scanner.next();
      token = this.#scanner.peek();
    }
    const tag = tagToken === undefined ? "" : this.#tagOf(tagToken, start);
    const collection = (kind: CollectionNode["kind"]): CollectionNode => {
      const node: CollectionNode = { kind, tag, children: [] };
      if (anchor !== undefined) this.#anchors.set(anchor, node);
      return node;
    };
    const scalar = (value: string, plain: boolean): ScalarNode => {
      const node: ScalarNode = {
        kind: "scalar",
        tag: tag === "!" ? "" : tag,
        value,
        plain: tag === "!" || (plain && tag === ""),
      };
      if (anchor !== undefined) this.#anchors.set(anchor, node);
      return node;
    };
    if (indentless && token.type === "block-entry") return this.#indentless(collection("sequence"));
    switch (token.type) {
      case "scalar":
        this.#scanner.next();
        return scalar(token.value, token.plain === true);
      case "flow-sequence-start":
        return this.#flowSequence(collection("sequence"));
      case "flow-mapping-start":
        return this.#flowMapping(collection("mapping"));
      case "block-sequence-start":
        if (block) return this.#blockSequence(collection("sequence"));
        break;
      case "block-mapping-start":
        if (block) return this.#blockMapping(collection("mapping"));
    }
    if (anchor !== undefined || tagToken !== undefined) return scalar("", true);
    throw parserProblem("did not find expected node content", token.line, start);
  }

  #tagOf({ handle, value }: Token, start: number): string {
    if (handle === undefined || handle === "") return value;
    const prefix = this.#handles.get(handle);
    if (prefix === undefined) throw parserProblem("found undefined tag handle", start);
    return prefix + value;
  }

  /** The node that comes next, or an empty one where one of these does. */
  #orEmpty(ends: readonly TokenType[], block: boolean, indentless: boolean): Node {
    return ends.includes(this.#scanner.peek().type) ? EMPTY : this.#node(block, indentless);
  }

  #blockSequence(node: CollectionNode): Node {
    const start = this.#scanner.next().line;
    for (;;) {
      const token = this.#scanner.peek();
      if (token.type === "block-end") break;
      if (token.type !== "block-entry") throw parserProblem("did not find expected '-' indicator", token.line, start);
      this.#scanner.next();
      node.children.push(this.#orEmpty(["block-entry", "block-end"], true, false));
    }
    this.#scanner.next();
    return node;
  }
  #indentless(node: CollectionNode): Node {
    while (this.#scanner.peek().type === "block-entry") {
      this.#scanner.next();
      node.children.push(this.#orEmpty(["block-entry", ...BLOCK_VALUE_ENDS], true, false));
    }
    return node;
  }
  #blockMapping(node: CollectionNode): Node {
    const start = this.#scanner.next().line;
    for (;;) {
      const token = this.#scanner.peek();
      if (token.type === "block-end") break;
      if (token.type !== "key") throw parserProblem("did not find expected key", token.line, start);
      this.#scanner.next();
      node.children.push(this.#orEmpty(BLOCK_VALUE_ENDS, true, true));
      if (this.#scanner.peek().type === "value") {
        this.#scanner.next();
        node.children.push(this.#orEmpty(BLOCK_VALUE_ENDS, true, true));
      } else node.children.push(EMPTY);
    }
    this.#scanner.next();
    return node;
  }

  /** Past the comma between two entries; true at the end. */
  #flowEnds(end: TokenType, first: boolean, words: string, start: number): boolean {
    const token = this.#scanner.peek();
    if (token.type === end) return true;
    if (first) return false;
    if (token.type !== "flow-entry") throw parserProblem(words, token.line, start);
    this.#scanner.next();
    return this.#scanner.peek().type === end;
  }
  #flowValue(end: TokenType): Node {
    if (this.#scanner.peek().type !== "value") return EMPTY;
    this.#scanner.next();
    return this.#orEmpty(["flow-entry", end], false, false);
  }
  #flowSequence(node: CollectionNode): Node {
    const start = this.#scanner.next().line;
    const end = "flow-sequence-end";
    for (let first = true; !this.#flowEnds(end, first, "did not find expected ',' or ']'", start); first = false) {
      if (this.#scanner.peek().type !== "key") node.children.push(this.#node(false, false));
      else {
        this.#scanner.next();
        const key = this.#orEmpty(["value", "flow-entry", end], false, false);
        node.children.push({ kind: "mapping", tag: "", children: [key, this.#flowValue(end)] });
      }
    }
    this.#scanner.next();
    return node;
  }
  #flowMapping(node: CollectionNode): Node {
    const start = this.#scanner.next().line;
    const end = "flow-mapping-end";
    for (let first = true; !this.#flowEnds(end, first, "did not find expected ',' or '}'", start); first = false) {
      if (this.#scanner.peek().type !== "key") {
        node.children.push(this.#node(false, false), EMPTY);
        continue;
      }
      this.#scanner.next();
      node.children.push(this.#orEmpty(["value", "flow-entry", end], false, false), this.#flowValue(end));
    }
    this.#scanner.next();
    return node;
  }
}

/** The first document; undefined where there is none. Throws `YamlProblem`. */
export const compose = (text: string): Node | undefined => new Composer(text).document();
