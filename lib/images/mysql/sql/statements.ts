/** MySQL's statements about rows and transactions; the rest is in definitions.ts and administration.ts. */
import type { Expr, Query, TableName } from "../../kit/sql/ast.ts";
import { Administration } from "./administration.ts";
import type { MysqlStatement } from "./ast.ts";
import { unsupported } from "./errors.ts";

/** Throws `MysqlError` 1064 for what is no statement, 1235 for what MySQL has and this server has not. */
export function parseMysql(sql: string): MysqlStatement {
  const parser = new Statements(sql);
  const statement = parser.statement();
  parser.cursor.end();
  return statement;
}

const ELSEWHERE = new Set(
  "LOAD CALL HANDLER PREPARE EXECUTE DEALLOCATE IMPORT XA BINLOG CACHE HELP INSTALL UNINSTALL CLONE RESTART TABLE VALUES REPAIR CHECKSUM SIGNAL GET DECLARE BACKUP PURGE CHANGE START STOP RESET".split(
    " ",
  ),
);

class Statements extends Administration {
  statement(): MysqlStatement {
    const { cursor } = this;
    if (cursor.is("SELECT") || cursor.is("WITH") || cursor.is("(")) return { kind: "select", query: this.query() };
    if (cursor.accept("INSERT")) return this.#insert(false);
    if (cursor.accept("REPLACE")) return this.#insert(true);
    if (cursor.accept("UPDATE")) return this.#update();
    if (cursor.accept("DELETE")) return this.#delete();
    if (cursor.accept("TRUNCATE")) {
      cursor.accept("TABLE");
      return { kind: "truncate", table: this.table() };
    }
    if (cursor.accept("BEGIN")) {
      cursor.accept("WORK");
      return { kind: "begin", readOnly: false, snapshot: false };
    }
    if (cursor.accept("START", "TRANSACTION")) return this.#start();
    if (cursor.accept("COMMIT")) {
      this.#work();
      return { kind: "commit" };
    }
    if (cursor.accept("ROLLBACK")) {
      this.#work();
      if (!cursor.accept("TO")) return { kind: "rollback" };
      cursor.accept("SAVEPOINT");
      return { kind: "rollback to", name: cursor.name() };
    }
    if (cursor.accept("SAVEPOINT")) return { kind: "savepoint", name: cursor.name() };
    if (cursor.accept("RELEASE", "SAVEPOINT")) return { kind: "release", name: cursor.name() };
    if (cursor.accept("DO")) return { kind: "do", exprs: cursor.list(() => this.expr()) };
    const other = this.definition() ?? this.administration();
    if (other !== undefined) return other;
    const word = cursor.peek().text.toUpperCase();
    if (cursor.peek().kind === "word" && ELSEWHERE.has(word)) throw unsupported(word);
    throw cursor.unexpected();
  }

  #work(): void {
    const { cursor } = this;
    cursor.accept("WORK");
    if (cursor.is("AND") || cursor.is("RELEASE") || cursor.is("NO")) throw unsupported("AND CHAIN and RELEASE");
  }

  #start(): MysqlStatement {
    const { cursor } = this;
    let readOnly = false;
    let snapshot = false;
    while (cursor.peek().kind !== "end" && !cursor.is(";")) {
      if (cursor.accept("WITH", "CONSISTENT", "SNAPSHOT")) snapshot = true;
      else if (cursor.accept("READ", "ONLY")) readOnly = true;
      else if (!cursor.accept("READ", "WRITE") && !cursor.accept(",")) throw cursor.unexpected();
    }
    return { kind: "begin", readOnly, snapshot };
  }

  #refuseModifiers(): void {
    for (const word of ["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "QUICK"])
      if (this.cursor.is(word)) throw unsupported(word);
  }

  #insert(replace: boolean): MysqlStatement {
    const { cursor } = this;
    this.#refuseModifiers();
    const ignore = !replace && cursor.accept("IGNORE");
    cursor.accept("INTO");
    const table = this.table();
    let columns: readonly string[] | undefined;
    if (cursor.is("(") && !["SELECT", "WITH", "("].includes(cursor.peek(1).text.toUpperCase())) {
      cursor.need("(");
      columns = cursor.is(")") ? [] : cursor.list(() => this.columnName());
      cursor.need(")");
    }
    let source: Query;
    if (cursor.accept("SET")) {
      const set = this.#assignments();
      columns = set.map(([name]) => name);
      source = this.#values([set.map(([, value]) => value)]);
    } else if (cursor.accept("VALUES") || cursor.accept("VALUE")) {
      source = this.#values(
        cursor.list(() => {
          cursor.need("(");
          const row = cursor.is(")") ? [] : cursor.list(() => this.#valueOrDefault());
          cursor.need(")");
          return row;
        }),
      );
      if (cursor.is("AS")) throw unsupported("an alias for inserted rows");
    } else source = this.query();
    let update: readonly (readonly [string, Expr])[] | undefined;
    if (!replace && cursor.accept("ON", "DUPLICATE", "KEY", "UPDATE")) update = this.#assignments();
    if (cursor.is("RETURNING")) throw unsupported("RETURNING");
    return { kind: "insert", replace, ignore, table, columns, source, update };
  }

  #values(values: readonly (readonly Expr[])[]): Query {
    return { with: [], body: { values }, order: [], limit: undefined, offset: undefined };
  }

  #valueOrDefault(): Expr {
    const { cursor } = this;
    const { at } = cursor.peek();
    if (cursor.is("DEFAULT") && cursor.peek(1).text !== "(") {
      cursor.next();
      return { kind: "column", table: undefined, name: "\0default", at };
    }
    return this.expr();
  }

  #assignments(): (readonly [string, Expr])[] {
    const { cursor } = this;
    return cursor.list(() => {
      const name = this.columnName();
      if (!cursor.accept(":=")) cursor.need("=");
      return [name, this.#valueOrDefault()] as const;
    });
  }

  #page() {
    const { cursor } = this;
    const order = cursor.accept("ORDER", "BY") ? cursor.list(() => this.orderItem()) : [];
    const { limit, offset } = this.limits();
    if (offset !== undefined) throw cursor.unexpected();
    return { order, limit };
  }

  #one(table: TableName): string {
    const { cursor } = this;
    if (cursor.is(",") || cursor.is("JOIN") || cursor.is("LEFT") || cursor.is("INNER"))
      throw unsupported("UPDATE and DELETE over several tables");
    return cursor.accept("AS") || (cursor.atName && !cursor.is("SET")) ? cursor.name() : table.name;
  }

  #update(): MysqlStatement {
    const { cursor } = this;
    this.#refuseModifiers();
    const ignore = cursor.accept("IGNORE");
    const table = this.table();
    const alias = this.#one(table);
    cursor.need("SET");
    const set = this.#assignments();
    const where = cursor.accept("WHERE") ? this.expr() : undefined;
    return { kind: "update", ignore, table, alias, set, where, ...this.#page() };
  }

  #delete(): MysqlStatement {
    const { cursor } = this;
    this.#refuseModifiers();
    if (cursor.is("IGNORE")) throw unsupported("DELETE IGNORE");
    if (!cursor.is("FROM"))
      throw cursor.atName ? unsupported("UPDATE and DELETE over several tables") : cursor.unexpected();
    cursor.need("FROM");
    const table = this.table();
    const alias = this.#one(table);
    if (cursor.is("USING")) throw unsupported("UPDATE and DELETE over several tables");
    const where = cursor.accept("WHERE") ? this.expr() : undefined;
    return { kind: "delete", table, alias, where, ...this.#page() };
  }
}
