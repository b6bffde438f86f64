/** One connection to a server: who it is, then what it asks (src/backend/tcop/backend_startup.c, postgres.c). */
import type { Connection, Process } from "../../../machine/index.ts";
import { Malformed, WireReader } from "../../kit/wire/bytes.ts";
import { randomBytes } from "../../kit/wire/digests.ts";
import type { Answer } from "../results.ts";
import type { Session } from "../session.ts";
import { readyForQuery, reportOf, sendAnswer, sendReport } from "./answers.ts";
import { Fatal, Gone, violation } from "./authentication.ts";
import { Extended } from "./extended.ts";
import { content, type Message, MessageStream, PROTOCOL } from "./messages.ts";

/** ms (`authentication_timeout`). */
const LOGIN_TIME = 60_000;
/** By which programs of a container say that they came through the socket file, and as whom. */
export const PEER_PARAMETER = "_statecraft.peer";
/** Parameters that are no settings. */
const NO_SETTING = new Set(["user", "database", "options", "replication", PEER_PARAMETER]);

export interface Startup {
  readonly user: string;
  readonly database: string;
  readonly replication: boolean;
  readonly local: boolean;
  readonly osUser: string;
  readonly application: string;
  /** Settings for the session, by name. */
  readonly settings: ReadonlyMap<string, string>;
}

/** A connection of a standby or of pg_basebackup. */
export interface WalSender {
  /** What our own replication asks and answers. Rejects with `Fatal`. */
  answer(request: string): Promise<unknown>;
  close(): void;
}

/** The server as a connection sees it. */
export interface WireHost {
  readonly process: Process;
  readonly isClosing: boolean;
  /** It listens on no address: nobody is there for who comes without the socket file. */
  readonly socketOnly: boolean;
  /** Asks for what pg_hba.conf wants, then opens what was asked for. Rejects with `Fatal`, `Gone` or `Malformed`. */
  admit(startup: Startup, connection: Connection, stream: MessageStream, pid: number): Promise<Session | WalSender>;
  close(session: Session): void;
  nextPid(): number;
  /** Cancels what a session does, where the key is its. */
  cancel(pid: number, key: number): void;
  /** Remembers a session's key. */
  keep(pid: number, key: number, session: Session): void;
  /** What a client is told of its session: version, encoding, time zone and so on. */
  parameters(session: Session | undefined, user: string): ReadonlyMap<string, string>;
  log(level: string, message: string): void;
}

export async function serveClient(host: WireHost, connection: Connection): Promise<void> {
  const stream = new MessageStream(connection);
  const client = new Client(host, connection, stream);
  try {
    await client.run();
  } catch (problem) {
    if (problem instanceof Gone) return;
    const fatal = problem instanceof Malformed ? violation(problem.message) : problem;
    if (!(fatal instanceof Fatal)) throw problem;
    host.log("FATAL", fatal.message);
    await sendReport(stream, fatal.report);
    await stream.flush();
  } finally {
    client.end();
  }
}

class Client {
  readonly #host: WireHost;
  readonly #connection: Connection;
  readonly #stream: MessageStream;
  #session: Session | undefined;
  #sender: WalSender | undefined;
  #user = "";
  #told = new Map<string, string>();

  constructor(host: WireHost, connection: Connection, stream: MessageStream) {
    this.#host = host;
    this.#connection = connection;
    this.#stream = stream;
  }

  end(): void {
    if (this.#session !== undefined) this.#host.close(this.#session);
    this.#sender?.close();
    this.#session = undefined;
    this.#sender = undefined;
  }

  async run(): Promise<void> {
    const late = this.#host.process.clock.after(LOGIN_TIME, () => this.#connection.close());
    try {
      if (!(await this.#begin())) return;
    } finally {
      late();
    }
    await this.#stream.flush();
    if (this.#sender !== undefined) await this.#replicate(this.#sender);
    else if (this.#session !== undefined) await this.#serve(this.#session);
  }

  // ------------------------------------------------------------------------------------------------------------ startup

  /** False: it was no connection to stay. */
  async #begin(): Promise<boolean> {
    for (let asked = 0; ; asked++) {
      const reader = await this.#stream.startup();
      if (reader === undefined) return false;
      const code = reader.u32();
      if ((code === PROTOCOL.tls || code === PROTOCOL.gss) && asked < 2) {
        await this.#stream.raw("N");
        continue;
      }
      if (code === PROTOCOL.cancel) {
        this.#host.cancel(reader.i32(), reader.i32());
        return false;
      }
      if (code >>> 16 !== 3)
        throw new Fatal(
          "0A000",
          `unsupported frontend protocol ${code >>> 16}.${code & 0xffff}: server supports 3.0 to 3.0`,
        );
      return this.#admit(reader, code & 0xffff);
    }
  }

  async #admit(reader: WireReader, minor: number): Promise<boolean> {
    const { process, isClosing } = this.#host;
    const given = new Map<string, string>();
    while (reader.peek() !== 0 && reader.left > 0) given.set(reader.cstring(), reader.cstring());
    if (reader.left !== 1) throw violation("invalid startup packet layout: expected terminator as last byte");
    const peer = this.#connection.remoteAddress === "127.0.0.1" ? given.get(PEER_PARAMETER) : undefined;
    if (this.#host.socketOnly && peer === undefined) return false;
    const user = given.get("user") ?? "";
    if (user === "") throw new Fatal("28000", "no PostgreSQL user name specified in startup packet");
    if (isClosing) throw new Fatal("57P03", "the database system is shutting down");
    const unknown = [...given.keys()].filter((name) => name.startsWith("_pq_."));
    if (minor > 0 || unknown.length > 0) {
      const writer = content().u32(PROTOCOL.v3).u32(unknown.length);
      for (const name of unknown) writer.cstring(name);
      await this.#stream.write("v", writer);
    }
    const replication = /^(on|true|yes|1|database)$/i.test(given.get("replication") ?? "");
    this.#user = user;
    const pid = this.#host.nextPid();
    const found = await this.#host.admit(
      {
        user,
        database: given.get("database") || user,
        replication,
        local: peer !== undefined,
        osUser: peer ?? "",
        application: given.get("application_name") ?? "",
        settings: settingsOf(given),
      },
      this.#connection,
      this.#stream,
      pid,
    );
    await this.#stream.write("R", content().i32(0));
    if ("answer" in found) this.#sender = found;
    else this.#session = found;
    await this.#tellParameters();
    const key = new WireReader(randomBytes(process.clock, 4), "big").i32();
    if (this.#session !== undefined) this.#host.keep(pid, key, this.#session);
    await this.#stream.write("K", content().i32(pid).i32(key));
    await this.#stream.write("Z", readyForQuery("idle"));
    return true;
  }

  /** Those that are not as the client was told. */
  async #tellParameters(): Promise<void> {
    for (const [name, value] of this.#host.parameters(this.#session, this.#user)) {
      if (this.#told.get(name) === value) continue;
      this.#told.set(name, value);
      await this.#stream.write("S", content().cstring(name).cstring(value));
    }
  }

  // ----------------------------------------------------------------------------------------------------------- commands

  async #serve(session: Session): Promise<void> {
    const extended = new Extended(this.#stream, session);
    /** An error was told: nothing counts until Sync. */
    let skipping = false;
    const ready = async () => {
      await this.#tellParameters();
      await this.#stream.write("Z", readyForQuery(session.status));
      if (session.status === "idle") extended.forget();
      await this.#stream.flush();
    };
    for (;;) {
      const message = await this.#stream.read();
      if (message === undefined || message.type === "X") return;
      await this.#host.process.spend(50);
      const { type, reader } = message;
      if (type === "S") {
        skipping = false;
        const { error } = await session.sync();
        if (error !== undefined) await sendReport(this.#stream, reportOf(error));
        await ready();
      } else if (skipping) continue;
      else if (type === "Q") {
        await this.#query(session, reader);
        await ready();
      } else if ("PBDEC".includes(type)) {
        skipping = !(await extended.handle(type, reader));
        // An implicit transaction does not outlive an error in it.
        if (skipping) session.fail();
      } else if (type === "H") await this.#stream.flush();
      else if (type === "F") {
        await sendReport(this.#stream, {
          severity: "ERROR",
          state: "0A000",
          message: "calls of functions by their number are not supported here",
        });
        await ready();
      } else if (!"cdf".includes(type)) throw violation(`invalid frontend message type ${type.charCodeAt(0)}`);
    }
  }

  async #query(session: Session, reader: WireReader): Promise<void> {
    const answer: Answer = await session.run(reader.cstring());
    await sendAnswer(this.#stream, answer);
  }

  /** Our own standbys and backups: a question and an answer, each in JSON. */
  async #replicate(sender: WalSender): Promise<void> {
    let next = this.#stream.read();
    for (;;) {
      const message: Message | undefined = await next;
      if (message === undefined || message.type === "X") return;
      if (message.type !== "Q") throw violation(`invalid frontend message type ${message.type.charCodeAt(0)}`);
      // An answer may take long: who goes meanwhile is a standby no more.
      next = this.#stream.read();
      const gone = next.then(
        (early) => (early === undefined ? GONE : new Promise<never>(() => undefined)),
        () => GONE,
      );
      try {
        const answer = await Promise.race([sender.answer(message.reader.cstring()), gone]);
        if (answer === GONE) return;
        await this.#stream.write("d", content().text(JSON.stringify(answer)));
        await this.#stream.write("C", content().cstring("START_STREAMING"));
      } catch (problem) {
        if (!(problem instanceof Fatal)) throw problem;
        await sendReport(this.#stream, { ...problem.report, severity: "ERROR" });
      }
      await this.#stream.write("Z", readyForQuery("idle"));
      await this.#stream.flush();
    }
  }
}

const GONE = Symbol("gone");

/** Settings among the parameters, and those of `options` (-c name=value). */
function settingsOf(given: ReadonlyMap<string, string>): Map<string, string> {
  const settings = new Map<string, string>();
  for (const match of (given.get("options") ?? "").matchAll(/(?:-c\s*|--)([\w.]+)=((?:\\.|\S)*)/g))
    settings.set((match[1] ?? "").replaceAll("-", "_").toLowerCase(), (match[2] ?? "").replace(/\\(.)/g, "$1"));
  for (const [name, value] of given)
    if (!NO_SETTING.has(name) && !name.startsWith("_pq_.")) settings.set(name.toLowerCase(), value);
  return settings;
}
