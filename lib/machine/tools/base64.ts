/** base64(1) and base32(1). */
import { encodeBase64 } from "../../encoding/index.ts";
import { numberOption } from "./support/numbers.ts";
import { readAll, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  decode: { short: "d", long: "decode", help: "decode data" },
  wrap: { short: "w", long: "wrap", value: true, help: "wrap encoded lines after COLS character (default 76)" },
  ignore: { short: "i", long: "ignore-garbage", help: "when decoding, ignore non-alphabet characters" },
} as const;

/** Bytes worked on between two payments: a multiple of 3 and 5, so that pieces fit together. */
const PIECE = 15_360;
const EQUALS = 61;

interface Encoding {
  /** By byte: the value of a digit, -1 where it is none. */
  readonly digits: Int8Array;
  /** Digits of a group. */
  readonly group: number;
  encode(bytes: Uint8Array): string;
  /** The bytes of a group; fewer than it promises, and a complaint, where it is broken. */
  decode(group: readonly number[], out: number[]): boolean;
}

function digitsOf(alphabet: string): Int8Array {
  const digits = new Int8Array(256).fill(-1);
  for (let at = 0; at < alphabet.length; at++) digits[alphabet.charCodeAt(at)] = at;
  return digits;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE32 = `${LETTERS}234567`;
const DIGITS64 = digitsOf(`${LETTERS}${LETTERS.toLowerCase()}0123456789+/`);
const DIGITS32 = digitsOf(BASE32);

const base64Encoding: Encoding = {
  digits: DIGITS64,
  group: 4,
  encode: encodeBase64,
  decode(group, out) {
    const [a, b, c, d] = group.map((byte) => DIGITS64[byte] as number);
    if (a === undefined || b === undefined || a < 0 || b < 0) return false;
    out.push((a << 2) | (b >> 4));
    if (c === undefined) return false;
    if (group[2] === EQUALS) return group[3] === EQUALS;
    if (c < 0) return false;
    out.push(((b << 4) & 255) | (c >> 2));
    if (d === undefined) return false;
    if (group[3] === EQUALS) return true;
    if (d < 0) return false;
    out.push(((c << 6) & 255) | d);
    return true;
  },
};

/** How many digits of a group of base32 make one byte more. */
const STEPS: readonly number[] = [2, 4, 5, 7, 8];

const base32Encoding: Encoding = {
  digits: DIGITS32,
  group: 8,
  encode(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 5) {
      const five = bytes.subarray(at, at + 5);
      const count = Math.ceil((five.length * 8) / 5);
      for (let index = 0; index < 8; index++) {
        const bit = index * 5;
        const pair = ((five[bit >> 3] ?? 0) << 8) | (five[(bit >> 3) + 1] ?? 0);
        text += index < count ? BASE32.charAt((pair >> (11 - (bit & 7))) & 31) : "=";
      }
    }
    return text;
  },
  decode(group, out) {
    if (group.length < 8) return false;
    let value = 0n;
    let done = 0;
    for (const [index, step] of STEPS.entries()) {
      if (index > 0 && group[done] === EQUALS) return group.slice(done).every((byte) => byte === EQUALS);
      for (; done < step; done++) {
        const digit = DIGITS32[group[done] as number] as number;
        if (digit < 0) return false;
        value = (value << 5n) | BigInt(digit);
      }
      out.push(Number((value >> BigInt(step * 5 - (index + 1) * 8)) & 255n));
    }
    return true;
  },
};

async function decodeAll(tool: Tool<typeof OPTIONS>, data: Uint8Array, encoding: Encoding): Promise<void> {
  const ignore = tool.has("ignore");
  let out: number[] = [];
  let group: number[] = [];
  const finish = async (fine: boolean) => {
    await tool.out.write(Uint8Array.from(out));
    out = [];
    if (!fine) await tool.die("invalid input");
  };
  for (let at = 0; at < data.length; at++) {
    if ((at & 4095) === 4095) {
      await finish(true);
      await tool.spend(512);
    }
    const byte = data[at] as number;
    if (byte === 10 || (ignore && byte !== EQUALS && (encoding.digits[byte] as number) < 0)) continue;
    group.push(byte);
    if (group.length < encoding.group) continue;
    if (!encoding.decode(group, out)) await finish(false);
    group = [];
  }
  await finish(group.length === 0 || encoding.decode(group, out));
}

const make = (name: string, encoding: Encoding) =>
  tool(
    {
      name,
      usage: "[OPTION]... [FILE]",
      summary: `${name[0]?.toUpperCase()}${name.slice(1)} encode or decode FILE, or standard input, to standard output.`,
      options: OPTIONS,
    },
    async (tool) => {
      let columns = 76;
      for (const { name: option, value = "" } of tool.options.given)
        if (option === "wrap")
          columns = await numberOption(tool, value, "invalid wrap size", { overflow: Number.POSITIVE_INFINITY });
      const [file = "-", extra] = tool.operands;
      if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
      await tool.eachInput(
        async (reader) => {
          const data = await readAll(tool, reader);
          if (tool.has("decode")) return decodeAll(tool, data, encoding);
          let rest = "";
          for (let at = 0; at < data.length; at += PIECE) {
            rest += encoding.encode(data.subarray(at, at + PIECE));
            await tool.spend(PIECE >> 4);
            let from = 0;
            if (columns > 0)
              for (; rest.length - from >= columns; from += columns) {
                const full = tool.out.write(`${rest.slice(from, from + columns)}\n`);
                if (full !== undefined) await full;
              }
            else {
              await tool.out.write(rest);
              from = rest.length;
            }
            rest = rest.slice(from);
          }
          if (rest !== "") await tool.out.write(`${rest}\n`);
        },
        {
          files: [file],
          words: (named, error) =>
            error.code === "EISDIR" ? `read error: ${error.message}` : `${tool.bare(named)}: ${error.message}`,
        },
      );
      return tool.status;
    },
  );

export const base64 = make("base64", base64Encoding);
export const base32 = make("base32", base32Encoding);
