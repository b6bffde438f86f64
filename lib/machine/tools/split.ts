import { isErrno } from "../errno.ts";
import { cutPieces, MAX_PIECES, type Way } from "./split/pieces.ts";
import { DECIMAL, HEXADECIMAL, LETTERS, lengthFor, type SuffixRules, suffixOf } from "./split/suffix.ts";
import { parseSize } from "./support/sizes.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";

/** No file has a longer name. */
const MAX_SUFFIX = 255;
const TOO_LARGE = "Value too large for defined data type";
const NO_RANGE = "Numerical result out of range";

const OPTIONS = {
  suffixLength: { short: "a", long: "suffix-length", value: true, help: "generate suffixes of length N (default 2)" },
  additional: { long: "additional-suffix", value: true, help: "append an additional SUFFIX to file names" },
  bytes: { short: "b", long: "bytes", value: true, help: "put SIZE bytes per output file" },
  lineBytes: { short: "C", long: "line-bytes", value: true, help: "put at most SIZE bytes of records per output file" },
  numeric: { short: "d", help: "use numeric suffixes starting at 0, not alphabetic" },
  numericFrom: { long: "numeric-suffixes", value: "optional", help: "same as -d, but allow setting the start value" },
  elide: { short: "e", long: "elide-empty-files", help: "do not generate empty output files with '-n'" },
  filter: { long: "filter", value: true, help: "write to shell COMMAND; file name is $FILE" },
  hexadecimal: { short: "x", help: "use hex suffixes starting at 0, not alphabetic" },
  hexFrom: { long: "hex-suffixes", value: "optional", help: "same as -x, but allow setting the start value" },
  lines: { short: "l", long: "lines", value: true, help: "put NUMBER lines/records per output file" },
  chunks: { short: "n", long: "number", value: true, help: "generate CHUNKS output files" },
  separator: { short: "t", long: "separator", value: true, help: "use SEP instead of newline as the record separator" },
  unbuffered: { short: "u", long: "unbuffered", help: "immediately copy input to output with '-n r/...'" },
  verbose: { long: "verbose", help: "print a diagnostic just before each output file is opened" },
} as const;
type Split = Tool<typeof OPTIONS>;

export const split = tool(
  {
    name: "split",
    usage: "[OPTION]... [FILE [PREFIX]]",
    summary: "Output pieces of FILE to PREFIXaa, PREFIXab, ...; default size is 1000 lines, and default PREFIX is 'x'.",
    digits: "lines",
    options: OPTIONS,
  },
  async (tool) => {
    const way = await readWay(tool);
    const separator = await readSeparator(tool);
    const [file = "-", prefix = "x", extra] = tool.operands;
    if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
    const additional = tool.value("additional") ?? "";
    if (additional.includes("/"))
      return tool.usage(`invalid suffix ${tool.word(additional)}, contains directory separator`);
    const rules = await readSuffix(tool, way);
    const filter = tool.value("filter");
    const only = way.by === "chunks" ? way.only : undefined;
    if (filter !== undefined && only !== undefined)
      return tool.usage("--filter does not process a chunk extracted to stdout");
    const data = await readInput(tool, file, way);
    if (data === undefined) return 1;
    if (way.by === "chunks" && way.count > MAX_PIECES) return tool.die("too many files");
    const pieces = cutPieces(data, way, separator);
    if (pieces.length > MAX_PIECES) return tool.die("too many files");
    if (only !== undefined) {
      await tool.process.stdout.write(pieces[only - 1] ?? new Uint8Array());
      return 0;
    }
    const wanted = pieces.filter((piece) => piece.length > 0 || (!tool.has("elide") && filter === undefined));
    for (const [index, piece] of wanted.entries()) {
      const suffix = suffixOf(index, rules);
      if (suffix === undefined) return tool.die("output file suffixes exhausted");
      const path = `${prefix}${suffix}${additional}`;
      await tool.spend(10 + (piece.length >> 8));
      if (filter !== undefined) {
        const status = await feed(tool, filter, path, piece);
        if (status !== 0) return status;
        continue;
      }
      if (tool.has("verbose")) await tool.out.write(`creating file ${tool.named(path)}\n`);
      tool.process.files.writeFile(path, piece);
    }
    return 0;
  },
);

const WORDS = {
  bytes: "number of bytes",
  lineBytes: "number of bytes",
  lines: "number of lines",
  chunks: "number of chunks",
} as const;

async function size(tool: Split, text: string, words: string): Promise<number> {
  const bad = (why?: string) => tool.die(`invalid ${words}: ${tool.word(text)}${why === undefined ? "" : `: ${why}`}`);
  // Numbers of chunks have no suffixes.
  const parsed = words.includes("chunk") && !/^\d+$/.test(text) ? undefined : parseSize(text);
  if (parsed === undefined) return bad();
  if (parsed >= 2 ** 64) return bad(TOO_LARGE);
  return parsed > 0 ? parsed : bad(NO_RANGE);
}

async function readWay(tool: Split): Promise<Way> {
  const modes = (["bytes", "lineBytes", "lines", "chunks"] as const).filter((name) => tool.has(name));
  if (modes.length > 1) return tool.usage("cannot split in more than one way");
  const [mode = "lines"] = modes;
  const text = tool.value(mode) ?? "1000";
  if (mode !== "chunks") return { by: mode, size: await size(tool, text, WORDS[mode]) };
  const [, how = "", rest = ""] = /^(?:([lr])\/)?([\s\S]*)$/.exec(text) ?? [];
  const slash = rest.indexOf("/");
  const count = await size(tool, slash === -1 ? rest : rest.slice(slash + 1), WORDS.chunks);
  let only: number | undefined;
  if (slash !== -1) {
    const number = rest.slice(0, slash);
    only = await size(tool, number, "chunk number");
    if (only > count) return tool.die(`invalid chunk number: ${tool.word(number)}: ${NO_RANGE}`);
  }
  return { by: "chunks", how: how as "" | "l" | "r", count, only };
}

async function readSeparator(tool: Split): Promise<number> {
  const given = tool.options.values("separator");
  const codes: number[] = [];
  for (const text of given) {
    if (text === "") return tool.die("empty record separator");
    if (text !== "\\0" && text.length > 1) return tool.die(`multi-character separator ${tool.word(text)}`);
    const code = text === "\\0" ? 0 : text.charCodeAt(0);
    if (codes.length > 0 && codes[0] !== code) return tool.die("multiple separator characters specified");
    codes.push(code);
  }
  return codes[0] ?? 10;
}

async function readSuffix(tool: Split, way: Way): Promise<SuffixRules> {
  const last = tool.options.last("numeric", "numericFrom", "hexadecimal", "hexFrom");
  const hexadecimal = last === "hexadecimal" || last === "hexFrom";
  const digits = last === undefined ? LETTERS : hexadecimal ? HEXADECIMAL : DECIMAL;
  const from = last === "numericFrom" || last === "hexFrom" ? tool.value(last) : undefined;
  if (from !== undefined && !(hexadecimal ? /^[0-9a-f]*$/ : /^\d*$/).test(from))
    return tool.usage(
      `${tool.word(from)}: invalid start value for ${hexadecimal ? "hexadecimal" : "numerical"} suffix`,
    );
  const given = tool.value("suffixLength");
  if (given !== undefined && !/^\d+$/.test(given)) return tool.die(`invalid suffix length: ${tool.word(given)}`);
  const fixed = Number(given ?? 0);
  if (fixed > 10 * 1024 ** 3) return tool.die("memory exhausted");
  if (fixed > MAX_SUFFIX) return tool.die(`invalid suffix length: ${tool.word(given ?? "")}`);
  const first = from === undefined || from === "" ? 0 : Number.parseInt(from, hexadecimal ? 16 : 10);
  let length = fixed === 0 ? 2 : fixed;
  if (way.by === "chunks" && way.only === undefined) {
    // Names as long as all the chunks need.
    const needed = lengthFor(way.count + (first < way.count ? first : 0), digits);
    if (fixed > 0 && fixed < needed) return tool.die(`the suffix length needs to be at least ${needed}`);
    length = Math.max(length, needed);
  }
  if (from !== undefined && from.length > length)
    return tool.usage(
      `${hexadecimal ? "hexadecimal" : "numerical"} suffix start value is too large for the suffix length`,
    );
  return { digits, length, grows: fixed === 0 && from === undefined && way.by !== "chunks", first };
}

async function readInput(tool: Split, file: string, way: Way): Promise<Uint8Array | undefined> {
  try {
    // Shares of what comes through a pipe cannot be known.
    if (file === "-" && way.by === "chunks" && way.how !== "r" && tool.process.descriptors.get(0)?.kind !== "file")
      return await tool.die("-: cannot determine file size");
    const reader = tool.open(file);
    const data = await readAll(tool, reader);
    if (file !== "-") reader.close();
    return data;
  } catch (error) {
    if (!isErrno(error)) throw error;
    await tool.complain(
      error.message === "Is a directory"
        ? `${file}: ${error.message}`
        : `cannot open ${tool.named(file)} for reading: ${error.message}`,
    );
    return undefined;
  }
}

/** `--filter`: a shell that has the piece on its standard input. Its status, told where it is not 0. */
async function feed(tool: Split, command: string, path: string, piece: Uint8Array): Promise<number> {
  const { process } = tool;
  if (tool.has("verbose")) await tool.out.write(`executing with FILE=${tool.named(path)}\n`);
  await tool.out.flush();
  const { reader, writer } = process.pipe();
  const child = process.spawn({
    argv: [process.env.get("SHELL") ?? "/bin/sh", "-c", command],
    descriptors: new Map([...process.descriptors, [0, reader]]),
    env: { ...Object.fromEntries(process.env), FILE: path },
  });
  reader.close();
  try {
    await writer.writer?.write(piece);
  } catch (error) {
    // A filter need not read.
    if (!isErrno(error)) throw error;
  }
  writer.close();
  const { code, signal } = await child.exited;
  if (signal !== undefined) {
    await tool.complain(`with FILE=${path}, signal ${signal.replace(/^SIG/, "")} from command: ${command}`);
    return code;
  }
  if (code !== 0) await tool.complain(`with FILE=${path}, exit ${code} from command: ${command}`);
  return code;
}
