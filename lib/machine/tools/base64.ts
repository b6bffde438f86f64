import { encodeBase64, tryDecodeBase64 } from "../../encoding/index.ts";
import { type AnyTool, readAll, tool } from "./support/tool.ts";

/** Bytes encoded between two payments: a multiple of 3, so that pieces fit together. */
const PIECE = 12_288;

/** What came before the first bad group is printed, as GNU does. */
async function decodeInPieces(tool: AnyTool, data: Uint8Array, ignore: boolean): Promise<void> {
  const decoder = new TextDecoder();
  let held = "";
  for (let at = 0; at <= data.length; at += PIECE) {
    held += decoder.decode(data.subarray(at, at + PIECE)).replace(ignore ? /[^A-Za-z0-9+/=]/g : /\n/g, "");
    await tool.spend(PIECE >> 4);
    const last = at + PIECE > data.length;
    const whole = last ? held : held.slice(0, Math.max(0, held.length - 4 - (held.length % 4)));
    const decoded = tryDecodeBase64(whole);
    if (decoded === undefined || (!last && whole.includes("="))) {
      const good = /^(?:[A-Za-z0-9+/]{4})*/.exec(whole)?.[0] ?? "";
      await tool.out.write(tryDecodeBase64(good) ?? "");
      await tool.complain("invalid input");
      return;
    }
    await tool.out.write(decoded);
    held = held.slice(whole.length);
  }
}

export const base64 = tool(
  {
    name: "base64",
    usage: "[OPTION]... [FILE]",
    summary: "Base64 encode or decode FILE, or standard input, to standard output.",
    options: {
      decode: { short: "d", long: "decode", help: "decode data" },
      ignore: { short: "i", long: "ignore-garbage", help: "when decoding, ignore non-alphabet characters" },
      wrap: { short: "w", long: "wrap", value: true, help: "wrap encoded lines after COLS character (default 76)" },
    },
  },
  async (tool) => {
    const [file = "-", extra] = tool.operands;
    if (extra !== undefined) return tool.usage(`extra operand '${extra}'`);
    const wrap = tool.value("wrap") ?? "76";
    if (!/^\d+$/.test(wrap)) return tool.die(`invalid wrap size: '${wrap}'`);
    await tool.eachInput(
      async (reader) => {
        const data = await readAll(tool, reader);
        if (tool.has("decode")) {
          await decodeInPieces(tool, data, tool.has("ignore"));
          return;
        }
        const columns = Number(wrap);
        let rest = "";
        for (let at = 0; at < data.length; at += PIECE) {
          rest += encodeBase64(data.subarray(at, at + PIECE));
          await tool.spend(PIECE >> 4);
          if (columns === 0) {
            await tool.out.write(rest);
            rest = "";
            continue;
          }
          let from = 0;
          for (; rest.length - from >= columns; from += columns)
            await tool.out.write(`${rest.slice(from, from + columns)}\n`);
          rest = rest.slice(from);
        }
        if (rest !== "") await tool.out.write(`${rest}\n`);
      },
      { files: [file] },
    );
    return tool.status;
  },
);
