/** RESP2, the protocol of Redis. Texts are binary strings: one character a byte, so that any value survives. */
import type { ByteReader } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";

/** A reply as a value. `status` prints as +OK, `error` as -ERR ... */
export type Reply =
  | { readonly type: "status"; readonly text: string }
  | { readonly type: "error"; readonly text: string }
  | { readonly type: "integer"; readonly value: number }
  | { readonly type: "bulk"; readonly text: string | null }
  | { readonly type: "array"; readonly items: readonly Reply[] | null }
  /** One command, answered by one reply for each of its names (SUBSCRIBE). */
  | { readonly type: "several"; readonly replies: readonly Reply[] };

export const OK: Reply = { type: "status", text: "OK" };
export const status = (text: string): Reply => ({ type: "status", text });
export const error = (text: string): Reply => ({ type: "error", text });
export const integer = (value: number): Reply => ({ type: "integer", value });
export const bulk = (text: string | null): Reply => ({ type: "bulk", text });
export const array = (items: readonly Reply[] | null): Reply => ({ type: "array", items });
export const texts = (items: Iterable<string | null>): Reply => array([...items].map(bulk));

export function encodeReply(reply: Reply): string {
  switch (reply.type) {
    case "status":
      return `+${reply.text}\r\n`;
    case "error":
      return `-${reply.text}\r\n`;
    case "integer":
      return `:${reply.value}\r\n`;
    case "bulk":
      return reply.text === null ? "$-1\r\n" : `$${reply.text.length}\r\n${reply.text}\r\n`;
    case "several":
      return reply.replies.map(encodeReply).join("");
    case "array":
      return reply.items === null ? "*-1\r\n" : `*${reply.items.length}\r\n${reply.items.map(encodeReply).join("")}`;
  }
}

export function encodeCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

export function toBytes(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index) & 255;
  return bytes;
}

export function toBinary(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192)
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return text;
}

/** UTF-8 text to a binary string and back. */
export const fromText = (text: string) => toBinary(new TextEncoder().encode(text));
export const toText = (binary: string) => new TextDecoder().decode(toBytes(binary));

export class ProtocolError extends Error {}

const MAX_BULK = 32 * 1024 * 1024;

export class RespReader {
  readonly #reader: StreamReader;
  constructor(source: ByteReader) {
    this.#reader = new StreamReader(source);
  }

  /** One command of a client, as array or inline; undefined at the end. */
  async command(): Promise<string[] | undefined> {
    for (;;) {
      const line = await this.#reader.line();
      if (line === undefined) return undefined;
      if (!line.startsWith("*")) {
        const words = line.trim().split(/\s+/).filter(Boolean);
        if (words.length > 0) return words.map(fromText);
        continue;
      }
      const count = Number(line.slice(1));
      if (!Number.isInteger(count) || count > 1_000_000) throw new ProtocolError("invalid multibulk length");
      if (count <= 0) continue;
      const words: string[] = [];
      for (let index = 0; index < count; index++) {
        const header = await this.#reader.line();
        if (header === undefined) return undefined;
        if (!header.startsWith("$")) throw new ProtocolError(`expected '$', got '${header[0] ?? ""}'`);
        const word = await this.bulk(Number(header.slice(1)));
        if (word === undefined) return undefined;
        words.push(word);
      }
      return words;
    }
  }

  async bulk(length: number): Promise<string | undefined> {
    if (!Number.isInteger(length) || length < 0 || length > MAX_BULK) throw new ProtocolError("invalid bulk length");
    const bytes = await this.#reader.bytes(length + 2);
    return bytes === undefined ? undefined : toBinary(bytes.subarray(0, length));
  }

  line(): Promise<string | undefined> {
    return this.#reader.line();
  }

  /** Exactly `length` bytes, without an end of line behind them. */
  async raw(length: number): Promise<string | undefined> {
    const bytes = await this.#reader.bytes(length);
    return bytes === undefined ? undefined : toBinary(bytes);
  }

  /** One reply of a server; undefined at the end. */
  async reply(): Promise<Reply | undefined> {
    const line = await this.#reader.line();
    if (line === undefined) return undefined;
    const rest = line.slice(1);
    switch (line[0]) {
      case "+":
        return status(rest);
      case "-":
        return error(rest);
      case ":":
        return integer(Number(rest));
      case "$": {
        if (rest === "-1") return bulk(null);
        const text = await this.bulk(Number(rest));
        return text === undefined ? undefined : bulk(text);
      }
      case "*": {
        if (rest === "-1") return array(null);
        const items: Reply[] = [];
        for (let index = 0; index < Number(rest); index++) {
          const item = await this.reply();
          if (item === undefined) return undefined;
          items.push(item);
        }
        return array(items);
      }
      default:
        throw new ProtocolError(`unexpected reply ${JSON.stringify(line.slice(0, 20))}`);
    }
  }
}
