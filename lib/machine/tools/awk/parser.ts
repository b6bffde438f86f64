/** From the text of an awk program to its tree (POSIX grammar, with the extensions gawk and mawk share). */
import { BUILTINS, Lexer, type Token } from "./lexer.ts";
import {
  type AssignOperator,
  type AwkProgram,
  AwkSyntaxError,
  type BinaryOperator,
  type Expression,
  type FunctionDefinition,
  type LeftValue,
  type Rule,
  type Statement,
  type Variable,
} from "./syntax.ts";

const MAX_DEPTH = 300;
const ASSIGNMENTS = new Set(["=", "+=", "-=", "*=", "/=", "%=", "^="]);
const COMPARISONS = new Set(["<", "<=", "==", "!=", ">", ">="]);

export function parseAwk(source: string): AwkProgram {
  return new Parser(source).program();
}

class Parser {
  readonly #lexer: Lexer;
  #token: Token;
  #parameters: readonly string[] = [];
  readonly #functions = new Map<string, FunctionDefinition>();
  readonly #called: { readonly name: string }[] = [];
  #depth = 0;
  #loops = 0;
  #inFunction = false;
  /** ">" sends the output of `print` somewhere. */
  #noGreater = false;
  /** `for (x in` is read by the loop. */
  #noIn = false;

  constructor(source: string) {
    this.#lexer = new Lexer(source);
    this.#token = this.#lexer.next();
  }

  program(): AwkProgram {
    const rules: Rule[] = [];
    this.#skipEnds();
    while (this.#token.kind !== "end") {
      if (this.#isKeyword("function")) this.#function();
      else rules.push(this.#rule());
      this.#skipEnds();
    }
    for (const { name } of this.#called) {
      // As mawk, which finds out at the end.
      if (!this.#functions.has(name))
        throw new AwkSyntaxError(`line ${this.#token.line + 1}: function ${name} never defined`);
    }
    return { rules, functions: this.#functions };
  }

  // -------------------------------------------------------------------------------------------------------- tokens

  #advance(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }

  #is(text: string): boolean {
    return this.#token.kind === "punctuation" && this.#token.text === text;
  }

  #isKeyword(text: string): boolean {
    return this.#token.kind === "keyword" && this.#token.text === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#advance();
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail();
  }

  #fail(): never {
    const { kind, text, line } = this.#token;
    if (kind === "end") throw new AwkSyntaxError(`line ${line}: syntax error at or near end of file`);
    if (kind === "newline") throw new AwkSyntaxError(`line ${line}: syntax error at or near end of line`);
    throw new AwkSyntaxError(`line ${line}: syntax error at or near ${kind === "string" ? `"${text}"` : text}`);
  }

  #skipNewlines(): void {
    while (this.#token.kind === "newline") this.#advance();
  }

  #skipEnds(): void {
    while (this.#token.kind === "newline" || this.#is(";")) this.#advance();
  }

  // --------------------------------------------------------------------------------------------------------- rules

  #function(): void {
    this.#advance();
    const { kind, text, line } = this.#advance();
    if (kind !== "name" && kind !== "function")
      throw new AwkSyntaxError(`line ${line}: syntax error at or near ${text}`);
    if (this.#functions.has(text)) throw new AwkSyntaxError(`line ${line}: function ${text} is defined twice`);
    this.#expect("(");
    const parameters: string[] = [];
    while (!this.#is(")")) {
      const parameter = this.#advance();
      if (parameter.kind !== "name")
        throw new AwkSyntaxError(`line ${line}: syntax error at or near ${parameter.text}`);
      parameters.push(parameter.text);
      if (!this.#take(",")) break;
      this.#skipNewlines();
    }
    this.#expect(")");
    this.#skipNewlines();
    this.#parameters = parameters;
    this.#inFunction = true;
    const body = this.#block();
    this.#inFunction = false;
    this.#parameters = [];
    this.#functions.set(text, { name: text, parameters, body });
  }

  #rule(): Rule {
    const { text } = this.#token;
    if (this.#isKeyword("BEGIN") || this.#isKeyword("END")) {
      this.#advance();
      if (!this.#is("{")) this.#fail();
      return { pattern: { type: text as "BEGIN" | "END" }, action: this.#block() };
    }
    if (this.#is("{")) return { pattern: { type: "always" }, action: this.#block() };
    const first = this.#expression();
    let pattern: Rule["pattern"] = { type: "when", test: first };
    if (this.#take(",")) {
      this.#skipNewlines();
      pattern = { type: "range", from: first, to: this.#expression() };
    }
    return { pattern, action: this.#is("{") ? this.#block() : undefined };
  }

  #block(): Statement {
    this.#expect("{");
    const body: Statement[] = [];
    this.#skipEnds();
    while (!this.#is("}")) {
      if (this.#token.kind === "end")
        throw new AwkSyntaxError(`line ${this.#token.line + 1}: missing } near end of file`);
      body.push(this.#statement());
      this.#skipEnds();
    }
    this.#advance();
    return { type: "block", body };
  }

  // ---------------------------------------------------------------------------------------------------- statements

  #statement(): Statement {
    if (++this.#depth > MAX_DEPTH) throw new AwkSyntaxError(`line ${this.#token.line}: program is nested too deeply`);
    try {
      return this.#anyStatement();
    } finally {
      this.#depth--;
    }
  }

  #anyStatement(): Statement {
    if (this.#is("{")) return this.#block();
    if (this.#token.kind === "keyword") {
      switch (this.#token.text) {
        case "if":
          return this.#if();
        case "while": {
          this.#advance();
          const test = this.#parenthesised();
          if (this.#take(";")) return { type: "while", test, body: { type: "block", body: [] } };
          return { type: "while", test, body: this.#loopBody() };
        }
        case "do": {
          this.#advance();
          const body = this.#loopBody();
          this.#skipEnds();
          if (!this.#isKeyword("while")) this.#fail();
          this.#advance();
          const test = this.#parenthesised();
          this.#endStatement();
          return { type: "do", test, body };
        }
        case "for":
          return this.#for();
      }
    }
    if (this.#is(";")) {
      this.#advance();
      return { type: "block", body: [] };
    }
    const statement = this.#simple();
    this.#endStatement();
    return statement;
  }

  /** A statement ends with ";", a newline, or before "}". */
  #endStatement(): void {
    if (this.#is("}") || this.#token.kind === "end") return;
    if (this.#is(";") || this.#token.kind === "newline") {
      this.#advance();
      return;
    }
    this.#fail();
  }

  #parenthesised(): Expression {
    this.#expect("(");
    const test = this.#anywhere(() => this.#expression());
    this.#expect(")");
    return test;
  }

  #loopBody(): Statement {
    this.#loops++;
    try {
      return this.#body();
    } finally {
      this.#loops--;
    }
  }

  #body(): Statement {
    this.#skipNewlines();
    return this.#statement();
  }

  #if(): Statement {
    this.#advance();
    const test = this.#parenthesised();
    const yes = this.#take(";") ? ({ type: "block", body: [] } as const) : this.#body();
    // "else" may come after newlines and one ";" that the statement before left.
    this.#skipEnds();
    if (!this.#isKeyword("else")) return { type: "if", test, yes, no: undefined };
    this.#advance();
    return { type: "if", test, yes, no: this.#body() };
  }

  #for(): Statement {
    this.#advance();
    this.#expect("(");
    let first: Statement | undefined;
    if (!this.#is(";")) {
      this.#noIn = this.#token.kind === "name";
      first = this.#simple();
      this.#noIn = false;
      if (this.#isKeyword("in") && first.type === "expression" && isVariable(first.expression)) {
        this.#advance();
        const array = this.#variable(this.#name());
        this.#expect(")");
        if (this.#take(";"))
          return { type: "forIn", target: first.expression, array, body: { type: "block", body: [] } };
        return { type: "forIn", target: first.expression, array, body: this.#loopBody() };
      }
    }
    this.#expect(";");
    this.#skipNewlines();
    const test = this.#is(";") ? undefined : this.#expression();
    this.#expect(";");
    this.#skipNewlines();
    const step = this.#is(")") ? undefined : this.#simple();
    this.#expect(")");
    if (this.#take(";")) return { type: "for", first, test, step, body: { type: "block", body: [] } };
    return { type: "for", first, test, step, body: this.#loopBody() };
  }

  #name(): string {
    if (this.#token.kind !== "name") this.#fail();
    return this.#advance().text;
  }

  #simple(): Statement {
    const { kind, text, line } = this.#token;
    if (kind !== "keyword") return { type: "expression", expression: this.#expression() };
    switch (text) {
      case "print":
      case "printf":
        return this.#print(text === "printf");
      case "delete": {
        this.#advance();
        const array = this.#variable(this.#name());
        return { type: "delete", array, subscripts: this.#is("[") ? this.#subscripts() : undefined };
      }
      case "next":
      case "nextfile":
        this.#advance();
        return { type: text };
      case "break":
      case "continue":
        if (this.#loops === 0) throw new AwkSyntaxError(`line ${line}: ${text} statement outside of loop`);
        this.#advance();
        return { type: text };
      case "return":
        if (!this.#inFunction) throw new AwkSyntaxError(`line ${line}: return outside function body`);
        this.#advance();
        return { type: "return", value: this.#atEnd() ? undefined : this.#expression() };
      case "exit":
        this.#advance();
        return { type: "exit", value: this.#atEnd() ? undefined : this.#expression() };
      case "getline":
        return { type: "expression", expression: this.#expression() };
      default:
        return this.#fail();
    }
  }

  #atEnd(): boolean {
    return this.#token.kind === "newline" || this.#token.kind === "end" || this.#is(";") || this.#is("}");
  }

  #print(format: boolean): Statement {
    this.#advance();
    let args: readonly Expression[] = [];
    if (!this.#atEnd() && !this.#is(">") && !this.#is(">>") && !this.#is("|")) {
      const before = this.#noGreater;
      this.#noGreater = true;
      args = this.#list();
      this.#noGreater = before;
      const [only] = args;
      if (args.length === 1 && only?.type === "group") args = only.items;
    }
    if (format && args.length === 0) this.#fail();
    for (const mode of [">", ">>", "|"] as const) {
      if (!this.#is(mode)) continue;
      this.#advance();
      const before = this.#noGreater;
      this.#noGreater = true;
      const to = this.#concatenation();
      this.#noGreater = before;
      return { type: "print", format, args, redirect: { mode, to } };
    }
    return { type: "print", format, args, redirect: undefined };
  }

  // --------------------------------------------------------------------------------------------------- expressions

  #list(): Expression[] {
    const items = [this.#expression()];
    while (this.#take(",")) {
      this.#skipNewlines();
      items.push(this.#expression());
    }
    return items;
  }

  /** Inside parentheses ">" compares again, and "in" asks. */
  #anywhere<T>(read: () => T): T {
    const { noGreater, noIn } = { noGreater: this.#noGreater, noIn: this.#noIn };
    this.#noGreater = false;
    this.#noIn = false;
    const result = read();
    this.#noGreater = noGreater;
    this.#noIn = noIn;
    return result;
  }

  #expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new AwkSyntaxError(`line ${this.#token.line}: program is nested too deeply`);
    const left = this.#conditional();
    let result = left;
    if (this.#token.kind === "punctuation" && ASSIGNMENTS.has(this.#token.text)) {
      const operator = this.#advance().text as AssignOperator;
      this.#skipNewlines();
      result = assigned(left, operator, this.#expression()) ?? this.#fail();
    }
    this.#depth--;
    return result;
  }

  #conditional(): Expression {
    const test = this.#or();
    if (!this.#is("?")) return test;
    this.#advance();
    this.#skipNewlines();
    const yes = this.#expression();
    this.#skipNewlines();
    this.#expect(":");
    this.#skipNewlines();
    return { type: "conditional", test, yes, no: this.#expression() };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take("||")) {
      this.#skipNewlines();
      left = { type: "logical", operator: "||", left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#membership();
    while (this.#take("&&")) {
      this.#skipNewlines();
      left = { type: "logical", operator: "&&", left, right: this.#membership() };
    }
    return left;
  }

  #membership(): Expression {
    let left = this.#matching();
    while (!this.#noIn && this.#isKeyword("in")) {
      this.#advance();
      const subscripts = left.type === "group" ? left.items : [left];
      left = { type: "in", array: this.#variable(this.#name()), subscripts };
    }
    return left;
  }

  #matching(): Expression {
    let left = this.#comparison();
    while (this.#is("~") || this.#is("!~")) {
      const negated = this.#advance().text === "!~";
      left = { type: "match", negated, left, right: this.#comparison() };
    }
    return left;
  }

  #comparison(): Expression {
    const left = this.#piped();
    const { kind, text } = this.#token;
    if (kind !== "punctuation" || !COMPARISONS.has(text) || (text === ">" && this.#noGreater)) return left;
    this.#advance();
    return { type: "binary", operator: text as BinaryOperator, left, right: this.#piped() };
  }

  /** `command | getline`, which binds looser than concatenation. */
  #piped(): Expression {
    let left = this.#concatenation();
    // A "|" that is not followed by getline belongs to `print`, which comes last in its statement.
    while (this.#is("|") && !this.#noGreater) {
      this.#advance();
      if (!this.#isKeyword("getline")) this.#fail();
      this.#advance();
      left = { type: "getline", from: "command", source: left, target: this.#optionalTarget() };
    }
    return left;
  }

  #concatenation(): Expression {
    let left = this.#additive();
    while (this.#startsOperand()) left = { type: "binary", operator: " ", left, right: this.#additive() };
    return left;
  }

  #startsOperand(): boolean {
    const { kind, text } = this.#token;
    switch (kind) {
      case "number":
      case "string":
      case "name":
      case "function":
      case "builtin":
        return true;
      case "punctuation":
        return text === "$" || text === "(" || text === "++" || text === "--";
      default:
        return false;
    }
  }

  #additive(): Expression {
    let left = this.#multiplicative();
    while (this.#is("+") || this.#is("-")) {
      const operator = this.#advance().text as BinaryOperator;
      left = { type: "binary", operator, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Expression {
    let left = this.#unary();
    while (this.#is("*") || this.#is("/") || this.#is("%")) {
      const operator = this.#advance().text as BinaryOperator;
      left = { type: "binary", operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expression {
    if (this.#is("!") || this.#is("-") || this.#is("+")) {
      if (++this.#depth > MAX_DEPTH) throw new AwkSyntaxError(`line ${this.#token.line}: program is nested too deeply`);
      const operator = this.#advance().text as "!" | "-" | "+";
      const operand = this.#unary();
      this.#depth--;
      return { type: "unary", operator, operand };
    }
    return this.#power();
  }

  #power(): Expression {
    const left = this.#postfix();
    if (!this.#take("^")) return left;
    // Right associative; the exponent may have a sign.
    const right = this.#is("-") || this.#is("+") || this.#is("!") ? this.#unary() : this.#power();
    return { type: "binary", operator: "^", left, right };
  }

  #postfix(): Expression {
    const operand = this.#primary();
    if (isLeftValue(operand) && (this.#is("++") || this.#is("--"))) {
      const by = this.#advance().text === "++" ? 1 : -1;
      return { type: "increment", by, prefix: false, target: operand };
    }
    return operand;
  }

  #primary(): Expression {
    const { kind, text, line } = this.#token;
    switch (kind) {
      case "number":
        this.#advance();
        return { type: "number", value: Number(text) };
      case "string":
        this.#advance();
        return { type: "string", value: text };
      case "name":
        this.#advance();
        return this.#is("[")
          ? { type: "element", array: this.#variable(text), subscripts: this.#subscripts() }
          : this.#variable(text);
      case "function": {
        this.#advance();
        this.#called.push({ name: text });
        return { type: "call", name: text, args: this.#arguments(), line };
      }
      case "builtin":
        return this.#builtin();
      case "keyword":
        if (text === "getline") return this.#getline();
        return this.#fail();
      case "punctuation":
        break;
      default:
        return this.#fail();
    }
    switch (text) {
      case "(": {
        this.#advance();
        const items = this.#anywhere(() => this.#list());
        this.#skipNewlines();
        this.#expect(")");
        if (items.length > 1 && !this.#isKeyword("in") && !this.#inPrint()) this.#fail();
        return { type: "group", items };
      }
      case "$":
        this.#advance();
        return { type: "field", index: this.#fieldIndex() };
      case "++":
      case "--": {
        this.#advance();
        const target = this.#primary();
        if (!isLeftValue(target)) return this.#fail();
        return { type: "increment", by: text === "++" ? 1 : -1, prefix: true, target };
      }
      case "/":
      case "/=": {
        const source = this.#lexer.regex();
        this.#token = this.#lexer.next();
        return { type: "regex", source };
      }
      default:
        return this.#fail();
    }
  }

  /** A list in parentheses stands alone only after `print`. */
  #inPrint(): boolean {
    return this.#noGreater;
  }

  #fieldIndex(): Expression {
    if (this.#is("-") || this.#is("+") || this.#is("!")) {
      const operator = this.#advance().text as "!" | "-" | "+";
      return { type: "unary", operator, operand: this.#fieldIndex() };
    }
    return this.#primary();
  }

  #arguments(): Expression[] {
    this.#expect("(");
    return this.#anywhere(() => {
      this.#skipNewlines();
      const args = this.#is(")") ? [] : this.#list();
      this.#skipNewlines();
      this.#expect(")");
      return args;
    });
  }

  #builtin(): Expression {
    const { text: name, line } = this.#advance();
    // `length` alone is of the record.
    const args = this.#is("(") ? this.#arguments() : name === "length" ? [] : this.#fail();
    if (!BUILTINS.has(name)) this.#fail();
    return { type: "builtin", name, args, line };
  }

  #getline(): Expression {
    this.#advance();
    const target = this.#optionalTarget();
    if (!this.#take("<")) return { type: "getline", from: "input", source: undefined, target };
    return { type: "getline", from: "file", source: this.#postfix(), target };
  }

  #optionalTarget(): LeftValue | undefined {
    if (this.#token.kind !== "name" && !this.#is("$")) return undefined;
    const target = this.#primary();
    return isLeftValue(target) ? target : this.#fail();
  }

  #subscripts(): Expression[] {
    this.#expect("[");
    const items = this.#anywhere(() => this.#list());
    this.#expect("]");
    return items;
  }

  #variable(name: string): Variable {
    const index = this.#parameters.indexOf(name);
    if (index !== -1) return { type: "local", index, name };
    return { type: "global", name };
  }
}

function isVariable(expression: Expression): expression is Variable {
  return expression.type === "global" || expression.type === "local";
}

function isLeftValue(expression: Expression): expression is LeftValue {
  return isVariable(expression) || expression.type === "element" || expression.type === "field";
}

/** `a && b = 1` assigns to b: the operand next to "=" takes it. */
function assigned(left: Expression, operator: AssignOperator, value: Expression): Expression | undefined {
  if (isLeftValue(left)) return { type: "assign", operator, target: left, value };
  if (left.type === "logical") {
    const right = assigned(left.right, operator, value);
    return right && { ...left, right };
  }
  if (left.type === "unary" && left.operator === "!") {
    const operand = assigned(left.operand, operator, value);
    return operand && { ...left, operand };
  }
  return undefined;
}
