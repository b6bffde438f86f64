/** The command line of psql. */
import type { Process } from "../../machine/index.ts";
import { applyConninfo, type ConnectOptions, environmentOptions } from "./connect.ts";
import type { Style } from "./psql-format.ts";

export interface PsqlOptions {
  readonly connection: ConnectOptions;
  readonly commands: readonly { readonly kind: "-c" | "-f"; readonly text: string }[];
  readonly style: Style;
  readonly quiet: boolean;
  readonly stopOnError: boolean;
  readonly list: boolean;
  readonly single: boolean;
  /** -a: every line read, -e: every statement sent, -b: those that failed. */
  readonly echo: { readonly all: boolean; readonly queries: boolean; readonly errors: boolean };
  /** True: -W, always; false: -w, never. */
  readonly askPassword: boolean | undefined;
  readonly variables: ReadonlyMap<string, string>;
}

/** A command line that psql refuses. */
export class UsageError extends Error {}

export function readOptions(process: Process): PsqlOptions {
  const connection = environmentOptions(process);
  const commands: { kind: "-c" | "-f"; text: string }[] = [];
  const variables = new Map<string, string>();
  const style = { aligned: true, tuplesOnly: false, expanded: false, csv: false, separator: "|", null: "" };
  const words: string[] = [];
  const flags = new Set<string>();
  const LONG: Readonly<Record<string, string>> = {
    command: "c",
    file: "f",
    username: "U",
    host: "h",
    port: "p",
    dbname: "d",
    "tuples-only": "t",
    "no-align": "A",
    quiet: "q",
    expanded: "x",
    "no-psqlrc": "X",
    "no-password": "w",
    password: "W",
    set: "v",
    variable: "v",
    list: "l",
    "single-transaction": "1",
    "field-separator": "F",
    pset: "P",
    csv: "csv",
    "echo-all": "a",
    "echo-errors": "b",
    "echo-queries": "e",
    version: "V",
  };
  const args = process.argv.slice(1);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    const letters: { name: string; value: string | undefined }[] = [];
    if (arg.startsWith("--")) {
      const [name = "", value] = arg.slice(2).split(/=(.*)/s);
      const letter = LONG[name];
      if (letter === undefined) throw new UsageError(`unrecognized option '--${name}'`);
      letters.push({ name: letter, value });
    } else {
      for (let at = 1; at < arg.length; at++) {
        const name = arg[at] ?? "";
        const valued = "cfUhpdvFPL".includes(name);
        letters.push({ name, value: valued && at + 1 < arg.length ? arg.slice(at + 1) : undefined });
        if (valued) break;
      }
    }
    for (const { name, value: inline } of letters) {
      const value = () => {
        const found = inline ?? args[++index];
        if (found === undefined) throw new UsageError(`option requires an argument -- '${name}'`);
        return found;
      };
      if (name === "c" || name === "f") commands.push({ kind: `-${name}`, text: value() });
      else if (name === "U") connection.user = value();
      else if (name === "h") connection.host = value();
      else if (name === "p") connection.port = Number(value());
      else if (name === "d") words.unshift(value());
      else if (name === "t") style.tuplesOnly = true;
      else if (name === "A") style.aligned = false;
      else if (name === "x") style.expanded = true;
      else if (name === "csv") style.csv = true;
      else if (name === "F") style.separator = value();
      else if (name === "v") {
        const [key = "", text = ""] = value().split(/=(.*)/s);
        variables.set(key, text);
      } else if (name === "P") {
        const [key, text = ""] = value().split(/=(.*)/s);
        if (key === "null") style.null = text;
        else if (key === "format" && text === "unaligned") style.aligned = false;
        else if (key === "tuples_only") style.tuplesOnly = true;
        else if (key !== "pager" && key !== "footer") throw new UsageError(`\\pset: unknown option: ${key ?? ""}`);
      } else if ("qXwWl1abeV".includes(name)) flags.add(name);
      else throw new UsageError(`invalid option -- '${name}'`);
    }
  }
  const [database, user] = words;
  if (database !== undefined && (database.includes("=") || /^postgres(ql)?:/.test(database)))
    applyConninfo(connection, database);
  else if (database !== undefined) connection.database = database;
  if (user !== undefined) connection.user = user;
  return {
    connection,
    commands,
    style,
    quiet: flags.has("q"),
    stopOnError: ["1", "on", "true"].includes((variables.get("ON_ERROR_STOP") ?? "").toLowerCase()),
    list: flags.has("l"),
    single: flags.has("1"),
    echo: { all: flags.has("a"), queries: flags.has("e"), errors: flags.has("b") },
    askPassword: flags.has("W") ? true : flags.has("w") ? false : undefined,
    variables,
  };
}
