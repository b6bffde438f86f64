/** jq: words, statuses and quirks are those of 1.6; what 1.7 added to the language is there too. */
import { isErrno } from "../errno.ts";
import type { Process, Program } from "../types.ts";
import { Halt, JqError } from "./jq/errors.ts";
import { Inputs } from "./jq/inputs.ts";
import { isArray, type Json, writeJson, writeSteps } from "./jq/json.ts";
import { DONE, JsonReader, JsonTextError, MORE, parseValues } from "./jq/reader.ts";
import { type Compiled, compileJq, Runner, syntaxComplaint } from "./jq/run.ts";
import type { Host } from "./jq/stream.ts";
import { JqSyntaxError } from "./jq/syntax.ts";
import { type CommandSpec, ParsedOptions } from "./support/options.ts";
import { Exit, Tool } from "./support/tool.ts";

const USAGE = `Usage:\tjq [OPTIONS] FILTER [FILES...]
\tjq [OPTIONS] --args FILTER [ARGUMENTS...]
\tjq [OPTIONS] --jsonargs FILTER [JSON_VALUES...]
`;
const HELP = `${USAGE}
jq is a tool for processing JSON inputs: it runs the filter on each of them
and prints what that gives, as JSON. The simplest filter is ., the input itself.

    $ echo '{"foo": 0}' | jq .
    {
      "foo": 0
    }

Command options:
  -n, --null-input          use \`null\` as the single input value;
  -R, --raw-input           read each line as string instead of JSON;
  -s, --slurp               read all inputs into an array and use it as the single input value;
  -c, --compact-output      compact instead of pretty-printed output;
  -r, --raw-output          output strings without escapes and quotes;
      --raw-output0         implies -r and output NUL after each output;
  -j, --join-output         implies -r and output without newline after each output;
  -a, --ascii-output        output strings by only ASCII characters using escape sequences;
  -S, --sort-keys           sort keys of each object on output;
  -C, --color-output        colorize JSON output;
  -M, --monochrome-output   disable colored output;
      --tab                 use tabs for indentation;
      --indent n            use n spaces for indentation (max 7 spaces);
      --stream              parse the input value in streaming fashion;
  -f, --from-file file      load filter from the file;
  -e, --exit-status         set exit status code based on the output;
      --arg name value      set $name to the string value;
      --argjson name value  set $name to the JSON value;
      --slurpfile name file set $name to an array of JSON values read from the file;
      --rawfile name file   set $name to string contents of file;
      --args                consume remaining arguments as positional string values;
      --jsonargs            consume remaining arguments as positional JSON values;
  -h, --help                show the help;
  -V, --version             show the version;
`;

interface Settings {
  readonly flags: Set<string>;
  indent: string | undefined;
  filter: string | undefined;
  fromFile: boolean;
  readonly files: string[];
  readonly named: Map<string, Json>;
  readonly positional: Json[];
}

/** A wrong command line: status 2, and where the help is. */
class Misuse extends Error {}
/** "--" where the filter should be. */
class NoFilter extends Error {}
/** A file of the command line that cannot be used: status 2. */
class BadFile extends Error {}

/** What jq takes for an option: a filter may begin with "-" too, as in \`-1\` and \`-(.a)\`. */
const OPTION = /^-[-A-Za-z]/;

const SHORT: Readonly<Record<string, string>> = {
  n: "null-input",
  R: "raw-input",
  s: "slurp",
  c: "compact-output",
  r: "raw-output",
  j: "join-output",
  a: "ascii-output",
  S: "sort-keys",
  C: "color-output",
  M: "monochrome-output",
  e: "exit-status",
  f: "from-file",
  h: "help",
  V: "version",
};
const FLAGS: ReadonlySet<string> = new Set([...Object.values(SHORT), "raw-output0", "tab", "stream", "unbuffered"]);

async function readArguments(words: readonly string[], process: Process): Promise<Settings> {
  const settings: Settings = {
    flags: new Set(),
    indent: "  ",
    filter: undefined,
    fromFile: false,
    files: [],
    named: new Map(),
    positional: [],
  };
  let rest: "files" | "strings" | "values" = "files";
  let optionsEnd = false;
  let at = 0;
  const values = (option: string, count: number, words2: string): string[] => {
    const taken = words.slice(at + 1, at + 1 + count);
    if (taken.length < count) throw new Misuse(`--${option} takes ${words2}`);
    at += count;
    return taken;
  };
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (optionsEnd || !OPTION.test(word)) {
      if (settings.filter === undefined) settings.filter = word;
      else if (rest === "files") settings.files.push(word);
      else settings.positional.push(rest === "strings" ? word : jsonArgument(word, "positional"));
      continue;
    }
    if (word === "--") {
      if (settings.filter === undefined) throw new NoFilter();
      optionsEnd = true;
      continue;
    }
    if (!word.startsWith("--")) {
      if (word[1] === "L") throw new Misuse("modules are not available here: -L has nothing to look in");
      const letters = [...word.slice(1)];
      // A letter counts once: "-cc" has one too many.
      if (letters.some((letter, index) => SHORT[letter] === undefined || letters.indexOf(letter) !== index))
        throw new Misuse(`Unknown option ${word}`);
      for (const letter of letters) settings.flags.add(SHORT[letter] as string);
      continue;
    }
    const name = word.slice(2);
    if (FLAGS.has(name)) {
      settings.flags.add(name);
      // The later of -c and --tab counts.
      if (name === "tab") {
        settings.indent = "\t";
        settings.flags.delete("compact-output");
      }
      continue;
    }
    switch (name) {
      case "indent": {
        const [count = ""] = values(name, 1, "one parameter");
        // As atoi(3) reads it; -1 is a tab.
        const width = Number.parseInt(count, 10) || 0;
        if (width < -1 || width > 7) throw new Misuse("--indent takes a number between -1 and 7");
        settings.indent = width === 0 ? undefined : width === -1 ? "\t" : " ".repeat(width);
        continue;
      }
      case "arg": {
        const [variable = "", value = ""] = values(name, 2, "two parameters (e.g. --arg varname value)");
        if (!settings.named.has(variable)) settings.named.set(variable, value);
        continue;
      }
      case "argjson": {
        const [variable = "", value = ""] = values(name, 2, "two parameters (e.g. --argjson varname text)");
        if (!settings.named.has(variable)) settings.named.set(variable, jsonArgument(value, name));
        continue;
      }
      case "slurpfile":
      case "rawfile": {
        const [variable = "", path = ""] = values(name, 2, `two parameters (e.g. --${name} varname filename)`);
        settings.named.set(variable, await fileArgument(process, variable, path, name === "rawfile"));
        continue;
      }
      case "args":
        rest = "strings";
        continue;
      case "jsonargs":
        rest = "values";
        continue;
      case "stream-errors":
        settings.flags.add(name);
        continue;
      case "seq":
        throw new Misuse(`--${name} is not available here`);
      default:
        throw new Misuse(`Unknown option ${word}`);
    }
  }
  if (settings.flags.has("compact-output")) settings.indent = undefined;
  return settings;
}

function jsonArgument(text: string, option: string): Json {
  try {
    const [value, ...more] = parseValues(text);
    if (value !== undefined && more.length === 0) return value;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
  }
  throw new Misuse(
    option === "positional" ? "invalid JSON text passed to --jsonargs" : `invalid JSON text passed to --${option}`,
  );
}

/** All values of a text, with turns for others in between. */
async function parseAll(process: Process, text: string): Promise<Json[]> {
  const reader = new JsonReader();
  reader.push(text);
  reader.end();
  const values: Json[] = [];
  for (;;) {
    const value = reader.next();
    if (value === DONE) return values;
    if (value !== MORE) values.push(value);
    await process.spend(value === MORE ? 500 : 2);
  }
}

/** The library tells of directories in its own words. */
function openWords(error: Error): string {
  return error.message === "Is a directory" ? "It's a directory" : error.message;
}

async function fileArgument(process: Process, variable: string, path: string, raw: boolean): Promise<Json> {
  const option = raw ? "rawfile" : "slurpfile";
  try {
    const text = process.files.readText(path);
    return raw ? text : await parseAll(process, text);
  } catch (error) {
    if (isErrno(error))
      throw new BadFile(`Bad JSON in --${option} ${variable} ${path}: Could not open ${path}: ${openWords(error)}`);
    if (error instanceof JsonTextError)
      throw new BadFile(`Bad JSON in --${option} ${variable} ${path}: ${error.message}`);
    throw error;
  }
}

const SPEC: CommandSpec<Record<string, never>> = { name: "jq", usage: "", options: {}, raw: true };

export const jq: Program = async (process) => {
  const tool = new Tool(process, SPEC, new ParsedOptions());
  const say = async (text: string) => {
    await tool.out.flush();
    await process.stderr.write(text);
  };
  try {
    const settings = await readArguments(process.argv.slice(1), process);
    if (settings.flags.has("help")) {
      await process.stdout.write(HELP);
      return 0;
    }
    if (settings.flags.has("version")) {
      await process.stdout.write("jq-1.7.1\n");
      return 0;
    }
    let source = settings.filter;
    if (settings.flags.has("from-file")) {
      // The filter is the file; what would have been the filter is an input.
      const path = source;
      if (path === undefined) throw new Misuse("-f takes a parameter (e.g. -f file)");
      try {
        source = process.files.readText(path);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await say(`jq: Could not open ${path}: ${openWords(error)}\n`);
        return 2;
      }
    }
    if (source === undefined) {
      if (process.isTerminal(0) || process.isTerminal(1)) {
        await say(`${USAGE}Try jq --help for help.\n`);
        return 2;
      }
      source = ".";
    }
    return await runJq(tool, source, settings, say);
  } catch (error) {
    if (error instanceof Exit) return error.status;
    if (error instanceof NoFilter) {
      await say(HELP);
      return 2;
    }
    if (error instanceof BadFile) {
      await say(`jq: ${error.message}\n`);
      return 2;
    }
    if (!(error instanceof Misuse)) throw error;
    await say(
      `jq: ${error.message}\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n`,
    );
    return 2;
  }
};

async function runJq(
  tool: Tool<Record<string, never>>,
  source: string,
  settings: Settings,
  say: (text: string) => Promise<void>,
): Promise<number> {
  const { process } = tool;
  const { flags } = settings;
  const named = new Map(settings.named);
  named.set("__prog_args", settings.positional);
  named.set(
    "ARGS",
    new Map<string, Json>([
      ["positional", settings.positional],
      ["named", new Map(settings.named)],
    ]),
  );
  let compiled: Compiled;
  try {
    compiled = compileJq(source, named.keys());
  } catch (error) {
    if (!(error instanceof JqSyntaxError)) throw error;
    await say(syntaxComplaint(source, error));
    return 3;
  }
  let status = 0;
  let inputFailed = false;
  const inputs = new Inputs(tool, {
    files: settings.files,
    raw: flags.has("raw-input"),
    slurp: flags.has("slurp"),
    missing: async (name, words) => {
      inputFailed = true;
      await say(`jq: error: Could not open file ${name}: ${words}\n`);
    },
  });
  const host: Host = {
    nextInput: () => inputs.next(),
    environment: process.env,
    now: () => process.clock.now(),
    get inputFile() {
      return inputs.file;
    },
    get inputLine() {
      return inputs.line;
    },
    messages: [],
  };
  const runner = new Runner(tool, compiled, host, named, () => inputs.fill());
  const raw = flags.has("raw-output") || flags.has("join-output") || flags.has("raw-output0");
  const terminator = flags.has("raw-output0") ? "\0" : flags.has("join-output") ? "" : "\n";
  const write = {
    indent: settings.indent,
    sortKeys: flags.has("sort-keys"),
    ascii: flags.has("ascii-output"),
    color:
      !flags.has("monochrome-output") &&
      (flags.has("color-output") || (process.isTerminal(1) && !process.env.has("NO_COLOR"))),
  };
  let last: Json | undefined;
  const print = async (output: Json) => {
    last = output;
    if (raw && typeof output === "string" && !write.ascii) await tool.out.write(output + terminator);
    else {
      for (const piece of writeSteps(output, write)) {
        await tool.out.write(piece);
        const spent = tool.spend(1 + (piece.length >> 4));
        if (spent !== undefined) await spent;
      }
      await tool.out.write(terminator);
    }
  };
  const where = () => (inputs.started ? `${inputs.file ?? "<stdin>"}:${inputs.line}` : "<unknown>");
  let inputsSeen = flags.has("null-input");
  const one = async (input: Json): Promise<number | undefined> => {
    inputsSeen = true;
    // What the last input led to counts.
    status = 0;
    try {
      await runner.run(input, print);
    } catch (error) {
      if (error instanceof Halt) {
        await say(error.text);
        return error.status;
      }
      if (!(error instanceof JqError)) throw error;
      status = 5;
      const { value } = error;
      // \`error(null)\` says nothing.
      if (value === null) {
        status = 0;
        return undefined;
      }
      const text = typeof value === "string" ? `: ${value}` : ` (not a string): ${writeJson(value)}`;
      await say(`jq: error (at ${where()})${text}\n`);
    }
    return undefined;
  };
  try {
    if (flags.has("null-input")) {
      const halted = await one(null);
      if (halted !== undefined) return halted;
    } else {
      for (;;) {
        const input = inputs.next();
        if (input === undefined) break;
        if (input === MORE) {
          await inputs.fill();
          continue;
        }
        for (const value of flags.has("stream") ? events(input) : [input]) {
          const halted = await one(value);
          if (halted !== undefined) return halted;
        }
      }
    }
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    await say(`parse error: ${error.message}\n`);
    return inputFailed ? 2 : 4;
  }
  await tool.out.flush();
  if (inputFailed) return 2;
  if (status !== 0) return status;
  // Without any input there is nothing for -e to judge.
  if (flags.has("exit-status") && inputsSeen) return last === undefined ? 4 : last === null || last === false ? 1 : 0;
  return 0;
}

/** What `--stream` gives instead of a value: its leaves with their paths, and where arrays and objects close. */
function* events(value: Json, path: readonly Json[] = []): Generator<Json> {
  const entries: (readonly [Json, Json])[] | undefined = isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : value instanceof Map
      ? [...(value as ReadonlyMap<string, Json>)]
      : undefined;
  if (entries === undefined || entries.length === 0) {
    yield [path, value];
    return;
  }
  for (const [key, item] of entries) yield* events(item, [...path, key]);
  yield [[...path, entries.at(-1)?.[0] ?? null]];
}
