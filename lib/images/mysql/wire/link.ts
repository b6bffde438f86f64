/** The client's side: how mysql, mysqladmin and replicas come to be connected. */
import type { Connection } from "../../../machine/index.ts";
import { Malformed, utf8, WireReader } from "../../kit/wire/bytes.ts";
import type { SqlResult } from "../engine/types.ts";
import { readError, readResult } from "./answers.ts";
import { scrambled } from "./authentication.ts";
import { CACHING, CAPABILITY, CHARSET, COMMAND, NATIVE } from "./constants.ts";
import { type Greeting, readGreeting, writeLogin } from "./handshake.ts";
import { PacketStream } from "./packets.ts";
import { SOCKET_ATTRIBUTE } from "./serve.ts";

type Failure = Extract<SqlResult, { error: unknown }>["error"];

const WANTED =
  1 |
  CAPABILITY.longFlag |
  CAPABILITY.protocol41 |
  CAPABILITY.transactions |
  CAPABILITY.secureConnection |
  CAPABILITY.multiResults |
  CAPABILITY.pluginAuth |
  CAPABILITY.connectAttributes |
  CAPABILITY.countedAuth |
  CAPABILITY.deprecateEof;

/** The server turned the client away, in its words. */
export class LoginRefused extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string | undefined;
  /** Through the socket file. */
  readonly local: boolean;
}

export class MysqlLink {
  readonly greeting: Greeting;
  readonly #stream: PacketStream;
  readonly #connection: Connection;
  readonly #capabilities: number;

  private constructor(connection: Connection, stream: PacketStream, greeting: Greeting, capabilities: number) {
    this.#connection = connection;
    this.#stream = stream;
    this.greeting = greeting;
    this.#capabilities = capabilities;
  }

  /** Undefined where the connection ends or somebody speaks something else. Throws `LoginRefused`. */
  static async open(connection: Connection, login: Login): Promise<MysqlLink | undefined> {
    try {
      return await MysqlLink.#login(connection, login);
    } catch (problem) {
      if (problem instanceof Malformed) return undefined;
      throw problem;
    }
  }

  static async #login(connection: Connection, login: Login): Promise<MysqlLink | undefined> {
    const stream = new PacketStream(connection);
    const first = await stream.read();
    if (first === undefined) return undefined;
    if (first[0] === 0xff) throw new LoginRefused(readError(new WireReader(first, "little").skip(1)));
    const greeting = readGreeting(first);
    const plugin = greeting.plugin === CACHING ? CACHING : NATIVE;
    const capabilities =
      (WANTED & greeting.capabilities) | (login.database === undefined ? 0 : CAPABILITY.connectWithDatabase);
    await stream.write(
      writeLogin({
        capabilities,
        charset: CHARSET.utf8mb4GeneralCi,
        user: login.user,
        answer: scrambled(plugin, login.password, greeting.nonce),
        database: login.database,
        plugin,
        attributes: new Map(login.local ? [[SOCKET_ATTRIBUTE, "1"]] : []),
      }),
    );
    await stream.flush();
    for (;;) {
      const payload = await stream.read();
      if (payload === undefined) return undefined;
      const reader = new WireReader(payload, "little");
      const kind = reader.u8();
      if (kind === 0x00) return new MysqlLink(connection, stream, greeting, capabilities);
      if (kind === 0xff) throw new LoginRefused(readError(reader));
      if (kind === 0xfe) {
        const asked = reader.cstring();
        await stream.write(scrambled(asked, login.password, reader.bytes(Math.min(20, reader.left))));
        await stream.flush();
      } else if (kind !== 1) return undefined;
    }
  }

  /** Undefined where the connection was lost. */
  async ask(sql: string): Promise<SqlResult | undefined> {
    await this.#command(COMMAND.query, sql);
    return readResult(this.#stream, this.#capabilities);
  }

  /** What `mysqladmin status` prints. */
  async statistics(): Promise<string | undefined> {
    await this.#command(COMMAND.statistics, "");
    const payload = await this.#stream.read();
    return payload === undefined ? undefined : new TextDecoder().decode(payload);
  }

  /** Asks for the binary log, in our own form; `receive` brings one message after the other. */
  async dump(request: object): Promise<void> {
    await this.#command(COMMAND.ownDump, JSON.stringify(request));
  }

  /** The next message of a dump; undefined at the end. */
  async receive(): Promise<string | undefined> {
    const payload = await this.#stream.read(64 * 1024 * 1024);
    if (payload === undefined) return undefined;
    if (payload[0] === 0xff) return JSON.stringify({ error: readError(new WireReader(payload, "little").skip(1)) });
    return new TextDecoder().decode(payload);
  }

  async #command(command: number, text: string): Promise<void> {
    this.#stream.begin();
    const bytes = utf8(text);
    const payload = new Uint8Array(bytes.length + 1);
    payload[0] = command;
    payload.set(bytes, 1);
    await this.#stream.write(payload);
    await this.#stream.flush();
  }

  /** Says good-bye, where there is time for it. */
  close(): void {
    void this.#command(COMMAND.quit, "")
      .catch(() => undefined)
      .finally(() => this.#connection.close());
  }
}
