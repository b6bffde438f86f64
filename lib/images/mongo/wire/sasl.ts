/** How clients prove who they are: SCRAM-SHA-256 in the commands saslStart and saslContinue. */
import { decodeBase64, digest, encodeBase64 } from "../../../encoding/index.ts";
import type { Process } from "../../../machine/index.ts";
import { fromUtf8, utf8 } from "../../kit/wire/bytes.ts";
import { randomBytes } from "../../kit/wire/digests.ts";
import {
  makeVerifier,
  readVerifier,
  ScramProblem,
  type ServerExchange,
  serverExchange,
  verifierText,
} from "../../kit/wire/scram.ts";
import { badValue, type Doc, isDoc, MongoError, numberOf, type Value } from "../data/bson.ts";

const MECHANISM = "SCRAM-SHA-256";
/** `scramSHA256IterationCount` at its least: everybody who logs in here computes on the same machine. */
const ITERATIONS = 5000;

export const binary = (text: string): Doc => ({ $binary: { base64: encodeBase64(text), subType: "00" } });
export function binaryText(value: Value | undefined): string {
  const inner = isDoc(value) ? value["$binary"] : undefined;
  if (!isDoc(inner)) throw badValue("the payload must be binary");
  return fromUtf8(decodeBase64(String(inner["base64"])));
}

/** What is kept of a password. The salt comes from name and password: the same in every run. */
export function credentialsOf(user: string, password: string): string {
  const salt = digest("sha256", utf8(`${user}\0${password}`)).slice(0, 28);
  return verifierText(makeVerifier(password, salt, ITERATIONS));
}

const failed = () => new MongoError(18, "AuthenticationFailed", "Authentication failed.");

/** A user who is about to prove a password, of one connection. */
export class Conversation {
  readonly #process: Process;
  readonly #find: (user: string, db: string) => string | undefined;
  #exchange: ServerExchange | undefined;
  #db = "";
  #skipEmpty = false;
  #proved: string | undefined;

  /** `find`: what is kept of a user's password. */
  constructor(process: Process, find: (user: string, db: string) => string | undefined) {
    this.#process = process;
    this.#find = find;
  }

  /** Throws `MongoError`. */
  start(command: Doc, db: string): Doc {
    if (command["mechanism"] !== MECHANISM)
      throw new MongoError(
        334,
        "MechanismUnavailable",
        `Received authentication for mechanism ${String(command["mechanism"])} which is not enabled`,
      );
    this.#db = db;
    this.#proved = undefined;
    this.#skipEmpty = isDoc(command["options"]) && command["options"]["skipEmptyExchange"] === true;
    const nonce = encodeBase64(randomBytes(this.#process.clock, 24));
    try {
      this.#exchange = serverExchange(binaryText(command["payload"]), nonce, (user) => {
        const known = readVerifier(this.#find(user, db) ?? "");
        // Who is not known is asked like everybody.
        const nothing = new Uint8Array(32);
        const salt = digest("sha256", utf8(`${user}\0`)).slice(0, 28);
        return known ?? { iterations: ITERATIONS, salt, storedKey: nothing, serverKey: nothing };
      });
    } catch (problem) {
      throw problem instanceof ScramProblem ? failed() : problem;
    }
    return { conversationId: 1, done: false, payload: binary(this.#exchange.challenge) };
  }

  /** `user`: who has proved the password with this. Throws `MongoError`. */
  next(command: Doc): { readonly answer: Doc; readonly user?: string; readonly db: string } {
    const exchange = this.#exchange;
    if (exchange === undefined || numberOf(command["conversationId"]) !== 1)
      throw new MongoError(17, "ProtocolError", "No SASL session state found");
    const db = this.#db;
    if (this.#proved !== undefined) {
      const user = this.#proved;
      this.#exchange = undefined;
      return { answer: { conversationId: 1, done: true, payload: binary("") }, user, db };
    }
    let proof: string | undefined;
    try {
      proof = exchange.finish(binaryText(command["payload"]));
    } catch (problem) {
      if (!(problem instanceof ScramProblem)) throw problem;
    }
    if (proof === undefined || this.#find(exchange.user, db) === undefined) {
      this.#exchange = undefined;
      throw failed();
    }
    const answer = { conversationId: 1, done: this.#skipEmpty, payload: binary(proof) };
    if (!this.#skipEmpty) {
      this.#proved = exchange.user;
      return { answer, db };
    }
    this.#exchange = undefined;
    return { answer, user: exchange.user, db };
  }
}

export const MECHANISMS: readonly Value[] = [MECHANISM];
