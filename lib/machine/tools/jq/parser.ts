/** From the text of a jq program to its tree (jq 1.6's grammar, with what 1.7 added). */
import { Lexer, readText, type Token, tokenName } from "./lexer.ts";
import {
  type ArithmeticOperator,
  type CompareOperator,
  type Definition,
  JqSyntaxError,
  type Node,
  type Pattern,
  type UpdateOperator,
} from "./syntax.ts";

const IDENTITY: Node = { type: "identity" };
const MAX_DEPTH = 400;
/** Words that a filter may begin with. */
const BEGINNERS: ReadonlySet<string> = new Set(["def", "reduce", "foreach", "if", "try", "label", "import", "include"]);

interface Level {
  readonly strength: number;
  readonly associates: "left" | "right" | "none";
}

const level = (strength: number, associates: Level["associates"]): Level => ({ strength, associates });
const LEVELS: Readonly<Record<string, Level>> = {
  "|": level(0, "right"),
  ",": level(1, "left"),
  "//": level(2, "right"),
  ...Object.fromEntries(["=", "|=", "+=", "-=", "*=", "/=", "%=", "//="].map((each) => [each, level(3, "none")])),
  or: level(4, "left"),
  and: level(5, "left"),
  ...Object.fromEntries(["==", "!=", "<", "<=", ">", ">="].map((each) => [each, level(6, "none")])),
  "+": level(7, "left"),
  "-": level(7, "left"),
  "*": level(8, "left"),
  "/": level(8, "left"),
  "%": level(8, "left"),
};

export function parseJq(source: string): Node {
  return new Parser(source).program();
}

/** `def`s alone, as in a library. */
export function parseDefinitions(source: string): readonly Definition[] {
  return new Parser(source).definitions();
}

class Parser {
  readonly #lexer: Lexer;
  #token: Token;
  #depth = 0;

  constructor(source: string) {
    this.#lexer = new Lexer(source);
    this.#token = this.#lexer.next();
  }

  program(): Node {
    const definitions = this.definitionsHere();
    // Without anything that could begin a filter, the program is over.
    let body: Node = this.#token.kind === "end" || !this.#begins() ? IDENTITY : this.#expression(0);
    if (this.#token.kind !== "end") this.#fail("$end");
    for (const definition of definitions.reverse()) body = { type: "define", definition, body };
    return body;
  }

  definitions(): readonly Definition[] {
    const found = this.definitionsHere();
    if (this.#token.kind !== "end") this.#fail();
    return found;
  }

  definitionsHere(): Definition[] {
    const found: Definition[] = [];
    while (this.#isWord("def")) found.push(this.#definition());
    return found;
  }

  // -------------------------------------------------------------------------------------------------------- tokens

  /** Can a filter begin here? */
  #begins(): boolean {
    const { kind, text } = this.#token;
    if (kind === "invalid") return false;
    if (kind === "keyword") return BEGINNERS.has(text);
    return kind !== "operator" || [".", "..", "[", "{", "(", "-", "$"].includes(text);
  }

  #advance(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }

  #peek(): Token {
    return this.#token;
  }

  #is(text: string): boolean {
    return this.#token.kind === "operator" && this.#token.text === text;
  }

  #isWord(text: string): boolean {
    return this.#token.kind === "keyword" && this.#token.text === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#advance();
    return true;
  }

  #expect(text: string, expected?: string): void {
    if (!this.#take(text)) this.#fail(expected);
  }

  #expectWord(text: string, expected?: string): void {
    if (!this.#isWord(text)) this.#fail(expected);
    this.#advance();
  }

  /** \`expected\`: what bison would have taken, where these are few. */
  #fail(expected?: string): never {
    const token = this.#token;
    const at = token.kind === "end" ? this.#lexer.lastStart : token.start;
    const expecting = expected === undefined ? "" : `, expecting ${expected}`;
    throw new JqSyntaxError(
      `syntax error, unexpected ${tokenName(token)}${expecting} (Unix shell quoting issues?)`,
      at,
    );
  }

  // --------------------------------------------------------------------------------------------------- expressions

  #definition(): Definition {
    this.#advance();
    const { kind, text } = this.#token;
    if (kind !== "identifier" && kind !== "keyword") this.#fail("IDENT");
    this.#advance();
    const parameters: string[] = [];
    if (this.#take("(")) {
      do {
        const parameter: Token = this.#token;
        if (parameter.kind === "variable") parameters.push(`$${parameter.text.slice(1).trim()}`);
        else if (parameter.kind === "identifier" || parameter.kind === "keyword") parameters.push(parameter.text);
        else this.#fail("IDENT or '$'");
        this.#advance();
      } while (this.#take(";"));
      this.#expect(")", "';' or ')'");
    }
    this.#expect(":", parameters.length === 0 ? "'(' or ':'" : "':'");
    const body = this.#expression(0);
    this.#expect(";");
    return { name: text, parameters, body };
  }

  #expression(least: number): Node {
    if (++this.#depth > MAX_DEPTH) throw new JqSyntaxError("syntax error, memory exhausted", this.#token.start);
    const { start } = this.#token;
    let left = this.#operand(least);
    for (;;) {
      const { kind, text } = this.#token;
      if (kind !== "operator" && kind !== "keyword") break;
      const found = Object.hasOwn(LEVELS, text) ? LEVELS[text] : undefined;
      if (found === undefined || found.strength < least) break;
      this.#advance();
      const right = this.#expression(found.associates === "right" ? found.strength : found.strength + 1);
      if (text === "/" && isNumber(left) && isNumber(right) && right.value === 0) {
        // Constants are computed as they are read.
        if (left.value !== 0) throw new JqSyntaxError("Division by zero?", start);
        left = { type: "literal", value: Number.NaN };
      } else left = binary(text, left, right);
      if (found.associates === "none") {
        const next = Object.hasOwn(LEVELS, this.#token.text) ? LEVELS[this.#token.text] : undefined;
        if (next?.strength === found.strength && this.#token.kind === "operator") this.#fail();
      }
    }
    this.#depth--;
    return left;
  }

  #operand(least: number): Node {
    if (this.#isWord("def")) {
      if (least > 0) this.#fail();
      const definition = this.#definition();
      return { type: "define", definition, body: this.#expression(0) };
    }
    if (this.#is("-")) {
      this.#advance();
      return { type: "negate", body: this.#postfix() };
    }
    if (this.#isWord("label")) {
      this.#advance();
      const name = this.#variableName("'$'");
      this.#expect("|", "'|'");
      return { type: "label", name, body: this.#expression(0) };
    }
    const term = this.#postfix();
    if (!this.#isWord("as")) return term;
    this.#advance();
    const patterns = this.#patterns();
    this.#expect("|", "'|'");
    return { type: "as", source: term, patterns, body: this.#expression(0) };
  }

  #variableName(expected?: string): string {
    if (this.#is("$")) this.#lone();
    if (this.#token.kind !== "variable") this.#fail(expected);
    return this.#advance().text.slice(1).trim();
  }

  /** "$" without a name. */
  #lone(inTerm = false): never {
    this.#advance();
    return this.#fail(inTerm ? "IDENT or __loc__" : "IDENT");
  }

  #patterns(): Pattern[] {
    const patterns = [this.#pattern()];
    while (this.#take("?//")) patterns.push(this.#pattern());
    return patterns;
  }

  #pattern(): Pattern {
    if (this.#token.kind === "variable" || this.#is("$")) return { type: "variable", name: this.#variableName() };
    if (this.#take("[")) {
      const items = [this.#pattern()];
      while (this.#take(",")) items.push(this.#pattern());
      this.#expect("]", "',' or ']'");
      return { type: "array", items };
    }
    this.#expect("{", "'$' or '[' or '{'");
    const entries: Extract<Pattern, { type: "object" }>["entries"][number][] = [];
    do {
      if (this.#peek().kind === "variable") {
        const variable = this.#variableName();
        const key: Node = { type: "literal", value: variable };
        entries.push({ variable, key, value: this.#take(":") ? this.#pattern() : undefined });
        continue;
      }
      const key = this.#objectKey();
      this.#expect(":", "':'");
      entries.push({ variable: undefined, key, value: this.#pattern() });
    } while (this.#take(","));
    this.#expect("}", "',' or '}'");
    return { type: "object", entries };
  }

  /** A key of an object or pattern: a word, a string, or an expression in parentheses. */
  #objectKey(): Node {
    const { kind, text } = this.#token;
    if (kind === "identifier" || kind === "keyword") {
      this.#advance();
      return { type: "literal", value: text };
    }
    if (kind === "quote") return this.#string(undefined);
    if (kind === "format") {
      this.#advance();
      if (this.#token.kind !== "quote") this.#fail();
      return this.#string(text);
    }
    if (!this.#is("(")) this.#fail();
    this.#advance();
    const key = this.#expression(0);
    this.#expect(")");
    return key;
  }

  #postfix(): Node {
    let term = this.#term();
    for (;;) {
      if (this.#take("?")) term = { type: "try", body: term, handler: undefined };
      else if (this.#token.kind === "field") {
        term = { type: "index", of: term, key: { type: "literal", value: this.#advance().text.slice(1) } };
      } else if (this.#is(".")) {
        this.#advance();
        if (this.#token.kind === "quote") term = { type: "index", of: term, key: this.#string(undefined) };
        else if (this.#is("[")) term = this.#bracket(term);
        else this.#fail("FORMAT or QQSTRING_START");
      } else if (this.#is("[")) term = this.#bracket(term);
      else return term;
    }
  }

  /** `[]`, `[key]`, `[from:to]` after a term. */
  #bracket(of: Node): Node {
    this.#advance();
    if (this.#take("]")) return { type: "iterate", of };
    if (this.#take(":")) {
      const to = this.#expression(0);
      this.#expect("]");
      return { type: "slice", of, from: undefined, to };
    }
    const key = this.#expression(0);
    if (this.#take(":")) {
      if (this.#take("]")) return { type: "slice", of, from: key, to: undefined };
      const to = this.#expression(0);
      this.#expect("]");
      return { type: "slice", of, from: key, to };
    }
    this.#expect("]");
    return { type: "index", of, key };
  }

  #term(): Node {
    const { kind, text, start } = this.#token;
    switch (kind) {
      case "number":
        this.#advance();
        return { type: "literal", value: Number(text) };
      case "quote":
        return this.#string(undefined);
      case "format":
        this.#advance();
        return this.#token.kind === "quote" ? this.#string(text) : { type: "format", name: text };
      case "field":
        this.#advance();
        return { type: "index", of: IDENTITY, key: { type: "literal", value: text.slice(1) } };
      case "variable": {
        const name = this.#variableName();
        if (name !== "__loc__") return { type: "variable", name, at: start };
        return locationNode(this.#lexer.source, start);
      }
      case "identifier":
        this.#advance();
        return this.#call(text, start);
      case "keyword":
        return this.#keyword(text);
      case "operator":
        break;
      default:
        return this.#fail();
    }
    switch (text) {
      case "$":
        return this.#lone(true);
      case ".": {
        this.#advance();
        if (this.#token.kind === "quote") return { type: "index", of: IDENTITY, key: this.#string(undefined) };
        return this.#is("[") ? this.#bracket(IDENTITY) : IDENTITY;
      }
      case "..":
        this.#advance();
        return { type: "recurse" };
      case "(": {
        this.#advance();
        const body = this.#expression(0);
        this.#expect(")");
        return body;
      }
      case "[": {
        this.#advance();
        if (this.#take("]")) return { type: "array", body: undefined };
        const body = this.#expression(0);
        this.#expect("]");
        return { type: "array", body };
      }
      case "{":
        return this.#object();
      default:
        return this.#fail();
    }
  }

  #call(name: string, at: number): Node {
    if (name === "break" && this.#token.kind === "variable") return { type: "break", name: this.#variableName(), at };
    const args: Node[] = [];
    if (this.#take("(")) {
      do args.push(this.#expression(0));
      while (this.#take(";"));
      this.#expect(")");
    }
    return { type: "call", name, args, at };
  }

  #keyword(text: string): Node {
    switch (text) {
      case "if":
        this.#advance();
        return this.#if();
      case "try": {
        this.#advance();
        const body = this.#postfix();
        if (!this.#isWord("catch")) return { type: "try", body, handler: undefined };
        this.#advance();
        return { type: "try", body, handler: this.#postfix() };
      }
      case "reduce":
      case "foreach": {
        this.#advance();
        const source = this.#postfix();
        this.#expectWord("as", "FIELD or as or '.' or '['");
        const patterns = this.#patterns();
        this.#expect("(", "'('");
        const first = this.#expression(0);
        this.#expect(";");
        const update = this.#expression(0);
        const extract = text === "foreach" && this.#take(";") ? this.#expression(0) : undefined;
        this.#expect(")");
        return text === "reduce"
          ? { type: "reduce", source, patterns, first, update }
          : { type: "foreach", source, patterns, first, update, extract };
      }
      case "import":
      case "include":
        throw new JqSyntaxError(
          "modules are not available here: import and include find no libraries",
          this.#token.start,
        );
      default:
        return this.#fail();
    }
  }

  #if(): Node {
    const test = this.#expression(0);
    this.#expectWord("then");
    const yes = this.#expression(0);
    if (this.#isWord("elif")) {
      this.#advance();
      return { type: "if", test, yes, no: this.#if() };
    }
    if (this.#isWord("else")) {
      this.#advance();
      const no = this.#expression(0);
      this.#expectWord("end");
      return { type: "if", test, yes, no };
    }
    this.#expectWord("end");
    return { type: "if", test, yes, no: undefined };
  }

  #object(): Node {
    this.#advance();
    const entries: { key: Node; value: Node }[] = [];
    if (this.#take("}")) return { type: "object", entries };
    do {
      if (this.#is("}")) break;
      entries.push(this.#entry());
    } while (this.#take(","));
    this.#expect("}", "'}'");
    return { type: "object", entries };
  }

  #entry(): { key: Node; value: Node } {
    const { kind, start } = this.#token;
    if (kind === "variable") {
      const name = this.#variableName();
      const key: Node = { type: "literal", value: name };
      if (name === "__loc__") return { key, value: locationNode(this.#lexer.source, start) };
      return { key, value: this.#take(":") ? this.#objectValue() : { type: "variable", name, at: start } };
    }
    if (kind === "number") this.#fail();
    const inParentheses = this.#is("(");
    const key = this.#objectKey();
    if (this.#take(":")) return { key, value: this.#objectValue() };
    if (inParentheses) this.#fail();
    return { key, value: { type: "index", of: IDENTITY, key } };
  }

  /** Terms joined by "|": a comma ends it. */
  #objectValue(): Node {
    const negated = this.#take("-");
    const term = this.#postfix();
    const left: Node = negated ? { type: "negate", body: term } : term;
    return this.#take("|") ? { type: "pipe", left, right: this.#objectValue() } : left;
  }

  #string(format: string | undefined): Node {
    const { source } = this.#lexer;
    let from = this.#token.end;
    const parts: (string | Node)[] = [];
    for (;;) {
      const { text, at, ends } = readText(source, from);
      if (text !== "") parts.push(text);
      if (ends) {
        this.#lexer.jump(at + 1, at);
        this.#token = this.#lexer.next();
        break;
      }
      this.#lexer.jump(at + 2);
      this.#lexer.openInterpolation();
      this.#token = this.#lexer.next();
      parts.push(this.#expression(0));
      if (!this.#is(")")) this.#fail();
      from = this.#token.end;
    }
    if (parts.every((part) => typeof part === "string")) return { type: "literal", value: parts.join("") };
    return { type: "string", format, parts };
  }
}

function isNumber(node: Node): node is Extract<Node, { type: "literal" }> {
  return node.type === "literal" && typeof node.value === "number";
}

function locationNode(source: string, at: number): Node {
  const line = source.slice(0, at).split("\n").length;
  return {
    type: "object",
    entries: [
      { key: { type: "literal", value: "file" }, value: { type: "literal", value: "<top-level>" } },
      { key: { type: "literal", value: "line" }, value: { type: "literal", value: line } },
    ],
  };
}

function binary(operator: string, left: Node, right: Node): Node {
  switch (operator) {
    case "|":
      return { type: "pipe", left, right };
    case ",":
      return { type: "comma", left, right };
    case "//":
      return { type: "alternative", left, right };
    case "and":
    case "or":
      return { type: operator, left, right };
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return { type: "arithmetic", operator: operator as ArithmeticOperator, left, right };
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return { type: "compare", operator: operator as CompareOperator, left, right };
    default:
      return { type: "update", operator: operator as UpdateOperator, left, right };
  }
}
