/** Prepared statements and portals: Parse, Bind, Describe, Execute, Close. */
import { parseStatement } from "../../kit/sql/statements.ts";
import { SqlError } from "../../kit/sql/values.ts";
import type { WireReader } from "../../kit/wire/bytes.ts";
import { type ErrorReport, type Result, type ResultColumn, splitSql } from "../results.ts";
import type { Session } from "../session.ts";
import { type Formats, reportOf, rowDescription, sendNotice, sendReport, sendRows } from "./answers.ts";
import { violation } from "./authentication.ts";
import { inferTypes } from "./inference.ts";
import { content, type MessageStream } from "./messages.ts";
import { checkTypes, filled, literal, type Template, templateOf } from "./parameters.ts";
import { fromBinary, text, wireType } from "./types.ts";

/** Prepared statements and portals that one connection keeps. */
const MOST = 1000;
const TEXT = 25;

interface Prepared {
  readonly source: string;
  readonly template: Template;
  readonly types: readonly number[];
}

interface Portal {
  readonly prepared: Prepared;
  readonly sql: string;
  readonly origin: (at: number) => number;
  readonly formats: Formats;
  /** What is left of its rows, once it has run. */
  left:
    | {
        readonly columns: readonly ResultColumn[];
        readonly rows: readonly (readonly (string | null)[])[];
        readonly tag: string;
      }
    | undefined;
}

const isEmpty = (sql: string) => splitSql(`${sql};`).statements.length === 0;

export class Extended {
  readonly #stream: MessageStream;
  readonly #session: Session;
  readonly #prepared = new Map<string, Prepared>();
  readonly #portals = new Map<string, Portal>();

  constructor(stream: MessageStream, session: Session) {
    this.#stream = stream;
    this.#session = session;
  }

  /** Portals end with their transaction. */
  forget(): void {
    this.#portals.clear();
  }

  /** False: it has told an error, and everything up to Sync is left out. Throws `Malformed` or `Fatal`. */
  async handle(type: string, reader: WireReader): Promise<boolean> {
    try {
      switch (type) {
        case "P":
          this.#parse(reader);
          await this.#stream.write("1");
          return true;
        case "B":
          this.#bind(reader);
          await this.#stream.write("2");
          return true;
        case "D":
          await this.#describe(reader);
          return true;
        case "E":
          return await this.#execute(reader);
        default:
          return await this.#close(reader);
      }
    } catch (problem) {
      if (!(problem instanceof SqlError)) throw problem;
      const { state, message, detail, hint, at } = problem;
      const error: ErrorReport = {
        severity: "ERROR",
        state,
        message,
        ...(detail === undefined ? {} : { detail }),
        ...(hint === undefined ? {} : { hint }),
      };
      await sendReport(this.#stream, at === undefined ? error : { ...error, position: at });
      return false;
    }
  }

  #parse(reader: WireReader): void {
    const name = reader.cstring();
    const source = reader.cstring();
    const given = Array.from({ length: reader.u16() }, () => reader.u32());
    checkTypes(given);
    if (name !== "" && this.#prepared.has(name))
      throw new SqlError("42P05", `prepared statement "${name}" already exists`);
    if (this.#prepared.size >= MOST) throw new SqlError("53200", "too many prepared statements");
    if (splitSql(`${source};`).statements.length > 1)
      throw new SqlError("42601", "cannot insert multiple commands into a prepared statement");
    const template = templateOf(source);
    const around = given.filter(Boolean).length < template.count ? inferTypes(source, this.#session.relations()) : [];
    const types = Array.from({ length: Math.max(given.length, template.count) }, (_, index) => {
      const found = around[index];
      return given[index] || (found === undefined ? 0 : wireType(found).oid);
    });
    if (!isEmpty(source)) {
      const { sql, origin } = filled(template, []);
      try {
        parseStatement(sql);
      } catch (problem) {
        throw problem instanceof SqlError ? placed(problem, origin) : problem;
      }
    }
    this.#prepared.set(name, { source, template, types });
  }

  #named(name: string): Prepared {
    const found = this.#prepared.get(name);
    if (found !== undefined) return found;
    throw new SqlError(
      "26000",
      name === "" ? "unnamed prepared statement does not exist" : `prepared statement "${name}" does not exist`,
    );
  }

  #portal(name: string): Portal {
    const found = this.#portals.get(name);
    if (found === undefined) throw new SqlError("34000", `portal "${name}" does not exist`);
    return found;
  }

  #bind(reader: WireReader): void {
    const name = reader.cstring();
    const statement = reader.cstring();
    const formats = Array.from({ length: reader.u16() }, () => reader.u16() === 1);
    const values = Array.from({ length: reader.u16() }, () => {
      const length = reader.i32();
      return length === -1 ? null : reader.bytes(length);
    });
    const results = Array.from({ length: reader.u16() }, () => reader.u16() === 1);
    const prepared = this.#named(statement);
    const { types, template } = prepared;
    if (values.length !== types.length)
      throw new SqlError(
        "08P01",
        `bind message supplies ${values.length} parameters, but prepared statement "${statement}" requires ${types.length}`,
      );
    if (name !== "" && this.#portals.has(name)) throw new SqlError("42P03", `cursor "${name}" already exists`);
    if (this.#portals.size >= MOST) throw new SqlError("53200", "too many portals");
    const literals = values.map((value, index) => {
      const oid = types[index] ?? 0;
      if (value === null) return literal(null, oid);
      const binary = formats.length === 1 ? formats[0] : formats[index];
      return literal(binary === true ? fromBinary(oid, value) : text(value), oid);
    });
    this.#portals.set(name, { prepared, ...filled(template, literals), formats: results, left: undefined });
  }

  async #describe(reader: WireReader): Promise<void> {
    const kind = String.fromCharCode(reader.u8());
    const name = reader.cstring();
    if (kind === "S") {
      const prepared = this.#named(name);
      const writer = content().u16(prepared.types.length);
      for (const oid of prepared.types) writer.u32(oid || TEXT);
      await this.#stream.write("t", writer);
      return this.#tell(prepared.source, filled(prepared.template, []), []);
    }
    if (kind !== "P") throw violation(`invalid DESCRIBE message subtype ${kind.charCodeAt(0)}`);
    const portal = this.#portal(name);
    return this.#tell(portal.prepared.source, portal, portal.formats);
  }

  async #tell(source: string, how: Pick<Portal, "sql" | "origin">, formats: Formats): Promise<void> {
    let columns: readonly ResultColumn[] | undefined;
    try {
      columns = isEmpty(source) ? undefined : await this.#session.describe(how.sql);
    } catch (problem) {
      throw problem instanceof SqlError ? placed(problem, how.origin) : problem;
    }
    if (columns === undefined) await this.#stream.write("n");
    else await this.#stream.write("T", rowDescription(columns, formats));
  }

  async #execute(reader: WireReader): Promise<boolean> {
    const portal = this.#portal(reader.cstring());
    const most = reader.i32();
    if (isEmpty(portal.prepared.source)) {
      await this.#stream.write("I");
      return true;
    }
    if (portal.left === undefined) {
      const { results, error } = await this.#session.step(portal.sql);
      for (const result of results) {
        if (result.kind === "notice") await sendNotice(this.#stream, result);
        else portal.left = rowsOf(result);
      }
      if (error !== undefined) {
        await sendReport(this.#stream, reportOf(error, portal.origin));
        return false;
      }
    }
    const { columns, rows, tag } = portal.left ?? { columns: [], rows: [], tag: "" };
    const now = most > 0 ? rows.slice(0, most) : rows;
    await sendRows(this.#stream, { columns, rows: now }, portal.formats);
    portal.left = { columns, rows: rows.slice(now.length), tag };
    if (rows.length > now.length) await this.#stream.write("s");
    else await this.#stream.write("C", content().cstring(tag));
    return true;
  }

  async #close(reader: WireReader): Promise<boolean> {
    const kind = String.fromCharCode(reader.u8());
    const name = reader.cstring();
    if (kind === "S") this.#prepared.delete(name);
    else if (kind === "P") this.#portals.delete(name);
    else throw violation(`invalid CLOSE message subtype ${kind.charCodeAt(0)}`);
    await this.#stream.write("3");
    return true;
  }
}

const rowsOf = (result: Exclude<Result, { kind: "notice" }>): NonNullable<Portal["left"]> =>
  result.kind === "rows" ? result : { columns: [], rows: [], tag: result.tag };

/** With the place it is about where the client finds it. */
function placed(problem: SqlError, origin: (at: number) => number): SqlError {
  const { state, message, at, detail, hint } = problem;
  return new SqlError(state, message, {
    at: at === undefined ? undefined : origin(at),
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
  });
}
