/** openssl rand. */
import { encodeBase64 } from "../../../encoding/index.ts";
import { Output } from "../support/tool.ts";
import type { Command } from "./commands.ts";

/** Bytes between two payments: whole lines of 48. */
const PIECE = 12_288;

/** PEM's lines of 64 characters. */
export function wrapLines(text: string): string {
  return text === "" ? "" : `${text.match(/.{1,64}/g)?.join("\n") ?? ""}\n`;
}

/** A number as C writes it, which fits an int. */
const NUMBER = /^[+-]?(0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)$/;

/** apps/rand.c. The format that was asked for last counts. */
export const rand: Command = async (tool, options, operands) => {
  const refuse = (words: string) => tool.die(`${words}rand: Use -help for summary.`);
  if (operands.length > 1) return refuse("");
  const [count = "0"] = operands;
  const digits = count.replace(/^[+-]/, "");
  const value = Number(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (!NUMBER.test(count) || value > Number.MAX_SAFE_INTEGER)
    return refuse(`rand: Can't parse "${count}" as a number\n`);
  if (value > 0x7fff_ffff) return refuse(`rand: Value "${count}" outside integer range\n`);
  if (operands.length === 1 && (value === 0 || count.startsWith("-"))) return refuse("");
  const format = [...options.keys()].filter((key) => key === "hex" || key === "base64").at(-1);
  const { process } = tool;
  const path = options.get("out");
  const file = typeof path === "string" ? process.open(path, { write: true, create: true, truncate: true }) : undefined;
  const out = file?.writer === undefined ? tool.out : new Output(file.writer);
  try {
    for (let left = value; left > 0; ) {
      const data = new Uint8Array(Math.min(left, PIECE));
      for (let at = 0; at < data.length; at++) data[at] = Math.floor(process.clock.random() * 256);
      left -= data.length;
      if (format === "hex") await out.write(hexText(data));
      else await out.write(format === "base64" ? wrapLines(encodeBase64(data)) : data);
      await tool.spend(PIECE >> 4);
    }
    if (format === "hex") await out.write("\n");
    await out.flush();
  } finally {
    file?.close();
  }
  return 0;
};

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hexText(data: Uint8Array): string {
  let out = "";
  for (const byte of data) out += HEX[byte];
  return out;
}
