/** Expressions of awk, and the tokens they are read from: what rules and statements are made of. */
import type { Dialect } from "./dialect.ts";
import { AwkSyntaxError, type Fault } from "./failure.ts";
import { Lexer, type Token } from "./lexer.ts";
import type { AssignOperator, BinaryOperator, Expression, LeftValue, Variable } from "./syntax.ts";

const MAX_DEPTH = 300;
const ASSIGNMENTS = new Set(["=", "+=", "-=", "*=", "/=", "%=", "^="]);
const COMPARISONS = new Set(["<", "<=", "==", "!=", ">", ">="]);

export class ExpressionParser {
  readonly #lexer: Lexer;
  protected readonly dialect: Dialect;
  protected readonly warnings: { readonly message: string; readonly line: number }[] = [];
  protected token: Token;
  /** Where the arguments that were read last end. */
  #end = 0;
  #parentheses = 0;
  #braces = 0;
  /** What mawk takes each name for: the first use decides. */
  readonly #uses = new Map<string, "array" | "scalar">();
  /** Names of functions that were defined before the place that is read. */
  protected readonly defined = new Set<string>();
  /** Of the function that is being read. */
  protected parameters: readonly string[] = [];
  protected readonly called: { readonly name: string; readonly line: number }[] = [];
  protected depth = 0;
  /** ">" sends the output of `print` somewhere. */
  protected noGreater = false;
  /** `for (x in` is read by the loop. */
  protected noIn = false;

  constructor(source: string, dialect: Dialect) {
    this.dialect = dialect;
    this.#lexer = new Lexer(source, dialect, (message, line) => this.warnings.push({ message, line }));
    this.token = this.#lexer.next();
  }

  // -------------------------------------------------------------------------------------------------------- tokens

  protected advance(): Token {
    const token = this.token;
    if (token.kind === "punctuation") {
      if (token.text === "(") this.#parentheses++;
      else if (token.text === ")") this.#parentheses--;
      else if (token.text === "{") this.#braces++;
      else if (token.text === "}") this.#braces--;
    }
    this.token = this.#lexer.next();
    return token;
  }

  protected is(text: string): boolean {
    return this.token.kind === "punctuation" && this.token.text === text;
  }

  protected isKeyword(text: string): boolean {
    return this.token.kind === "keyword" && this.token.text === text;
  }

  protected take(text: string): boolean {
    if (!this.is(text)) return false;
    this.advance();
    return true;
  }

  protected expect(text: string): void {
    if (!this.take(text)) this.fail();
  }

  protected fail(): never {
    const { token } = this;
    return this.fault({ type: "token", token, parentheses: this.#parentheses, braces: this.#braces });
  }

  #failAt(token: Token): never {
    return this.fault({ type: "token", token, parentheses: this.#parentheses, braces: this.#braces }, token.line);
  }

  protected fault(fault: Fault, line = this.token.line): never {
    throw new AwkSyntaxError(fault, line);
  }

  /** Not more than the stack can hold. */
  protected deeper(): void {
    if (++this.depth > MAX_DEPTH) this.fault({ type: "refused", message: "program is nested too deeply" });
  }

  protected skipNewlines(): void {
    while (this.token.kind === "newline") this.advance();
  }

  protected skipEnds(): void {
    while (this.token.kind === "newline" || this.is(";")) this.advance();
  }

  protected name(): string {
    if (this.token.kind !== "name") this.fail();
    return this.advance().text;
  }

  // --------------------------------------------------------------------------------------------------- expressions

  protected list(): Expression[] {
    const items = [this.expression()];
    while (this.take(",")) {
      this.skipNewlines();
      items.push(this.expression());
    }
    return items;
  }

  /** Inside parentheses ">" compares again, and "in" asks. */
  protected anywhere<T>(read: () => T): T {
    const { noGreater, noIn } = { noGreater: this.noGreater, noIn: this.noIn };
    this.noGreater = false;
    this.noIn = false;
    const result = read();
    this.noGreater = noGreater;
    this.noIn = noIn;
    return result;
  }

  protected expression(): Expression {
    this.deeper();
    const left = this.conditional();
    let result = left;
    if (this.token.kind === "punctuation" && ASSIGNMENTS.has(this.token.text)) {
      if (!isAssignable(left)) this.fail();
      const operator = this.advance().text as AssignOperator;
      this.skipNewlines();
      result = assigned(left, operator, this.expression()) ?? this.fail();
    }
    this.depth--;
    return result;
  }

  protected conditional(): Expression {
    const test = this.#or();
    if (!this.is("?")) return test;
    this.advance();
    this.skipNewlines();
    const yes = this.expression();
    this.skipNewlines();
    this.expect(":");
    this.skipNewlines();
    return { type: "conditional", test, yes, no: this.expression() };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.take("||")) {
      this.skipNewlines();
      left = { type: "logical", operator: "||", left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#membership();
    while (this.take("&&")) {
      this.skipNewlines();
      left = { type: "logical", operator: "&&", left, right: this.#membership() };
    }
    return left;
  }

  #membership(): Expression {
    let left = this.#matching();
    while (!this.noIn && this.isKeyword("in")) {
      this.advance();
      const subscripts = left.type === "group" ? left.items : [left];
      left = { type: "in", array: this.arrayNamed(this.name()), subscripts };
    }
    return left;
  }

  #matching(): Expression {
    let left = this.#comparison();
    while (this.is("~") || this.is("!~")) {
      const negated = this.advance().text === "!~";
      left = { type: "match", negated, left, right: this.#comparison() };
    }
    return left;
  }

  #comparison(): Expression {
    const left = this.#piped();
    const { kind, text } = this.token;
    if (kind !== "punctuation" || !COMPARISONS.has(text) || (text === ">" && this.noGreater)) return left;
    this.advance();
    return { type: "binary", operator: text as BinaryOperator, left, right: this.#piped() };
  }

  /** `command | getline`, which binds looser than concatenation. */
  #piped(): Expression {
    let left = this.concatenation();
    // A "|" that is not followed by getline belongs to `print`, which comes last in its statement.
    while ((this.is("|") && !this.noGreater) || this.is("|&")) {
      if (this.is("|&")) this.fault({ type: "refused", message: "two-way pipes are not available here" });
      this.advance();
      if (!this.isKeyword("getline")) this.fail();
      this.advance();
      left = { type: "getline", from: "command", source: left, target: this.#optionalTarget() };
    }
    return left;
  }

  protected concatenation(): Expression {
    let left = this.#additive();
    while (this.#startsOperand()) left = { type: "binary", operator: " ", left, right: this.#additive() };
    return left;
  }

  #startsOperand(): boolean {
    const { kind, text } = this.token;
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
    while (this.is("+") || this.is("-")) {
      const operator = this.advance().text as BinaryOperator;
      left = { type: "binary", operator, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Expression {
    let left = this.#unary();
    while (this.is("*") || this.is("/") || this.is("%")) {
      const operator = this.advance().text as BinaryOperator;
      left = { type: "binary", operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expression {
    if (this.is("!") || this.is("-") || this.is("+")) {
      this.deeper();
      const operator = this.advance().text as "!" | "-" | "+";
      const operand = this.#unary();
      this.depth--;
      return { type: "unary", operator, operand };
    }
    return this.#power();
  }

  #power(): Expression {
    const left = this.#postfix();
    if (!this.take("^")) return left;
    // Right associative; the exponent may have a sign.
    const right = this.is("-") || this.is("+") || this.is("!") ? this.#unary() : this.#power();
    return { type: "binary", operator: "^", left, right };
  }

  #postfix(): Expression {
    const operand = this.#primary();
    if (isLeftValue(operand) && (this.is("++") || this.is("--"))) {
      const by = this.advance().text === "++" ? 1 : -1;
      return { type: "increment", by, prefix: false, target: operand };
    }
    return operand;
  }

  #primary(): Expression {
    const { kind, text, line } = this.token;
    switch (kind) {
      case "number":
        this.advance();
        return { type: "number", value: Number(text) };
      case "string":
        this.advance();
        return { type: "string", value: text };
      case "name":
        this.advance();
        if (this.is("[")) return this.#element(text);
        // mawk and BusyBox know their functions, whatever stands between the name and "(".
        if (this.is("(") && this.defined.has(text) && this.dialect.name !== "gawk") return this.#call(text, line);
        return this.variable(text);
      case "function":
        this.advance();
        return this.#call(text, line);
      case "builtin":
        return this.#builtin();
      case "keyword":
        if (text === "getline") return this.#getline();
        return this.fail();
      case "punctuation":
        break;
      default:
        return this.fail();
    }
    switch (text) {
      case "(": {
        this.advance();
        const items = this.anywhere(() => this.list());
        this.skipNewlines();
        this.expect(")");
        // A list in parentheses stands alone, after `print`; for BusyBox "," is an operator there.
        if (items.length > 1 && !this.isKeyword("in") && this.dialect.name !== "busybox") {
          if (!this.#inPrint() || !this.#endsPrint()) this.fail();
        }
        return { type: "group", items };
      }
      case "$":
        this.advance();
        return { type: "field", index: this.#fieldIndex() };
      case "@": {
        this.advance();
        const { text: name } = this.advance();
        if (name === "include" || name === "load" || name === "namespace")
          this.fault({ type: "refused", message: `@${name} is not available here` });
        if (!/^[A-Za-z_]/.test(name) || !this.is("(")) return this.fail();
        return { type: "indirect", name: this.variable(name), args: this.#arguments() };
      }
      case "++":
      case "--": {
        this.advance();
        const operand = this.token;
        const target = this.#primary();
        if (!isLeftValue(target)) return this.#failAt(operand);
        return { type: "increment", by: text === "++" ? 1 : -1, prefix: true, target };
      }
      case "/":
      case "/=": {
        const source = this.#lexer.regex();
        this.token = this.#lexer.next();
        return { type: "regex", source };
      }
      default:
        return this.fail();
    }
  }

  /** A list in parentheses stands alone only after `print`. */
  #inPrint(): boolean {
    return this.noGreater;
  }

  #endsPrint(): boolean {
    const { kind, text } = this.token;
    if (kind === "newline" || kind === "end") return true;
    return kind === "punctuation" && [";", "}", ">", ">>", "|", "|&"].includes(text);
  }

  #call(name: string, line: number): Expression {
    this.called.push({ name, line });
    return { type: "call", name, args: this.#arguments(), line };
  }

  #element(name: string): Expression {
    const element: Expression = { type: "element", array: this.arrayNamed(name), subscripts: this.subscripts() };
    if (this.is("[") && this.dialect.name === "gawk")
      this.fault({ type: "refused", message: "arrays of arrays are not available here" });
    return element;
  }

  #fieldIndex(): Expression {
    if (this.is("-") || this.is("+") || this.is("!")) {
      const operator = this.advance().text as "!" | "-" | "+";
      return { type: "unary", operator, operand: this.#fieldIndex() };
    }
    return this.#primary();
  }

  #arguments(): Expression[] {
    this.expect("(");
    return this.anywhere(() => {
      this.skipNewlines();
      const args = this.is(")") ? [] : this.list();
      this.skipNewlines();
      this.#end = this.token.at;
      this.expect(")");
      return args;
    });
  }

  #builtin(): Expression {
    const { text: name, line } = this.advance();
    // `length` alone is of the record.
    const args = this.is("(") ? this.#arguments() : name === "length" ? [] : this.fail();
    return { type: "builtin", name, args, line, at: this.#end };
  }

  #getline(): Expression {
    this.advance();
    const target = this.#optionalTarget();
    if (!this.take("<")) return { type: "getline", from: "input", source: undefined, target };
    return { type: "getline", from: "file", source: this.#postfix(), target };
  }

  #optionalTarget(): LeftValue | undefined {
    if (this.token.kind !== "name" && !this.is("$")) return undefined;
    const target = this.#primary();
    return isLeftValue(target) ? target : this.fail();
  }

  protected subscripts(): Expression[] {
    this.expect("[");
    const items = this.anywhere(() => this.list());
    this.expect("]");
    return items;
  }

  protected variable(name: string): Variable {
    return this.#named(name, "scalar");
  }

  protected arrayNamed(name: string): Variable {
    return this.#named(name, "array");
  }

  #named(name: string, use: "array" | "scalar"): Variable {
    const index = this.parameters.indexOf(name);
    if (index !== -1) return { type: "local", index, name };
    // What stands alone as an argument may be either.
    const alone = use === "scalar" && (this.is(",") || this.is(")"));
    if (this.dialect.name === "mawk" && !alone) {
      const before = this.#uses.get(name);
      if (before !== undefined && before !== use) this.fault({ type: before, name, parameter: false });
      this.#uses.set(name, use);
    }
    return { type: "global", name };
  }
}

export function isVariable(expression: Expression): expression is Variable {
  return expression.type === "global" || expression.type === "local";
}

function isLeftValue(expression: Expression): expression is LeftValue {
  return isVariable(expression) || expression.type === "element" || expression.type === "field";
}

function isAssignable(left: Expression): boolean {
  if (left.type === "logical") return isAssignable(left.right);
  if (left.type === "unary" && left.operator === "!") return isAssignable(left.operand);
  return isLeftValue(left);
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
