/** The client's side, as libpq has it: for psql, pg_isready, pg_basebackup and standbys. */
import { digest, encodeBase64, toHex } from "../../../encoding/index.ts";
import type { Connection, Process } from "../../../machine/index.ts";
import { fromUtf8, Malformed, utf8 } from "../../kit/wire/bytes.ts";
import { randomBytes } from "../../kit/wire/digests.ts";
import { type ClientExchange, clientExchange } from "../../kit/wire/scram.ts";
import type { Answer, ErrorReport, Result, ResultColumn } from "../results.ts";
import { content, type Message, MessageStream, PROTOCOL, type Report, readReport } from "./messages.ts";
import { PEER_PARAMETER } from "./serve.ts";
import { isRight, typeOf } from "./types.ts";

/** The connection ended before an answer came. */
export class LinkLost extends Error {}

/** What the server refused. */
export class Refused extends Error {
  readonly report: Report;
  constructor(report: Report) {
    super(report.message);
    this.report = report;
  }
}

/** No password was given, and the server wants one. */
export class NoPassword extends Error {}

export interface Login {
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly application: string;
  readonly replication: boolean;
  /** Through the socket file, by this user of the system. */
  readonly peer: string | undefined;
}

const STATUS: Readonly<Record<string, Answer["status"]>> = { I: "idle", T: "transaction", E: "failed" };

export class PostgresLink {
  readonly address: string;
  readonly parameters = new Map<string, string>();
  readonly #stream: MessageStream;
  readonly #connection: Connection;
  #open = true;
  /** Let in: only then is there somebody to say good-bye to. */
  #known = false;
  #status: Answer["status"] = "idle";

  private constructor(connection: Connection, address: string) {
    this.#connection = connection;
    this.#stream = new MessageStream(connection);
    this.address = address;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Knocks and shows what is asked for. Throws `Refused`, `NoPassword` or `LinkLost`. */
  static async open(process: Process, connection: Connection, address: string, login: Login): Promise<PostgresLink> {
    const link = new PostgresLink(connection, address);
    try {
      await link.#begin(process, login);
      return link;
    } catch (problem) {
      link.close();
      throw problem instanceof Malformed ? new LinkLost("another protocol") : problem;
    }
  }

  /** Whether somebody who is there would let clients in; undefined: it does not speak this protocol. */
  static async ready(connection: Connection, login: Login): Promise<boolean | undefined> {
    const link = new PostgresLink(connection, "");
    try {
      await link.#start(login);
      const { type, reader } = await link.#next();
      if (type === "E") return readReport(reader).state !== "57P03";
      return type === "R" ? true : undefined;
    } catch (problem) {
      if (problem instanceof LinkLost || problem instanceof Malformed) return undefined;
      throw problem;
    } finally {
      link.close();
    }
  }

  async #next(): Promise<Message> {
    const message = await this.#stream.read(64 * 1024 * 1024);
    if (message !== undefined) return message;
    this.close();
    throw new LinkLost("connection lost");
  }

  async #start({ user, database, application, replication, peer }: Login): Promise<void> {
    const writer = content().u32(PROTOCOL.v3);
    const parameters = {
      user,
      database,
      application_name: application,
      client_encoding: "UTF8",
      ...(replication ? { replication: "true" } : {}),
      ...(peer === undefined ? {} : { [PEER_PARAMETER]: peer }),
    };
    for (const [name, value] of Object.entries(parameters)) writer.cstring(name).cstring(value);
    await this.#stream.write("", writer.u8(0));
    await this.#stream.flush();
  }

  async #begin(process: Process, login: Login): Promise<void> {
    await this.#start(login);
    let scram: ClientExchange | undefined;
    const password = () => {
      if (login.password === undefined) throw new NoPassword();
      return login.password;
    };
    for (;;) {
      const { type, reader } = await this.#next();
      if (type === "E") throw new Refused(readReport(reader));
      if (type === "Z") {
        this.#known = true;
        return;
      }
      if (type === "S") this.parameters.set(reader.cstring(), reader.cstring());
      if (type !== "R") continue;
      const answer = content();
      const kind = reader.i32();
      if (kind === 0 || kind === 12) continue;
      if (kind === 3) answer.cstring(password());
      else if (kind === 5) {
        const first = toHex(digest("md5", utf8(password() + login.user)));
        answer.cstring(`md5${toHex(digest("md5", utf8(first), reader.bytes(4)))}`);
      } else if (kind === 10) {
        scram = clientExchange("", password(), encodeBase64(randomBytes(process.clock, 18)));
        answer.cstring("SCRAM-SHA-256").i32(utf8(scram.first).length).text(scram.first);
      } else if (kind === 11 && scram !== undefined) answer.text(scram.answer(fromUtf8(reader.rest())));
      else throw new LinkLost(`authentication method ${kind} not supported`);
      await this.#stream.write("p", answer);
      await this.#stream.flush();
    }
  }

  /** Runs a text of statements. Throws `LinkLost`. */
  async query(sql: string): Promise<Answer> {
    const results: Result[] = [];
    let error: ErrorReport | undefined;
    let columns: readonly ResultColumn[] = [];
    let rows: (string | null)[][] | undefined;
    for await (const { type, reader } of this.#ask(sql)) {
      if (type === "T") {
        columns = Array.from({ length: reader.u16() }, () => {
          const name = reader.cstring();
          const oid = reader.skip(6).u32();
          reader.skip(8);
          return { name, type: typeOf(oid) ?? "text", right: isRight(oid) };
        });
        rows = [];
      } else if (type === "D")
        rows?.push(
          Array.from({ length: reader.u16() }, () => {
            const length = reader.i32();
            return length === -1 ? null : reader.text(length);
          }),
        );
      else if (type === "C") {
        const tag = reader.cstring();
        results.push(rows === undefined ? { kind: "done", tag } : { kind: "rows", tag, columns, rows });
        rows = undefined;
      } else if (type === "N") {
        const { severity, message } = readReport(reader);
        results.push({ kind: "notice", severity: severity === "WARNING" ? "WARNING" : "NOTICE", text: message });
      } else if (type === "E") {
        const { position, severity, ...rest } = readReport(reader);
        error = { ...rest, severity: severity === "FATAL" ? "FATAL" : "ERROR" };
        if (position !== undefined) error = { ...error, sql, at: [...sql].slice(0, position).join("").length };
      }
    }
    return { results, ...(error === undefined ? {} : { error }), status: this.#status };
  }

  /** A question of our own replication. Throws `Refused` or `LinkLost`. */
  async own<T>(request: object): Promise<T> {
    let found: T | undefined;
    let refused: Report | undefined;
    for await (const { type, reader } of this.#ask(JSON.stringify(request))) {
      if (type === "d") found = JSON.parse(fromUtf8(reader.rest())) as T;
      else if (type === "E") refused = readReport(reader);
    }
    if (refused !== undefined) throw new Refused(refused);
    return found as T;
  }

  /** What comes until the server is ready again. */
  async *#ask(sql: string): AsyncGenerator<Message> {
    if (!this.#open) throw new LinkLost("connection lost");
    try {
      await this.#stream.write("Q", content().cstring(sql));
      await this.#stream.flush();
    } catch {
      this.close();
      throw new LinkLost("connection lost");
    }
    for (;;) {
      const message = await this.#next();
      if (message.type === "S") this.parameters.set(message.reader.cstring(), message.reader.cstring());
      else if (message.type === "Z") {
        this.#status = STATUS[message.reader.text(1)] ?? "idle";
        return;
      } else yield message;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (!this.#known) {
      this.#connection.close();
      return;
    }
    void this.#stream
      .write("X")
      .then(() => this.#stream.flush())
      .catch(() => undefined)
      .finally(() => this.#connection.close());
  }
}
