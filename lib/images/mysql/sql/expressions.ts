/** MySQL's expressions and queries, where they differ from the standard's. */
import type { Expr, Order, Output, Query, Source } from "../../kit/sql/ast.ts";
import { Expressions } from "../../kit/sql/parse.ts";
import { Cursor } from "../../kit/sql/tokens.ts";
import type { TypeName } from "../../kit/sql/values.ts";
import { unsupported } from "./errors.ts";
import { mysqlSyntax } from "./syntax.ts";

const COMPARISONS = ["=", "<>", "!=", "<", ">", "<=", ">=", "<=>"];
/** Reserved words that are functions where a bracket follows. */
const FUNCTIONS = new Set(
  "LEFT RIGHT REPLACE INSERT DATABASE SCHEMA IF VALUES MOD USER CURRENT_USER CURRENT_DATE CURRENT_TIMESTAMP CURRENT_TIME CHAR".split(
    " ",
  ),
);
const UNITS = new Set("MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR".split(" "));

/** What stands before the name of a column in VALUES(column). */
export const INSERTED = "\0values.";

const callOf = (name: string, args: readonly Expr[], at: number): Expr => ({
  kind: "call",
  name,
  args,
  star: false,
  distinct: false,
  filter: undefined,
  at,
});
const literal = (value: string | number | null, type: TypeName): Expr => ({ kind: "literal", value, type });

export class MysqlExpressions extends Expressions {
  constructor(sql: string) {
    super(new Cursor(sql, mysqlSyntax));
  }

  /** The text from a place to the last token that was taken. */
  protected textSince(at: number): string {
    return this.cursor.sql.slice(at, this.cursor.peek(-1).end);
  }

  protected override disjunction(): Expr {
    let left = this.#exclusive();
    for (;;) {
      const { at } = this.cursor.peek();
      if (!this.cursor.accept("OR") && !this.cursor.accept("||")) return left;
      left = { kind: "binary", operator: "OR", left, right: this.#exclusive(), at };
    }
  }

  #exclusive(): Expr {
    let left = this.conjunction();
    for (;;) {
      const { at } = this.cursor.peek();
      if (!this.cursor.accept("XOR")) return left;
      left = { kind: "binary", operator: "XOR", left, right: this.conjunction(), at };
    }
  }

  protected override conjunction(): Expr {
    let left = this.negation();
    for (;;) {
      const { at } = this.cursor.peek();
      if (!this.cursor.accept("AND") && !this.cursor.accept("&&")) return left;
      left = { kind: "binary", operator: "AND", left, right: this.negation(), at };
    }
  }

  protected override comparison(): Expr {
    const { cursor } = this;
    let left = this.operators();
    for (;;) {
      const { text, at, kind } = cursor.peek();
      if (kind === "symbol" && COMPARISONS.includes(text)) {
        cursor.next();
        if (cursor.is("ANY", "(") || cursor.is("ALL", "(") || cursor.is("SOME", "(")) throw unsupported("ANY and ALL");
        const operator = text === "!=" ? "<>" : text === "<=>" ? "IS NOT DISTINCT" : text;
        left = { kind: "binary", operator, left, right: this.operators(), at };
        continue;
      }
      if (cursor.accept("IS")) {
        const not = cursor.accept("NOT");
        const what = (["NULL", "TRUE", "FALSE"] as const).find((word) => cursor.accept(word));
        if (what === undefined && !cursor.accept("UNKNOWN")) throw cursor.unexpected();
        left = { kind: "is", operand: left, what: what ?? "NULL", not };
        continue;
      }
      const negated =
        cursor.is("NOT") && ["IN", "LIKE", "BETWEEN", "REGEXP", "RLIKE"].includes(cursor.peek(1).text.toUpperCase());
      if (negated) cursor.next();
      if (cursor.accept("IN")) left = this.inList(left, negated);
      else if (cursor.accept("BETWEEN")) {
        const low = this.operators();
        cursor.need("AND");
        left = { kind: "between", operand: left, low, high: this.operators(), not: negated };
      } else if (cursor.accept("LIKE")) {
        left = { kind: "like", operand: left, pattern: this.operators(), not: negated, caseless: true };
        if (cursor.is("ESCAPE")) throw unsupported("LIKE ... ESCAPE");
      } else if (cursor.accept("REGEXP") || cursor.accept("RLIKE"))
        left = { kind: "binary", operator: negated ? "!~*" : "~*", left, right: this.operators(), at };
      else return left;
    }
  }

  /** | below & below << and >>, all below + and -. */
  protected override operators(): Expr {
    return this.chain(["|"], () => this.chain(["&"], () => this.chain(["<<", ">>"], () => this.sum())));
  }

  protected override sum(): Expr {
    const { cursor } = this;
    let left = this.#product();
    for (;;) {
      const { text, at, kind } = cursor.peek();
      if (kind !== "symbol" || (text !== "+" && text !== "-")) return left;
      cursor.next();
      if (cursor.accept("INTERVAL")) left = this.#interval(left, text, at);
      else left = { kind: "binary", operator: text, left, right: this.#product(), at };
    }
  }

  #interval(date: Expr, operator: string, at: number): Expr {
    const amount = this.expr();
    const unit = this.cursor.next().text.toUpperCase();
    if (!UNITS.has(unit)) throw unsupported(`INTERVAL ... ${unit}`);
    return callOf(operator === "-" ? "date_sub" : "date_add", [date, amount, literal(unit, "text")], at);
  }

  #product(): Expr {
    const { cursor } = this;
    const inner = () => this.chain(["^"], () => this.signed());
    let left = inner();
    for (;;) {
      const { text, at, kind } = cursor.peek();
      const word = text.toUpperCase();
      const operator =
        kind === "symbol" && ["*", "/", "%"].includes(text)
          ? text
          : kind === "word" && word === "DIV"
            ? "DIV"
            : kind === "word" && word === "MOD"
              ? "%"
              : undefined;
      if (operator === undefined) return left;
      cursor.next();
      left = { kind: "binary", operator, left, right: inner(), at };
    }
  }

  protected override signed(): Expr {
    const { cursor } = this;
    const { at } = cursor.peek();
    if (cursor.accept("!")) return { kind: "unary", operator: "NOT", operand: this.signed() };
    if (cursor.is("~")) throw unsupported("~");
    if (cursor.accept("BINARY")) return callOf("binary", [this.signed()], at);
    if (cursor.is("-") || cursor.is("+")) {
      const operator = cursor.next().text as "-" | "+";
      return { kind: "unary", operator, operand: this.signed() };
    }
    let operand = this.primary();
    for (;;) {
      if (cursor.accept("COLLATE")) {
        const collation = cursor.next().text.toLowerCase();
        if (collation.endsWith("_bin")) operand = callOf("binary", [operand], at);
        else if (!collation.endsWith("_ci")) throw unsupported(`COLLATE ${collation}`);
      } else if (cursor.is("->") || cursor.is("->>")) {
        const whole = cursor.next().text === "->>";
        const path = cursor.next();
        if (path.kind !== "string") throw cursor.unexpected();
        const found = callOf("json_extract", [operand, literal(path.text, "text")], at);
        operand = whole ? callOf("json_unquote", [found], at) : found;
      } else return operand;
    }
  }

  override type(): { readonly type: TypeName; readonly size: readonly number[] } {
    const { cursor } = this;
    const name = cursor.next().text.toUpperCase();
    const size = cursor.is("(") ? cursor.bracketed(() => Number(cursor.next().text)) : [];
    switch (name) {
      case "SIGNED":
      case "UNSIGNED":
        if (!cursor.accept("INTEGER")) cursor.accept("INT");
        return { type: "int8", size: name === "UNSIGNED" ? [0] : [] };
      case "CHAR":
      case "NCHAR":
        if (cursor.accept("CHARACTER", "SET") || cursor.accept("CHARSET")) cursor.next();
        return { type: "varchar", size };
      case "BINARY":
        return { type: "text", size };
      case "DECIMAL":
        return { type: "numeric", size: size.length === 0 ? [10, 0] : size };
      case "DATE":
        return { type: "date", size: [] };
      case "DATETIME":
        return { type: "timestamp", size: [] };
      case "DOUBLE":
      case "FLOAT":
        return { type: "float8", size: [] };
      case "JSON":
        return { type: "jsonb", size: [] };
      default:
        throw unsupported(`CAST AS ${name}`);
    }
  }

  protected override primary(): Expr {
    const { cursor } = this;
    const token = cursor.peek();
    if (token.kind === "integer") {
      cursor.next();
      const number = Number(token.text);
      return Number.isSafeInteger(number) ? literal(number, "int8") : literal(token.text, "numeric");
    }
    if (token.kind === "number") {
      cursor.next();
      return /e/i.test(token.text) ? literal(Number(token.text), "float8") : literal(token.text, "numeric");
    }
    if (token.kind === "string") {
      cursor.next();
      return literal(token.text, "text");
    }
    if (token.kind === "symbol" && token.text.startsWith("@")) {
      cursor.next();
      const system = token.text.startsWith("@@");
      const name = token.text.slice(system ? 2 : 1).replace(/^[`']|[`']$/g, "");
      if (name === "") throw cursor.unexpected();
      const variable = callOf(system ? "@@" : "@", [literal(name, "text")], token.at);
      if (system || !cursor.accept(":=")) return variable;
      return callOf(":=", [literal(name, "text"), this.expr()], token.at);
    }
    if (token.kind === "symbol" && token.text === "?") throw unsupported("a parameter outside a prepared statement");
    return super.primary();
  }

  protected override named(): Expr {
    const { cursor } = this;
    const { at, text, kind } = cursor.peek();
    const word = kind === "word" ? text.toUpperCase() : "";
    switch (word) {
      case "NULL":
        cursor.next();
        return literal(null, "unknown");
      case "TRUE":
      case "FALSE":
        cursor.next();
        return literal(word === "TRUE" ? 1 : 0, "int8");
      case "CASE":
      case "EXISTS":
      case "CAST":
        return super.named();
      case "CURRENT_TIMESTAMP":
      case "LOCALTIME":
      case "LOCALTIMESTAMP":
        if (cursor.peek(1).text === "(") break;
        cursor.next();
        return callOf("now", [], at);
      case "CURRENT_DATE":
        if (cursor.peek(1).text === "(") break;
        cursor.next();
        return callOf("curdate", [], at);
      case "CURRENT_USER":
        if (cursor.peek(1).text === "(") break;
        cursor.next();
        return callOf("current_user", [], at);
      case "INTERVAL": {
        cursor.next();
        const amount = this.expr();
        const unit = cursor.next().text.toUpperCase();
        if (!UNITS.has(unit)) throw unsupported(`INTERVAL ... ${unit}`);
        cursor.need("+");
        return callOf("date_add", [this.#product(), amount, literal(unit, "text")], at);
      }
      case "EXTRACT": {
        cursor.next();
        cursor.need("(");
        const unit = cursor.next().text.toLowerCase();
        cursor.need("FROM");
        const operand = this.expr();
        cursor.need(")");
        return callOf(unit === "day" ? "dayofmonth" : unit, [operand], at);
      }
      case "CONVERT": {
        cursor.next();
        cursor.need("(");
        const operand = this.expr();
        if (cursor.accept("USING")) {
          cursor.next();
          cursor.need(")");
          return { kind: "cast", operand, type: "text", size: [] };
        }
        cursor.need(",");
        const type = this.type();
        cursor.need(")");
        return { kind: "cast", operand, ...type };
      }
      case "DATE":
      case "TIMESTAMP":
        if (cursor.peek(1).kind === "string") {
          cursor.next();
          return {
            kind: "cast",
            operand: literal(cursor.next().text, "text"),
            type: word === "DATE" ? "date" : "timestamp",
            size: [],
          };
        }
        break;
      case "MATCH":
        throw unsupported("MATCH ... AGAINST");
      case "ROW":
        if (cursor.peek(1).text === "(") throw unsupported("ROW");
        break;
    }
    if (FUNCTIONS.has(word) && cursor.peek(1).text === "(") {
      cursor.next();
      return this.callOf(word.toLowerCase(), at);
    }
    const parts = [cursor.name()];
    if (cursor.is("(")) return this.callOf((parts[0] ?? "").toLowerCase(), at);
    while (cursor.accept(".")) {
      const next = cursor.next();
      if (next.kind !== "word" && next.kind !== "quoted") throw cursor.unexpected();
      parts.push(next.text);
    }
    return { kind: "column", table: parts.at(-2), name: parts.at(-1) ?? "", at };
  }

  protected override callOf(name: string, at: number): Expr {
    const { cursor } = this;
    cursor.need("(");
    if (name === "values") {
      const column = cursor.name();
      cursor.need(")");
      return { kind: "column", table: undefined, name: `${INSERTED}${column}`, at };
    }
    const distinct = cursor.accept("DISTINCT");
    const star = cursor.accept("*");
    const args: Expr[] = [];
    let order: readonly Order[] | undefined;
    if (!star && !cursor.is(")")) {
      do {
        if (
          args.length > 0 &&
          ["date_add", "date_sub", "adddate", "subdate"].includes(name) &&
          cursor.accept("INTERVAL")
        ) {
          args.push(this.expr());
          const unit = cursor.next().text.toUpperCase();
          if (!UNITS.has(unit)) throw unsupported(`INTERVAL ... ${unit}`);
          args.push(literal(unit, "text"));
        } else if (name === "timestampdiff" || name === "timestampadd") {
          if (args.length === 0) args.push(literal(cursor.next().text.toUpperCase(), "text"));
          else args.push(this.expr());
        } else if (name === "trim" && (cursor.is("BOTH") || cursor.is("LEADING") || cursor.is("TRAILING"))) {
          const side = cursor.next().text.toLowerCase();
          const what = cursor.is("FROM") ? literal(" ", "text") : this.expr();
          cursor.need("FROM");
          args.push(this.expr(), what, literal(side, "text"));
        } else args.push(this.expr());
        if (cursor.accept("FROM")) args.push(this.expr());
        if (cursor.accept("FOR")) args.push(this.expr());
        if (name === "char" && cursor.accept("USING")) cursor.next();
      } while (cursor.accept(","));
      if (name === "group_concat") {
        order = cursor.accept("ORDER", "BY") ? cursor.list(() => this.orderItem()) : undefined;
        const separator = cursor.accept("SEPARATOR") ? literal(cursor.next().text, "text") : literal(",", "text");
        if (args.length > 1) args.splice(0, args.length, callOf("concat", [...args], at));
        args.push(separator);
      }
    }
    cursor.need(")");
    if (cursor.is("OVER")) throw unsupported("a window function");
    return {
      kind: "call",
      name,
      args,
      star,
      distinct,
      filter: undefined,
      ...(order === undefined ? {} : { order }),
      at,
    };
  }

  // ------------------------------------------------------------------------------------------------------------ queries

  protected override wholeQuery(): Query {
    const { cursor } = this;
    const named: { name: string; query: Query }[] = [];
    if (cursor.accept("WITH")) {
      if (cursor.is("RECURSIVE")) throw unsupported("WITH RECURSIVE");
      do {
        const name = cursor.name();
        cursor.need("AS", "(");
        named.push({ name, query: this.query() });
        cursor.need(")");
      } while (cursor.accept(","));
    }
    const bare = (body: Query["body"]): Query => ({ with: [], body, order: [], limit: undefined, offset: undefined });
    let query = bare(this.queryBody());
    while (cursor.accept("UNION")) {
      const all = cursor.accept("ALL");
      if (!all) cursor.accept("DISTINCT");
      query = bare({ union: "UNION", all, left: query, right: bare(this.queryBody()) });
    }
    const order = cursor.accept("ORDER", "BY") ? cursor.list(() => this.orderItem()) : [];
    const page = this.limits();
    const lock = this.#lock();
    return { ...query, with: named, order, ...page, ...(lock === undefined ? {} : { lock }) };
  }

  limits(): { readonly limit: Expr | undefined; readonly offset: Expr | undefined } {
    const { cursor } = this;
    if (!cursor.accept("LIMIT")) return { limit: undefined, offset: undefined };
    const first = this.expr();
    if (cursor.accept(",")) return { limit: this.expr(), offset: first };
    return { limit: first, offset: cursor.accept("OFFSET") ? this.expr() : undefined };
  }

  #lock(): "update" | "share" | undefined {
    const { cursor } = this;
    let lock: "update" | "share" | undefined;
    if (cursor.accept("FOR")) {
      lock = cursor.accept("UPDATE") ? "update" : "share";
      if (lock === "share") cursor.need("SHARE");
      if (cursor.is("NOWAIT") || cursor.is("SKIP") || cursor.is("OF")) throw unsupported(cursor.peek().text);
    } else if (cursor.accept("LOCK", "IN", "SHARE", "MODE")) lock = "share";
    return lock;
  }

  protected override orderItem() {
    const { cursor } = this;
    const expr = this.expr();
    const descending = cursor.accept("DESC");
    if (!descending) cursor.accept("ASC");
    // Nulls are the smallest.
    return { expr, descending, nullsFirst: !descending };
  }

  protected override queryBody(): Query["body"] {
    const { cursor } = this;
    if (
      cursor.is("SELECT") &&
      ["HIGH_PRIORITY", "SQL_NO_CACHE", "SQL_CALC_FOUND_ROWS"].includes(cursor.peek(1).text.toUpperCase())
    )
      throw unsupported(cursor.peek(1).text.toUpperCase());
    const at = ["DISTINCT", "ALL"].includes(cursor.peek(1).text.toUpperCase()) ? 2 : 1;
    if (cursor.is("SELECT") && (cursor.peek(at).kind === "end" || cursor.peek(at).text.toUpperCase() === "FROM")) {
      cursor.position += at;
      throw cursor.unexpected();
    }
    const body = super.queryBody();
    if (cursor.is("INTO")) throw unsupported("SELECT ... INTO");
    return body;
  }

  override outputs(): Output[] {
    const { cursor } = this;
    return cursor.list((): Output => {
      if (cursor.accept("*")) return { expr: undefined, alias: undefined };
      if (cursor.atName && cursor.peek(1).text === "." && cursor.peek(2).text === "*") {
        const table = cursor.name();
        cursor.need(".", "*");
        return { expr: undefined, table, alias: undefined };
      }
      const first = cursor.peek();
      const { at } = first;
      const expr = this.expr();
      if (cursor.accept("AS")) return { expr, alias: cursor.next().text };
      if (cursor.peek().kind === "string") return { expr, alias: cursor.next().text };
      if (cursor.atName) return { expr, alias: cursor.name() };
      if (expr.kind === "column") return { expr, alias: expr.name };
      return {
        expr,
        alias: first.kind === "string" && expr.kind === "literal" ? String(expr.value) : this.textSince(at),
      };
    });
  }

  protected override joinedSource(): Source {
    const { cursor } = this;
    let left = this.fromItem();
    for (;;) {
      if (cursor.is("NATURAL") || cursor.is("STRAIGHT_JOIN")) throw unsupported(cursor.peek().text.toUpperCase());
      const type = (["LEFT", "RIGHT", "INNER", "CROSS"] as const).find((word) => cursor.accept(word));
      if (type === undefined && !cursor.is("JOIN")) return left;
      cursor.accept("OUTER");
      cursor.need("JOIN");
      const right = this.fromItem();
      const on = cursor.accept("ON") ? this.expr() : undefined;
      const using = on === undefined && cursor.accept("USING") ? cursor.bracketed(() => cursor.name()) : [];
      const outer = type === "LEFT" || type === "RIGHT";
      if (outer && on === undefined && using.length === 0) throw cursor.unexpected();
      const kind = outer
        ? type === "LEFT"
          ? "left"
          : "right"
        : on === undefined && using.length === 0
          ? "cross"
          : "inner";
      left = { kind: "join", type: kind, left, right, on, using };
    }
  }

  protected override fromItem(): Source {
    const item = super.fromItem();
    const { cursor } = this;
    if (item.kind === "function") throw cursor.unexpected();
    for (const word of ["USE", "FORCE", "IGNORE"])
      if (cursor.is(word, "INDEX") || cursor.is(word, "KEY")) throw unsupported("an index hint");
    return item;
  }
}
