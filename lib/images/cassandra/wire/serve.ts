/** One driver's connection: what it asks, statement by statement. */
import type { Connection, Process } from "../../../machine/index.ts";
import { Malformed, type WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import { CONSISTENCY_LEVELS, type Consistency } from "../coordinator.ts";
import { parseStatement } from "../cql/parser.ts";
import { CqlError, type CqlErrorKind, invalid } from "../cql/types.ts";
import { execute } from "../query/execute.ts";
import { type QueryContext, type QueryResult, tableOf } from "../query/result.ts";
import { FLAG, type Frame, FrameStream, OPCODE } from "./frames.ts";
import { type Marker, markersOf, withoutValues, withValues } from "./markers.ts";
import type { Prepared, PreparedStatements } from "./prepared.ts";
import { readLongString, readString, readStrings, toBytes, writeString, writeType } from "./values.ts";

interface WireHost {
  readonly process: Process;
  readonly prepared: PreparedStatements;
  readonly cqlVersion: string;
  context(keyspace: string | undefined, consistency: Consistency): QueryContext;
}

const LEVELS: readonly Consistency[] = CONSISTENCY_LEVELS;
const CODES: Readonly<Record<CqlErrorKind, number>> = {
  Server: 0x0000,
  Unavailable: 0x1000,
  WriteTimeout: 0x1100,
  ReadTimeout: 0x1200,
  Syntax: 0x2000,
  Invalid: 0x2200,
  Config: 0x2300,
  AlreadyExists: 0x2400,
};

/** A break of the protocol. */
class ProtocolError extends Error {}

export async function serveClient(host: WireHost, connection: Connection): Promise<void> {
  const stream = new FrameStream(connection);
  const client = new Client(host, stream);
  for (;;) {
    let frame: Frame | undefined;
    try {
      frame = await stream.read();
    } catch (problem) {
      if (!(problem instanceof Malformed)) throw problem;
      await stream.write(4, 0, OPCODE.error, protocolError(problem.message));
      return;
    }
    if (frame === undefined) return;
    if (frame.version !== 3 && frame.version !== 4) {
      const said = `Invalid or unsupported protocol version (${frame.version & 127}); supported versions are (3/v3, 4/v4)`;
      await stream.write(4, frame.stream, OPCODE.error, protocolError(said));
      return;
    }
    await host.process.spend(100);
    await client.answer(frame);
  }
}

const out = () => new WireWriter("big", 128);
const protocolError = (text: string) => writeString(out().i32(0x000a), text);

interface Values {
  readonly consistency: Consistency;
  readonly values: readonly (Uint8Array | null | undefined)[];
  /** Where they came by name. */
  readonly names: readonly string[] | undefined;
}

class Client {
  readonly #host: WireHost;
  readonly #stream: FrameStream;
  #started = false;
  #keyspace: string | undefined;

  constructor(host: WireHost, stream: FrameStream) {
    this.#host = host;
    this.#stream = stream;
  }

  async answer(frame: Frame): Promise<void> {
    const { version, stream } = frame;
    try {
      const { opcode, body, warnings = [] } = await this.#handle(frame);
      if (warnings.length === 0) return await this.#stream.write(version, stream, opcode, body);
      const list = out().u16(warnings.length);
      for (const text of warnings) writeString(list, text);
      await this.#stream.write(version, stream, opcode, list.bytes(body.done()), FLAG.warning);
    } catch (problem) {
      if (problem instanceof CqlError) await this.#stream.write(version, stream, OPCODE.error, errorBody(problem));
      else if (problem instanceof ProtocolError || problem instanceof Malformed)
        await this.#stream.write(version, stream, OPCODE.error, protocolError(problem.message));
      else if (problem instanceof Unprepared) await this.#stream.write(version, stream, OPCODE.error, problem.body);
      else throw problem;
    }
  }

  async #handle({
    flags,
    opcode,
    reader,
    version,
  }: Frame): Promise<{ readonly opcode: number; readonly body: WireWriter; readonly warnings?: readonly string[] }> {
    if (flags & FLAG.compression) throw new ProtocolError("compression was not agreed on");
    if (flags & FLAG.tracing) throw invalid("tracing is not supported here");
    if (flags & FLAG.payload)
      for (let left = reader.u16(); left > 0; left--) {
        readString(reader);
        const length = reader.i32();
        reader.skip(Math.max(0, length));
      }
    if (opcode === OPCODE.options) return { opcode: OPCODE.supported, body: this.#supported() };
    if (opcode === OPCODE.startup) {
      if (readStrings(reader).has("COMPRESSION")) throw new ProtocolError("Unknown compression algorithm");
      this.#started = true;
      return { opcode: OPCODE.ready, body: out() };
    }
    if (!this.#started) throw new ProtocolError(`Unexpected message ${opcode}, expecting STARTUP or OPTIONS`);
    switch (opcode) {
      case OPCODE.register:
        // Nothing is told of its own accord: drivers find out by asking.
        return { opcode: OPCODE.ready, body: out() };
      case OPCODE.query: {
        const cql = readLongString(reader);
        const { consistency, values, names } = readValues(reader);
        const markers = values.length === 0 ? [] : this.#markers(cql);
        return this.#run(fill(cql, markers, values, names), consistency);
      }
      case OPCODE.prepare:
        return { opcode: OPCODE.result, body: this.#prepare(readLongString(reader), version) };
      case OPCODE.execute: {
        const { cql, markers } = this.#prepared(reader);
        const { consistency, values, names } = readValues(reader);
        return this.#run(fill(cql, markers, values, names), consistency);
      }
      case OPCODE.batch:
        return this.#batch(reader);
      default:
        throw new ProtocolError(`Unknown opcode ${opcode}`);
    }
  }

  #supported(): WireWriter {
    const options: Readonly<Record<string, readonly string[]>> = {
      CQL_VERSION: [this.#host.cqlVersion],
      COMPRESSION: [],
      PROTOCOL_VERSIONS: ["3/v3", "4/v4"],
    };
    const body = out().u16(Object.keys(options).length);
    for (const [name, values] of Object.entries(options)) {
      writeString(body, name).u16(values.length);
      for (const value of values) writeString(body, value);
    }
    return body;
  }

  #markers(cql: string): readonly Marker[] {
    const context = this.#host.context(this.#keyspace, "ONE");
    return markersOf(cql, (keyspace, name) => {
      const own = context.virtual(keyspace ?? this.#keyspace ?? "", name);
      return own?.schema ?? tableOf(context, { keyspace, table: name });
    });
  }

  // --------------------------------------------------------------------------------------------------------- statements

  async #run(cql: string, consistency: Consistency) {
    const context = this.#host.context(this.#keyspace, consistency);
    const result = await execute(context, cql);
    if (result.kind === "use") this.#keyspace = result.keyspace;
    const warnings = result.kind === "void" ? (result.warnings ?? []) : [];
    return { opcode: OPCODE.result, body: resultBody(result, cql, this.#keyspace), warnings };
  }

  #prepare(cql: string, version: number): WireWriter {
    const markers = this.#markers(cql);
    parseStatement(withoutValues(cql, markers));
    const { id } = this.#host.prepared.put(this.#keyspace, cql, markers);
    const body = out().i32(4).u16(id.length).bytes(id).i32(0).i32(markers.length);
    // Which of them make up the partition key is for drivers that choose nodes by it; they go without.
    if (version >= 4) body.i32(0);
    for (const { keyspace, table, column, name, type } of markers) {
      writeString(writeString(writeString(body, keyspace), table), name ?? column);
      writeType(body, type);
    }
    // What it answers is told with each answer.
    return body.i32(4).i32(0);
  }

  #prepared(reader: WireReader): Prepared {
    const id = reader.bytes(reader.u16());
    const found = this.#host.prepared.get(id);
    if (found === undefined) throw new Unprepared(id.slice());
    return found;
  }

  async #batch(reader: WireReader) {
    const kind = reader.u8();
    if (kind === 2) throw invalid("counter batches are not supported here");
    const statements: string[] = [];
    for (let left = reader.u16(); left > 0; left--) {
      const isPrepared = reader.u8() === 1;
      const known = isPrepared ? this.#prepared(reader) : undefined;
      const cql = known?.cql ?? readLongString(reader);
      const values = Array.from({ length: reader.u16() }, () => readValue(reader));
      const markers = known?.markers ?? (values.length === 0 ? [] : this.#markers(cql));
      statements.push(fill(cql, markers, values, undefined).replace(/;\s*$/, ""));
    }
    const consistency = levelOf(reader.u16());
    const begin = kind === 1 ? "BEGIN UNLOGGED BATCH" : "BEGIN BATCH";
    return this.#run(`${begin} ${statements.map((one) => `${one};`).join(" ")} APPLY BATCH`, consistency);
  }
}

/** A statement that this node has not prepared; drivers prepare it again. */
class Unprepared extends Error {
  readonly body: WireWriter;
  constructor(id: Uint8Array) {
    super("unprepared");
    const text = "Prepared query with ID not found (either the query was not prepared on this host or evicted)";
    this.body = writeString(out().i32(0x2500), text).u16(id.length).bytes(id);
  }
}

function levelOf(code: number): Consistency {
  const found = LEVELS[code];
  if (found === undefined) throw new ProtocolError(`Unknown code ${code} for a consistency level`);
  return found;
}

/** Undefined: left as it is ("unset"). */
function readValue(reader: WireReader): Uint8Array | null | undefined {
  const length = reader.i32();
  if (length === -1) return null;
  return length === -2 ? undefined : reader.bytes(length);
}

function readValues(reader: WireReader): Values {
  const consistency = levelOf(reader.u16());
  const flags = reader.u8();
  const named = (flags & 0x40) !== 0;
  const names: string[] = [];
  const values = Array.from({ length: flags & 1 ? reader.u16() : 0 }, () => {
    if (named) names.push(readString(reader));
    return readValue(reader);
  });
  // Pages, serial consistency and the client's own time: all rows come at once, by this server's clock.
  return { consistency, values, names: named ? names : undefined };
}

function fill(cql: string, markers: readonly Marker[], values: Values["values"], names: Values["names"]): string {
  if (names !== undefined) {
    const byName = new Map(names.map((name, index) => [name.toLowerCase(), values[index]]));
    const given = markers.map(({ name, column }) => byName.get((name ?? column).toLowerCase()));
    return withValues(cql, markers, given);
  }
  if (markers.length !== values.length)
    throw invalid(`there were ${markers.length} markers(?) in CQL but ${values.length} bound variables`);
  return markers.length === 0 ? cql : withValues(cql, markers, values);
}

// ------------------------------------------------------------------------------------------------------------- answers

function resultBody(result: QueryResult, cql: string, keyspace: string | undefined): WireWriter {
  if (result.kind === "use") return writeString(out().i32(3), result.keyspace);
  if (result.kind === "void") return schemaChange(cql, keyspace) ?? out().i32(1);
  const body = new WireWriter("big", 1024).i32(2).i32(1).i32(result.columns.length);
  // All of one table, as far as anybody needs to know.
  writeString(writeString(body, keyspace ?? "system"), "t");
  for (const { name, type } of result.columns) {
    writeString(body, name);
    writeType(body, type);
  }
  body.i32(result.rows.length);
  for (const row of result.rows)
    for (const [index, value] of row.entries()) {
      const type = result.columns[index]?.type;
      if (value === null || type === undefined) body.i32(-1);
      else {
        const bytes = toBytes(value, type);
        body.i32(bytes.length).bytes(bytes);
      }
    }
  return body;
}

/** What a definition changed; undefined for other statements. */
function schemaChange(cql: string, current: string | undefined): WireWriter | undefined {
  const statement = parseStatement(cql);
  const match = /^(create|alter|drop) (keyspace|table|index)$/.exec(statement.kind);
  if (match === null) return undefined;
  const change = { create: "CREATED", alter: "UPDATED", drop: "DROPPED" }[match[1] ?? ""] ?? "UPDATED";
  const tell = (what: string, target: string, names: readonly string[]) => {
    const body = writeString(writeString(out().i32(5), what), target);
    for (const name of names) writeString(body, name);
    return body;
  };
  if ("name" in statement) return tell(change, "KEYSPACE", [statement.name]);
  if ("table" in statement && "kind" in statement) {
    const { keyspace, table } = statement.table;
    return tell(match[2] === "table" ? change : "UPDATED", "TABLE", [keyspace ?? current ?? "", table]);
  }
  return undefined;
}

function errorBody({ kind, message, info }: CqlError): WireWriter {
  const isTruncation = kind === "Server" && message.startsWith("Error during truncate");
  const body = writeString(out().i32(isTruncation ? 0x1003 : CODES[kind]), message);
  const number = (name: string) => Number(info[name] ?? 0);
  const level = Math.max(
    0,
    (LEVELS as readonly string[]).indexOf(String(info["consistency"] ?? "ONE").replaceAll("'", "")),
  );
  switch (kind) {
    case "Unavailable":
      return body.u16(level).i32(number("required_replicas")).i32(number("alive_replicas"));
    case "WriteTimeout":
      body.u16(level).i32(number("received_responses")).i32(number("required_responses"));
      return writeString(body, String(info["write_type"] ?? "SIMPLE"));
    case "ReadTimeout":
      return body.u16(level).i32(number("received_responses")).i32(number("required_responses")).u8(0);
    case "AlreadyExists": {
      const [keyspace = "", table = ""] = (/'([^']+)'/.exec(message)?.[1] ?? "").split(".");
      return writeString(writeString(body, keyspace), table);
    }
    default:
      return body;
  }
}
