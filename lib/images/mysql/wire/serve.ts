/** One client's connection to mysqld: its login, then command after command. */
import type { Connection, Process } from "../../../machine/index.ts";
import { Malformed, sameBytes, utf8, WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import { randomBytes } from "../../kit/wire/digests.ts";
import type { Account } from "../accounts.ts";
import type { SqlResult } from "../engine/types.ts";
import type { Session } from "../server.ts";
import { MysqlError } from "../sql/errors.ts";
import type { Release } from "../versions.ts";
import { type AnswerStyle, endPacket, errorPacket, okPacket, sendResult } from "./answers.ts";
import { defaultPlugin, hasPlugin, proves } from "./authentication.ts";
import { CACHING, CAPABILITY, CHARSET, COMMAND, STATUS } from "./constants.ts";
import { wireFields, writeField } from "./fields.ts";
import { type LoginRequest, readChangeUser, readLogin, writeGreeting } from "./handshake.ts";
import { PacketStream } from "./packets.ts";
import { MAX_PREPARED, type Prepared, readValues, unknownStatement } from "./prepared.ts";
import { filled, splitText, templateOf, withoutValues } from "./statements.ts";

/** Bytes a client may send before it is known. */
const MAX_LOGIN = 64 * 1024;
/** ms (`connect_timeout`). */
const LOGIN_TIME = 10_000;
/** Bytes of long data that a connection may pile up. */
const MAX_LONG_DATA = 16 * 1024 * 1024;
/** The attribute by which programs of a container say that they came through the socket file. */
export const SOCKET_ATTRIBUTE = "_socket";

/** The server as a connection sees it. */
export interface WireHost {
  readonly process: Process;
  readonly release: Release;
  /** As VERSION() has it. */
  readonly shownVersion: string;
  /** No more connections can be had (`max_connections`). */
  readonly isFull: boolean;
  nextId(): number;
  find(user: string, host: string): Account | undefined;
  /** Registers the session of who has proved to be `account`. */
  open(login: {
    readonly id: number;
    readonly account: Account;
    readonly user: string;
    readonly host: string;
    readonly local: boolean;
    readonly connection: Connection;
  }): Session;
  close(session: Session): void;
  execute(sql: string, session: Session): Promise<SqlResult>;
  status(): string;
  dump(
    request: string,
    session: Session,
    connection: Connection,
    send: (message: object) => Promise<void>,
  ): Promise<void>;
}

export async function serveClient(host: WireHost, connection: Connection): Promise<void> {
  const stream = new PacketStream(connection);
  const client = new Client(host, connection, stream);
  try {
    await client.run();
  } catch (problem) {
    const known = problem instanceof Malformed ? malformed : problem;
    if (!(known instanceof MysqlError)) throw problem;
    // What cannot be understood cannot be gone on from.
    await stream.write(errorPacket({ code: known.code, state: known.state, message: known.message }));
    await stream.flush();
  } finally {
    client.end();
  }
}

/** Statements of the engine; what others answer is told when they run. */
const DESCRIBED = /^\s*(?:\(|(?:select|with|insert|replace|update|delete|do|set(?!\s+password))\b)/i;

const malformed = new MysqlError(1835, "HY000", "Malformed communication packet.");
const badHandshake = new MysqlError(1043, "08S01", "Bad handshake");

class Client {
  readonly #host: WireHost;
  readonly #connection: Connection;
  readonly #stream: PacketStream;
  readonly #prepared = new Map<number, Prepared>();
  #session: Session | undefined;
  #capabilities = 0;
  #multiple = false;
  #nextStatement = 1;
  #longBytes = 0;

  constructor(host: WireHost, connection: Connection, stream: PacketStream) {
    this.#host = host;
    this.#connection = connection;
    this.#stream = stream;
  }

  get #collation(): number {
    return this.#host.release.atLeast(8, 0) ? CHARSET.utf8mb40900AiCi : CHARSET.utf8mb4GeneralCi;
  }

  async run(): Promise<void> {
    const { process, isFull } = this.#host;
    if (isFull) throw new MysqlError(1040, "08004", "Too many connections");
    const late = process.clock.after(LOGIN_TIME, () => this.#connection.close());
    let session: Session | undefined;
    try {
      session = await this.#login();
    } finally {
      late();
    }
    if (session === undefined) return;
    this.#session = session;
    for (;;) {
      await this.#stream.flush();
      this.#stream.begin();
      const packet = await this.#stream.read();
      if (packet === undefined || packet[0] === COMMAND.quit) return;
      await process.spend(100);
      if (!(await this.#command(packet))) return;
    }
  }

  end(): void {
    if (this.#session !== undefined) this.#host.close(this.#session);
    this.#session = undefined;
  }

  // ------------------------------------------------------------------------------------------------------------- login

  async #login(): Promise<Session | undefined> {
    const { process, release, shownVersion } = this.#host;
    const id = this.#host.nextId();
    // Zeros and dollars have meanings of their own there.
    const nonce = randomBytes(process.clock, 20, 37, 126);
    const plugin = defaultPlugin(release);
    // Clients of old take a MariaDB 10 for a MySQL 5.5 where it does not say so first.
    const version = release.mariadb && shownVersion.startsWith("10.") ? `5.5.5-${shownVersion}` : shownVersion;
    const charset = this.#collation;
    await this.#stream.write(writeGreeting({ version, id, nonce, charset, status: STATUS.autocommit, plugin }));
    await this.#stream.flush();
    let request: LoginRequest;
    try {
      const packet = await this.#stream.read(MAX_LOGIN);
      if (packet === undefined) return undefined;
      request = readLogin(packet);
    } catch (problem) {
      if (problem instanceof Malformed || problem instanceof MysqlError) throw badHandshake;
      throw problem;
    }
    this.#capabilities = request.capabilities;
    this.#multiple = (request.capabilities & CAPABILITY.multiStatements) !== 0;
    return this.#admit(request, nonce, plugin, id);
  }

  /** The session of who proves to be somebody; answers those who do not. */
  async #admit(request: LoginRequest, nonce: Uint8Array, offered: string, id: number): Promise<Session | undefined> {
    const { release } = this.#host;
    const { remoteAddress } = this.#connection;
    const local = request.attributes.has(SOCKET_ATTRIBUTE) && remoteAddress === "127.0.0.1";
    const host = local ? "localhost" : remoteAddress;
    const account = this.#host.find(request.user, host);
    const plugin = account?.plugin ?? offered;
    if (!hasPlugin(release, plugin)) throw new MysqlError(1524, "HY000", `Plugin '${plugin}' is not loaded`);
    let { answer } = request;
    if (request.plugin !== plugin) {
      if ((request.capabilities & CAPABILITY.pluginAuth) === 0)
        throw new MysqlError(
          1251,
          "08004",
          "Client does not support authentication protocol requested by server; consider upgrading MySQL client",
        );
      await this.#stream.write(new WireWriter("little", 64).u8(0xfe).cstring(plugin).bytes(nonce).u8(0).done());
      await this.#stream.flush();
      const second = await this.#stream.read(MAX_LOGIN);
      if (second === undefined) return undefined;
      answer = second;
    }
    const using = answer.length === 0 || sameBytes(answer, Uint8Array.of(0)) ? "NO" : "YES";
    if (account === undefined || !proves(plugin, account.password, nonce, answer))
      throw new MysqlError(
        1045,
        "28000",
        `Access denied for user '${request.user}'@'${host}' (using password: ${using})`,
      );
    // This server knows the passwords: it is as if everybody had been here before (no "full authentication").
    if (plugin === CACHING && using === "YES") await this.#stream.write(Uint8Array.of(1, 3));
    const session = this.#host.open({
      id,
      account,
      user: request.user,
      host,
      local,
      connection: this.#connection,
    });
    const result: SqlResult =
      request.database === undefined
        ? { affected: 0 }
        : await this.#host.execute(`USE \`${request.database.replaceAll("`", "``")}\``, session);
    if ("error" in result) {
      this.#host.close(session);
      await this.#stream.write(errorPacket(result.error));
      await this.#stream.flush();
      return undefined;
    }
    this.#session = session;
    await this.#stream.write(okPacket(0x00, this.#status));
    return session;
  }

  // ----------------------------------------------------------------------------------------------------------- commands

  get #status(): number {
    const engine = this.#session?.engine;
    return (
      (engine?.inTransaction === true ? STATUS.inTransaction : 0) |
      (engine?.variable("autocommit") === "OFF" ? 0 : STATUS.autocommit)
    );
  }

  #style(more = false): AnswerStyle {
    const status = this.#status | (more ? STATUS.moreResults : 0);
    return { capabilities: this.#capabilities, status, collation: this.#collation };
  }

  /** False: the connection ends. */
  async #command(packet: Uint8Array): Promise<boolean> {
    const reader = new WireReader(packet, "little");
    const command = packet.length === 0 ? -1 : reader.u8();
    const rest = () => reader.text(reader.left);
    try {
      switch (command) {
        case COMMAND.query:
          await this.#query(rest());
          return true;
        case COMMAND.initDatabase:
          await this.#send(await this.#run(`USE \`${rest().replaceAll("`", "``")}\``));
          return true;
        case COMMAND.ping:
        case COMMAND.debug:
          await this.#send({ affected: 0 });
          return true;
        case COMMAND.fieldList:
          await this.#fields(reader.cstring());
          return true;
        case COMMAND.statistics:
          await this.#stream.write(utf8(this.#host.status()));
          return true;
        case COMMAND.processInfo:
          await this.#send(await this.#run("SHOW PROCESSLIST"));
          return true;
        case COMMAND.processKill:
          await this.#send(await this.#run(`KILL ${reader.u32()}`));
          return true;
        case COMMAND.refresh:
          await this.#send(await this.#run(reader.u8() & 1 ? "FLUSH PRIVILEGES" : "FLUSH LOGS"));
          return true;
        case COMMAND.shutdown:
          await this.#send(await this.#run("SHUTDOWN"));
          return true;
        case COMMAND.setOption:
          this.#multiple = reader.u16() === 0;
          await this.#stream.write(endPacket(this.#style()));
          return true;
        case COMMAND.resetConnection:
          this.#renew();
          await this.#send({ affected: 0 });
          return true;
        case COMMAND.changeUser:
          return await this.#changeUser(reader);
        case COMMAND.prepare:
          await this.#prepare(rest());
          return true;
        case COMMAND.execute:
          await this.#execute(reader);
          return true;
        case COMMAND.longData:
          this.#longData(reader);
          return true;
        case COMMAND.closeStatement:
          this.#forget(reader.u32());
          return true;
        case COMMAND.resetStatement: {
          const id = reader.u32();
          const prepared = this.#prepared.get(id);
          if (prepared === undefined) throw unknownStatement(id, "mysqld_stmt_reset");
          this.#dropLong(prepared);
          await this.#send({ affected: 0 });
          return true;
        }
        case COMMAND.binlogDump:
        case COMMAND.binlogDumpGtid:
        case COMMAND.registerReplica:
          throw new MysqlError(
            1235,
            "42000",
            "This version of MySQL doesn't yet support 'binary logs for other servers'",
          );
        case COMMAND.ownDump:
          if (this.#session !== undefined)
            await this.#host.dump(rest(), this.#session, this.#connection, async (message) => {
              await this.#stream.write(utf8(JSON.stringify(message)));
              await this.#stream.flush();
            });
          return false;
        default:
          throw new MysqlError(1047, "08S01", "Unknown command");
      }
    } catch (problem) {
      const known = problem instanceof Malformed ? malformed : problem;
      if (!(known instanceof MysqlError)) throw problem;
      await this.#send({ error: { code: known.code, state: known.state, message: known.message } });
      return true;
    }
  }

  #send(result: SqlResult, more = false, binary = false): Promise<void> {
    return sendResult(this.#stream, result, this.#style(more), binary);
  }

  async #run(sql: string): Promise<SqlResult> {
    const session = this.#session;
    if (session === undefined) throw malformed;
    session.sql = sql;
    session.since = this.#host.process.clock.now();
    try {
      return await this.#host.execute(sql, session);
    } finally {
      session.sql = undefined;
      session.database = session.engine.database;
      session.since = this.#host.process.clock.now();
    }
  }

  async #query(text: string): Promise<void> {
    const statements = splitText(text);
    if (statements.length === 0) throw new MysqlError(1065, "42000", "Query was empty");
    if (statements.length === 1 || !this.#multiple) return this.#send(await this.#run(text.trim()));
    for (const [index, sql] of statements.entries()) {
      const result = await this.#run(sql);
      const isLast = index === statements.length - 1 || "error" in result;
      await this.#send(result, !isLast);
      if (isLast) return;
    }
  }

  /** Columns of a table, for clients that complete names. */
  async #fields(table: string): Promise<void> {
    const result = await this.#run(`SELECT * FROM \`${table.replaceAll("`", "``")}\` LIMIT 0`);
    if (!("columns" in result)) return this.#send(result);
    // With a default behind each, which is null here.
    for (const field of wireFields(result, this.#collation))
      await this.#stream.write(new WireWriter("little").bytes(writeField(field)).u8(0xfb).done());
    await this.#stream.write(endPacket(this.#style()));
  }

  /** As after a new login of the same account. */
  #renew(): void {
    const before = this.#session;
    if (before === undefined) return;
    this.#prepared.clear();
    this.#longBytes = 0;
    const { id, account, user, host, local, database } = before;
    this.#host.close(before);
    this.#session = this.#host.open({ id, account, user, host, local, connection: this.#connection });
    this.#session.database = database;
    this.#session.engine.database = database;
  }

  async #changeUser(reader: WireReader): Promise<boolean> {
    const before = this.#session;
    const request = readChangeUser(reader, this.#capabilities);
    if (before !== undefined) this.#host.close(before);
    this.#session = undefined;
    this.#prepared.clear();
    const attributes = before?.local === true ? new Map([[SOCKET_ATTRIBUTE, "1"]]) : request.attributes;
    const nonce = randomBytes(this.#host.process.clock, 20, 37, 126);
    // Always asked anew: the bytes of the greeting were used already.
    const again = { ...request, plugin: "", attributes };
    const session = await this.#admit(again, nonce, defaultPlugin(this.#host.release), before?.id ?? 0);
    return session !== undefined;
  }

  // --------------------------------------------------------------------------------------------------------- prepared

  async #prepare(text: string): Promise<void> {
    if (this.#prepared.size >= MAX_PREPARED)
      throw new MysqlError(
        1461,
        "42000",
        `Can't create more than max_prepared_stmt_count statements (current value: ${MAX_PREPARED})`,
      );
    const statements = splitText(text);
    const sql = statements.length === 1 ? (statements[0] ?? "") : text.trim();
    if (sql === "") throw new MysqlError(1065, "42000", "Query was empty");
    const template = templateOf(sql);
    const shape = DESCRIBED.test(sql) ? await this.#session?.engine.describe(withoutValues(template)) : undefined;
    const id = this.#nextStatement++;
    this.#prepared.set(id, { id, template, rows: shape !== undefined, types: [], long: new Map(), longBytes: 0 });
    const fields = shape === undefined ? [] : wireFields(shape, this.#collation);
    const places = template.length - 1;
    await this.#stream.write(
      new WireWriter("little", 12).u8(0).u32(id).u16(fields.length).u16(places).u8(0).u16(0).done(),
    );
    const style = this.#style();
    const place = wireFields({ columns: ["?"], rows: [] }, this.#collation);
    for (const [count, kind] of [
      [places, Array.from({ length: places }, () => place[0])],
      [fields.length, fields],
    ] as const) {
      if (count === 0) continue;
      for (const field of kind) if (field !== undefined) await this.#stream.write(writeField(field));
      if ((this.#capabilities & CAPABILITY.deprecateEof) === 0) await this.#stream.write(endPacket(style));
    }
  }

  async #execute(reader: WireReader): Promise<void> {
    const id = reader.u32();
    const prepared = this.#prepared.get(id);
    if (prepared === undefined) throw unknownStatement(id, "mysqld_stmt_execute");
    // Flags and iterations: all rows are sent at once, whether a cursor was asked for or not.
    reader.skip(5);
    const values = readValues(reader, prepared, this.#host.release.atLeast(8, 0, 22));
    const sql = filled(prepared.template, values);
    this.#dropLong(prepared);
    await this.#send(await this.#run(sql), false, true);
  }

  #longData(reader: WireReader): void {
    const prepared = this.#prepared.get(reader.u32());
    const place = reader.u16();
    const part = reader.rest();
    // Nothing is answered to this command, whatever is wrong with it.
    if (prepared === undefined || place >= prepared.template.length - 1) return;
    if (this.#longBytes + part.length > MAX_LONG_DATA) return;
    this.#longBytes += part.length;
    prepared.longBytes += part.length;
    const parts = prepared.long.get(place) ?? [];
    parts.push(part);
    prepared.long.set(place, parts);
  }

  #dropLong(prepared: Prepared): void {
    this.#longBytes -= prepared.longBytes;
    prepared.longBytes = 0;
    prepared.long.clear();
  }

  #forget(id: number): void {
    const prepared = this.#prepared.get(id);
    if (prepared !== undefined) this.#dropLong(prepared);
    this.#prepared.delete(id);
  }
}
