/**
 * yq as mikefarah's v4 has it, where its expressions mean what jq's do. What it adds to them (comment operators,
 * styles, anchors, `ireduce`, `fileIndex`) is refused.
 */

import type { Document } from "yaml";
import { isErrno } from "../errno.ts";
import { JqError } from "./jq/errors.ts";
import { type Json, writeJson, writeSteps } from "./jq/json.ts";
import { DONE, JsonReader, JsonTextError, MORE } from "./jq/reader.ts";
import { type Compiled, compileJq, Runner } from "./jq/run.ts";
import type { Host } from "./jq/stream.ts";
import { JqSyntaxError } from "./jq/syntax.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";
import {
  documentOf,
  type Loaded,
  loadDocuments,
  MAX_DOCUMENT,
  properties,
  splitDocuments,
  withValue,
  writeDocument,
  writeValue,
  YamlError,
} from "./yq/documents.ts";

const OPTIONS = {
  output: { short: "o", long: "output-format", value: true, help: "yaml, json or props" },
  input: { short: "p", long: "input-format", value: true, help: "yaml or json" },
  inPlace: { short: "i", long: "inplace", help: "update the file in place" },
  nullInput: { short: "n", long: "null-input", help: "do not read input" },
  pretty: { short: "P", long: "prettyPrint", help: "block style, bare scalars" },
  indent: { short: "I", long: "indent", value: true, help: "columns of one level (default 2)" },
  raw: { short: "r", long: "unwrapScalar", value: "optional", help: "strings without quotes (the default)" },
  noDocuments: { short: "N", long: "no-doc", help: "no --- between documents" },
  exit: { short: "e", long: "exit-status", help: "status 1 where there are no matches, or null or false" },
  toJson: { short: "j", long: "tojson", help: "as -o json" },
  expression: { long: "expression", value: true },
  file: { long: "from-file", value: true },
  noColors: { short: "M", long: "no-colors" },
} as const;
type YqTool = Tool<typeof OPTIONS>;

/** What mikefarah's language has beyond jq's, in jq's words. */
const EXTRAS = `
def sort_keys(f): walk(if type == "object" then to_entries | sort_by(.key) | from_entries else . end);
def upcase: ascii_upcase; def downcase: ascii_downcase;
def to_json: tojson; def from_json: fromjson; def explode(f): .;
`;
const FOREIGN =
  /\b(?:ireduce|fileIndex|filename|line_comment|head_comment|foot_comment|comments|style|anchor|alias|split_doc|load|load_str|document_index|documentIndex|di|fi|tag|kind|eval|collect|with)\b(?=\s*(?:[=(|)\]]|$))|\.\.\./;

function prepare(expression: string, environment: ReadonlyMap<string, string>): string {
  // Words in strings are words.
  const bare = expression.replace(/"(?:\\.|[^"\\])*"/g, '""');
  const foreign = FOREIGN.exec(bare);
  if (foreign !== null) throw new YamlError(`'${foreign[0]}' is not available here`);
  return expression.replace(/\b(strenv|env)\(\s*(\w+)\s*\)/g, (_, how: string, name: string) => {
    const text = environment.get(name);
    if (text === undefined) throw new YamlError(`value for env variable '${name}' not provided in ${how}()`);
    return how === "strenv" ? JSON.stringify(text) : writeJson(loadDocuments(text)[0]?.value ?? null);
  });
}

export const yq = tool(
  {
    name: "yq",
    usage: "[eval|eval-all] [flags] [expression] [yaml_file1]...",
    summary: "Reads, updates and writes YAML and JSON.",
    options: OPTIONS,
  },
  async (tool) => {
    try {
      return await run(tool);
    } catch (error) {
      if (error instanceof YamlError || error instanceof JqError || error instanceof JsonTextError)
        return tool.die(`Error: ${error.message}`);
      if (error instanceof JqSyntaxError)
        return tool.die(`Error: ${error.message.replace(" (Unix shell quoting issues?)", "")}`);
      // Thousands of lists within each other are more than the stack holds.
      if (error instanceof RangeError) return tool.die("Error: yaml: exceeded max depth");
      throw error;
    }
  },
);

interface Input {
  readonly name: string;
  readonly documents: readonly Loaded[];
}

async function run(tool: YqTool): Promise<number> {
  // Without the name before it, as mikefarah's prints.
  tool.complain = async (message, status = 1) => {
    await tool.out.flush();
    tool.status = Math.max(tool.status, status);
    await tool.process.stderr.write(`${message}\n`);
  };
  const { process } = tool;
  const operands = [...tool.operands];
  const command = /^(?:eval|e|eval-all|ea)$/.test(operands[0] ?? "") ? (operands.shift() as string) : "eval";
  const format = tool.has("toJson") ? "json" : (tool.value("output") ?? "yaml").replace(/^=/, "");
  const known = {
    y: "yaml",
    yaml: "yaml",
    j: "json",
    json: "json",
    p: "props",
    props: "props",
    auto: "yaml",
    a: "yaml",
  } as const;
  const output = Object.hasOwn(known, format) ? known[format as keyof typeof known] : undefined;
  if (output === undefined)
    return tool.die(`Error: output format '${format}' is not available here, only yaml, json and props`);
  const inputFormat = (tool.value("input") ?? "auto").replace(/^=/, "");
  if (!/^(?:auto|a|yaml|y|json|j)$/.test(inputFormat))
    return tool.die(`Error: input format '${inputFormat}' is not available here, only yaml and json`);
  const { files: system } = process;
  let expression = tool.value("expression");
  const script = tool.value("file");
  if (script !== undefined) expression = system.readText(script);
  if (expression === undefined) {
    // A single operand that is a file is no expression.
    const [first] = operands;
    expression =
      first === undefined || (operands.length === 1 && first !== "." && system.exists(first))
        ? "."
        : (operands.shift() as string);
  }
  if (expression === "") expression = ".";
  const compiled: Compiled = compileJq(EXTRAS + prepare(expression, process.env), []);
  const inputs: Input[] = [];
  if (tool.has("nullInput")) {
    const empty = loadDocuments("null");
    inputs.push({ name: "", documents: empty });
  } else {
    for (const name of operands.length === 0 ? ["-"] : operands) {
      let text: string;
      try {
        const reader = tool.open(name);
        text = new TextDecoder().decode(await readAll(tool, reader));
        if (name !== "-") reader.close();
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`Error: open ${name}: ${error.message.toLowerCase()}`);
      }
      await tool.spend(text.length >> 3);
      const isJson = /^j/.test(inputFormat) || (/^a/.test(inputFormat) && name.endsWith(".json"));
      try {
        inputs.push({ name, documents: await load(tool, text, isJson) });
      } catch (error) {
        if (error instanceof YamlError || error instanceof JsonTextError)
          return tool.die(`Error: bad file '${name}': ${error.message}`);
        throw error;
      }
    }
  }
  if (tool.has("inPlace") && (operands.length !== 1 || tool.has("nullInput")))
    return tool.die("Error: write in place flag only applicable when giving an expression and at least one file");
  if (command.startsWith("ea") || command === "eval-all") {
    if (inputs.length > 1) return tool.die("Error: eval-all on several files is not available here");
  }
  const style = { indent: Number(tool.value("indent") ?? 2), pretty: tool.has("pretty") };
  const host: Host = {
    nextInput: () => undefined,
    environment: process.env,
    now: () => process.clock.now(),
    inputFile: null,
    inputLine: 0,
    messages: [],
  };
  const runner = new Runner(tool, compiled, host, new Map(), async () => undefined);
  const pieces: string[] = [];
  let matched = false;
  for (const { documents } of inputs) {
    for (const loaded of documents) {
      const results: Json[] = [];
      await runner.run(loaded.value, (value) => {
        results.push(value);
      });
      const [only] = results;
      for (const value of results) {
        matched ||= value !== null && value !== false;
        pieces.push(show(value, results.length === 1 && only !== undefined ? loaded : undefined));
      }
    }
  }
  function show(value: Json, loaded: Loaded | undefined): string {
    if (output === "props") return properties(value);
    if (output === "json") {
      if (typeof value === "string" && tool.has("raw") && tool.value("raw") !== "false") return `${value}\n`;
      return `${writeJson(value, { indent: style.indent === 0 ? undefined : " ".repeat(style.indent) })}\n`;
    }
    let size = 0;
    for (const piece of writeSteps(value)) {
      size += piece.length;
      if (size > 2 * MAX_DOCUMENT)
        throw new YamlError("the result is too large to be written as YAML here: use -o json");
    }
    if (typeof value === "string" && tool.value("raw") === "false") return `${writeJson(value)}\n`;
    const root = loaded?.value;
    // A changed document, not a part of it: it keeps its comments.
    const whole =
      loaded !== undefined &&
      value !== null &&
      typeof value === "object" &&
      Array.isArray(value) === Array.isArray(root) &&
      root !== null &&
      typeof root === "object" &&
      shareKeys(root, value);
    const document: Document | undefined = whole ? withValue(loaded, value) : undefined;
    return document === undefined ? writeValue(value, style) : writeDocument(document, style);
  }
  const separator = output === "yaml" && !tool.has("noDocuments") ? "---\n" : "";
  const several = inputs.reduce((count, { documents }) => count + documents.length, 0) > 1;
  const text = pieces.map((piece) => piece.replace(/^---\n/, "")).join(several ? separator : "");
  if (tool.has("inPlace")) system.writeFile(operands[0] as string, text);
  else await tool.out.write(text);
  if (tool.has("exit") && !matched) return tool.die("Error: no matches found");
  return 0;
}

/** One of them has a key of the other, or both are lists: an edit of a document rather than a part taken out of it. */
function shareKeys(before: Json, after: Json): boolean {
  if (!(before instanceof Map) || !(after instanceof Map)) return Array.isArray(before) && Array.isArray(after);
  if (before.size === 0 || after.size === 0) return true;
  let shared = 0;
  for (const key of (before as ReadonlyMap<string, Json>).keys())
    if ((after as ReadonlyMap<string, Json>).has(key)) shared++;
  return shared * 2 >= Math.min(before.size, after.size);
}

async function load(tool: YqTool, text: string, isJson: boolean): Promise<Loaded[]> {
  // JSON is YAML too, but read without holding others up.
  if (isJson || (/^\s*[[{]/.test(text) && text.length > MAX_DOCUMENT)) {
    const reader = new JsonReader();
    reader.push(text);
    reader.end();
    const loaded: Loaded[] = [];
    for (;;) {
      const value = reader.next();
      if (value === DONE) return loaded;
      if (value === MORE) await tool.spend(500);
      else loaded.push(documentOf(value));
    }
  }
  const loaded: Loaded[] = [];
  let line = 0;
  for (const part of splitDocuments(text)) {
    if (part.length > MAX_DOCUMENT)
      throw new YamlError("yaml: a document of more than 192 KiB is too large for yq here");
    loaded.push(...loadDocuments(part, line));
    line += part.split("\n").length;
    await tool.spend(part.length >> 3);
  }
  return loaded;
}
