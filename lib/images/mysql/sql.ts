/** The part of SQL that lessons on stateful services use: databases, tables, rows. Pure but for the catalog it is given. */

export type SqlValue = string | number | null;
export interface Table {
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly key: boolean;
    readonly autoIncrement: boolean;
    readonly notNull: boolean;
    /** Where the statement says one; "now": the present time. */
    readonly default?: { readonly value: SqlValue } | "now";
  }[];
  rows: SqlValue[][];
  nextId: number;
}
export type Catalog = Map<string, Map<string, Table>>;

export type SqlResult =
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly SqlValue[])[] }
  | { readonly affected: number; readonly database?: string }
  | { readonly error: { readonly code: number; readonly state: string; readonly message: string } };

export class SqlError extends Error {
  readonly code: number;
  readonly state: string;
  constructor(code: number, state: string, message: string) {
    super(message);
    this.code = code;
    this.state = state;
  }
}

/** What a statement knows of who runs it, and when. */
export interface SqlContext {
  /** Answers SHOW STATUS / VARIABLES and @@names. */
  readonly variables: () => Readonly<Record<string, string>>;
  /** ms since the epoch. */
  readonly now: number;
  /** "root@localhost" */
  readonly user: string;
  /** Number of the connection. */
  readonly id: number;
  /** Throws where the account may not. Missing: it may do everything. */
  readonly authorize?: (privilege: string, database: string, table: string | undefined) => void;
  readonly visible?: (database: string) => boolean;
}

export type Token = {
  readonly kind: "word" | "string" | "number" | "symbol" | "variable";
  readonly text: string;
  readonly at: number;
};

export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  const pattern =
    /\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|(@@?[\w.]+)|([A-Za-z_]\w*)|`([^`]*)`|('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")|(-?\d+(?:\.\d+)?)|(<=|>=|<>|!=|[(),.*=<>;@+-])/gy;
  let position = 0;
  while (position < sql.length) {
    pattern.lastIndex = position;
    const match = pattern.exec(sql);
    if (match === null) throw syntax(sql, position);
    const [all, variable, word, quoted, text, number, symbol] = match;
    if (variable !== undefined) tokens.push({ kind: "variable", text: variable, at: position });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, at: position });
    else if (quoted !== undefined) tokens.push({ kind: "word", text: quoted, at: position });
    else if (text !== undefined) tokens.push({ kind: "string", text: unquote(text), at: position });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, at: position });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol, at: position });
    position += all.length;
  }
  return tokens;
}

function unquote(text: string): string {
  const quote = text[0] ?? "'";
  return text
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replace(/\\(.)/g, (_all, character: string) => ({ n: "\n", t: "\t", r: "\r", "0": "\0" })[character] ?? character);
}

function syntax(sql: string, at: number): SqlError {
  return new SqlError(
    1064,
    "42000",
    `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${sql.slice(at, at + 80)}' at line ${sql.slice(0, at).split("\n").length}`,
  );
}

/** True where a statement changes data: it is replicated. */
export function isWrite(sql: string): boolean {
  return /^\s*(insert|update|delete|replace|create|drop|truncate|alter)\b/i.test(sql);
}

/** Runs one statement. */
export function runSql(catalog: Catalog, sql: string, database: string | undefined, context: SqlContext): SqlResult {
  try {
    return new Statement(catalog, sql, database, context).run();
  } catch (problem) {
    if (problem instanceof SqlError)
      return { error: { code: problem.code, state: problem.state, message: problem.message } };
    throw problem;
  }
}

/** Databases of the server itself; their tables are not shown. */
export const SYSTEM: readonly string[] = ["information_schema", "mysql", "performance_schema", "sys"];

/** "2026-01-02 15:04:05", as NOW() gives it. */
export const dateTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

class Statement {
  readonly #tokens: Token[];
  #position = 0;
  readonly #catalog: Catalog;
  readonly #sql: string;
  readonly #database: string | undefined;
  readonly #context: SqlContext;
  #privilege = "";

  constructor(catalog: Catalog, sql: string, database: string | undefined, context: SqlContext) {
    this.#catalog = catalog;
    this.#sql = sql;
    this.#database = database;
    this.#context = context;
    this.#tokens = tokenize(sql);
  }

  run(): SqlResult {
    const verb = this.#next()?.text.toUpperCase() ?? "";
    const privileges: Readonly<Record<string, string>> = { REPLACE: "INSERT", TRUNCATE: "DROP", DESC: "SELECT" };
    this.#privilege = privileges[verb] ?? (verb === "DESCRIBE" || verb === "SHOW" ? "SELECT" : verb);
    switch (verb) {
      case "CREATE":
        return this.#create();
      case "DROP":
        return this.#drop();
      case "USE":
        return this.#use();
      case "SHOW":
        return this.#show();
      case "DESCRIBE":
      case "DESC":
        return this.#describe();
      case "INSERT":
      case "REPLACE":
        return this.#insert(verb === "REPLACE");
      case "SELECT":
        return this.#select();
      case "UPDATE":
        return this.#update();
      case "DELETE":
        return this.#delete();
      case "TRUNCATE": {
        this.#accept("TABLE");
        const table = this.#table();
        table.rows = [];
        table.nextId = 1;
        return { affected: 0 };
      }
      default:
        throw this.#unexpected(-1);
    }
  }

  #create(): SqlResult {
    if (this.#accept("DATABASE") || this.#accept("SCHEMA")) {
      const quiet = this.#ifNotExists();
      const name = this.#word();
      this.#context.authorize?.("CREATE", name, undefined);
      if (this.#catalog.has(name) || SYSTEM.includes(name)) {
        if (quiet) return { affected: 1 };
        throw new SqlError(1007, "HY000", `Can't create database '${name}'; database exists`);
      }
      this.#catalog.set(name, new Map());
      return { affected: 1 };
    }
    if (!this.#accept("TABLE")) throw this.#unexpected();
    const quiet = this.#ifNotExists();
    const { tables, name } = this.#tableName();
    if (tables.has(name)) {
      if (quiet) return { affected: 0 };
      throw new SqlError(1050, "42S01", `Table '${name}' already exists`);
    }
    this.#need("(");
    const columns: Table["columns"][number][] = [];
    do {
      if (this.#accept("PRIMARY")) {
        this.#word();
        this.#need("(");
        const key = this.#word();
        this.#need(")");
        const at = columns.findIndex((column) => column.name === key);
        const column = columns[at];
        if (column !== undefined) columns[at] = { ...column, key: true, notNull: true };
        continue;
      }
      const column = this.#word();
      let type = this.#word().toLowerCase();
      if (this.#accept("(")) {
        const parts: string[] = [];
        while (!this.#accept(")")) parts.push(this.#next()?.text ?? "");
        type += `(${parts.join("")})`;
      }
      let key = false;
      let autoIncrement = false;
      let notNull = false;
      let otherwise: Table["columns"][number]["default"];
      while (this.#peek() !== undefined && this.#peek()?.text !== "," && this.#peek()?.text !== ")") {
        if (this.#accept("PRIMARY")) {
          this.#word();
          key = true;
          notNull = true;
        } else if (this.#accept("AUTO_INCREMENT")) autoIncrement = true;
        else if (this.#accept("NOT")) {
          this.#word();
          notNull = true;
        } else if (this.#accept("UNIQUE") || this.#accept("NULL") || this.#accept("UNSIGNED")) continue;
        else if (this.#accept("DEFAULT")) {
          if (this.#accept("CURRENT_TIMESTAMP") || this.#accept("NOW")) {
            otherwise = "now";
            if (this.#accept("(")) this.#need(")");
          } else otherwise = { value: this.#value() };
        } else if (this.#accept("COMMENT")) this.#next();
        else throw this.#unexpected();
      }
      columns.push({
        name: column,
        type: type === "int" || type === "integer" ? "int" : type,
        key,
        autoIncrement,
        notNull,
        ...(otherwise === undefined ? {} : { default: otherwise }),
      });
    } while (this.#accept(","));
    this.#need(")");
    tables.set(name, { columns, rows: [], nextId: 1 });
    return { affected: 0 };
  }

  #drop(): SqlResult {
    const isDatabase = this.#accept("DATABASE") || this.#accept("SCHEMA");
    if (!isDatabase && !this.#accept("TABLE")) throw this.#unexpected();
    let quiet = false;
    if (this.#accept("IF")) {
      this.#word();
      quiet = true;
    }
    if (isDatabase) {
      const name = this.#word();
      this.#context.authorize?.("DROP", name, undefined);
      const size = this.#catalog.get(name)?.size ?? 0;
      if (!this.#catalog.delete(name) && !quiet)
        throw new SqlError(1008, "HY000", `Can't drop database '${name}'; database doesn't exist`);
      return { affected: size };
    }
    const { tables, name, database } = this.#tableName();
    if (!tables.delete(name) && !quiet) throw new SqlError(1051, "42S02", `Unknown table '${database}.${name}'`);
    return { affected: 0 };
  }

  #use(): SqlResult {
    const name = this.#word();
    this.#context.authorize?.("USE", name, undefined);
    if (!this.#catalog.has(name) && !SYSTEM.includes(name))
      throw new SqlError(1049, "42000", `Unknown database '${name}'`);
    return { affected: 0, database: name };
  }

  #show(): SqlResult {
    this.#accept("GLOBAL");
    this.#accept("SESSION");
    if (this.#accept("DATABASES"))
      return {
        columns: ["Database"],
        rows: [...SYSTEM, ...this.#catalog.keys()]
          .filter((name) => name === "information_schema" || this.#context.visible?.(name) !== false)
          .sort()
          .map((name) => [name]),
      };
    if (this.#accept("TABLES")) {
      const { tables, database } = this.#current();
      return { columns: [`Tables_in_${database}`], rows: [...tables.keys()].sort().map((name) => [name]) };
    }
    if (this.#accept("STATUS") || this.#accept("VARIABLES")) {
      let expression = /^/;
      if (this.#accept("LIKE")) expression = likeToRegExp(this.#next()?.text ?? "");
      const rows = Object.entries(this.#context.variables()).filter(([name]) => expression.test(name));
      return { columns: ["Variable_name", "Value"], rows: rows.sort(([a], [b]) => (a < b ? -1 : 1)) };
    }
    throw this.#unexpected();
  }

  #describe(): SqlResult {
    const table = this.#table();
    return {
      columns: ["Field", "Type", "Null", "Key", "Default", "Extra"],
      rows: table.columns.map((column) => [
        column.name,
        column.type,
        column.notNull ? "NO" : "YES",
        column.key ? "PRI" : "",
        column.default === "now" ? "CURRENT_TIMESTAMP" : (column.default?.value ?? null),
        column.autoIncrement ? "auto_increment" : "",
      ]),
    };
  }

  #insert(replace: boolean): SqlResult {
    const ignore = this.#accept("IGNORE");
    this.#accept("INTO");
    const { tables, name, database } = this.#tableName();
    const table = tables.get(name);
    if (table === undefined) throw new SqlError(1146, "42S02", `Table '${database}.${name}' doesn't exist`);
    let names = table.columns.map((column) => column.name);
    if (this.#accept("(")) {
      names = [];
      do names.push(this.#word());
      while (this.#accept(","));
      this.#need(")");
    }
    if (!this.#accept("VALUES") && !this.#accept("VALUE")) throw this.#unexpected();
    let affected = 0;
    do {
      this.#need("(");
      const values: SqlValue[] = [];
      do values.push(this.#value());
      while (this.#accept(","));
      this.#need(")");
      if (values.length !== names.length)
        throw new SqlError(1136, "21S01", `Column count doesn't match value count at row ${affected + 1}`);
      affected += this.#insertRow(table, name, names, values, replace, ignore);
    } while (this.#accept(","));
    return { affected };
  }

  #insertRow(
    table: Table,
    name: string,
    names: readonly string[],
    values: readonly SqlValue[],
    replace: boolean,
    ignore: boolean,
  ): number {
    for (const column of names) this.#columnIndex(table, column);
    const row = table.columns.map((column) => {
      const at = names.indexOf(column.name);
      const initial = column.default === "now" ? dateTime(this.#context.now) : (column.default?.value ?? null);
      const value = at === -1 ? initial : (values[at] ?? null);
      if (value === null && column.autoIncrement) return table.nextId;
      if (value === null && column.notNull)
        throw new SqlError(
          at === -1 ? 1364 : 1048,
          at === -1 ? "HY000" : "23000",
          at === -1 ? `Field '${column.name}' doesn't have a default value` : `Column '${column.name}' cannot be null`,
        );
      return typeof value === "string" && /^(int|bigint|smallint|tinyint)/.test(column.type) ? Number(value) : value;
    });
    table.columns.forEach((column, index) => {
      if (column.autoIncrement) table.nextId = Math.max(table.nextId, Number(row[index]) + 1);
    });
    const key = table.columns.findIndex((column) => column.key);
    const same = key === -1 ? -1 : table.rows.findIndex((other) => other[key] === row[key]);
    if (same !== -1) {
      if (ignore) return 0;
      if (!replace) throw new SqlError(1062, "23000", `Duplicate entry '${row[key]}' for key '${name}.PRIMARY'`);
      table.rows[same] = row;
      return 2;
    }
    table.rows.push(row);
    return 1;
  }

  #select(): SqlResult {
    const items: {
      readonly label: string;
      readonly of: (row: readonly SqlValue[], table: Table | undefined) => SqlValue;
      readonly total?: (rows: readonly (readonly SqlValue[])[], table: Table) => SqlValue;
    }[] = [];
    let star = false;
    do {
      const token = this.#next();
      if (token === undefined) throw this.#unexpected();
      if (token.text === "*") star = true;
      else if (token.kind === "variable") {
        const name = token.text.replace(/^@@(global\.|session\.)?/i, "");
        const value = this.#context.variables()[name];
        if (value === undefined) throw new SqlError(1193, "HY000", `Unknown system variable '${name}'`);
        items.push({ label: token.text, of: () => (/^\d+$/.test(value) ? Number(value) : value) });
      } else if (token.kind === "number" || token.kind === "string")
        items.push({ label: token.text, of: () => (token.kind === "number" ? Number(token.text) : token.text) });
      else if (this.#accept("(")) {
        const name = token.text.toUpperCase();
        const argument = this.#accept(")") ? "" : (this.#next()?.text ?? "");
        if (argument !== "") this.#need(")");
        items.push(this.#function(name, argument, token));
      } else if (token.text.toUpperCase() === "CURRENT_TIMESTAMP") {
        items.push({ label: token.text, of: () => dateTime(this.#context.now) });
      } else
        items.push({
          label: token.text,
          of: (row, table) => (table === undefined ? null : (row[this.#columnIndex(table, token.text)] ?? null)),
        });
      const item = items.at(-1);
      if (item !== undefined && !star && this.#accept("AS"))
        items[items.length - 1] = { ...item, label: this.#alias() };
    } while (this.#accept(","));
    if (!this.#accept("FROM")) {
      return { columns: items.map(({ label }) => label), rows: [items.map(({ of }) => of([], undefined))] };
    }
    const table = this.#table();
    let rows = table.rows.filter(this.#where(table));
    if (this.#accept("ORDER")) {
      this.#word();
      const at = this.#columnIndex(table, this.#word());
      const sign = this.#accept("DESC") ? -1 : 1;
      this.#accept("ASC");
      rows = [...rows].sort((a, b) => sign * compare(a[at] ?? null, b[at] ?? null));
    }
    if (this.#accept("LIMIT")) rows = rows.slice(0, Number(this.#next()?.text));
    this.#end();
    if (items.some(({ total }) => total !== undefined)) {
      return {
        columns: items.map(({ label }) => label),
        rows: [items.map(({ total, of }) => (total === undefined ? of(rows[0] ?? [], table) : total(rows, table)))],
      };
    }
    const columns = [...(star ? table.columns.map(({ name }) => name) : []), ...items.map(({ label }) => label)];
    return { columns, rows: rows.map((row) => [...(star ? row : []), ...items.map(({ of }) => of(row, table))]) };
  }

  #function(name: string, argument: string, token: Token) {
    const label = `${token.text}(${argument})`;
    const numbers = (rows: readonly (readonly SqlValue[])[], table: Table) =>
      rows.map((row) => row[this.#columnIndex(table, argument)] ?? null).filter((value) => value !== null);
    switch (name) {
      case "COUNT":
        return {
          label,
          of: () => null,
          total: (rows: readonly (readonly SqlValue[])[], table: Table) =>
            argument === "*" ? rows.length : numbers(rows, table).length,
        };
      case "SUM":
        return {
          label,
          of: () => null,
          total: (rows: readonly (readonly SqlValue[])[], table: Table) =>
            numbers(rows, table).reduce<number>((sum, value) => sum + Number(value), 0),
        };
      case "MAX":
      case "MIN":
        return {
          label,
          of: () => null,
          total: (rows: readonly (readonly SqlValue[])[], table: Table) => {
            const sorted = numbers(rows, table).sort(compare);
            return (name === "MAX" ? sorted[sorted.length - 1] : sorted[0]) ?? null;
          },
        };
      default: {
        const value = this.#scalar(name);
        if (value === undefined || argument !== "")
          throw new SqlError(1305, "42000", `FUNCTION ${token.text} does not exist`);
        return { label, of: () => value };
      }
    }
  }

  /** Functions without arguments; undefined where there is none of that name. */
  #scalar(name: string): SqlValue | undefined {
    const { now, user, id, variables } = this.#context;
    switch (name) {
      case "VERSION":
        return variables()["version"] ?? "";
      case "DATABASE":
      case "SCHEMA":
        return this.#database ?? null;
      case "USER":
      case "CURRENT_USER":
      case "SESSION_USER":
        return user;
      case "CONNECTION_ID":
        return id;
      case "NOW":
      case "CURRENT_TIMESTAMP":
      case "SYSDATE":
      case "UTC_TIMESTAMP":
        return dateTime(now);
      case "CURDATE":
      case "CURRENT_DATE":
        return dateTime(now).slice(0, 10);
      case "CURTIME":
      case "CURRENT_TIME":
        return dateTime(now).slice(11);
      case "UNIX_TIMESTAMP":
        return Math.floor(now / 1000);
      default:
        return undefined;
    }
  }

  #alias(): string {
    const token = this.#next();
    if (token === undefined || (token.kind !== "word" && token.kind !== "string")) throw this.#unexpected(-1);
    return token.text;
  }

  #update(): SqlResult {
    const table = this.#table();
    if (!this.#accept("SET")) throw this.#unexpected();
    const changes: { readonly at: number; readonly value: (row: readonly SqlValue[]) => SqlValue }[] = [];
    do {
      const at = this.#columnIndex(table, this.#word());
      this.#need("=");
      const token = this.#peek();
      const call = this.#tokens[this.#position + 1]?.text === "(";
      if (token?.kind === "word" && !call && !["NULL", "CURRENT_TIMESTAMP"].includes(token.text.toUpperCase())) {
        const from = this.#columnIndex(table, this.#word());
        const minus = this.#accept("-");
        const by = minus || this.#accept("+") ? Number(this.#next()?.text) * (minus ? -1 : 1) : 0;
        changes.push({ at, value: (row) => Number(row[from]) + by });
      } else {
        const value = this.#value();
        changes.push({ at, value: () => value });
      }
    } while (this.#accept(","));
    const chosen = this.#where(table);
    this.#end();
    let affected = 0;
    table.rows = table.rows.map((row) => {
      if (!chosen(row)) return row;
      const next = [...row];
      for (const { at, value } of changes) next[at] = value(row);
      if (next.some((value, index) => value !== row[index])) affected++;
      return next;
    });
    return { affected };
  }

  #delete(): SqlResult {
    if (!this.#accept("FROM")) throw this.#unexpected();
    const table = this.#table();
    const chosen = this.#where(table);
    this.#end();
    const before = table.rows.length;
    table.rows = table.rows.filter((row) => !chosen(row));
    return { affected: before - table.rows.length };
  }

  #where(table: Table): (row: readonly SqlValue[]) => boolean {
    if (!this.#accept("WHERE")) return () => true;
    const alternatives: ((row: readonly SqlValue[]) => boolean)[][] = [[]];
    for (;;) {
      const at = this.#columnIndex(table, this.#word());
      const operator = this.#next()?.text.toUpperCase() ?? "";
      const test = this.#condition(operator, at);
      alternatives[alternatives.length - 1]?.push(test);
      if (this.#accept("AND")) continue;
      if (!this.#accept("OR")) break;
      alternatives.push([]);
    }
    return (row) => alternatives.some((all) => all.every((test) => test(row)));
  }

  #condition(operator: string, at: number): (row: readonly SqlValue[]) => boolean {
    if (operator === "IS") {
      const not = this.#accept("NOT");
      this.#word();
      return (row) => (row[at] === null) !== not;
    }
    if (operator === "IN") {
      this.#need("(");
      const values: SqlValue[] = [];
      do values.push(this.#value());
      while (this.#accept(","));
      this.#need(")");
      return (row) => values.some((value) => compare(row[at] ?? null, value) === 0);
    }
    const value = this.#value();
    if (operator === "LIKE") {
      const expression = likeToRegExp(String(value));
      return (row) => row[at] !== null && expression.test(String(row[at]));
    }
    const tests: Readonly<Record<string, (order: number) => boolean>> = {
      "=": (order) => order === 0,
      "<>": (order) => order !== 0,
      "!=": (order) => order !== 0,
      "<": (order) => order < 0,
      ">": (order) => order > 0,
      "<=": (order) => order <= 0,
      ">=": (order) => order >= 0,
    };
    const test = tests[operator];
    if (test === undefined) throw this.#unexpected(-1);
    return (row) => row[at] !== null && test(compare(row[at] ?? null, value));
  }

  #value(): SqlValue {
    const token = this.#next();
    if (token === undefined) throw this.#unexpected();
    if (token.kind === "number") return Number(token.text);
    if (token.kind === "string") return token.text;
    if (token.text.toUpperCase() === "NULL" || token.text.toUpperCase() === "DEFAULT") return null;
    if (token.text.toUpperCase() === "TRUE") return 1;
    if (token.text.toUpperCase() === "FALSE") return 0;
    if (token.text.toUpperCase() === "CURRENT_TIMESTAMP" && this.#peek()?.text !== "(")
      return dateTime(this.#context.now);
    if (this.#accept("(")) {
      const value = this.#scalar(token.text.toUpperCase());
      if (value === undefined || !this.#accept(")"))
        throw new SqlError(1305, "42000", `FUNCTION ${token.text} does not exist`);
      return value;
    }
    throw new SqlError(1054, "42S22", `Unknown column '${token.text}' in 'field list'`);
  }

  #ifNotExists(): boolean {
    if (!this.#accept("IF")) return false;
    this.#word();
    this.#word();
    return true;
  }

  #current(): { readonly tables: Map<string, Table>; readonly database: string } {
    if (this.#database === undefined) throw new SqlError(1046, "3D000", "No database selected");
    const tables = this.#catalog.get(this.#database);
    if (tables === undefined) throw new SqlError(1049, "42000", `Unknown database '${this.#database}'`);
    return { tables, database: this.#database };
  }

  #tableName(): { readonly tables: Map<string, Table>; readonly name: string; readonly database: string } {
    const first = this.#word();
    if (!this.#accept(".")) {
      const current = this.#current();
      this.#context.authorize?.(this.#privilege, current.database, first);
      return { ...current, name: first };
    }
    const name = this.#word();
    this.#context.authorize?.(this.#privilege, first, name);
    const tables = this.#catalog.get(first);
    if (tables === undefined) throw new SqlError(1049, "42000", `Unknown database '${first}'`);
    return { tables, name, database: first };
  }

  #table(): Table {
    const { tables, name, database } = this.#tableName();
    const table = tables.get(name);
    if (table === undefined) throw new SqlError(1146, "42S02", `Table '${database}.${name}' doesn't exist`);
    return table;
  }

  #columnIndex(table: Table, name: string): number {
    const at = table.columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
    if (at === -1) throw new SqlError(1054, "42S22", `Unknown column '${name}' in 'field list'`);
    return at;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#position];
  }

  #next(): Token | undefined {
    return this.#tokens[this.#position++];
  }

  #accept(text: string): boolean {
    const token = this.#peek();
    if (token === undefined || token.kind === "string" || token.text.toUpperCase() !== text) return false;
    this.#position++;
    return true;
  }

  #need(text: string): void {
    if (!this.#accept(text)) throw this.#unexpected();
  }

  #word(): string {
    const token = this.#next();
    if (token === undefined || token.kind !== "word") throw this.#unexpected(-1);
    return token.text;
  }

  #end(): void {
    this.#accept(";");
    if (this.#peek() !== undefined) throw this.#unexpected();
  }

  #unexpected(offset = 0): SqlError {
    return syntax(this.#sql, this.#tokens[this.#position + offset]?.at ?? this.#sql.length);
  }
}

function compare(a: SqlValue, b: SqlValue): number {
  if (typeof a === "number" || typeof b === "number") return Number(a) - Number(b);
  return a === b
    ? 0
    : String(a).toLowerCase() < String(b).toLowerCase()
      ? -1
      : String(a).toLowerCase() === String(b).toLowerCase()
        ? 0
        : 1;
}

/** LIKE with % and _, as an anchored expression that cannot run away. */
function likeToRegExp(pattern: string): RegExp {
  const text = pattern
    .replace(/%+/g, "%")
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", "[^]*")
    .replaceAll("_", "[^]");
  return new RegExp(`^${text}$`, "i");
}
