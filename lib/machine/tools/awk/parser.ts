/** From the text of an awk program to its tree (POSIX grammar, with the extensions gawk and mawk share). */
import type { Dialect } from "./dialect.ts";
import { ExpressionParser, isVariable } from "./expression-parser.ts";
import type { AwkProgram, Case, Expression, FunctionDefinition, Rule, Statement } from "./syntax.ts";

/** Throws `AwkSyntaxError`. */
export function parseAwk(source: string, dialect: Dialect): AwkProgram {
  return new Parser(source, dialect).program();
}

const SPECIAL = ["BEGIN", "END", "BEGINFILE", "ENDFILE"] as const;

class Parser extends ExpressionParser {
  readonly #functions = new Map<string, FunctionDefinition>();
  #loops = 0;
  #switches = 0;
  #inFunction = false;
  /** The rule that is read is one of these. */
  #special: "BEGIN" | "END" | undefined;

  program(): AwkProgram {
    const rules: Rule[] = [];
    this.skipEnds();
    while (this.token.kind !== "end") {
      if (this.isKeyword("function")) this.#function();
      else rules.push(this.#rule());
      this.skipEnds();
    }
    const missing = this.called.filter(({ name }) => !this.#functions.has(name));
    const names = missing.map(({ name }) => name);
    if (missing[0] !== undefined) this.fault({ type: "undefined", names, line: missing[0].line });
    return { rules, functions: this.#functions, warnings: this.warnings };
  }

  // --------------------------------------------------------------------------------------------------------- rules

  #function(): void {
    this.advance();
    const { text } = this.token;
    if (this.token.kind !== "name" && this.token.kind !== "function") this.fail();
    if (this.#functions.has(text)) this.fault({ type: "redefined", name: text });
    this.advance();
    this.expect("(");
    const parameters: string[] = [];
    while (!this.is(")")) {
      const parameter = this.name();
      if (parameter === text && this.dialect.name !== "busybox")
        this.fault({ type: "parameterIsFunction", name: text });
      const first = parameters.indexOf(parameter);
      if (first !== -1 && this.dialect.name !== "busybox")
        this.fault({ type: "duplicate", name: text, parameter, places: [first + 1, parameters.length + 1] });
      parameters.push(parameter);
      if (!this.take(",")) break;
      this.skipNewlines();
    }
    this.expect(")");
    this.skipNewlines();
    this.defined.add(text);
    this.parameters = parameters;
    this.#inFunction = true;
    const body = this.#block();
    this.#inFunction = false;
    this.parameters = [];
    this.#functions.set(text, { name: text, parameters, body });
  }

  #rule(): Rule {
    const { text, line } = this.token;
    const special = SPECIAL.find((each) => this.isKeyword(each));
    if (special !== undefined) {
      this.advance();
      if (!this.is("{")) {
        if (this.dialect.name === "gawk")
          this.fault({ type: "noAction", rule: text }, this.token.text === "\n" ? line + 1 : line);
        this.fail();
      }
      this.#special = special === "BEGIN" || special === "END" ? special : undefined;
      const action = this.#block();
      this.#special = undefined;
      return { pattern: { type: special }, action, line };
    }
    if (this.is("{")) return { pattern: { type: "always" }, action: this.#block(), line };
    const first = this.expression();
    let pattern: Rule["pattern"] = { type: "when", test: first };
    if (this.take(",")) {
      this.skipNewlines();
      pattern = { type: "range", from: first, to: this.expression() };
    }
    if (!this.is("{")) {
      // A pattern alone ends as a statement does.
      if (this.token.kind !== "newline" && this.token.kind !== "end" && !this.is(";")) this.fail();
      return { pattern, action: undefined, line };
    }
    return { pattern, action: this.#block(), line };
  }

  #block(): Statement {
    this.expect("{");
    const body: Statement[] = [];
    this.skipEnds();
    while (!this.is("}")) {
      if (this.token.kind === "end") this.fail();
      body.push(this.#statement());
      this.skipEnds();
    }
    this.advance();
    return { type: "block", body };
  }

  // ---------------------------------------------------------------------------------------------------- statements

  #statement(): Statement {
    this.deeper();
    const { line } = this.token;
    try {
      return { type: "at", line, body: this.#anyStatement() };
    } finally {
      this.depth--;
    }
  }

  #anyStatement(): Statement {
    if (this.is("{")) return this.#block();
    if (this.token.kind === "keyword") {
      switch (this.token.text) {
        case "if":
          return this.#if();
        case "while": {
          this.advance();
          const test = this.#parenthesised();
          if (this.take(";")) return { type: "while", test, body: { type: "block", body: [] } };
          return { type: "while", test, body: this.#loopBody() };
        }
        case "do": {
          this.advance();
          const body = this.#loopBody();
          this.skipEnds();
          if (!this.isKeyword("while")) this.fail();
          this.advance();
          const test = this.#parenthesised();
          this.#endStatement();
          return { type: "do", test, body };
        }
        case "for":
          return this.#for();
        case "switch":
          return this.#switch();
      }
    }
    if (this.is(";")) {
      this.advance();
      return { type: "block", body: [] };
    }
    const statement = this.#simple();
    this.#endStatement();
    return statement;
  }

  /** A statement ends with ";", a newline, or before "}". */
  #endStatement(): void {
    if (this.is("}") || this.token.kind === "end") return;
    if (this.is(";") || this.token.kind === "newline") {
      this.advance();
      return;
    }
    this.fail();
  }

  #parenthesised(): Expression {
    this.expect("(");
    const test = this.anywhere(() => this.expression());
    this.expect(")");
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
    this.skipNewlines();
    return this.#statement();
  }

  #if(): Statement {
    this.advance();
    const test = this.#parenthesised();
    const yes = this.take(";") ? ({ type: "block", body: [] } as const) : this.#body();
    // "else" may come after newlines and one ";" that the statement before left.
    this.skipEnds();
    if (!this.isKeyword("else")) return { type: "if", test, yes, no: undefined };
    this.advance();
    return { type: "if", test, yes, no: this.#body() };
  }

  #for(): Statement {
    this.advance();
    this.expect("(");
    let first: Statement | undefined;
    if (!this.is(";")) {
      this.noIn = this.token.kind === "name";
      first = this.#simple();
      this.noIn = false;
      if (this.isKeyword("in") && first.type === "expression" && isVariable(first.expression)) {
        this.advance();
        const array = this.arrayNamed(this.name());
        this.expect(")");
        if (this.take(";"))
          return { type: "forIn", target: first.expression, array, body: { type: "block", body: [] } };
        return { type: "forIn", target: first.expression, array, body: this.#loopBody() };
      }
    }
    this.expect(";");
    this.skipNewlines();
    const test = this.is(";") ? undefined : this.expression();
    this.expect(";");
    this.skipNewlines();
    const step = this.is(")") ? undefined : this.#simple();
    this.expect(")");
    if (this.take(";")) return { type: "for", first, test, step, body: { type: "block", body: [] } };
    return { type: "for", first, test, step, body: this.#loopBody() };
  }

  #switch(): Statement {
    this.advance();
    const subject = this.#parenthesised();
    this.skipNewlines();
    this.expect("{");
    this.skipEnds();
    const cases: Case[] = [];
    this.#switches++;
    while (!this.take("}")) {
      let value: Expression | undefined;
      if (this.isKeyword("case")) {
        this.advance();
        value = this.concatenation();
      } else if (this.isKeyword("default")) this.advance();
      else this.fail();
      this.expect(":");
      this.skipEnds();
      const body: Statement[] = [];
      while (!this.is("}") && !this.isKeyword("case") && !this.isKeyword("default")) {
        body.push(this.#statement());
        this.skipEnds();
      }
      cases.push({ value, body });
    }
    this.#switches--;
    return { type: "switch", subject, cases };
  }

  #simple(): Statement {
    const { kind, text } = this.token;
    if (kind !== "keyword") return { type: "expression", expression: this.expression() };
    switch (text) {
      case "print":
      case "printf":
        return this.#print(text === "printf");
      case "delete": {
        this.advance();
        const array = this.arrayNamed(this.name());
        return { type: "delete", array, subscripts: this.is("[") ? this.subscripts() : undefined };
      }
      case "next":
      case "nextfile":
        if (this.#special !== undefined && this.dialect.name !== "busybox")
          this.fault({ type: "next", word: text, rule: this.#special });
        if (this.#inFunction && this.dialect.name === "mawk") this.fault({ type: "next", word: text, rule: "BEGIN" });
        this.advance();
        return { type: text };
      case "break":
      case "continue":
        if (this.#loops === 0 && (text === "continue" || this.#switches === 0))
          this.fault({ type: "loop", word: text });
        this.advance();
        return { type: text };
      case "return":
        if (!this.#inFunction && this.dialect.name !== "busybox") this.fault({ type: "return", at: this.token.at });
        this.advance();
        return { type: "return", value: this.#atEnd() ? undefined : this.expression() };
      case "exit":
        this.advance();
        return { type: "exit", value: this.#atEnd() ? undefined : this.expression() };
      case "getline":
        return { type: "expression", expression: this.expression() };
      default:
        return this.fail();
    }
  }

  #atEnd(): boolean {
    return this.token.kind === "newline" || this.token.kind === "end" || this.is(";") || this.is("}");
  }

  #print(format: boolean): Statement {
    this.advance();
    let args: readonly Expression[] = [];
    if (!this.#atEnd() && !this.is(">") && !this.is(">>") && !this.is("|")) {
      const before = this.noGreater;
      this.noGreater = true;
      args = this.list();
      this.noGreater = before;
      const [only] = args;
      if (args.length === 1 && only?.type === "group") args = only.items;
    }
    if (format && args.length === 0) this.fault({ type: "noFormat" });
    if (this.is("|&")) this.fault({ type: "refused", message: "two-way pipes are not available here" });
    for (const mode of [">", ">>", "|"] as const) {
      if (!this.is(mode)) continue;
      this.advance();
      const before = this.noGreater;
      this.noGreater = true;
      // gawk takes a concatenation alone.
      const to = this.dialect.name === "gawk" ? this.concatenation() : this.conditional();
      this.noGreater = before;
      return { type: "print", format, args, redirect: { mode, to } };
    }
    return { type: "print", format, args, redirect: undefined };
  }
}
