/** Statements; what PostgreSQL has and this server has not is refused by name. */
import { alterAccess, alterDefaultPrivileges, grantStatement, ownedStatement, roleOptions, setRole } from "./access.ts";
import type { AlterAction, ColumnSpec, ConstraintSpec, Expr, Statement, TableName } from "./ast.ts";
import { Expressions, unsupported } from "./parse.ts";
import { Cursor } from "./tokens.ts";
import { SqlError } from "./values.ts";

export function parseStatement(sql: string): Statement {
  const parser = new Statements(new Cursor(sql));
  const statement = parser.statement();
  parser.cursor.end();
  return statement;
}

class Statements extends Expressions {
  statement(): Statement {
    const { cursor } = this;
    const { at } = cursor.peek();
    if (cursor.is("SELECT") || cursor.is("VALUES") || cursor.is("WITH") || cursor.is("("))
      return { kind: "select", query: this.query() };
    if (cursor.accept("TABLE")) {
      const { schema, name } = this.#table();
      const from = { kind: "table", schema, name, alias: name, at } as const;
      return {
        kind: "select",
        query: {
          with: [],
          body: {
            distinct: false,
            outputs: [{ expr: undefined, alias: undefined }],
            from,
            where: undefined,
            group: [],
            having: undefined,
          },
          order: [],
          limit: undefined,
          offset: undefined,
        },
      };
    }
    if (cursor.accept("INSERT")) return this.#insert();
    if (cursor.accept("UPDATE")) return this.#update();
    if (cursor.accept("DELETE")) return this.#delete();
    if (cursor.accept("TRUNCATE")) {
      cursor.accept("TABLE");
      const tables = cursor.list(() => this.#table());
      const restart = cursor.accept("RESTART", "IDENTITY");
      if (!restart) cursor.accept("CONTINUE", "IDENTITY");
      const cascade = cursor.accept("CASCADE");
      return { kind: "truncate", tables, restart, cascade };
    }
    if (cursor.accept("CREATE")) return this.#create(at);
    if (cursor.accept("ALTER")) return this.#alter(at);
    if (cursor.accept("DROP")) return this.#drop(at);
    if (cursor.accept("BEGIN") || cursor.accept("START")) {
      if (!cursor.accept("TRANSACTION")) cursor.accept("WORK");
      let readOnly = false;
      while (cursor.peek().kind !== "end" && !cursor.is(";")) {
        if (cursor.accept("READ", "ONLY")) readOnly = true;
        else if (
          cursor.accept("READ", "WRITE") ||
          cursor.accept("ISOLATION", "LEVEL", "READ", "COMMITTED") ||
          cursor.accept(",")
        )
          continue;
        else if (cursor.is("ISOLATION"))
          throw unsupported("an isolation level other than READ COMMITTED", cursor.peek().at);
        else throw cursor.unexpected();
      }
      return { kind: "begin", readOnly };
    }
    if (cursor.accept("COMMIT") || cursor.accept("END")) {
      if (!cursor.accept("TRANSACTION")) cursor.accept("WORK");
      return { kind: "commit" };
    }
    if (cursor.accept("ROLLBACK") || cursor.accept("ABORT")) {
      if (!cursor.accept("TRANSACTION")) cursor.accept("WORK");
      if (cursor.is("TO")) throw unsupported("a savepoint", at);
      return { kind: "rollback" };
    }
    if (cursor.accept("GRANT")) return grantStatement(cursor, false);
    if (cursor.accept("REVOKE")) return grantStatement(cursor, true);
    if (cursor.accept("REASSIGN")) return ownedStatement(cursor, false);
    const role = setRole(cursor);
    if (role !== undefined) return role;
    if (cursor.accept("SET")) return this.#set();
    if (cursor.accept("RESET")) return { kind: "set", name: cursor.name(), value: undefined, local: false };
    if (cursor.accept("SHOW")) return { kind: "show", name: this.#settingName() };
    if (cursor.accept("CHECKPOINT")) return { kind: "checkpoint" };
    if (cursor.accept("VACUUM") || cursor.accept("ANALYZE")) {
      const kind = cursor.peek(-1).text.toUpperCase() === "VACUUM" ? "vacuum" : "analyze";
      while (cursor.peek().kind !== "end" && !cursor.is(";")) cursor.next();
      return { kind };
    }
    const word = cursor.peek().text.toUpperCase();
    const elsewhere = [
      "COPY",
      "EXPLAIN",
      "SAVEPOINT",
      "RELEASE",
      "LOCK",
      "LISTEN",
      "NOTIFY",
      "DO",
      "CALL",
      "PREPARE",
      "EXECUTE",
      "DEALLOCATE",
      "DECLARE",
      "FETCH",
      "CLOSE",
      "COMMENT",
      "REINDEX",
      "CLUSTER",
      "REFRESH",
      "MERGE",
      "DISCARD",
      "SECURITY",
      "IMPORT",
    ];
    if (elsewhere.includes(word)) throw unsupported(word, at);
    throw cursor.unexpected();
  }

  #table(): TableName {
    const { at } = this.cursor.peek();
    const first = this.cursor.name();
    return this.cursor.accept(".")
      ? { schema: first, name: this.cursor.name(), at }
      : { schema: undefined, name: first, at };
  }

  #returning() {
    return this.cursor.accept("RETURNING") ? this.outputs() : [];
  }

  #assignments(): (readonly [string, Expr])[] {
    const { cursor } = this;
    return cursor.list(() => {
      if (cursor.is("(")) throw unsupported("setting several columns at once", cursor.peek().at);
      const name = cursor.name();
      cursor.need("=");
      return [name, this.#valueOrDefault()] as const;
    });
  }

  #valueOrDefault(): Expr {
    const { at } = this.cursor.peek();
    if (this.cursor.accept("DEFAULT")) return { kind: "column", table: undefined, name: "\0default", at };
    return this.expr();
  }

  #insert(): Statement {
    const { cursor } = this;
    cursor.need("INTO");
    const table = this.#table();
    if (cursor.accept("AS")) throw unsupported("an alias in INSERT", cursor.peek().at);
    const columns =
      cursor.is("(") && !["SELECT", "VALUES"].includes(cursor.peek(1).text.toUpperCase())
        ? cursor.bracketed(() => cursor.name())
        : undefined;
    let source: Extract<Statement, { kind: "insert" }>["source"];
    if (!cursor.accept("DEFAULT", "VALUES")) {
      if (cursor.accept("VALUES")) {
        const values = cursor.list(() => cursor.bracketed(() => this.#valueOrDefault()));
        source = { with: [], body: { values }, order: [], limit: undefined, offset: undefined };
      } else source = this.query();
    }
    let conflict: Extract<Statement, { kind: "insert" }>["conflict"];
    if (cursor.accept("ON", "CONFLICT")) {
      const target = cursor.is("(") ? cursor.bracketed(() => cursor.name()) : [];
      if (cursor.is("ON")) throw unsupported("ON CONFLICT ON CONSTRAINT", cursor.peek().at);
      cursor.need("DO");
      if (cursor.accept("NOTHING")) conflict = { target, set: undefined, where: undefined };
      else {
        cursor.need("UPDATE", "SET");
        conflict = { target, set: this.#assignments(), where: cursor.accept("WHERE") ? this.expr() : undefined };
      }
    }
    return { kind: "insert", table, columns, source, conflict, returning: this.#returning() };
  }

  #update(): Statement {
    const { cursor } = this;
    const table = this.#table();
    const alias = cursor.accept("AS") || (cursor.atName && !cursor.is("SET")) ? cursor.name() : table.name;
    cursor.need("SET");
    const set = this.#assignments();
    const from = cursor.accept("FROM") ? this.source() : undefined;
    const where = cursor.accept("WHERE") ? this.expr() : undefined;
    return { kind: "update", table, alias, set, from, where, returning: this.#returning() };
  }

  #delete(): Statement {
    const { cursor } = this;
    cursor.need("FROM");
    const table = this.#table();
    const alias = cursor.accept("AS") || cursor.atName ? cursor.name() : table.name;
    if (cursor.is("USING")) throw unsupported("DELETE ... USING", cursor.peek().at);
    const where = cursor.accept("WHERE") ? this.expr() : undefined;
    return { kind: "delete", table, alias, where, returning: this.#returning() };
  }

  // ------------------------------------------------------------------------------------------------------- definitions

  #create(at: number): Statement {
    const { cursor } = this;
    const quiet = () => cursor.accept("IF", "NOT", "EXISTS");
    if (cursor.is("TEMP") || cursor.is("TEMPORARY") || cursor.is("UNLOGGED"))
      throw unsupported(`CREATE ${cursor.peek().text.toUpperCase()} TABLE`, at);
    if (cursor.accept("TABLE")) return this.#createTable(quiet());
    const unique = cursor.accept("UNIQUE");
    if (cursor.accept("INDEX")) {
      cursor.accept("CONCURRENTLY");
      const silent = quiet();
      const name = cursor.is("ON") ? undefined : cursor.name();
      cursor.need("ON");
      const table = this.#table();
      if (cursor.accept("USING") && cursor.name() !== "btree")
        throw unsupported("an index of another kind than btree", at);
      const columns = cursor.bracketed(() => {
        const column = cursor.name();
        if (cursor.is("(")) throw unsupported("an index on an expression", at);
        if (!cursor.accept("DESC")) cursor.accept("ASC");
        return column;
      });
      if (cursor.is("WHERE")) throw unsupported("a partial index", cursor.peek().at);
      return { kind: "create index", name, table, columns, unique, quiet: silent };
    }
    if (cursor.accept("SEQUENCE")) {
      const silent = quiet();
      const name = cursor.name();
      let start = 1;
      let increment = 1;
      for (;;) {
        if (cursor.accept("START")) {
          cursor.accept("WITH");
          start = Number(cursor.next().text);
        } else if (cursor.accept("INCREMENT")) {
          cursor.accept("BY");
          increment = Number(cursor.next().text);
        } else break;
      }
      return { kind: "create sequence", name, quiet: silent, start, increment };
    }
    if (cursor.accept("DATABASE")) {
      const name = cursor.name();
      cursor.accept("WITH");
      let owner: string | undefined;
      for (;;) {
        const isOwner = cursor.is("OWNER");
        const words = ["OWNER", "ENCODING", "TEMPLATE", "LC_COLLATE", "LC_CTYPE", "LOCALE"];
        if (!words.some((word) => cursor.accept(word))) break;
        cursor.accept("=");
        if (isOwner) owner = cursor.name();
        else cursor.next();
      }
      return { kind: "create database", name, quiet: false, ...(owner === undefined ? {} : { owner }) };
    }
    const isUser = cursor.is("USER");
    if (cursor.accept("USER") || cursor.accept("ROLE") || cursor.accept("GROUP")) {
      const name = cursor.name();
      return { kind: "create role", name, options: roleOptions(cursor, isUser) };
    }
    throw unsupported(`CREATE ${cursor.peek().text.toUpperCase()}`, at);
  }

  #createTable(quiet: boolean): Statement {
    const { cursor } = this;
    const table = this.#table();
    const columns: ColumnSpec[] = [];
    const constraints: ConstraintSpec[] = [];
    if (cursor.accept("AS")) return { kind: "create table", table, quiet, columns, constraints, query: this.query() };
    cursor.need("(");
    if (!cursor.is(")")) {
      do {
        const constraint = this.#tableConstraint();
        if (constraint !== undefined) constraints.push(constraint);
        else columns.push(this.#column());
      } while (cursor.accept(","));
    }
    cursor.need(")");
    for (const word of ["PARTITION", "INHERITS", "TABLESPACE"])
      if (cursor.is(word)) throw unsupported(word, cursor.peek().at);
    return { kind: "create table", table, quiet, columns, constraints, query: undefined };
  }

  #column(): ColumnSpec {
    const { cursor } = this;
    const name = cursor.name();
    const serial = /^(small|big)?serial$/i.test(cursor.peek().text);
    const { type, size } = this.type();
    let notNull = serial;
    let value: ColumnSpec["default"];
    let identity: ColumnSpec["identity"];
    const constraints: ConstraintSpec[] = [];
    for (;;) {
      const label = cursor.accept("CONSTRAINT") ? cursor.name() : undefined;
      if (cursor.accept("NOT", "NULL")) notNull = true;
      else if (cursor.accept("NULL")) continue;
      else if (cursor.accept("DEFAULT")) value = this.#defaultValue();
      else if (cursor.accept("PRIMARY", "KEY")) constraints.push({ kind: "primary", name: label, columns: [name] });
      else if (cursor.accept("UNIQUE")) constraints.push({ kind: "unique", name: label, columns: [name] });
      else if (cursor.accept("CHECK")) constraints.push(this.#check(label));
      else if (cursor.accept("REFERENCES")) constraints.push(this.#references(label, [name]));
      else if (cursor.accept("GENERATED")) {
        identity = cursor.accept("ALWAYS") ? "ALWAYS" : "BY DEFAULT";
        if (identity === "BY DEFAULT") cursor.need("BY", "DEFAULT");
        cursor.need("AS");
        if (!cursor.accept("IDENTITY")) throw unsupported("a generated column", cursor.peek().at);
        notNull = true;
      } else if (cursor.is("COLLATE")) throw unsupported("COLLATE", cursor.peek().at);
      else break;
    }
    return { name, type, size, serial, identity, notNull, default: value, constraints };
  }

  #defaultValue(): { readonly expr: Expr; readonly text: string } {
    const { cursor } = this;
    const start = cursor.peek().at;
    const expr = this.expr();
    return { expr, text: cursor.sql.slice(start, cursor.peek(-1).end) };
  }

  #check(name: string | undefined): ConstraintSpec {
    const { cursor } = this;
    cursor.need("(");
    const start = cursor.peek().at;
    const expr = this.expr();
    const text = cursor.sql.slice(start, cursor.peek().at).trim();
    cursor.need(")");
    return { kind: "check", name, expr, text };
  }

  #references(name: string | undefined, columns: readonly string[]): ConstraintSpec {
    const { cursor } = this;
    const table = this.#table().name;
    const target = cursor.is("(") ? cursor.bracketed(() => cursor.name()) : [];
    const onDelete = this.referentialActions((action, at) => unsupported(`ON UPDATE ${action}`, at));
    return { kind: "foreign", name, columns, table, target, onDelete };
  }

  #tableConstraint(): ConstraintSpec | undefined {
    const { cursor } = this;
    const name = cursor.accept("CONSTRAINT") ? cursor.name() : undefined;
    const columns = () => cursor.bracketed(() => cursor.name());
    if (cursor.accept("PRIMARY", "KEY")) return { kind: "primary", name, columns: columns() };
    if (cursor.is("UNIQUE")) {
      cursor.next();
      return { kind: "unique", name, columns: columns() };
    }
    if (cursor.accept("CHECK")) return this.#check(name);
    if (cursor.accept("FOREIGN", "KEY")) {
      const own = columns();
      cursor.need("REFERENCES");
      return this.#references(name, own);
    }
    if (name !== undefined) throw cursor.unexpected();
    return undefined;
  }

  #alter(at: number): Statement {
    const { cursor } = this;
    if (cursor.accept("SYSTEM")) {
      if (cursor.accept("RESET")) return { kind: "alter system", name: this.#settingName(), value: undefined };
      cursor.need("SET");
      const name = this.#settingName();
      if (!cursor.accept("TO")) cursor.need("=");
      return { kind: "alter system", name, value: this.#settingValue() };
    }
    if (cursor.accept("DEFAULT", "PRIVILEGES")) return alterDefaultPrivileges(cursor);
    const access = alterAccess(cursor);
    if (access !== undefined) return access;
    if (!cursor.accept("TABLE")) throw unsupported(`ALTER ${cursor.peek().text.toUpperCase()}`, at);
    const quiet = cursor.accept("IF", "EXISTS");
    cursor.accept("ONLY");
    const table = this.#table();
    return { kind: "alter table", table, quiet, actions: cursor.list(() => this.#action()) };
  }

  #action(): AlterAction {
    const { cursor } = this;
    if (cursor.accept("ADD")) {
      const constraint = this.#tableConstraint();
      if (constraint !== undefined) return { kind: "add constraint", constraint };
      cursor.accept("COLUMN");
      const quiet = cursor.accept("IF", "NOT", "EXISTS");
      return { kind: "add column", column: this.#column(), quiet };
    }
    if (cursor.accept("DROP")) {
      const isConstraint = cursor.accept("CONSTRAINT");
      cursor.accept("COLUMN");
      const quiet = cursor.accept("IF", "EXISTS");
      const name = cursor.name();
      cursor.accept("CASCADE");
      return { kind: isConstraint ? "drop constraint" : "drop column", name, quiet };
    }
    if (cursor.accept("RENAME")) {
      if (cursor.accept("TO")) return { kind: "rename", to: cursor.name() };
      cursor.accept("COLUMN");
      const from = cursor.name();
      cursor.need("TO");
      return { kind: "rename column", from, to: cursor.name() };
    }
    if (cursor.accept("ALTER")) {
      cursor.accept("COLUMN");
      const column = cursor.name();
      if (cursor.accept("SET", "DEFAULT")) return { kind: "default", column, value: this.#defaultValue() };
      if (cursor.accept("DROP", "DEFAULT")) return { kind: "default", column, value: undefined };
      if (cursor.accept("SET", "NOT", "NULL")) return { kind: "not null", column, on: true };
      if (cursor.accept("DROP", "NOT", "NULL")) return { kind: "not null", column, on: false };
      throw unsupported("changing a column's type", cursor.peek().at);
    }
    if (cursor.accept("OWNER", "TO")) return { kind: "owner", to: cursor.name() };
    throw unsupported(`ALTER TABLE ... ${cursor.peek().text.toUpperCase()}`, cursor.peek().at);
  }

  #drop(at: number): Statement {
    const { cursor } = this;
    const what = (["TABLE", "INDEX", "SEQUENCE"] as const).find((word) => cursor.accept(word));
    if (what !== undefined) {
      const quiet = cursor.accept("IF", "EXISTS");
      const names = cursor.list(() => this.#table());
      const cascade = cursor.accept("CASCADE");
      if (!cascade) cursor.accept("RESTRICT");
      return { kind: "drop", what, names, quiet, cascade };
    }
    if (cursor.accept("DATABASE")) {
      const quiet = cursor.accept("IF", "EXISTS");
      return { kind: "drop database", name: cursor.name(), quiet };
    }
    if (cursor.accept("OWNED")) return ownedStatement(cursor, true);
    if (cursor.accept("USER") || cursor.accept("ROLE") || cursor.accept("GROUP")) {
      const quiet = cursor.accept("IF", "EXISTS");
      return { kind: "drop role", names: cursor.list(() => cursor.name()), quiet };
    }
    throw unsupported(`DROP ${cursor.peek().text.toUpperCase()}`, at);
  }

  #settingName(): string {
    const { cursor } = this;
    if (cursor.accept("ALL")) return "all";
    let name = cursor.next().text.toLowerCase();
    while (cursor.accept(".")) name += `.${cursor.next().text.toLowerCase()}`;
    if (name === "" || !/^[\w.]+$/.test(name)) throw new SqlError("42601", `syntax error at or near "${name}"`);
    return name;
  }

  #settingValue(): string {
    const { cursor } = this;
    return cursor
      .list(() => {
        const sign = cursor.accept("-") ? "-" : "";
        const token = cursor.next();
        if (token.kind === "end" || token.kind === "symbol") {
          cursor.position--;
          throw cursor.unexpected();
        }
        return sign + token.text;
      })
      .join(", ");
  }

  #set(): Statement {
    const { cursor } = this;
    const local = cursor.accept("LOCAL");
    if (!local) cursor.accept("SESSION");
    if (cursor.is("TRANSACTION")) throw unsupported("SET TRANSACTION", cursor.peek().at);
    const name = this.#settingName();
    if (!cursor.accept("TO")) cursor.need("=");
    return { kind: "set", name, value: cursor.accept("DEFAULT") ? undefined : this.#settingValue(), local };
  }
}
