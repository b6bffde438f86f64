import { readAll, tool } from "./support/tool.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function encodeBase64(data: Uint8Array): string {
  let out = "";
  for (let i = 0; i < data.length; i += 3) {
    const [a = 0, b = 0, c = 0] = data.subarray(i, i + 3);
    const left = data.length - i;
    out += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | (b >> 4));
    out += left > 1 ? ALPHABET.charAt(((b & 15) << 2) | (c >> 6)) : "=";
    out += left > 2 ? ALPHABET.charAt(c & 63) : "=";
  }
  return out;
}

/** Undefined where the text is no base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/=+$/, "");
  if (text.length % 4 !== 0 || text.length - digits.length > 2) return undefined;
  const out = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    const value = ALPHABET.indexOf(digit);
    if (value === -1) return undefined;
    held = (held << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >> bits) & 255;
      held &= (1 << bits) - 1;
    }
  }
  return out;
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
        await tool.spend(data.length >> 6);
        if (tool.has("decode")) {
          const text = new TextDecoder().decode(data).replace(tool.has("ignore") ? /[^A-Za-z0-9+/=]/g : /\n/g, "");
          const decoded = decodeBase64(text);
          if (decoded !== undefined) {
            await tool.process.stdout.write(decoded);
            return;
          }
          // What came before the first bad group is printed, as GNU does.
          const good = /^(?:[A-Za-z0-9+/]{4})*/.exec(text)?.[0] ?? "";
          await tool.process.stdout.write(decodeBase64(good) ?? "");
          await tool.complain("invalid input");
          return;
        }
        const encoded = encodeBase64(data);
        const columns = Number(wrap);
        const lines = columns === 0 ? encoded : encoded.replace(new RegExp(`.{${columns}}(?=.)`, "g"), "$&\n");
        await tool.process.stdout.write(columns === 0 || encoded === "" ? lines : `${lines}\n`);
      },
      { files: [file] },
    );
    return tool.status;
  },
);
