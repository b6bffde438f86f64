/** mongosh and, before it, mongo. */
import { isErrno, type Process } from "../../../machine/index.ts";
import { StreamReader } from "../../kit/reader.ts";
import { MongoError, objectId } from "../data/bson.ts";
import { VERSION_FILE } from "../main.ts";
import { database } from "./api.ts";
import { Client, ConnectError, type Target } from "./client.ts";
import { Interpreter, Scope } from "./evaluate.ts";
import { inspect, legacyJson, legacyResult } from "./format.ts";
import { standardGlobals } from "./methods.ts";
import type { Shell } from "./native.ts";
import { parseScript } from "./parse.ts";
import { replicaSet } from "./replica-api.ts";
import { ScriptSyntaxError } from "./tokens.ts";
import {
  errorValue,
  isHost,
  messageOf,
  Scalar,
  ScriptFunction,
  ScriptObject,
  ScriptThrow,
  type ScriptValue,
  toNumber,
  toText,
} from "./values.ts";

interface Options {
  readonly target: Target;
  readonly evals: readonly string[];
  readonly files: readonly string[];
  readonly quiet: boolean;
  readonly json: boolean;
  readonly shell: boolean;
  readonly version: boolean;
}

class Quit extends Error {
  readonly code: number;
  constructor(code: number) {
    super("quit");
    this.code = code;
  }
}

const FLAGS = new Set([
  "quiet",
  "norc",
  "shell",
  "json",
  "version",
  "retryWrites",
  "disableImplicitSessions",
  "ipv6",
  "ssl",
  "tls",
  "nodb",
]);

/** Throws an Error with what is wrong. */
function readOptions(process: Process): Options {
  const found = new Map<string, string>();
  const evals: string[] = [];
  const words: string[] = [];
  const args = process.argv.slice(1);
  const short: Readonly<Record<string, string>> = { u: "username", p: "password", h: "host", f: "file" };
  for (let index = 0; index < args.length; index++) {
    const match = /^(?:--([\w-]+)|-([uphf]))(?:=(.*))?$/s.exec(args[index] ?? "");
    if (match === null) {
      if (args[index]?.startsWith("-") === true)
        throw new Error(`Error parsing command line: unrecognized option: ${args[index]}`);
      words.push(args[index] ?? "");
      continue;
    }
    const name = match[1] ?? short[match[2] ?? ""] ?? "";
    if (FLAGS.has(name)) {
      if (["ssl", "tls", "nodb"].includes(name)) throw new Error(`--${name} is not supported here`);
      found.set(name, match[3] ?? "true");
      continue;
    }
    if (
      ![
        "eval",
        "username",
        "password",
        "host",
        "port",
        "authenticationDatabase",
        "file",
        "authenticationMechanism",
      ].includes(name)
    )
      throw new Error(`Error parsing command line: unrecognized option: --${name}`);
    const value = match[3] ?? args[++index] ?? "";
    if (name === "eval") evals.push(value);
    else found.set(name, value);
  }
  const files = [
    ...words.filter((word) => /\.(js|mongodb)$/.test(word)),
    ...(found.get("file") === undefined ? [] : [found.get("file") ?? ""]),
  ];
  const address = words.find((word) => !/\.(js|mongodb)$/.test(word));
  return {
    target: readTarget(address, found),
    evals,
    files,
    quiet: found.get("quiet") === "true",
    json: found.get("json") !== undefined && found.get("json") !== "false",
    shell: found.has("shell"),
    version: found.has("version"),
  };
}

/** Where an address and flags lead. Throws an Error with what is wrong. */
export function readTarget(address: string | undefined, flags: ReadonlyMap<string, string>): Target {
  const port = flags.get("port") ?? "27017";
  const full = (host: string) => (host.includes(":") ? host : `${host}:${port}`);
  const decode = (text: string | undefined) => (text === undefined ? undefined : decodeURIComponent(text));
  const common = { user: flags.get("username"), password: flags.get("password"), readPreference: "primary" };
  const source = flags.get("authenticationDatabase");
  if (address?.startsWith("mongodb+srv://") === true) throw new Error("mongodb+srv is not supported here");
  const uri = /^mongodb:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(address ?? "");
  if (uri !== null) {
    const parameters = new Map((uri[5] ?? "").split("&").map((pair) => pair.split("=") as [string, string]));
    const direct = parameters.get("directConnection") === "true";
    const database = uri[4] || "test";
    return {
      hosts: (uri[3] || "localhost").split(",").map(full),
      replicaSet: direct ? undefined : parameters.get("replicaSet"),
      database,
      user: decode(uri[1]) || common.user,
      password: decode(uri[2]) ?? common.password,
      authSource: source ?? parameters.get("authSource") ?? (uri[4] || "admin"),
      readPreference: parameters.get("readPreference") ?? "primary",
    };
  }
  const [hostPart, databasePart] =
    address === undefined
      ? [undefined, undefined]
      : address.includes("/")
        ? (address.split("/") as [string, string])
        : /[.:]/.test(address)
          ? [address, undefined]
          : [undefined, address];
  const host = flags.get("host") ?? hostPart ?? "127.0.0.1";
  const [setName, list] = host.includes("/") ? (host.split("/") as [string, string]) : [undefined, host];
  const database = databasePart || "test";
  return {
    hosts: list.split(",").map(full),
    replicaSet: setName,
    database,
    authSource: source ?? (databasePart || "admin"),
    ...common,
  };
}

export function shellProgram(legacy: boolean) {
  return async (process: Process): Promise<number> => {
    let options: Options;
    try {
      options = readOptions(process);
    } catch (problem) {
      if (!(problem instanceof Error)) throw problem;
      await process.stderr.write(`${problem.message}\n`);
      return 1;
    }
    const server = process.files.exists(VERSION_FILE) ? process.files.readText(VERSION_FILE).trim() : "";
    if (options.version) {
      await process.stdout.write(legacy ? `MongoDB shell version v${server}\n` : "2.5.8\n");
      return 0;
    }
    process.onSignal("SIGPIPE", "ignore");
    return new Session(process, options, legacy, server).run();
  };
}

class Session {
  readonly #process: Process;
  readonly #options: Options;
  readonly #legacy: boolean;
  readonly #server: string;
  readonly #client: Client;
  readonly #shell: Shell;
  readonly #interpreter: Interpreter;
  readonly #scope = new Scope();
  #failed = false;

  constructor(process: Process, options: Options, legacy: boolean, server: string) {
    this.#process = process;
    this.#options = options;
    this.#legacy = legacy;
    this.#server = server;
    this.#client = new Client(process, options.target);
    this.#interpreter = new Interpreter((units) => process.spend(units));
    const { clock } = process;
    const makeId = () => new Scalar(objectId(clock.now(), () => clock.random()));
    this.#shell = {
      client: this.#client,
      legacy,
      database: options.target.database,
      objectId: makeId,
      print: async (text) => process.stdout.write(text),
      call: (callee, args) => this.#interpreter.call(callee, args, undefined, "callback"),
      more: undefined,
      hostName: process.machine.hostname,
    };
    const globals = standardGlobals({ now: () => clock.now(), random: () => clock.random(), objectId: makeId });
    for (const [name, value] of Object.entries(globals)) this.#scope.declare(name, value);
    this.#declareShell();
  }

  #declareShell(): void {
    const out = async (text: string) => {
      await this.#process.stdout.write(`${text}\n`);
      return undefined;
    };
    const declare = (name: string, run: ScriptFunction["call"]) =>
      this.#scope.declare(name, new ScriptFunction(name, run));
    const line = (args: readonly ScriptValue[]) => args.map((value) => this.#printed(value)).join(" ");
    declare("print", (args) => out(line(args)));
    this.#scope.declare(
      "console",
      new ScriptObject(
        ["log", "info", "error", "warn"].map(
          (name) => [name, new ScriptFunction(name, (args) => out(line(args)))] as const,
        ),
      ),
    );
    declare("printjson", ([value]) =>
      out(this.#legacy ? legacyJson(value, false) : typeof value === "string" ? `'${value}'` : inspect(value)),
    );
    declare("tojson", ([value]) => legacyJson(value, false));
    declare("sleep", async ([ms]) => {
      await this.#process.clock.sleep(toNumber(ms), this.#process.signal);
      return undefined;
    });
    declare("quit", ([code]) => {
      throw new Quit(code === undefined ? 0 : toNumber(code));
    });
    declare("exit", ([code]) => {
      throw new Quit(code === undefined ? 0 : toNumber(code));
    });
    declare("use", ([name]) => this.#use(toText(name)));
    declare("load", async ([path]) => {
      await this.#evaluate(this.#process.files.readText(toText(path)));
      return true;
    });
    declare("hostname", () => this.#process.machine.hostname);
    declare("version", () => (this.#legacy ? this.#server : "2.5.8"));
    this.#scope.declare("rs", replicaSet(this.#shell));
    this.#scope.declare("db", database(this.#shell, this.#shell.database));
  }

  #printed(value: ScriptValue): string {
    if (typeof value === "string") return value;
    if (this.#legacy) return typeof value === "object" ? legacyJson(value, true) : toText(value);
    return inspect(value);
  }

  #use(name: string): string {
    this.#shell.database = name;
    this.#scope.declare("db", database(this.#shell, name));
    return `switched to db ${name}`;
  }

  async run(): Promise<number> {
    const { evals, files, quiet, shell } = this.#options;
    const script = evals.length > 0 || files.length > 0;
    try {
      if (this.#legacy && !quiet) {
        const shown = `mongodb://${this.#client.target.hosts.join(",")}/${this.#shell.database}?compressors=disabled&gssapiServiceName=mongodb`;
        await this.#process.stdout.write(`MongoDB shell version v${this.#server}\nconnecting to: ${shown}\n`);
      }
      await this.#client.connect();
      if (this.#legacy && !quiet) await this.#process.stdout.write(`MongoDB server version: ${this.#server}\n`);
      else if (!this.#legacy && !quiet && !script && this.#process.isTerminal(0))
        await this.#process.stdout.write(
          `Connecting to:\t\tmongodb://${this.#client.address}/?directConnection=${this.#client.direct}\nUsing MongoDB:\t\t${this.#server}\nUsing Mongosh:\t\t2.5.8\n\n`,
        );
      for (const text of evals) {
        const value = await this.#line(text);
        await this.#show(value);
      }
      for (const path of files) {
        if (!this.#process.files.exists(path)) {
          await this.#process.stderr.write(
            this.#legacy
              ? `Error: file [${path}] doesn't exist\nfailed to load: ${path}\nexiting with code -3\n`
              : `Error: ENOENT: no such file or directory, open '${path}'\n`,
          );
          return this.#legacy ? 253 : 1;
        }
        await this.#evaluate(this.#process.files.readText(path));
      }
      if (!script || shell) await this.#interactive();
      return this.#failed ? 1 : 0;
    } catch (problem) {
      if (problem instanceof Quit) return problem.code;
      if (problem instanceof ConnectError) {
        const refused = /connect (\w+) (\S+)/.exec(problem.message);
        await this.#process.stderr.write(
          this.#legacy
            ? `Error: couldn't connect to server ${this.#client.address}, connection attempt failed: ${refused === null ? problem.message : `SocketException: Error connecting to ${refused[2]} :: caused by :: Connection refused`} :\nconnect@src/mongo/shell/mongo.js:374:17\n@(connect):2:6\nexception: connect failed\nexiting with code 1\n`
            : `${problem.message}\n`,
        );
        return 1;
      }
      const text = this.#problemText(problem);
      if (text === undefined) throw problem;
      await this.#process.stderr.write(`${text}\n`);
      return this.#legacy ? 253 : 1;
    } finally {
      this.#client.close();
    }
  }

  /** What people are told of an error of theirs or of the server; undefined for anything else. */
  #problemText(problem: unknown): string | undefined {
    if (problem instanceof ScriptThrow) {
      const text = messageOf(problem.value);
      if (!this.#legacy) return text;
      const code = problem.value instanceof ScriptObject ? problem.value.fields.get("codeName") : undefined;
      return `uncaught exception: ${text.replace(/^Mongo\w+(\[\w+\])?/, "Error")}${code === undefined ? "" : ` (${toText(code)})`} :\n@(shell eval):1:1`;
    }
    if (problem instanceof MongoError) return messageOf(errorValue("MongoServerError", problem.message));
    if (problem instanceof ScriptSyntaxError)
      return this.#legacy
        ? `uncaught exception: SyntaxError: ${problem.message} :\n@(shell eval):1:1`
        : `SyntaxError: ${problem.message}`;
    return undefined;
  }

  async #evaluate(text: string): Promise<ScriptValue> {
    if (text.length > 1_000_000) throw new ScriptSyntaxError("the script is too long", 0);
    await this.#process.spend(text.length);
    return this.#interpreter.run(parseScript(text), this.#scope);
  }

  /** A line of a person: one of the shell's own words, or a script. */
  async #line(text: string): Promise<ScriptValue> {
    const words = text.trim().replace(/;$/, "").split(/\s+/);
    const [first, second] = words;
    if (first === "use" && second !== undefined && words.length === 2) return this.#use(second);
    if (first === "show" && second !== undefined && words.length === 2) return this.#showList(second);
    if (first === "it" && words.length === 1) return this.#shell.more ?? (this.#legacy ? "no cursor" : "no cursor");
    if ((first === "exit" || first === "quit") && words.length === 1) throw new Quit(0);
    if (first === "cls" && words.length === 1) return "\x1b[2J\x1b[H";
    if (first === "help" && words.length === 1)
      return "  show dbs, show collections, show users, use <db>, it, exit\n  db.<collection>.find(), insertOne(), updateOne(), deleteOne(), aggregate(), createIndex(), ...\n  rs.status(), rs.initiate(), rs.add(), rs.remove(), rs.conf(), rs.stepDown(), ...";
    return this.#evaluate(text);
  }

  async #showList(what: string): Promise<ScriptValue> {
    if (what === "dbs" || what === "databases") {
      const { databases } = await this.#client.command("admin", { listDatabases: 1 });
      const all = (databases as readonly { readonly name: string; readonly sizeOnDisk: number }[]).map(
        ({ name, sizeOnDisk }) =>
          [
            name,
            this.#legacy ? `${(sizeOnDisk / 2 ** 30).toFixed(3)}GB` : `${(sizeOnDisk / 1024).toFixed(2)} KiB`,
          ] as const,
      );
      const [wide, size] = [
        Math.max(...all.map(([name]) => name.length)),
        Math.max(...all.map(([, text]) => text.length)),
      ];
      return all.map(([name, text]) => `${name.padEnd(wide)}  ${text.padStart(size)}`).join("\n");
    }
    if (what === "collections" || what === "tables") {
      const names = await this.#evaluate("db.getCollectionNames()");
      return Array.isArray(names) ? names.map(toText).join("\n") : "";
    }
    if (what === "users") return this.#evaluate("db.getUsers().users");
    throw new ScriptThrow(
      errorValue("MongoshInvalidInputError", `[COMMON-10001] '${what}' is not a valid argument for "show".`),
    );
  }

  async #show(value: ScriptValue): Promise<void> {
    if (value === undefined) return;
    let text: string;
    if (isHost(value)) text = value.show === undefined ? value.host : await value.show();
    else if (this.#options.json)
      text = JSON.stringify(
        JSON.parse(toText(await this.#interpreter.call(this.#ejson(), [value], undefined, "EJSON.stringify"))),
        undefined,
        2,
      );
    else if (this.#legacy) text = legacyResult(value);
    else text = inspect(value);
    if (text !== "" || typeof value === "string") await this.#process.stdout.write(`${text}\n`);
  }

  #ejson(): ScriptValue {
    const group = this.#scope.find("EJSON")?.value;
    return group instanceof ScriptObject ? group.fields.get("stringify") : undefined;
  }

  async #prompt(): Promise<string> {
    const state = await this.#client.command("admin", { hello: 1 }, true).catch(() => undefined);
    const { setName, isWritablePrimary, secondary } = state ?? {};
    if (this.#legacy) {
      const role = isWritablePrimary === true ? "PRIMARY" : secondary === true ? "SECONDARY" : "OTHER";
      return setName === undefined ? "> " : `${String(setName)}:${role}> `;
    }
    const role = isWritablePrimary === true ? "primary" : secondary === true ? "secondary" : "other";
    const set = setName === undefined ? "" : `${String(setName)} [${this.#client.direct ? "direct: " : ""}${role}] `;
    return `${set}${this.#shell.database}> `;
  }

  async #interactive(): Promise<void> {
    const terminal = this.#process.isTerminal(0);
    const lines = new StreamReader(this.#process.stdin);
    let pending = "";
    for (;;) {
      if (terminal) await this.#process.stdout.write(pending === "" ? await this.#prompt() : "... ");
      let line: string | undefined;
      try {
        line = await lines.line();
      } catch (problem) {
        if (!isErrno(problem)) throw problem;
        return;
      }
      if (line === undefined && pending.trim() === "") return;
      const text = line === undefined ? pending : `${pending}${line}\n`;
      if (text.trim() === "") continue;
      try {
        const value = await this.#line(text);
        pending = "";
        await this.#show(value);
      } catch (problem) {
        if (problem instanceof ScriptSyntaxError && problem.incomplete && line !== undefined) {
          pending = text;
          continue;
        }
        const shown = this.#problemText(problem);
        if (shown === undefined) throw problem;
        pending = "";
        if (!terminal) this.#failed = true;
        await (terminal ? this.#process.stdout : this.#process.stderr).write(`${shown}\n`);
      }
      if (line === undefined) return;
    }
  }
}
