/** tr(1), on bytes. */
import { fromBinary, toBinary } from "./support/binary.ts";
import { type Tool, tool } from "./support/tool.ts";
import { TrError, TrSet } from "./support/tr-set.ts";

const OPTIONS = {
  complement: { short: "c", long: "complement" },
  complementUpper: { short: "C" },
  delete: { short: "d", long: "delete" },
  squeeze: { short: "s", long: "squeeze-repeats" },
  truncate: { short: "t", long: "truncate-set1" },
} as const;

export const tr = tool(
  {
    name: "tr",
    usage: "[OPTION]... STRING1 [STRING2]",
    summary: "Translate, squeeze, and/or delete characters from standard input, writing to standard output.",
    options: OPTIONS,
    stopAtOperand: true,
  },
  async (tool) => {
    const [first, second, extra] = tool.operands;
    const deletes = tool.has("delete");
    const squeezes = tool.has("squeeze");
    const most = deletes && !squeezes ? 1 : 2;
    const least = deletes === squeezes ? 2 : 1;
    if (first === undefined) return tool.usage("missing operand");
    if (second === undefined && least === 2)
      return tool.usage(
        `missing operand after ${tool.word(first)}\n${deletes ? "Two strings must be given when both deleting and squeezing repeats." : "Two strings must be given when translating."}`,
      );
    if (tool.operands.length > most)
      return tool.usage(
        `extra operand ${tool.word((most === 1 ? second : extra) as string)}${most === 1 ? "\nOnly one string may be given when deleting without squeezing repeats." : ""}`,
      );
    try {
      const [out, squeezed] = await tables(tool, toBinary(first), second === undefined ? undefined : toBinary(second));
      await change(tool, out, squeezed);
    } catch (error) {
      if (error instanceof TrError) return tool.die(error.message);
      throw error;
    }
    return tool.status;
  },
);

/** By byte: what becomes of it (-1: nothing), and which of the results are not repeated. */
async function tables(
  tool: Tool<typeof OPTIONS>,
  first: string,
  second: string | undefined,
): Promise<readonly [Int16Array, Uint8Array]> {
  const quote = (text: string) => tool.word(fromBinary(text));
  const warn = (message: string) => tool.complain(`warning: ${message}`, 0);
  const deletes = tool.has("delete");
  const squeezes = tool.has("squeeze");
  const translates = second !== undefined && !deletes;
  const complement = tool.has("complement") || tool.has("complementUpper");
  const set1 = await TrSet.parse(first, quote, warn);
  const set2 = second === undefined ? undefined : await TrSet.parse(second, quote, warn);
  if (set1.fills > 0) throw new TrError("the [c*] repeat construct may not appear in string1");
  const out = Int16Array.from({ length: 256 }, (_, byte) => byte);
  const squeezed = new Uint8Array(256);
  let from = set1.bytes(0);
  if (complement) {
    const members = new Set(from);
    from = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !members.has(byte));
  }
  if (set2 !== undefined) {
    if (set2.fills > 1) throw new TrError("only one [c*] repeat construct may appear in string2");
    if (translates) {
      if (set2.hasEquivalence) throw new TrError("[=c=] expressions may not appear in string2 when translating");
      if (set2.hasOtherClass)
        throw new TrError(
          "when translating, the only character classes that may appear in\nstring2 are 'upper' and 'lower'",
        );
    } else if (set2.fills > 0) throw new TrError("the [c*] construct may appear in string2 only when translating");
  }
  if (translates && set2 !== undefined) {
    let to = set2.bytes(from.length);
    if (!complement) [from, to] = set1.paired(set2, from, to);
    if (!tool.has("truncate")) {
      if (to.length === 0 && from.length > 0) throw new TrError("when not truncating set1, string2 must be non-empty");
      if (to.length < from.length && set2.endsInClass)
        throw new TrError(
          "when translating with string1 longer than string2,\nthe latter string must not end with a character class",
        );
      if (complement && set1.hasClass && (to.length > from.length || new Set([...to, to.at(-1)]).size > 1))
        throw new TrError(
          "when translating with complemented character classes,\nstring2 must map all characters in the domain to one",
        );
    }
    const last = to.at(-1) ?? 0;
    for (const [index, byte] of from.entries()) {
      if (index >= to.length && tool.has("truncate")) break;
      out[byte] = to[index] ?? last;
    }
    if (squeezes) for (const byte of to) squeezed[byte] = 1;
  } else if (deletes) {
    for (const byte of from) out[byte] = -1;
    for (const byte of set2?.bytes(0) ?? []) squeezed[byte] = 1;
  } else for (const byte of from) squeezed[byte] = 1;
  return [out, squeezed];
}

async function change(tool: Tool<typeof OPTIONS>, out: Int16Array, squeezed: Uint8Array): Promise<void> {
  let before = -1;
  const read = await tool.attempt("read error", async () => {
    for (
      let chunk = await tool.process.stdin.read(16_384);
      chunk !== null;
      chunk = await tool.process.stdin.read(16_384)
    ) {
      const made = new Uint8Array(chunk.length);
      let at = 0;
      for (const byte of chunk) {
        const next = out[byte] as number;
        if (next === -1 || (next === before && squeezed[next] === 1)) continue;
        before = next;
        made[at++] = next;
      }
      await tool.out.write(made.subarray(0, at));
      await tool.spend(chunk.length >> 4);
      await tool.out.flush();
    }
  });
  if (!read) tool.status = 1;
}
