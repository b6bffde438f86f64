/** Scripts as trees. What JavaScript has and this part of it has not is a syntax error that says so. */
import { ScriptSyntaxError, type Token, tokenize } from "./tokens.ts";

export type Expression =
  | { readonly kind: "value"; readonly value: string | number | boolean | null | undefined }
  | { readonly kind: "regex"; readonly pattern: string; readonly flags: string }
  | { readonly kind: "template"; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "array"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly fields: readonly Field[] }
  | {
      readonly kind: "function";
      readonly name: string;
      readonly parameters: readonly string[];
      readonly body: Statement | Expression;
      readonly arrow: boolean;
    }
  | { readonly kind: "member"; readonly object: Expression; readonly property: Expression; readonly optional: boolean }
  | {
      readonly kind: "call";
      readonly callee: Expression;
      readonly args: readonly Expression[];
      readonly optional: boolean;
    }
  | { readonly kind: "new"; readonly callee: Expression; readonly args: readonly Expression[] }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly kind: "update"; readonly operator: "++" | "--"; readonly prefix: boolean; readonly target: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: "assign"; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly kind: "spread"; readonly value: Expression };

type Field =
  | { readonly kind: "field"; readonly key: Expression; readonly value: Expression }
  | { readonly kind: "spread"; readonly value: Expression };

export type Statement =
  | { readonly kind: "expression"; readonly expression: Expression }
  | {
      readonly kind: "declare";
      readonly constant: boolean;
      readonly names: readonly { readonly name: string; readonly value: Expression | undefined }[];
    }
  | { readonly kind: "block"; readonly body: readonly Statement[] }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly then: Statement;
      readonly otherwise: Statement | undefined;
    }
  | {
      readonly kind: "for";
      readonly start: Statement | undefined;
      readonly test: Expression | undefined;
      readonly step: Expression | undefined;
      readonly body: Statement;
    }
  | {
      readonly kind: "each";
      readonly name: string;
      readonly of: boolean;
      readonly over: Expression;
      readonly body: Statement;
    }
  | { readonly kind: "while"; readonly test: Expression; readonly body: Statement; readonly first: boolean }
  | { readonly kind: "return" | "throw"; readonly value: Expression | undefined }
  | { readonly kind: "break" | "continue" | "empty" }
  | {
      readonly kind: "try";
      readonly body: Statement;
      readonly name: string | undefined;
      readonly handler: Statement | undefined;
      readonly last: Statement | undefined;
    };

const BINARY: Readonly<Record<string, number>> = {
  "??": 1,
  "||": 2,
  "&&": 3,
  "|": 4,
  "^": 5,
  "&": 6,
  "==": 7,
  "!=": 7,
  "===": 7,
  "!==": 7,
  "<": 8,
  ">": 8,
  "<=": 8,
  ">=": 8,
  in: 8,
  instanceof: 8,
  "+": 10,
  "-": 10,
  "*": 11,
  "/": 11,
  "%": 11,
  "**": 12,
};
const ASSIGNMENTS = new Set(["=", "+=", "-=", "*=", "/=", "%=", "**="]);
const UNSERVED = new Set(["class", "async", "await", "yield", "import", "export", "switch", "with", "label", "delete"]);
/** Deeper nesting is refused before it could overflow the stack. */
const MAX_DEPTH = 200;

export function parseScript(source: string): Statement[] {
  const parser = new Parser(source);
  const body: Statement[] = [];
  while (parser.peek().kind !== "end") body.push(parser.statement());
  return body;
}

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  peek(offset = 0): Token {
    return this.#tokens[Math.min(this.#position + offset, this.#tokens.length - 1)] as Token;
  }

  #next(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  #is(text: string, offset = 0): boolean {
    const token = this.peek(offset);
    return (token.kind === "symbol" || token.kind === "name") && token.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#position++;
    return true;
  }

  #need(text: string): void {
    if (!this.#accept(text)) throw this.#unexpected(`, expected "${text}"`);
  }

  #unexpected(more = ""): ScriptSyntaxError {
    const token = this.peek();
    const lines = this.#source.slice(0, token.at).split("\n");
    const place = `(${lines.length}:${lines.at(-1)?.length ?? 0})`;
    return new ScriptSyntaxError(`Unexpected token${more} ${place}`, token.at, token.kind === "end");
  }

  #name(): string {
    const token = this.peek();
    if (token.kind !== "name") {
      if (this.#is("{") || this.#is("["))
        throw new ScriptSyntaxError("taking values apart is not supported here", token.at);
      throw this.#unexpected();
    }
    return this.#next().text;
  }

  /** A statement ends with a semicolon, before a brace, or with its line. */
  #end(): void {
    if (this.#accept(";") || this.#is("}") || this.peek().kind === "end" || this.peek().newLine) return;
    throw new ScriptSyntaxError(
      this.#unexpected().message.replace("Unexpected token", "Missing semicolon."),
      this.peek().at,
    );
  }

  // --------------------------------------------------------------------------------------------------------- statements

  statement(): Statement {
    if (++this.#depth > MAX_DEPTH) throw new ScriptSyntaxError("too deeply nested", this.peek().at);
    try {
      return this.#statement();
    } finally {
      this.#depth--;
    }
  }

  #statement(): Statement {
    const token = this.peek();
    if (this.#accept(";")) return { kind: "empty" };
    if (this.#is("{")) return this.#block();
    if (token.kind === "name") {
      if (UNSERVED.has(token.text) && !this.#is("(", 1))
        throw new ScriptSyntaxError(`'${token.text}' is not supported here`, token.at);
      if (["var", "let", "const"].includes(token.text) && this.peek(1).kind !== "symbol")
        return this.#declaration(true);
      switch (token.text) {
        case "if":
          return this.#if();
        case "for":
          return this.#for();
        case "while": {
          this.#next();
          const test = this.#parenthesized();
          return { kind: "while", test, body: this.statement(), first: true };
        }
        case "do": {
          this.#next();
          const body = this.statement();
          this.#need("while");
          const test = this.#parenthesized();
          this.#accept(";");
          return { kind: "while", test, body, first: false };
        }
        case "return":
        case "throw": {
          this.#next();
          const bare = this.#is(";") || this.#is("}") || this.peek().newLine || this.peek().kind === "end";
          const value = bare ? undefined : this.expression();
          this.#end();
          return { kind: token.text, value };
        }
        case "break":
        case "continue":
          this.#next();
          this.#end();
          return { kind: token.text };
        case "try":
          return this.#try();
        case "function": {
          if (this.peek(1).kind !== "name") break;
          const value = this.#function();
          return {
            kind: "declare",
            constant: false,
            names: [{ name: value.kind === "function" ? value.name : "", value }],
          };
        }
      }
    }
    const expression = this.#sequence();
    this.#end();
    return { kind: "expression", expression };
  }

  #block(): Statement {
    this.#need("{");
    const body: Statement[] = [];
    while (!this.#accept("}")) {
      if (this.peek().kind === "end") throw this.#unexpected();
      body.push(this.statement());
    }
    return { kind: "block", body };
  }

  #declaration(ends: boolean): Statement {
    const constant = this.#next().text === "const";
    const names: { name: string; value: Expression | undefined }[] = [];
    do {
      const name = this.#name();
      names.push({ name, value: this.#accept("=") ? this.expression() : undefined });
    } while (this.#accept(","));
    if (ends) this.#end();
    return { kind: "declare", constant, names };
  }

  #parenthesized(): Expression {
    this.#need("(");
    const expression = this.#sequence();
    this.#need(")");
    return expression;
  }

  #if(): Statement {
    this.#next();
    const test = this.#parenthesized();
    const then = this.statement();
    return { kind: "if", test, then, otherwise: this.#accept("else") ? this.statement() : undefined };
  }

  #for(): Statement {
    this.#next();
    this.#need("(");
    const declares = ["var", "let", "const"].includes(this.peek().text);
    const offset = declares ? 1 : 0;
    if (this.peek(offset).kind === "name" && (this.#is("of", offset + 1) || this.#is("in", offset + 1))) {
      if (declares) this.#next();
      const name = this.#name();
      const of = this.#next().text === "of";
      const over = this.expression();
      this.#need(")");
      return { kind: "each", name, of, over, body: this.statement() };
    }
    let start: Statement | undefined;
    if (!this.#is(";"))
      start = declares ? this.#declaration(false) : { kind: "expression", expression: this.#sequence() };
    this.#need(";");
    const test = this.#is(";") ? undefined : this.#sequence();
    this.#need(";");
    const step = this.#is(")") ? undefined : this.#sequence();
    this.#need(")");
    return { kind: "for", start, test, step, body: this.statement() };
  }

  #try(): Statement {
    this.#next();
    const body = this.#block();
    let name: string | undefined;
    let handler: Statement | undefined;
    if (this.#accept("catch")) {
      if (this.#accept("(")) {
        name = this.#name();
        this.#need(")");
      }
      handler = this.#block();
    }
    const last = this.#accept("finally") ? this.#block() : undefined;
    if (handler === undefined && last === undefined) throw this.#unexpected();
    return { kind: "try", body, name, handler, last };
  }

  // -------------------------------------------------------------------------------------------------------- expressions

  #sequence(): Expression {
    let expression = this.expression();
    while (this.#accept(","))
      expression = { kind: "binary", operator: ",", left: expression, right: this.expression() };
    return expression;
  }

  expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new ScriptSyntaxError("too deeply nested", this.peek().at);
    try {
      return this.#assignment();
    } finally {
      this.#depth--;
    }
  }

  #assignment(): Expression {
    const arrow = this.#arrow();
    if (arrow !== undefined) return arrow;
    const left = this.#conditional();
    const operator = this.peek();
    if (operator.kind !== "symbol" || !ASSIGNMENTS.has(operator.text)) return left;
    if (left.kind !== "name" && left.kind !== "member")
      throw new ScriptSyntaxError("Invalid left-hand side in assignment expression.", operator.at);
    this.#next();
    return { kind: "assign", operator: operator.text, target: left, value: this.expression() };
  }

  /** `x => ...` and `(x, y) => ...` */
  #arrow(): Expression | undefined {
    if (this.peek().kind === "name" && this.#is("=>", 1)) {
      const parameters = [this.#name()];
      this.#next();
      return this.#arrowBody(parameters);
    }
    if (!this.#is("(")) return undefined;
    let end = 1;
    while (this.peek(end).kind === "name" || this.#is(",", end)) end++;
    if (!this.#is(")", end) || !this.#is("=>", end + 1)) return undefined;
    const parameters = this.#parameters();
    this.#next();
    return this.#arrowBody(parameters);
  }

  #arrowBody(parameters: readonly string[]): Expression {
    const body = this.#is("{") ? this.#block() : this.expression();
    return { kind: "function", name: "", parameters, body, arrow: true };
  }

  #parameters(): string[] {
    this.#need("(");
    const parameters: string[] = [];
    while (!this.#accept(")")) {
      parameters.push(this.#name());
      if (!this.#is(")")) this.#need(",");
    }
    return parameters;
  }

  #function(): Expression {
    this.#need("function");
    const name = this.peek().kind === "name" ? this.#name() : "";
    const parameters = this.#parameters();
    return { kind: "function", name, parameters, body: this.#block(), arrow: false };
  }

  #conditional(): Expression {
    const test = this.#binary(0);
    if (!this.#accept("?")) return test;
    const then = this.expression();
    this.#need(":");
    return { kind: "conditional", test, then, otherwise: this.expression() };
  }

  #binary(above: number): Expression {
    let left = this.#unary();
    for (;;) {
      const token = this.peek();
      const rank =
        token.kind === "symbol" || token.text === "in" || token.text === "instanceof" ? BINARY[token.text] : undefined;
      if (rank === undefined || rank <= above) return left;
      this.#next();
      const right = this.#binary(token.text === "**" ? rank - 1 : rank);
      left = { kind: "binary", operator: token.text, left, right };
    }
  }

  #unary(): Expression {
    const token = this.peek();
    if (["!", "-", "+", "typeof", "void"].includes(token.text) && (token.kind === "symbol" || token.kind === "name")) {
      this.#next();
      if (++this.#depth > MAX_DEPTH) throw new ScriptSyntaxError("too deeply nested", token.at);
      const operand = this.#unary();
      this.#depth--;
      return { kind: "unary", operator: token.text, operand };
    }
    if (token.kind === "symbol" && (token.text === "++" || token.text === "--")) {
      this.#next();
      return { kind: "update", operator: token.text, prefix: true, target: this.#unary() };
    }
    const operand = this.#postfix(this.#primary());
    const after = this.peek();
    if (after.kind === "symbol" && (after.text === "++" || after.text === "--") && !after.newLine) {
      this.#next();
      return { kind: "update", operator: after.text, prefix: false, target: operand };
    }
    return operand;
  }

  #postfix(start: Expression, calls = true): Expression {
    let expression = start;
    for (;;) {
      if (this.#accept("."))
        expression = {
          kind: "member",
          object: expression,
          property: { kind: "value", value: this.#name() },
          optional: false,
        };
      else if (this.#accept("?.")) {
        if (this.#is("(")) expression = { kind: "call", callee: expression, args: this.#arguments(), optional: true };
        else if (this.#accept("[")) {
          expression = { kind: "member", object: expression, property: this.#sequence(), optional: true };
          this.#need("]");
        } else
          expression = {
            kind: "member",
            object: expression,
            property: { kind: "value", value: this.#name() },
            optional: true,
          };
      } else if (this.#accept("[")) {
        expression = { kind: "member", object: expression, property: this.#sequence(), optional: false };
        this.#need("]");
      } else if (calls && this.#is("("))
        expression = { kind: "call", callee: expression, args: this.#arguments(), optional: false };
      else return expression;
    }
  }

  #arguments(): Expression[] {
    this.#need("(");
    const args: Expression[] = [];
    while (!this.#accept(")")) {
      args.push(this.#accept("...") ? { kind: "spread", value: this.expression() } : this.expression());
      if (!this.#is(")")) this.#need(",");
    }
    return args;
  }

  #primary(): Expression {
    const token = this.#next();
    switch (token.kind) {
      case "number":
        return { kind: "value", value: Number(token.text) };
      case "string":
        return { kind: "value", value: token.text };
      case "template":
        return this.#template(token);
      case "regex":
        return { kind: "regex", pattern: token.text, flags: token.flags ?? "" };
      case "name":
        return this.#word(token);
      case "symbol":
        if (token.text === "(") {
          const inner = this.#sequence();
          this.#need(")");
          return inner;
        }
        if (token.text === "[") return this.#array();
        if (token.text === "{") return this.#object();
    }
    this.#position--;
    throw this.#unexpected();
  }

  #word(token: Token): Expression {
    switch (token.text) {
      case "true":
      case "false":
        return { kind: "value", value: token.text === "true" };
      case "null":
        return { kind: "value", value: null };
      case "undefined":
        return { kind: "value", value: undefined };
      case "function":
        this.#position--;
        return this.#function();
      case "new": {
        const callee = this.#postfix(this.#primary(), false);
        return { kind: "new", callee, args: this.#is("(") ? this.#arguments() : [] };
      }
      default:
        if (UNSERVED.has(token.text)) throw new ScriptSyntaxError(`'${token.text}' is not supported here`, token.at);
        return { kind: "name", name: token.text };
    }
  }

  #array(): Expression {
    const items: Expression[] = [];
    while (!this.#accept("]")) {
      items.push(this.#accept("...") ? { kind: "spread", value: this.expression() } : this.expression());
      if (!this.#is("]")) this.#need(",");
    }
    return { kind: "array", items };
  }

  #object(): Expression {
    const fields: Field[] = [];
    while (!this.#accept("}")) {
      if (this.#accept("...")) fields.push({ kind: "spread", value: this.expression() });
      else {
        const token = this.#next();
        let key: Expression;
        if (token.kind === "symbol" && token.text === "[") {
          key = this.expression();
          this.#need("]");
        } else if (token.kind === "name" || token.kind === "string" || token.kind === "number")
          key = { kind: "value", value: token.kind === "number" ? String(Number(token.text)) : token.text };
        else {
          this.#position--;
          throw this.#unexpected();
        }
        if (this.#accept(":")) fields.push({ kind: "field", key, value: this.expression() });
        else if (this.#is("(")) {
          const parameters = this.#parameters();
          const value: Expression = {
            kind: "function",
            name: token.text,
            parameters,
            body: this.#block(),
            arrow: false,
          };
          fields.push({ kind: "field", key, value });
        } else if (token.kind === "name")
          fields.push({ kind: "field", key, value: { kind: "name", name: token.text } });
        else throw this.#unexpected();
      }
      if (!this.#is("}")) this.#need(",");
    }
    return { kind: "object", fields };
  }

  #template(token: Token): Expression {
    const parts: (string | Expression)[] = [];
    let text = "";
    for (let at = 0; at < token.text.length; at++) {
      if (token.text[at] === "\\") {
        const escaped = token.text[++at] ?? "";
        text += { n: "\n", t: "\t", r: "\r" }[escaped] ?? escaped;
      } else if (token.text.startsWith("${", at)) {
        let end = at + 2;
        for (let depth = 1; ; end++) {
          if (token.text[end] === "{") depth++;
          else if (token.text[end] === "}" && --depth === 0) break;
          else if (end >= token.text.length) throw new ScriptSyntaxError("Unterminated template.", token.at);
        }
        parts.push(text, new Parser(token.text.slice(at + 2, end)).expression());
        text = "";
        at = end;
      } else text += token.text[at];
    }
    return { kind: "template", parts: [...parts, text] };
  }
}
