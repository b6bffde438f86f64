/** csplit: a file's sections in files of their own (coreutils' src/csplit.c). */
import { Pieces } from "./csplit/pieces.ts";
import { type CutPlace, placesOf } from "./csplit/places.ts";
import { suffixOf } from "./csplit/suffix.ts";
import { numberOption } from "./support/numbers.ts";
import { type Tool, tool } from "./support/tool.ts";

const INT_MAX = (1n << 31n) - 1n;
/** A pattern is not matched against more of a line at a stretch than this for one unit of work. */
const WORK = 6;

const OPTIONS = {
  suffixFormat: { short: "b", long: "suffix-format", value: true },
  prefix: { short: "f", long: "prefix", value: true },
  keep: { short: "k", long: "keep-files" },
  digits: { short: "n", long: "digits", value: true },
  quiet: { short: "s", long: "quiet" },
  silent: { short: "q", long: "silent" },
  elide: { short: "z", long: "elide-empty-files" },
  suppress: { long: "suppress-matched" },
} as const;

export const csplit = tool(
  {
    name: "csplit",
    usage: "[OPTION]... FILE PATTERN...",
    summary:
      "Output pieces of FILE separated by PATTERN(s) to files 'xx00', 'xx01', ...,\nand output byte counts of each piece to standard output.",
    options: OPTIONS,
  },
  async (tool) => {
    let digits = 2;
    for (const { name, value = "" } of tool.options.given)
      if (name === "digits")
        digits = await numberOption(tool, value, "invalid number", { signed: true, min: 0n, max: INT_MAX });
    const [file, ...patterns] = tool.operands;
    if (file === undefined) return tool.usage("missing operand");
    if (patterns.length === 0) return tool.usage(`missing operand after ${tool.word(file)}`);
    const suffix = await suffixOf(tool, tool.value("suffixFormat"), digits);
    const opened: { reader?: ReturnType<typeof tool.open> } = {};
    if (
      !(await tool.attempt(`cannot open ${tool.named(file)} for reading`, () => {
        opened.reader = tool.open(file);
      }))
    )
      return 1;
    const { reader } = opened;
    if (reader === undefined) return 1;
    const places = await placesOf(tool, patterns);
    const pieces = new Pieces(tool, reader, {
      name: (index) => `${tool.value("prefix") ?? "xx"}${suffix(index)}`,
      keep: tool.has("keep"),
      quiet: tool.has("quiet") || tool.has("silent"),
      elide: tool.has("elide"),
    });
    for (const place of places) {
      for (let turn = 0; turn <= place.repeat; turn++) {
        const ended =
          place.kind === "line"
            ? await cutAtLine(tool, pieces, place, turn)
            : await cutAtMatch(tool, pieces, place, turn);
        if (ended) return 0;
      }
    }
    await pieces.create();
    await pieces.saveRest();
    await pieces.close();
    if (file !== "-") reader.close();
    return 0;
  },
);

type Splitting = Tool<typeof OPTIONS>;
type LinePlace = Extract<CutPlace, { kind: "line" }>;
type MatchPlace = Extract<CutPlace, { kind: "match" }>;

const onTurn = (turn: number) => (turn === 0 ? "" : ` on repetition ${turn}`);

async function cutAtLine(tool: Splitting, pieces: Pieces, place: LinePlace, turn: number): Promise<false> {
  const suppress = tool.has("suppress");
  const outOfRange = () => pieces.fail(`${tool.word(String(place.line))}: line number out of range${onTurn(turn)}`);
  await pieces.create();
  if (suppress && (await pieces.isAtEnd())) await outOfRange();
  const last = place.line * (turn + 1);
  let line = await pieces.firstLine();
  while (line++ < last) {
    const removed = await pieces.remove();
    if (removed === undefined) return outOfRange();
    pieces.save(removed);
    const spent = tool.spend();
    if (spent !== undefined) await spent;
  }
  await pieces.close();
  if (suppress) await pieces.remove();
  else if (await pieces.isAtEnd()) await outOfRange();
  return false;
}

/** Whether everything has been read, which ends a pattern that is repeated as often as possible. */
async function cutAtMatch(tool: Splitting, pieces: Pieces, place: MatchPlace, turn: number): Promise<boolean> {
  const { pattern, offset, skip, text } = place;
  if (!skip) await pieces.create();
  for (;;) {
    const line = await pieces.next();
    if (line === undefined) {
      if (place.repeat !== Number.POSITIVE_INFINITY) {
        await pieces.complain(`${tool.word(text)}: match not found${onTurn(turn)}`);
        if (!skip) {
          await pieces.saveRest();
          await pieces.close();
        }
        return pieces.giveUp();
      }
      if (!skip) {
        await pieces.saveRest();
        await pieces.close();
      }
      return true;
    }
    const spent = tool.spend(WORK + (line.length >> 3));
    if (spent !== undefined) await spent;
    if (pattern.find(line, 0) !== undefined) break;
    // What may yet be cut off before a match stays.
    if (offset >= 0) {
      const removed = await pieces.remove();
      if (!skip && removed !== undefined) pieces.save(removed);
    }
  }
  const end = pieces.current + offset;
  const outOfRange = () => pieces.fail(`${tool.word(text)}: line number out of range`);
  for (let line = await pieces.firstLine(); line !== end; line++) {
    const removed = line < end ? await pieces.remove() : undefined;
    if (removed === undefined) return outOfRange();
    if (!skip) pieces.save(removed);
    const spent = tool.spend();
    if (spent !== undefined) await spent;
  }
  if (!skip) await pieces.close();
  if (offset > 0) pieces.current = end;
  if (tool.has("suppress")) await pieces.remove();
  return false;
}
