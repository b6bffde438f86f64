/** From the text of an awk program to its tree (POSIX grammar, with the extensions gawk and mawk share). */
import { ExpressionParser, isVariable } from "./expression-parser.ts";
import {
  type AwkProgram,
  AwkSyntaxError,
  type Expression,
  type FunctionDefinition,
  type Rule,
  type Statement,
} from "./syntax.ts";

const MAX_DEPTH = 300;

export function parseAwk(source: string): AwkProgram {
  return new Parser(source).program();
}

class Parser extends ExpressionParser {
  readonly #functions = new Map<string, FunctionDefinition>();
  #loops = 0;
  #inFunction = false;

  program(): AwkProgram {
    const rules: Rule[] = [];
    this.skipEnds();
    while (this.token.kind !== "end") {
      if (this.isKeyword("function")) this.#function();
      else rules.push(this.#rule());
      this.skipEnds();
    }
    for (const { name } of this.called) {
      // As mawk, which finds out at the end.
      if (!this.#functions.has(name))
        throw new AwkSyntaxError(`line ${this.token.line + 1}: function ${name} never defined`);
    }
    return { rules, functions: this.#functions };
  }

  // --------------------------------------------------------------------------------------------------------- rules

  #function(): void {
    this.advance();
    const { kind, text, line } = this.advance();
    if (kind !== "name" && kind !== "function")
      throw new AwkSyntaxError(`line ${line}: syntax error at or near ${text}`);
    if (this.#functions.has(text)) throw new AwkSyntaxError(`line ${line}: function ${text} is defined twice`);
    this.expect("(");
    const parameters: string[] = [];
    while (!this.is(")")) {
      const parameter = this.advance();
      if (parameter.kind !== "name")
        throw new AwkSyntaxError(`line ${line}: syntax error at or near ${parameter.text}`);
      parameters.push(parameter.text);
      if (!this.take(",")) break;
      this.skipNewlines();
    }
    this.expect(")");
    this.skipNewlines();
    this.parameters = parameters;
    this.#inFunction = true;
    const body = this.#block();
    this.#inFunction = false;
    this.parameters = [];
    this.#functions.set(text, { name: text, parameters, body });
  }

  #rule(): Rule {
    const { text } = this.token;
    if (this.isKeyword("BEGIN") || this.isKeyword("END")) {
      this.advance();
      if (!this.is("{")) this.fail();
      return { pattern: { type: text as "BEGIN" | "END" }, action: this.#block() };
    }
    if (this.is("{")) return { pattern: { type: "always" }, action: this.#block() };
    const first = this.expression();
    let pattern: Rule["pattern"] = { type: "when", test: first };
    if (this.take(",")) {
      this.skipNewlines();
      pattern = { type: "range", from: first, to: this.expression() };
    }
    return { pattern, action: this.is("{") ? this.#block() : undefined };
  }

  #block(): Statement {
    this.expect("{");
    const body: Statement[] = [];
    this.skipEnds();
    while (!this.is("}")) {
      if (this.token.kind === "end")
        throw new AwkSyntaxError(`line ${this.token.line + 1}: missing } near end of file`);
      body.push(this.#statement());
      this.skipEnds();
    }
    this.advance();
    return { type: "block", body };
  }

  // ---------------------------------------------------------------------------------------------------- statements

  #statement(): Statement {
    if (++this.depth > MAX_DEPTH) throw new AwkSyntaxError(`line ${this.token.line}: program is nested too deeply`);
    try {
      return this.#anyStatement();
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
        const array = this.variable(this.name());
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

  #simple(): Statement {
    const { kind, text, line } = this.token;
    if (kind !== "keyword") return { type: "expression", expression: this.expression() };
    switch (text) {
      case "print":
      case "printf":
        return this.#print(text === "printf");
      case "delete": {
        this.advance();
        const array = this.variable(this.name());
        return { type: "delete", array, subscripts: this.is("[") ? this.subscripts() : undefined };
      }
      case "next":
      case "nextfile":
        this.advance();
        return { type: text };
      case "break":
      case "continue":
        if (this.#loops === 0) throw new AwkSyntaxError(`line ${line}: ${text} statement outside of loop`);
        this.advance();
        return { type: text };
      case "return":
        if (!this.#inFunction) throw new AwkSyntaxError(`line ${line}: return outside function body`);
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
    if (format && args.length === 0) this.fail();
    for (const mode of [">", ">>", "|"] as const) {
      if (!this.is(mode)) continue;
      this.advance();
      const before = this.noGreater;
      this.noGreater = true;
      const to = this.concatenation();
      this.noGreater = before;
      return { type: "print", format, args, redirect: { mode, to } };
    }
    return { type: "print", format, args, redirect: undefined };
  }
}
