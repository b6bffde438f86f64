import { binaryOf, fromBinary, toBinary } from "./support/binary.ts";
import { compilePattern, type Pattern, PatternError } from "./support/regex.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  before: { short: "b", long: "before" },
  regex: { short: "r", long: "regex" },
  separator: { short: "s", long: "separator", value: true },
} as const;

export const tac = tool(
  {
    name: "tac",
    usage: "[OPTION]... [FILE]...",
    summary: "Write each FILE to standard output, last line first.",
    options: OPTIONS,
  },
  async (tool) => {
    const given = tool.value("separator") ?? "\n";
    if (tool.has("regex") && given === "") return tool.die("separator cannot be empty");
    // Without a regular expression an empty separator is the NUL that ends it.
    const separator = given === "" ? "\0" : toBinary(given);
    let pattern: Pattern | undefined;
    try {
      if (tool.has("regex")) pattern = compilePattern(fromBinary(separator), { syntax: "basic" });
    } catch (error) {
      if (error instanceof PatternError) return tool.die(error.message);
      throw error;
    }
    await tool.eachInput(
      async (reader) => {
        const text = binaryOf(await readAll(tool, reader));
        await backwards(tool, text, async (limit) =>
          pattern === undefined ? lastOf(text, separator, limit) : lastMatch(tool, text, pattern, limit),
        );
      },
      {
        words: (name, error) =>
          error.code === "EISDIR"
            ? `${tool.bare(name)}: read error: Invalid argument`
            : `failed to open ${tool.named(name)} for reading: ${error.message}`,
      },
    );
    return tool.status;
  },
);

type Found = readonly [start: number, end: number] | undefined;

/** Records from the end; `separatorBefore` a position finds the last separator that ends there or earlier. */
async function backwards(
  tool: Tool<typeof OPTIONS>,
  text: string,
  separatorBefore: (limit: number) => Promise<Found>,
): Promise<void> {
  const before = tool.has("before");
  const write = async (from: number, to: number) => {
    const full = tool.out.writeBinary(text.slice(from, to));
    if (full !== undefined) await full;
    const spent = tool.spend(1 + ((to - from) >> 9));
    if (spent !== undefined) await spent;
  };
  let end = text.length;
  let first = true;
  for (let found = await separatorBefore(text.length); found !== undefined; found = await separatorBefore(found[0])) {
    const cut = before ? found[0] : found[1];
    if (before || !first || cut !== end) await write(cut, end);
    end = cut;
    first = false;
  }
  await write(0, end);
}

function lastOf(text: string, separator: string, limit: number): Found {
  if (limit < separator.length) return undefined;
  const start = text.lastIndexOf(separator, limit - separator.length);
  return start === -1 ? undefined : [start, start + separator.length];
}

/** The match that starts last. Between it and the limit nothing starts, so each step back looks at that much only. */
async function lastMatch(tool: Tool<typeof OPTIONS>, text: string, pattern: Pattern, limit: number): Promise<Found> {
  const part = text.slice(0, limit);
  for (let at = limit - 1; at >= 0; at--) {
    const match = pattern.find(part, at);
    if (match !== undefined && match.start === at) return [match.start, match.end];
    await tool.spend(1 + ((limit - at) >> 3));
  }
  return undefined;
}
