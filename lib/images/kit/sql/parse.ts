/** Expressions and queries. */
import type { Expr, Order, Output, Query, ReferentialAction, SelectBody, Source } from "./ast.ts";
import type { Cursor } from "./tokens.ts";
import { SqlError, type TypeName, typeNamed } from "./values.ts";

/** Deeper nesting is refused before it could overflow the stack. */
const MAX_DEPTH = 100;

const COMPARISONS = ["=", "<>", "!=", "<", ">", "<=", ">="];
const OTHERS = ["||", "->", "->>", "~", "~*", "!~", "!~*"];

export function unsupported(what: string, at?: number): SqlError {
  return new SqlError("0A000", `${what} is not supported here`, { at });
}

export class Expressions {
  readonly cursor: Cursor;
  #depth = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  expr(): Expr {
    return this.nested(() => this.disjunction());
  }

  /** One level deeper; throws where that is too deep. */
  protected nested<T>(inner: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.cursor.syntax.tooDeep();
    try {
      return inner();
    } finally {
      this.#depth--;
    }
  }

  protected disjunction(): Expr {
    let left = this.conjunction();
    for (;;) {
      const { at } = this.cursor.peek();
      if (!this.cursor.accept("OR")) return left;
      left = { kind: "binary", operator: "OR", left, right: this.conjunction(), at };
    }
  }

  protected conjunction(): Expr {
    let left = this.negation();
    for (;;) {
      const { at } = this.cursor.peek();
      if (!this.cursor.accept("AND")) return left;
      left = { kind: "binary", operator: "AND", left, right: this.negation(), at };
    }
  }

  protected negation(): Expr {
    if (this.cursor.accept("NOT")) return { kind: "unary", operator: "NOT", operand: this.negation() };
    return this.comparison();
  }

  protected comparison(): Expr {
    const { cursor } = this;
    let left = this.operators();
    for (;;) {
      const { text, at, kind } = cursor.peek();
      if (kind === "symbol" && COMPARISONS.includes(text)) {
        cursor.next();
        if (cursor.is("ANY", "(") || cursor.is("ALL", "(") || cursor.is("SOME", "("))
          throw unsupported("ANY and ALL", at);
        left = { kind: "binary", operator: text === "!=" ? "<>" : text, left, right: this.operators(), at };
        continue;
      }
      if (cursor.accept("IS")) {
        const not = cursor.accept("NOT");
        if (cursor.accept("DISTINCT", "FROM")) {
          left = {
            kind: "binary",
            operator: not ? "IS NOT DISTINCT" : "IS DISTINCT",
            left,
            right: this.operators(),
            at,
          };
          continue;
        }
        const what = (["NULL", "TRUE", "FALSE"] as const).find((word) => cursor.accept(word));
        if (what === undefined) throw cursor.unexpected();
        left = { kind: "is", operand: left, what, not };
        continue;
      }
      const negated =
        cursor.is("NOT") && ["IN", "LIKE", "ILIKE", "BETWEEN"].includes(cursor.peek(1).text.toUpperCase());
      if (negated) cursor.next();
      if (cursor.accept("IN")) left = this.inList(left, negated);
      else if (cursor.accept("BETWEEN")) {
        const low = this.operators();
        cursor.need("AND");
        left = { kind: "between", operand: left, low, high: this.operators(), not: negated };
      } else if (cursor.is("LIKE") || cursor.is("ILIKE")) {
        const caseless = cursor.next().text.toUpperCase() === "ILIKE";
        left = { kind: "like", operand: left, pattern: this.operators(), not: negated, caseless };
      } else return left;
    }
  }

  protected inList(operand: Expr, not: boolean): Expr {
    const { cursor } = this;
    cursor.need("(");
    if (cursor.is("SELECT") || cursor.is("VALUES") || cursor.is("WITH")) {
      const items = this.query();
      cursor.need(")");
      return { kind: "in", operand, items, not };
    }
    const items = cursor.list(() => this.expr());
    cursor.need(")");
    return { kind: "in", operand, items, not };
  }

  protected operators(): Expr {
    let left = this.sum();
    for (;;) {
      const { text, at, kind } = this.cursor.peek();
      if (kind !== "symbol" || !OTHERS.includes(text)) return left;
      this.cursor.next();
      left = { kind: "binary", operator: text, left, right: this.sum(), at };
    }
  }

  protected chain(operators: readonly string[], inner: () => Expr): Expr {
    let left = inner();
    for (;;) {
      const { text, at, kind } = this.cursor.peek();
      if (kind !== "symbol" || !operators.includes(text)) return left;
      this.cursor.next();
      left = { kind: "binary", operator: text, left, right: inner(), at };
    }
  }

  protected sum(): Expr {
    return this.chain(["+", "-"], () => this.chain(["*", "/", "%"], () => this.chain(["^"], () => this.signed())));
  }

  protected signed(): Expr {
    const { cursor } = this;
    if (cursor.is("-") || cursor.is("+")) {
      const operator = cursor.next().text as "-" | "+";
      return { kind: "unary", operator, operand: this.signed() };
    }
    let operand = this.primary();
    while (cursor.accept("::")) operand = { kind: "cast", operand, ...this.type() };
    return operand;
  }

  /** A type's name with its size. */
  type(): { readonly type: TypeName; readonly size: readonly number[] } {
    const { cursor } = this;
    const token = cursor.next();
    let name = token.text.toLowerCase();
    if (token.kind !== "word" && token.kind !== "quoted") {
      cursor.position--;
      throw cursor.unexpected();
    }
    if (name === "double" && cursor.accept("PRECISION")) name = "double precision";
    if (name === "character" && cursor.accept("VARYING")) name = "character varying";
    const size = cursor.is("(") ? cursor.bracketed(() => Number(cursor.next().text)) : [];
    if (name === "timestamp") {
      if (cursor.accept("WITH", "TIME", "ZONE")) name = "timestamptz";
      else cursor.accept("WITHOUT", "TIME", "ZONE");
    }
    if (cursor.accept("[", "]")) throw unsupported("an array type", token.at);
    const type = typeNamed(name);
    if (type === undefined) throw new SqlError("42704", `type "${name}" does not exist`, { at: token.at });
    return { type, size: type === "timestamp" || type === "timestamptz" ? [] : size };
  }

  protected primary(): Expr {
    const { cursor } = this;
    const token = cursor.peek();
    switch (token.kind) {
      case "integer": {
        cursor.next();
        const number = Number(token.text);
        if (number > Number.MAX_SAFE_INTEGER) return { kind: "literal", value: token.text, type: "numeric" };
        return { kind: "literal", value: number, type: number < 2 ** 31 ? "int4" : "int8" };
      }
      case "number":
        cursor.next();
        return { kind: "literal", value: token.text, type: "numeric" };
      case "string":
        cursor.next();
        return { kind: "literal", value: token.text, type: "unknown" };
      case "symbol":
        if (cursor.accept("(")) {
          if (cursor.is("SELECT") || cursor.is("WITH") || cursor.is("VALUES")) {
            const query = this.query();
            cursor.need(")");
            return { kind: "scalar", query };
          }
          const inner = this.expr();
          if (cursor.is(",")) throw unsupported("a row of several values", token.at);
          cursor.need(")");
          return inner;
        }
        throw cursor.unexpected();
      case "end":
        throw cursor.unexpected();
    }
    return this.named();
  }

  protected named(): Expr {
    const { cursor } = this;
    const { at } = cursor.peek();
    const call = (name: string): Expr => ({
      kind: "call",
      name,
      args: [],
      star: false,
      distinct: false,
      filter: undefined,
      at,
    });
    if (cursor.accept("NULL")) return { kind: "literal", value: null, type: "unknown" };
    if (cursor.accept("TRUE")) return { kind: "literal", value: true, type: "bool" };
    if (cursor.accept("FALSE")) return { kind: "literal", value: false, type: "bool" };
    if (cursor.accept("CURRENT_TIMESTAMP")) return call("now");
    if (cursor.accept("CURRENT_DATE")) return { kind: "cast", operand: call("now"), type: "date", size: [] };
    if (cursor.accept("CURRENT_USER") || cursor.accept("CURRENT_ROLE") || cursor.accept("USER"))
      return call("current_user");
    if (cursor.accept("SESSION_USER")) return call("session_user");
    if (cursor.accept("CASE")) return this.caseExpr();
    if (cursor.accept("EXISTS")) {
      cursor.need("(");
      const query = this.query();
      cursor.need(")");
      return { kind: "exists", query };
    }
    if (cursor.accept("CAST")) {
      cursor.need("(");
      const operand = this.expr();
      cursor.need("AS");
      const type = this.type();
      cursor.need(")");
      return { kind: "cast", operand, ...type };
    }
    if (cursor.accept("EXTRACT")) {
      cursor.need("(");
      const field = cursor.next().text.toLowerCase();
      cursor.need("FROM");
      const operand = this.expr();
      cursor.need(")");
      return {
        kind: "call",
        name: "extract",
        args: [{ kind: "literal", value: field, type: "text" }, operand],
        star: false,
        distinct: false,
        filter: undefined,
        at,
      };
    }
    if (cursor.is("ARRAY", "[")) throw unsupported("an array", at);
    // A type before a text: date '2024-01-01'.
    if (cursor.peek(1).kind === "string" && typeNamed(cursor.peek().text) !== undefined) {
      const { type, size } = this.type();
      return { kind: "cast", operand: { kind: "literal", value: cursor.next().text, type: "unknown" }, type, size };
    }
    const functional = ["LEFT", "RIGHT"].some((word) => cursor.is(word, "("));
    const name = functional ? cursor.next().text.toLowerCase() : cursor.name();
    if (cursor.is("(")) return this.callOf(name, at);
    if (cursor.accept(".")) {
      const second = cursor.name();
      if (cursor.is("(")) return this.callOf(second, at);
      if (cursor.accept(".")) return { kind: "column", table: second, name: cursor.name(), at };
      return { kind: "column", table: name, name: second, at };
    }
    return { kind: "column", table: undefined, name, at };
  }

  protected callOf(name: string, at: number): Expr {
    const { cursor } = this;
    cursor.need("(");
    const distinct = cursor.accept("DISTINCT");
    const star = cursor.accept("*");
    const args: Expr[] = [];
    if (!star && !cursor.is(")")) {
      args.push(this.expr());
      // substring(x from 1 for 2), position(a in b), trim(both x from y)
      if (cursor.accept("FROM")) args.push(this.expr());
      if (cursor.accept("FOR")) args.push(this.expr());
      while (cursor.accept(",")) args.push(this.expr());
    }
    const order = args.length > 0 && cursor.accept("ORDER", "BY") ? cursor.list(() => this.orderItem()) : undefined;
    cursor.need(")");
    let filter: Expr | undefined;
    if (cursor.accept("FILTER")) {
      cursor.need("(", "WHERE");
      filter = this.expr();
      cursor.need(")");
    }
    if (cursor.is("OVER")) throw unsupported("a window function", cursor.peek().at);
    return { kind: "call", name, args, star, distinct, filter, ...(order === undefined ? {} : { order }), at };
  }

  protected caseExpr(): Expr {
    const { cursor } = this;
    const operand = cursor.is("WHEN") ? undefined : this.expr();
    const branches: [Expr, Expr][] = [];
    while (cursor.accept("WHEN")) {
      const when = this.expr();
      cursor.need("THEN");
      branches.push([when, this.expr()]);
    }
    if (branches.length === 0) throw cursor.unexpected();
    const otherwise = cursor.accept("ELSE") ? this.expr() : undefined;
    cursor.need("END");
    return { kind: "case", operand, branches, otherwise };
  }

  /** ON DELETE and ON UPDATE of a foreign key; `refuse` says that an update is not followed. */
  protected referentialActions(refuse: (action: string, at: number) => SqlError): ReferentialAction {
    const { cursor } = this;
    let onDelete: ReferentialAction = "NO ACTION";
    while (cursor.accept("ON")) {
      const deletes = cursor.accept("DELETE");
      if (!deletes) cursor.need("UPDATE");
      const action = cursor.accept("CASCADE")
        ? "CASCADE"
        : cursor.accept("RESTRICT")
          ? "RESTRICT"
          : cursor.accept("SET", "NULL")
            ? "SET NULL"
            : cursor.accept("NO", "ACTION")
              ? "NO ACTION"
              : undefined;
      if (action === undefined) throw cursor.unexpected();
      if (deletes) onDelete = action;
      else if (action === "CASCADE" || action === "SET NULL") throw refuse(action, cursor.peek(-1).at);
    }
    return onDelete;
  }

  // ------------------------------------------------------------------------------------------------------------ queries

  query(): Query {
    return this.nested(() => this.wholeQuery());
  }

  protected wholeQuery(): Query {
    const { cursor } = this;
    const named: { name: string; query: Query }[] = [];
    if (cursor.accept("WITH")) {
      if (cursor.is("RECURSIVE")) throw unsupported("WITH RECURSIVE", cursor.peek().at);
      do {
        const name = cursor.name();
        cursor.need("AS", "(");
        named.push({ name, query: this.query() });
        cursor.need(")");
      } while (cursor.accept(","));
    }
    let query: Query = { with: [], body: this.queryBody(), order: [], limit: undefined, offset: undefined };
    for (;;) {
      const union = (["UNION", "INTERSECT", "EXCEPT"] as const).find((word) => cursor.accept(word));
      if (union === undefined) break;
      const all = cursor.accept("ALL");
      const right: Query = { with: [], body: this.queryBody(), order: [], limit: undefined, offset: undefined };
      query = { with: [], body: { union, all, left: query, right }, order: [], limit: undefined, offset: undefined };
    }
    const order = cursor.accept("ORDER", "BY") ? cursor.list(() => this.orderItem()) : [];
    let limit: Expr | undefined;
    let offset: Expr | undefined;
    for (;;) {
      if (cursor.accept("LIMIT")) limit = cursor.accept("ALL") ? undefined : this.expr();
      else if (cursor.accept("OFFSET")) {
        offset = this.expr();
        if (!cursor.accept("ROWS")) cursor.accept("ROW");
      } else if (cursor.accept("FETCH")) {
        if (!cursor.accept("FIRST")) cursor.need("NEXT");
        limit = cursor.is("ROW") || cursor.is("ROWS") ? { kind: "literal", value: 1, type: "int4" } : this.expr();
        if (!cursor.accept("ROWS")) cursor.need("ROW");
        cursor.need("ONLY");
      } else break;
    }
    if (cursor.accept("FOR")) {
      // Row locks: there is one writer at a time anyway.
      if (!cursor.accept("UPDATE") && !cursor.accept("SHARE")) throw cursor.unexpected();
    }
    return { ...query, with: named, order, limit, offset };
  }

  protected orderItem(): Order {
    const { cursor } = this;
    const expr = this.expr();
    const descending = cursor.accept("DESC");
    if (!descending) cursor.accept("ASC");
    let nullsFirst = descending;
    if (cursor.accept("NULLS")) {
      nullsFirst = cursor.accept("FIRST");
      if (!nullsFirst) cursor.need("LAST");
    }
    return { expr, descending, nullsFirst };
  }

  protected queryBody(): Query["body"] {
    const { cursor } = this;
    if (cursor.accept("VALUES")) return { values: cursor.list(() => cursor.bracketed(() => this.expr())) };
    if (cursor.accept("(")) {
      const inner = this.query();
      cursor.need(")");
      return {
        union: "UNION",
        all: true,
        left: inner,
        right: { with: [], body: { values: [] }, order: [], limit: undefined, offset: undefined },
      };
    }
    cursor.need("SELECT");
    const distinct = cursor.accept("DISTINCT");
    if (distinct && cursor.is("ON")) throw unsupported("DISTINCT ON", cursor.peek().at);
    if (!distinct) cursor.accept("ALL");
    const outputs = cursor.is("FROM") || cursor.peek().kind === "end" || cursor.is(";") ? [] : this.outputs();
    const from = cursor.accept("FROM") ? this.source() : undefined;
    const where = cursor.accept("WHERE") ? this.expr() : undefined;
    const group = cursor.accept("GROUP", "BY") ? cursor.list(() => this.expr()) : [];
    const having = cursor.accept("HAVING") ? this.expr() : undefined;
    return { distinct, outputs, from, where, group, having } satisfies SelectBody;
  }

  outputs(): Output[] {
    const { cursor } = this;
    return cursor.list((): Output => {
      if (cursor.accept("*")) return { expr: undefined, alias: undefined };
      if (cursor.atName && cursor.peek(1).text === "." && cursor.peek(2).text === "*") {
        const table = cursor.name();
        cursor.need(".", "*");
        return { expr: undefined, table, alias: undefined };
      }
      const expr = this.expr();
      if (cursor.accept("AS")) {
        const token = cursor.next();
        return { expr, alias: token.kind === "quoted" ? token.text : token.text.toLowerCase() };
      }
      return { expr, alias: cursor.atName ? cursor.name() : undefined };
    });
  }

  source(): Source {
    const { cursor } = this;
    let left = this.joinedSource();
    while (cursor.accept(","))
      left = { kind: "join", type: "cross", left, right: this.joinedSource(), on: undefined, using: [] };
    return left;
  }

  protected joinedSource(): Source {
    const { cursor } = this;
    let left = this.fromItem();
    for (;;) {
      const type = (["LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL"] as const).find((word) =>
        cursor.accept(word),
      );
      if (type === "NATURAL") throw unsupported("NATURAL JOIN", cursor.peek().at);
      if (type === undefined && !cursor.is("JOIN")) return left;
      cursor.accept("OUTER");
      cursor.need("JOIN");
      const right = this.fromItem();
      const kind = type === undefined ? "inner" : (type.toLowerCase() as "left" | "right" | "full" | "inner" | "cross");
      const on = kind !== "cross" && cursor.accept("ON") ? this.expr() : undefined;
      const using = on === undefined && cursor.accept("USING") ? cursor.bracketed(() => cursor.name()) : [];
      if (kind !== "cross" && on === undefined && using.length === 0) throw cursor.unexpected();
      left = { kind: "join", type: kind, left, right, on, using };
    }
  }

  protected aliasOr(otherwise: string): string {
    if (this.cursor.accept("AS")) return this.cursor.name();
    return this.cursor.atName ? this.cursor.name() : otherwise;
  }

  protected fromItem(): Source {
    const { cursor } = this;
    if (cursor.is("LATERAL")) throw unsupported("LATERAL", cursor.peek().at);
    if (cursor.accept("(")) {
      if (!cursor.is("SELECT") && !cursor.is("VALUES") && !cursor.is("WITH")) {
        const inner = this.source();
        cursor.need(")");
        return inner;
      }
      const query = this.query();
      cursor.need(")");
      const alias = this.aliasOr("unnamed_subquery");
      const columns = cursor.is("(") ? cursor.bracketed(() => cursor.name()) : [];
      return { kind: "query", query, alias, columns };
    }
    const { at } = cursor.peek();
    let name = cursor.name();
    let schema: string | undefined;
    if (cursor.accept(".")) {
      schema = name;
      name = cursor.name();
    }
    if (cursor.accept("(")) {
      const args = cursor.is(")") ? [] : cursor.list(() => this.expr());
      cursor.need(")");
      const alias = this.aliasOr(name);
      const column = cursor.is("(") ? (cursor.bracketed(() => cursor.name())[0] ?? alias) : alias;
      return { kind: "function", name, args, alias, column, at };
    }
    return { kind: "table", schema, name, alias: this.aliasOr(name), at };
  }
}
