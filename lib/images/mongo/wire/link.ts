/** A shell's connection to a mongod. */
import { encodeBase64 } from "../../../encoding/index.ts";
import { type Connection, isErrno, type Process } from "../../../machine/index.ts";
import { Malformed } from "../../kit/wire/bytes.ts";
import { randomBytes } from "../../kit/wire/digests.ts";
import { clientExchange, ScramProblem } from "../../kit/wire/scram.ts";
import { type Doc, isArray, isDoc, MongoError, type Value } from "../data/bson.ts";
import { MessageStream } from "./messages.ts";
import { binary, binaryText } from "./sasl.ts";

/** The connection ended before an answer came. */
export class LinkLost extends Error {}

export class MongoLink {
  readonly #stream: MessageStream;
  readonly #connection: Connection;
  #open = true;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#stream = new MessageStream(connection);
  }

  get open(): boolean {
    return this.#open;
  }

  /** The answer to a command, with all that its cursor has. Throws `LinkLost`. */
  async ask(db: string, command: Doc, readPreference: string): Promise<Doc> {
    const answer = await this.#once(db, command, readPreference);
    const { cursor } = answer;
    if (!isDoc(cursor) || !isArray(cursor["firstBatch"]) || command["batchSize"] !== undefined) return answer;
    const all: Value[] = [...cursor["firstBatch"]];
    const collection = String(cursor["ns"]).slice(db.length + 1);
    for (let id = cursor["id"]; id !== undefined && !isOver(id); ) {
      const more = await this.#once(db, { getMore: id, collection }, readPreference);
      if (more["ok"] !== 1 || !isDoc(more["cursor"])) return more;
      for (const doc of more["cursor"]["nextBatch"] as readonly Value[]) all.push(doc);
      id = more["cursor"]["id"];
    }
    return { ...answer, cursor: { ...cursor, firstBatch: all, id: { $numberLong: "0" } } };
  }

  async #once(db: string, command: Doc, readPreference: string): Promise<Doc> {
    if (!this.#open) throw new LinkLost("connection closed");
    try {
      const preference: Doc = readPreference === "primary" ? {} : { $readPreference: { mode: readPreference } };
      await this.#stream.write({ ...command, $db: db, ...preference });
      const message = await this.#stream.read();
      if (message !== undefined) return message.body;
    } catch (problem) {
      if (!(problem instanceof Malformed) && !(problem instanceof MongoError) && !isErrno(problem)) throw problem;
    }
    this.close();
    throw new LinkLost("connection closed");
  }

  /** Proves a password; what the server says where it does not believe it. */
  async authenticate(process: Process, user: string, password: string, db: string): Promise<Doc> {
    const exchange = clientExchange(user, password, encodeBase64(randomBytes(process.clock, 24)));
    const start = await this.#once(
      db,
      {
        saslStart: 1,
        mechanism: "SCRAM-SHA-256",
        payload: binary(exchange.first),
        options: { skipEmptyExchange: true },
      },
      "primary",
    );
    if (start["ok"] !== 1) return start;
    try {
      const payload = binary(exchange.answer(binaryText(start["payload"])));
      return await this.#once(
        db,
        { saslContinue: 1, conversationId: start["conversationId"] ?? 1, payload },
        "primary",
      );
    } catch (problem) {
      if (!(problem instanceof ScramProblem)) throw problem;
      return { ok: 0, errmsg: "Authentication failed.", code: 18, codeName: "AuthenticationFailed" };
    }
  }

  close(): void {
    this.#open = false;
    this.#connection.close();
  }
}

const isOver = (id: Value) => id === 0 || (isDoc(id) && id["$numberLong"] === "0");
