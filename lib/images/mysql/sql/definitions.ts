/** CREATE, ALTER, DROP and RENAME of databases, tables and indexes. */
import type { ConstraintSpec, TableName } from "../../kit/sql/ast.ts";
import type { TypeName } from "../../kit/sql/values.ts";
import type { Alteration, ColumnDefinition, IndexDefinition, MysqlStatement, Position } from "./ast.ts";
import { MysqlError, unsupported } from "./errors.ts";
import { MysqlExpressions } from "./expressions.ts";

/** Types as they are stored, and how MySQL shows them without a width. */
const TYPES: Readonly<Record<string, readonly [TypeName, string]>> = {
  TINYINT: ["int2", "tinyint"],
  SMALLINT: ["int2", "smallint"],
  MEDIUMINT: ["int4", "mediumint"],
  INT: ["int4", "int"],
  INTEGER: ["int4", "int"],
  BIGINT: ["int8", "bigint"],
  DECIMAL: ["numeric", "decimal"],
  NUMERIC: ["numeric", "decimal"],
  DEC: ["numeric", "decimal"],
  FLOAT: ["float8", "float"],
  DOUBLE: ["float8", "double"],
  REAL: ["float8", "double"],
  CHAR: ["varchar", "char"],
  VARCHAR: ["varchar", "varchar"],
  BINARY: ["varchar", "binary"],
  VARBINARY: ["varchar", "varbinary"],
  TINYTEXT: ["text", "tinytext"],
  TEXT: ["text", "text"],
  MEDIUMTEXT: ["text", "mediumtext"],
  LONGTEXT: ["text", "longtext"],
  TINYBLOB: ["text", "tinyblob"],
  BLOB: ["text", "blob"],
  MEDIUMBLOB: ["text", "mediumblob"],
  LONGBLOB: ["text", "longblob"],
  DATE: ["date", "date"],
  DATETIME: ["timestamp", "datetime"],
  TIMESTAMP: ["timestamp", "timestamp"],
  JSON: ["jsonb", "json"],
  ENUM: ["text", "enum"],
};
const REFUSED = new Set("TIME YEAR BIT SET GEOMETRY POINT VECTOR".split(" "));
const DEFAULT_SIZE: Readonly<Record<string, readonly number[]>> = { decimal: [10, 0], char: [1], binary: [1] };

export class Definitions extends MysqlExpressions {
  table(): TableName {
    const { cursor } = this;
    const { at } = cursor.peek();
    const first = cursor.name();
    return cursor.accept(".") ? { schema: first, name: cursor.name(), at } : { schema: undefined, name: first, at };
  }

  /** A column, with its table and database before it where they are given. */
  columnName(): string {
    let name = this.cursor.name();
    while (this.cursor.accept(".")) name = this.cursor.name();
    return name;
  }

  definition(): MysqlStatement | undefined {
    const { cursor } = this;
    if (cursor.accept("CREATE")) return this.#create();
    if (cursor.accept("ALTER")) return this.#alter();
    if (cursor.accept("DROP")) return this.#drop();
    if (cursor.accept("RENAME")) {
      cursor.need("TABLE");
      return {
        kind: "rename table",
        pairs: cursor.list(() => {
          const from = this.table();
          cursor.need("TO");
          return [from, this.table()] as const;
        }),
      };
    }
    return undefined;
  }

  #isDatabase(): boolean {
    return this.cursor.accept("DATABASE") || this.cursor.accept("SCHEMA");
  }

  #create(): MysqlStatement {
    const { cursor } = this;
    if (cursor.is("OR", "REPLACE")) throw unsupported("CREATE OR REPLACE");
    if (cursor.is("TEMPORARY")) throw unsupported("CREATE TEMPORARY TABLE");
    if (this.#isDatabase()) {
      const quiet = cursor.accept("IF", "NOT", "EXISTS");
      const name = cursor.name();
      this.#databaseOptions();
      return { kind: "create database", name, quiet };
    }
    if (cursor.accept("TABLE")) return this.#createTable();
    const unique = cursor.accept("UNIQUE");
    if (cursor.accept("INDEX")) {
      const name = cursor.name();
      this.#indexType();
      cursor.need("ON");
      const table = this.table();
      const columns = this.#keyColumns();
      this.#indexType();
      return { kind: "create index", table, index: { name, columns, unique } };
    }
    throw unsupported(`CREATE ${cursor.peek().text.toUpperCase()}`);
  }

  #databaseOptions(): void {
    const { cursor } = this;
    for (;;) {
      cursor.accept("DEFAULT");
      if (cursor.accept("CHARACTER", "SET") || cursor.accept("CHARSET") || cursor.accept("COLLATE")) {
        cursor.accept("=");
        this.#charset(cursor.next().text);
      } else return;
    }
  }

  /** Texts are Unicode; another character set would change what is stored. */
  #charset(name: string): void {
    if (!/^(utf8|binary|ascii|latin1|default)/i.test(name))
      throw new MysqlError(1115, "42000", `Unknown character set: '${name}'`);
    if (!/^(utf8|default)/i.test(name)) throw unsupported(`character set ${name}`);
  }

  #createTable(): MysqlStatement {
    const { cursor } = this;
    const quiet = cursor.accept("IF", "NOT", "EXISTS");
    const table = this.table();
    const columns: ColumnDefinition[] = [];
    const constraints: ConstraintSpec[] = [];
    const indexes: IndexDefinition[] = [];
    const empty = {
      kind: "create table",
      table,
      quiet,
      columns,
      constraints,
      indexes,
      autoIncrement: undefined,
    } as const;
    if (cursor.accept("LIKE")) return { ...empty, like: this.table(), query: undefined };
    if (cursor.is("(", "LIKE")) {
      cursor.need("(", "LIKE");
      const like = this.table();
      cursor.need(")");
      return { ...empty, like, query: undefined };
    }
    if (cursor.is("(") && cursor.peek(1).text.toUpperCase() !== "SELECT") {
      cursor.need("(");
      do {
        const index = this.#index();
        const constraint = index === undefined ? this.#constraint() : undefined;
        if (index !== undefined) indexes.push(index);
        else if (constraint !== undefined) constraints.push(constraint);
        else columns.push(this.#column());
      } while (cursor.accept(","));
      cursor.need(")");
    }
    const autoIncrement = this.#tableOptions();
    const asQuery = cursor.accept("AS") || cursor.is("SELECT");
    return { ...empty, autoIncrement, like: undefined, query: asQuery ? this.query() : undefined };
  }

  #tableOptions(): number | undefined {
    const { cursor } = this;
    let start: number | undefined;
    for (;;) {
      cursor.accept(",");
      const value = () => {
        cursor.accept("=");
        return cursor.next().text;
      };
      if (cursor.accept("ENGINE")) {
        const engine = value();
        if (!/^innodb$/i.test(engine)) {
          if (!/^(myisam|memory|csv|archive|blackhole|ndb|ndbcluster|aria)$/i.test(engine))
            throw new MysqlError(1286, "42000", `Unknown storage engine '${engine}'`);
          throw unsupported(`ENGINE=${engine}`);
        }
      } else if (cursor.accept("AUTO_INCREMENT")) start = Number(value());
      else if (cursor.accept("COMMENT")) value();
      else if (cursor.is("DEFAULT") || cursor.is("CHARSET") || cursor.is("CHARACTER") || cursor.is("COLLATE")) {
        cursor.accept("DEFAULT");
        if (!cursor.accept("CHARACTER", "SET") && !cursor.accept("CHARSET") && !cursor.accept("COLLATE"))
          throw cursor.unexpected();
        this.#charset(value());
      } else if (cursor.accept("ROW_FORMAT")) value();
      else if (cursor.is("PARTITION")) throw unsupported("PARTITION BY");
      else return start;
    }
  }

  #keyColumns(): readonly string[] {
    const { cursor } = this;
    return cursor.bracketed(() => {
      if (cursor.is("(")) throw unsupported("an index on an expression");
      const name = cursor.name();
      if (cursor.accept("(")) {
        // A prefix: it says how much of the text is in the index, and nothing about what is found.
        cursor.next();
        cursor.need(")");
      }
      if (!cursor.accept("DESC")) cursor.accept("ASC");
      return name;
    });
  }

  #indexType(): void {
    const { cursor } = this;
    if (!cursor.accept("USING")) return;
    if (!cursor.accept("BTREE")) throw unsupported(`USING ${cursor.peek().text.toUpperCase()}`);
  }

  #index(): IndexDefinition | undefined {
    const { cursor } = this;
    if (cursor.is("FULLTEXT") || cursor.is("SPATIAL")) throw unsupported(`${cursor.peek().text.toUpperCase()} INDEX`);
    if (!cursor.accept("INDEX") && !cursor.accept("KEY")) return undefined;
    const name = cursor.is("(") ? undefined : cursor.name();
    this.#indexType();
    const columns = this.#keyColumns();
    this.#indexType();
    return { name, columns, unique: false };
  }

  #constraint(): ConstraintSpec | undefined {
    const { cursor } = this;
    const named = cursor.accept("CONSTRAINT");
    const name = named && cursor.atName ? cursor.name() : undefined;
    if (cursor.accept("PRIMARY", "KEY")) {
      this.#indexType();
      const columns = this.#keyColumns();
      this.#indexType();
      return { kind: "primary", name: "PRIMARY", columns };
    }
    if (cursor.accept("UNIQUE")) {
      if (!cursor.accept("INDEX")) cursor.accept("KEY");
      const own = cursor.is("(") ? undefined : cursor.name();
      return { kind: "unique", name: own ?? name, columns: this.#keyColumns() };
    }
    if (cursor.accept("FOREIGN", "KEY")) {
      if (!cursor.is("(")) cursor.name();
      const columns = this.#keyColumns();
      cursor.need("REFERENCES");
      return this.#references(name, columns);
    }
    if (cursor.accept("CHECK")) return this.#check(name);
    if (named) throw cursor.unexpected();
    return undefined;
  }

  #check(name: string | undefined): ConstraintSpec {
    const { cursor } = this;
    cursor.need("(");
    const { at } = cursor.peek();
    const expr = this.expr();
    const text = this.textSince(at);
    cursor.need(")");
    if (cursor.is("NOT", "ENFORCED")) throw unsupported("NOT ENFORCED");
    cursor.accept("ENFORCED");
    return { kind: "check", name, expr, text };
  }

  #references(name: string | undefined, columns: readonly string[]): ConstraintSpec {
    const { schema, name: table } = this.table();
    if (schema !== undefined) throw unsupported("a foreign key into another database");
    const target = this.#keyColumns();
    const onDelete = this.referentialActions((action) => unsupported(`ON UPDATE ${action}`));
    return { kind: "foreign", name, columns, table, target, onDelete };
  }

  #column(): ColumnDefinition {
    const { cursor } = this;
    const name = cursor.name();
    const word = cursor.next().text.toUpperCase();
    if (REFUSED.has(word)) throw unsupported(`the type ${word}`);
    const isSerial = word === "SERIAL";
    const isBool = word === "BOOL" || word === "BOOLEAN";
    if (word === "DOUBLE") cursor.accept("PRECISION");
    const known = isSerial
      ? TYPES["BIGINT"]
      : isBool
        ? TYPES["TINYINT"]
        : Object.hasOwn(TYPES, word)
          ? TYPES[word]
          : undefined;
    if (known === undefined) {
      cursor.position--;
      throw cursor.unexpected();
    }
    const [type, shown] = known;
    let size: readonly number[] = isBool ? [1] : [];
    let values: string[] | undefined;
    if (cursor.is("(")) {
      const given = cursor.bracketed(() => cursor.next());
      if (word === "ENUM") values = given.map(({ text }) => text);
      else size = given.map(({ text }) => Number(text));
    }
    if (size.length === 0) size = DEFAULT_SIZE[shown] ?? [];
    if (shown === "varchar" && size.length === 0) throw cursor.unexpected();
    if (shown === "decimal" && size.length === 1) size = [size[0] ?? 10, 0];
    let unsigned = isSerial;
    for (;;) {
      if (cursor.accept("UNSIGNED")) unsigned = true;
      else if (cursor.is("ZEROFILL")) throw unsupported("ZEROFILL");
      else if (cursor.accept("CHARACTER", "SET") || cursor.accept("CHARSET") || cursor.accept("COLLATE"))
        this.#charset(cursor.next().text);
      else if (!cursor.accept("SIGNED")) break;
    }
    // Widths of integers say nothing, but for tinyint(1), which programs read as a boolean.
    const integer = ["int2", "int4", "int8"].includes(type);
    const width = integer && !(shown === "tinyint" && size[0] === 1) ? [] : size;
    const declared =
      values !== undefined
        ? `enum(${values.map((value) => `'${value}'`).join(",")})`
        : `${shown}${width.length === 0 || type === "timestamp" ? "" : `(${width.join(",")})`}${unsigned ? " unsigned" : ""}`;
    return { name, type, size: integer ? [] : size, declared, unsigned, values, ...this.#attributes(name, isSerial) };
  }

  #attributes(name: string, isSerial: boolean) {
    const { cursor } = this;
    let notNull = isSerial;
    let autoIncrement = isSerial;
    let touched = false;
    let value: ColumnDefinition["default"];
    let comment: string | undefined;
    const constraints: ConstraintSpec[] = isSerial ? [{ kind: "unique", name: undefined, columns: [name] }] : [];
    for (;;) {
      if (cursor.accept("NOT", "NULL")) notNull = true;
      else if (cursor.accept("NULL")) continue;
      else if (cursor.accept("AUTO_INCREMENT")) autoIncrement = true;
      else if (cursor.accept("DEFAULT")) {
        const { at } = cursor.peek();
        const expr = this.operators();
        value = { expr, text: this.textSince(at) };
      } else if (cursor.accept("ON", "UPDATE")) {
        this.expr();
        touched = true;
      } else if (cursor.accept("PRIMARY")) {
        cursor.accept("KEY");
        constraints.push({ kind: "primary", name: "PRIMARY", columns: [name] });
      } else if (cursor.accept("UNIQUE")) {
        cursor.accept("KEY");
        constraints.push({ kind: "unique", name: undefined, columns: [name] });
      } else if (cursor.accept("KEY")) constraints.push({ kind: "primary", name: "PRIMARY", columns: [name] });
      else if (cursor.accept("COMMENT")) comment = cursor.next().text;
      else if (cursor.is("CHECK") || cursor.is("CONSTRAINT")) {
        const check = this.#constraint();
        if (check !== undefined) constraints.push(check);
      } else if (cursor.accept("COLLATE")) this.#charset(cursor.next().text);
      else if (cursor.is("GENERATED") || cursor.is("AS")) throw unsupported("a generated column");
      else if (cursor.is("REFERENCES")) throw unsupported("REFERENCES in a column; use FOREIGN KEY");
      else break;
    }
    return { notNull, autoIncrement, touched, default: value, comment, constraints };
  }

  // ------------------------------------------------------------------------------------------------------- alterations

  #alter(): MysqlStatement {
    const { cursor } = this;
    if (this.#isDatabase()) throw unsupported("ALTER DATABASE");
    if (!cursor.accept("TABLE")) throw unsupported(`ALTER ${cursor.peek().text.toUpperCase()}`);
    const table = this.table();
    return { kind: "alter table", table, actions: cursor.list(() => this.#action()).flat() };
  }

  #position(): Position {
    const { cursor } = this;
    if (cursor.accept("FIRST")) return { first: true };
    return cursor.accept("AFTER") ? { after: cursor.name() } : undefined;
  }

  #action(): Alteration[] {
    const { cursor } = this;
    if (cursor.accept("ADD")) {
      const index = this.#index();
      if (index !== undefined) return [{ kind: "add index", index }];
      const constraint = this.#constraint();
      if (constraint !== undefined) return [{ kind: "add constraint", constraint }];
      cursor.accept("COLUMN");
      if (cursor.accept("(")) {
        const columns = cursor.list(() => this.#column());
        cursor.need(")");
        return columns.map((column) => ({ kind: "add column", column, position: undefined }));
      }
      const column = this.#column();
      return [{ kind: "add column", column, position: this.#position() }];
    }
    if (cursor.accept("DROP")) {
      if (cursor.accept("PRIMARY", "KEY")) return [{ kind: "drop primary" }];
      if (cursor.accept("FOREIGN", "KEY")) return [{ kind: "drop foreign", name: cursor.name() }];
      if (cursor.accept("INDEX") || cursor.accept("KEY")) return [{ kind: "drop index", name: cursor.name() }];
      if (cursor.accept("CONSTRAINT") || cursor.accept("CHECK")) return [{ kind: "drop foreign", name: cursor.name() }];
      cursor.accept("COLUMN");
      return [{ kind: "drop column", name: cursor.name() }];
    }
    if (cursor.accept("MODIFY")) {
      cursor.accept("COLUMN");
      const column = this.#column();
      return [{ kind: "change column", from: column.name, column, position: this.#position() }];
    }
    if (cursor.accept("CHANGE")) {
      cursor.accept("COLUMN");
      const from = cursor.name();
      const column = this.#column();
      return [{ kind: "change column", from, column, position: this.#position() }];
    }
    if (cursor.accept("RENAME")) {
      if (cursor.accept("COLUMN")) {
        const from = cursor.name();
        cursor.need("TO");
        return [{ kind: "rename column", from, to: cursor.name() }];
      }
      if (cursor.is("INDEX") || cursor.is("KEY")) throw unsupported("RENAME INDEX");
      if (!cursor.accept("TO")) cursor.accept("AS");
      return [{ kind: "rename", to: this.table() }];
    }
    if (cursor.accept("ALTER")) {
      cursor.accept("COLUMN");
      const column = cursor.name();
      if (cursor.accept("DROP", "DEFAULT")) return [{ kind: "default", column, value: undefined }];
      cursor.need("SET", "DEFAULT");
      const { at } = cursor.peek();
      const expr = this.operators();
      return [{ kind: "default", column, value: { expr, text: this.textSince(at) } }];
    }
    const before = cursor.position;
    const start = this.#tableOptions();
    if (cursor.position === before) throw cursor.unexpected();
    return start === undefined ? [] : [{ kind: "auto increment", value: start }];
  }

  #drop(): MysqlStatement {
    const { cursor } = this;
    if (this.#isDatabase()) {
      const quiet = cursor.accept("IF", "EXISTS");
      return { kind: "drop database", name: cursor.name(), quiet };
    }
    if (cursor.accept("TABLE")) {
      const quiet = cursor.accept("IF", "EXISTS");
      const tables = cursor.list(() => this.table());
      if (!cursor.accept("CASCADE")) cursor.accept("RESTRICT");
      return { kind: "drop table", tables, quiet };
    }
    if (cursor.accept("INDEX")) {
      const name = cursor.name();
      cursor.need("ON");
      return { kind: "drop index", name, table: this.table() };
    }
    throw unsupported(`DROP ${cursor.peek().text.toUpperCase()}`);
  }
}
