/** A shell's way to a server: one host, or a replica set whose primary is looked for. */
import { isErrno, type Process } from "../../../machine/index.ts";
import { resolveHost } from "../../kit/resolve.ts";
import type { Doc } from "../data/bson.ts";
import { LinkLost, MongoLink } from "../wire/link.ts";
import { errorValue, fromValue, ScriptThrow } from "./values.ts";

/** How long a primary is looked for. */
const SELECTION_MS = 30_000;

export interface Target {
  readonly hosts: readonly string[];
  readonly replicaSet: string | undefined;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly authSource: string;
  readonly readPreference: string;
}

/** What keeps a shell from starting. */
export class ConnectError extends Error {}

export class Client {
  readonly target: Target;
  readPreference: string;
  readonly #process: Process;
  #link: MongoLink | undefined;
  #credentials: { readonly user: string; readonly pwd: string; readonly db: string } | undefined;

  constructor(process: Process, target: Target) {
    this.#process = process;
    this.target = target;
    this.readPreference = target.readPreference;
    if (target.user !== undefined)
      this.#credentials = { user: target.user, pwd: target.password ?? "", db: target.authSource };
  }

  get direct(): boolean {
    return this.target.replicaSet === undefined && this.target.hosts.length === 1;
  }

  get address(): string {
    return this.target.hosts[0] ?? "127.0.0.1:27017";
  }

  /** Throws `ConnectError` in the words of the driver. */
  async connect(): Promise<void> {
    if (this.direct) await this.#open(this.address);
    else await this.#findServer();
  }

  async #open(host: string): Promise<MongoLink> {
    const [name = "localhost", port = "27017"] = host.split(":");
    const local = name === "localhost" || name === "127.0.0.1";
    const address = local ? "127.0.0.1" : await resolveHost(this.#process, name);
    if (address === undefined) throw new ConnectError(`MongoNetworkError: getaddrinfo ENOTFOUND ${name}`);
    // A server that hangs up is told of by an error, not by a signal.
    this.#process.onSignal("SIGPIPE", "ignore");
    let link: MongoLink;
    try {
      const { network, signal } = this.#process;
      link = new MongoLink(await network.connect(address, Number(port), { timeoutMs: 10_000, signal }));
    } catch (problem) {
      if (!isErrno(problem) || this.#process.signal.aborted) throw problem;
      throw new ConnectError(`MongoNetworkError: connect ${problem.code} ${address}:${port}`);
    }
    this.#link = link;
    if (this.#credentials !== undefined) {
      const { user, pwd, db } = this.#credentials;
      const answer = await this.#lost(link.authenticate(this.#process, user, pwd, db));
      if (answer["ok"] !== 1) {
        link.close();
        throw new ConnectError(`MongoServerError: ${String(answer["errmsg"])}`);
      }
    }
    return link;
  }

  /** What comes of it, or what the shell says where the connection is gone. */
  async #lost(answer: Promise<Doc>): Promise<Doc> {
    try {
      return await answer;
    } catch (problem) {
      if (!(problem instanceof LinkLost)) throw problem;
      throw new ScriptThrow(errorValue("MongoNetworkError", "connection closed"));
    }
  }

  /** Asks hosts until one of the set leads to a server of the wanted kind. */
  async #findServer(): Promise<void> {
    const { clock, signal } = this.#process;
    let last = "Server selection timed out after 30000 ms";
    for (let waited = 0; waited <= SELECTION_MS; waited += 1000) {
      const known = new Set(this.target.hosts);
      for (const host of known) {
        try {
          const link = await this.#open(host);
          const hello = await this.#lost(link.ask("admin", { hello: 1 }, "primary"));
          if (
            this.target.replicaSet !== undefined &&
            hello["setName"] !== undefined &&
            hello["setName"] !== this.target.replicaSet
          )
            last = `Server selection timed out after ${SELECTION_MS} ms`;
          else if (
            hello["isWritablePrimary"] === true ||
            (this.readPreference !== "primary" && hello["secondary"] === true)
          )
            return;
          for (const other of Array.isArray(hello["hosts"]) ? hello["hosts"] : []) known.add(String(other));
          link.close();
        } catch (problem) {
          if (problem instanceof ConnectError) {
            if (!problem.message.startsWith("MongoNetworkError")) throw problem;
            last = problem.message.replace("MongoNetworkError: ", "");
          } else if (!(problem instanceof ScriptThrow)) throw problem;
        }
      }
      await clock.sleep(1000, signal);
    }
    throw new ConnectError(`MongoServerSelectionError: ${last}`);
  }

  close(): void {
    this.#link?.close();
  }

  async authenticate(user: string, pwd: string, db: string): Promise<void> {
    if (this.#link === undefined || !this.#link.open) await this.#connectAgain();
    if (this.#link !== undefined) this.#check(await this.#lost(this.#link.authenticate(this.#process, user, pwd, db)));
    this.#credentials = { user, pwd, db };
  }

  /** The answer of a command. Throws `ScriptThrow` where it failed, unless `raw`. */
  async command(db: string, command: Doc, raw = false): Promise<Doc> {
    let answer = await this.#once(db, command);
    // A driver that knows the whole set tries once more where the primary has moved.
    const moved = [10107, 11602, 13435, 13436].includes(Number(answer["code"]));
    if (!this.direct && moved && answer["ok"] !== 1) {
      this.#link?.close();
      await this.#connectAgain();
      answer = await this.#once(db, command);
    }
    return raw ? answer : this.#check(answer);
  }

  #check(answer: Doc): Doc {
    if (answer["ok"] === 1) return answer;
    const message = String(answer["errmsg"]);
    const advice =
      answer["code"] === 13435
        ? " - consider using db.getMongo().setReadPref() or readPreference in the connection string"
        : "";
    throw new ScriptThrow(
      errorValue("MongoServerError", message + advice, {
        ok: 0,
        code: fromValue(answer["code"]),
        codeName: fromValue(answer["codeName"]),
      }),
    );
  }

  async #once(db: string, command: Doc): Promise<Doc> {
    if (this.#link === undefined || !this.#link.open) await this.#connectAgain();
    const link = this.#link;
    if (link === undefined) throw new ScriptThrow(errorValue("MongoNotConnectedError", "Client must be connected"));
    return this.#lost(link.ask(db, command, this.readPreference));
  }

  async #connectAgain(): Promise<void> {
    try {
      await this.connect();
    } catch (problem) {
      if (!(problem instanceof ConnectError)) throw problem;
      const [name = "", message = ""] = problem.message.split(/: (.*)/s);
      throw new ScriptThrow(errorValue(name, message));
    }
  }
}
