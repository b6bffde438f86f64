/** redis-cli: one command, or commands line by line. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";
import { wordsOf } from "./config.ts";
import { encodeCommand, fromText, type Reply, RespReader, toBytes } from "./resp.ts";

interface Options {
  host: string;
  port: number;
  password: string | undefined;
  database: string | undefined;
  raw: boolean | undefined;
  repeat: number;
  words: string[];
  stdinLast: boolean;
  /** -e: an error reply is a failure. */
  failing: boolean;
  /** Between repetitions. */
  intervalMs: number;
  /** Of `--user`. */
  user: string | undefined;
  /** No warning of passwords that others can see. */
  quiet: boolean;
}

export async function redisCli(process: Process): Promise<number> {
  const options = readOptions(process);
  if (typeof options === "string") {
    await process.stderr.write(options);
    return options.startsWith("redis-cli ") ? 0 : 1;
  }
  const raw = options.raw ?? !process.isTerminal(1);
  let connection: Connection;
  try {
    connection = await connect(process, options);
  } catch (problem) {
    if (!(problem instanceof ConnectProblem)) throw problem;
    await process.stderr.write(`Could not connect to Redis at ${options.host}:${options.port}: ${problem.message}\n`);
    return 1;
  }
  const reader = new RespReader(connection.reader);
  const next = () => reader.reply();
  const ask = async (words: readonly string[]): Promise<Reply | undefined> => {
    await connection.writer.write(toBytes(encodeCommand(words.map(fromText))));
    return reader.reply();
  };
  try {
    if (options.password !== undefined) {
      const reply = await ask(["AUTH", ...(options.user === undefined ? [] : [options.user]), options.password]);
      if (reply?.type === "error") await process.stderr.write(`AUTH failed: ${reply.text}\n`);
    }
    if (options.database !== undefined) await ask(["SELECT", options.database]);
    if (options.words.length === 0) return await interactive(process, options, ask, raw);
    if (options.stdinLast) options.words.push(new TextDecoder().decode(await new StreamReader(process.stdin).rest()));
    if (/^p?subscribe$/i.test(options.words[0] ?? "")) return await follow(process, ask, next, options.words, raw);
    let code = 0;
    for (let round = 0; options.repeat < 0 || round < options.repeat; round++) {
      if (round > 0 && options.intervalMs > 0) await process.sleep(options.intervalMs);
      code = await once(process, ask, options.words, raw, options.failing);
    }
    return code;
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    await process.stderr.write("Error: Server closed the connection\n");
    return 1;
  } finally {
    connection.close();
  }
}

async function once(
  process: Process,
  ask: (words: readonly string[]) => Promise<Reply | undefined>,
  words: readonly string[],
  raw: boolean,
  failing = false,
): Promise<number> {
  const reply = await ask(words);
  if (reply === undefined) {
    // SHUTDOWN answers by hanging up.
    if (words[0]?.toLowerCase() === "shutdown") return 0;
    await process.stderr.write("Error: Server closed the connection\n");
    return 1;
  }
  const isRaw = raw || isText(words);
  const text = isRaw ? rawText(reply) : pretty(reply, "");
  // Without formatting, an error brings a line end of its own.
  const after = isRaw && reply.type === "error" ? "\n\n" : isText(words) && text.endsWith("\n") ? "" : "\n";
  await process.stdout.write(toBytes(text + after));
  return reply.type === "error" && failing ? 1 : 0;
}

/** SUBSCRIBE: what comes is printed until somebody has had enough. */
async function follow(
  process: Process,
  ask: (words: readonly string[]) => Promise<Reply | undefined>,
  next: () => Promise<Reply | undefined>,
  words: readonly string[],
  raw: boolean,
): Promise<number> {
  if (!raw) await process.stdout.write("Reading messages... (press Ctrl-C to quit)\n");
  for (let reply = await ask(words); reply !== undefined; reply = await next())
    await process.stdout.write(toBytes(`${raw ? rawText(reply) : pretty(reply, "")}\n`));
  await process.stderr.write("Error: Server closed the connection\n");
  return 1;
}

/** Replies that are documents print as they are. */
function isText(words: readonly string[]): boolean {
  const name = words[0]?.toLowerCase();
  return name === "info" || (name === "client" && words[1]?.toLowerCase() === "list");
}

async function interactive(
  process: Process,
  options: Options,
  ask: (words: readonly string[]) => Promise<Reply | undefined>,
  raw: boolean,
): Promise<number> {
  const prompt = process.isTerminal(0) ? `${options.host}:${options.port}> ` : "";
  const lines = new StreamReader(process.stdin);
  for (;;) {
    await process.stdout.write(prompt);
    const line = await lines.line();
    if (line === undefined) return 0;
    const words = wordsOf(line);
    if (words.length === 0) continue;
    if (words[0] === "quit" || words[0] === "exit") return 0;
    await once(process, ask, words, raw);
  }
}

class ConnectProblem extends Error {}

async function connect(process: Process, options: Options): Promise<Connection> {
  const address = await resolveHost(process, options.host);
  if (address === undefined) throw new ConnectProblem("Name or service not known");
  try {
    return await process.network.connect(address, options.port, { signal: process.signal });
  } catch (problem) {
    if (isErrno(problem)) throw new ConnectProblem(problem.message);
    throw problem;
  }
}

function readOptions(process: Process): Options | string {
  const options: Options = {
    host: "127.0.0.1",
    port: 6379,
    password: process.env.get("REDISCLI_AUTH"),
    database: undefined,
    raw: undefined,
    repeat: 1,
    words: [],
    stdinLast: false,
    failing: false,
    intervalMs: 0,
    user: undefined,
    quiet: false,
  };
  const unsafe = "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n";
  let warned = true;
  const args = process.argv.slice(1);
  let index = 0;
  for (; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (!arg.startsWith("-")) break;
    const value = () => args[++index] ?? "";
    if (arg === "-h") options.host = value();
    else if (arg === "-p") options.port = Number(value());
    else if (arg === "-a" || arg === "--pass") {
      options.password = value();
      warned = false;
    } else if (arg === "--user") options.user = value();
    else if (arg === "-n") options.database = value();
    else if (arg === "-r") options.repeat = Number(value());
    else if (arg === "-x") options.stdinLast = true;
    else if (arg === "--raw") options.raw = true;
    else if (arg === "--no-raw") options.raw = false;
    else if (arg === "-e") options.failing = true;
    else if (arg === "-i") options.intervalMs = Number(value()) * 1000;
    else if (arg === "--no-auth-warning") options.quiet = true;
    else if (arg === "-2") continue;
    else if (arg === "-u") {
      const match = /^redis:\/\/(?:[^:@]*:([^@]*)@)?([^:/]+)(?::(\d+))?(?:\/(\d+))?$/.exec(value());
      if (match === null) return "Invalid URI scheme\n";
      if (match[1] !== undefined) {
        options.password = match[1];
        warned = false;
      }
      options.host = match[2] ?? options.host;
      options.port = Number(match[3] ?? 6379);
      options.database = match[4];
    } else if (arg === "--version" || arg === "-v") return `redis-cli ${versionOf(process)}\n`;
    else return `Unrecognized option or bad number of args for: '${arg}'\n`;
  }
  options.words = args.slice(index);
  if (!warned && !options.quiet) void process.stderr.write(unsafe).catch(() => undefined);
  return options;
}

function rawText(reply: Reply): string {
  switch (reply.type) {
    case "status":
    case "error":
      return reply.text;
    case "integer":
      return String(reply.value);
    case "bulk":
      return reply.text ?? "";
    case "several":
      return reply.replies.map(rawText).join("\n");
    case "array":
      return (reply.items ?? []).map(rawText).join("\n");
  }
}

function pretty(reply: Reply, indent: string): string {
  switch (reply.type) {
    case "status":
      return reply.text;
    case "error":
      return `(error) ${reply.text}`;
    case "integer":
      return `(integer) ${reply.value}`;
    case "bulk":
      return reply.text === null ? "(nil)" : quote(reply.text);
    case "several":
      return reply.replies.map((one) => pretty(one, indent)).join("\n");
    case "array": {
      if (reply.items === null) return "(nil)";
      if (reply.items.length === 0) return "(empty array)";
      const width = String(reply.items.length).length;
      return reply.items
        .map((item, index) => {
          const mark = `${String(index + 1).padStart(width)}) `;
          return `${index === 0 ? "" : indent}${mark}${pretty(item, indent + " ".repeat(mark.length))}`;
        })
        .join("\n");
    }
  }
}

function quote(binary: string): string {
  let text = "";
  for (const character of binary) {
    const code = character.charCodeAt(0);
    if (character === '"' || character === "\\") text += `\\${character}`;
    else if (character === "\n") text += "\\n";
    else if (character === "\r") text += "\\r";
    else if (character === "\t") text += "\\t";
    else if (code < 32 || code > 126) text += `\\x${code.toString(16).padStart(2, "0")}`;
    else text += character;
  }
  return `"${text}"`;
}

/** The image says which release its tools are of (VERSION_FILE of the server). */
function versionOf({ files }: Process): string {
  const path = "/usr/share/redis/version";
  return files.exists(path) ? files.readText(path).trim() : "3.2.0";
}
