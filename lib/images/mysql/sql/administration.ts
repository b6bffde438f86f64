/** USE, SHOW, SET, LOCK TABLES and their like. */
import type { Assignment, Filter, MysqlStatement, Show } from "./ast.ts";
import { Definitions } from "./definitions.ts";
import { unsupported } from "./errors.ts";

export class Administration extends Definitions {
  administration(): MysqlStatement | undefined {
    const { cursor } = this;
    if (cursor.accept("USE")) return { kind: "use", name: cursor.name() };
    if (cursor.accept("SHOW")) return { kind: "show", show: this.#show() };
    if (cursor.accept("DESCRIBE") || cursor.accept("DESC") || cursor.accept("EXPLAIN")) {
      if (!cursor.atName || cursor.is("ANALYZE") || cursor.is("FORMAT")) throw unsupported("EXPLAIN of a statement");
      const table = this.table();
      const column = cursor.atName ? { like: cursor.name() } : undefined;
      return { kind: "show", show: { what: "columns", table, filter: column, full: false } };
    }
    if (cursor.accept("SET")) return { kind: "set", assignments: this.#set() };
    if (cursor.accept("LOCK", "TABLES") || cursor.accept("LOCK", "TABLE")) {
      const tables = cursor.list(() => {
        const table = this.table();
        if (cursor.is("AS")) throw unsupported("an alias in LOCK TABLES");
        const write = cursor.accept("WRITE");
        if (!write) cursor.need("READ");
        if (!write) cursor.accept("LOCAL");
        return { table, write };
      });
      return { kind: "lock tables", tables };
    }
    if (cursor.accept("UNLOCK")) {
      if (!cursor.accept("TABLES")) cursor.need("TABLE");
      return { kind: "unlock tables" };
    }
    for (const verb of ["check", "analyze", "optimize"] as const)
      if (cursor.accept(verb.toUpperCase(), "TABLE"))
        return { kind: "check table", verb, tables: cursor.list(() => this.table()) };
    return undefined;
  }

  // -------------------------------------------------------------------------------------------------------------- SHOW

  #filter(): Filter {
    const { cursor } = this;
    if (cursor.accept("LIKE")) return { like: cursor.next().text };
    return cursor.accept("WHERE") ? { where: this.expr() } : undefined;
  }

  #from(): string | undefined {
    return this.cursor.accept("FROM") || this.cursor.accept("IN") ? this.cursor.name() : undefined;
  }

  #show(): Show {
    const { cursor } = this;
    const full = cursor.accept("FULL") || cursor.accept("EXTENDED");
    const global = cursor.accept("GLOBAL");
    if (!global && !cursor.accept("SESSION")) cursor.accept("LOCAL");
    const plain = (what: Extract<Show, { global: boolean }>["what"]): Show => ({
      what,
      filter: this.#filter(),
      global,
      full,
    });
    if (cursor.accept("DATABASES") || cursor.accept("SCHEMAS")) return plain("databases");
    if (cursor.accept("STATUS")) return plain("status");
    if (cursor.accept("VARIABLES")) return plain("variables");
    if (cursor.accept("ENGINES") || cursor.accept("STORAGE", "ENGINES")) return plain("engines");
    if (cursor.accept("PLUGINS")) return plain("plugins");
    if (cursor.accept("CHARACTER", "SET") || cursor.accept("CHARSET")) return plain("charset");
    if (cursor.accept("COLLATION")) return plain("collation");
    if (cursor.accept("WARNINGS")) return plain("warnings");
    if (cursor.accept("ERRORS")) return plain("errors");
    if (cursor.accept("TABLES")) return { what: "tables", database: this.#from(), filter: this.#filter(), full };
    if (cursor.accept("TABLE", "STATUS"))
      return { what: "table status", database: this.#from(), filter: this.#filter(), full };
    if (cursor.accept("COLUMNS") || cursor.accept("FIELDS")) {
      if (!cursor.accept("FROM")) cursor.need("IN");
      const table = this.table();
      const schema = this.#from();
      return {
        what: "columns",
        table: schema === undefined ? table : { ...table, schema },
        filter: this.#filter(),
        full,
      };
    }
    if (cursor.accept("INDEX") || cursor.accept("INDEXES") || cursor.accept("KEYS")) {
      if (!cursor.accept("FROM")) cursor.need("IN");
      const table = this.table();
      const schema = this.#from();
      return { what: "index", table: schema === undefined ? table : { ...table, schema } };
    }
    if (cursor.accept("CREATE")) {
      if (cursor.accept("TABLE")) return { what: "create table", table: this.table() };
      if (cursor.accept("DATABASE") || cursor.accept("SCHEMA")) return { what: "create database", name: cursor.name() };
      throw unsupported(`SHOW CREATE ${cursor.peek().text.toUpperCase()}`);
    }
    if (cursor.peek().kind !== "word") throw cursor.unexpected();
    throw unsupported(`SHOW ${cursor.peek().text.toUpperCase()}`);
  }

  // --------------------------------------------------------------------------------------------------------------- SET

  #set(): Assignment[] {
    const { cursor } = this;
    const scoped = (["GLOBAL", "SESSION"] as const).find((word) => cursor.is(word, "TRANSACTION"));
    if (scoped !== undefined || cursor.is("TRANSACTION")) {
      if (scoped !== undefined) cursor.next();
      return [this.#transaction(scoped)];
    }
    return cursor.list(() => this.#assignment());
  }

  #transaction(scope: "GLOBAL" | "SESSION" | undefined): Assignment {
    const { cursor } = this;
    cursor.need("TRANSACTION");
    let isolation: string | undefined;
    let readOnly: boolean | undefined;
    do {
      if (cursor.accept("ISOLATION", "LEVEL")) {
        isolation = ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"].find((level) =>
          cursor.accept(...level.split(" ")),
        );
        if (isolation === undefined) throw cursor.unexpected();
      } else {
        cursor.need("READ");
        readOnly = cursor.accept("ONLY");
        if (!readOnly) cursor.need("WRITE");
      }
    } while (cursor.accept(","));
    return { kind: "transaction", scope, isolation, readOnly };
  }

  #assignment(): Assignment {
    const { cursor } = this;
    if (cursor.accept("NAMES") || cursor.accept("CHARACTER", "SET") || cursor.accept("CHARSET")) {
      const charset = cursor.next().text;
      if (!/^(utf8|default)/i.test(charset)) throw unsupported(`character set ${charset}`);
      if (cursor.accept("COLLATE")) cursor.next();
      return { kind: "names" };
    }
    const equals = () => {
      if (!cursor.accept(":=")) cursor.need("=");
    };
    const token = cursor.peek();
    if (token.kind === "symbol" && token.text.startsWith("@") && !token.text.startsWith("@@")) {
      cursor.next();
      equals();
      return { kind: "user", name: token.text.slice(1).replace(/^[`']|[`']$/g, ""), value: this.expr() };
    }
    let scope: "GLOBAL" | "SESSION" | "PERSIST" = "SESSION";
    let name: string;
    if (token.text.startsWith("@@")) {
      cursor.next();
      const match = /^@@(?:(global|session|local|persist|persist_only)\.)?(.*)$/i.exec(token.text);
      name = match?.[2] ?? "";
      const word = match?.[1]?.toUpperCase() ?? "SESSION";
      scope = word === "GLOBAL" ? "GLOBAL" : word.startsWith("PERSIST") ? "PERSIST" : "SESSION";
    } else {
      if (cursor.accept("GLOBAL")) scope = "GLOBAL";
      else if (cursor.accept("PERSIST") || cursor.accept("PERSIST_ONLY")) scope = "PERSIST";
      else if (!cursor.accept("SESSION")) cursor.accept("LOCAL");
      name = this.columnName();
    }
    equals();
    if (cursor.accept("DEFAULT")) return { kind: "system", scope, name, value: undefined };
    if (cursor.accept("ON"))
      return { kind: "system", scope, name, value: { kind: "literal", value: "ON", type: "text" } };
    return { kind: "system", scope, name, value: this.expr() };
  }
}
