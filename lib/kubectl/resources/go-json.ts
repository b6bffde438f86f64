/** JSON values one after the other, as Go's json.Decoder reads them, with its words for what is wrong. */

import type { Json } from "../object.ts";
import { wholeNumber } from "./whole-number.ts";

/** `offset`: bytes up to and with the letter that is wrong. */
export class JsonSyntaxError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}
/** The text ends within a value. */
export class JsonEnds extends Error {}

const SPACE = /[ \t\r\n]/;
const encoder = new TextEncoder();

/** A byte as Go quotes it in these errors. */
function quoted(letter: string): string {
  if (letter === "'") return "'\\''";
  if (letter === '"') return "'\"'";
  const [byte = 0] = encoder.encode(letter);
  if (byte >= 0x80) return `'${byte < 0xa0 ? `\\u00${byte.toString(16)}` : String.fromCharCode(byte)}'`;
  return `'${JSON.stringify(letter).slice(1, -1).replace("\\u00", "\\x")}'`;
}

class Reader {
  readonly text: string;
  at: number;
  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  #fail(context: string): never {
    const letter = this.text.charAt(this.at);
    if (letter === "") throw new JsonEnds("unexpected EOF");
    const before = encoder.encode(this.text.slice(0, this.at)).length;
    throw new JsonSyntaxError(`invalid character ${quoted(letter)} ${context}`, before + 1);
  }
  #spaces(): void {
    while (SPACE.test(this.text.charAt(this.at))) this.at++;
  }
  #char(): string {
    return this.text.charAt(this.at);
  }

  value(): Json {
    this.#spaces();
    const char = this.#char();
    if (char === "{") return this.#object();
    if (char === "[") return this.#array();
    if (char === '"') return this.#string();
    if (char === "-" || /[0-9]/.test(char)) return this.#number();
    for (const [word, value] of [["true", true] as const, ["false", false] as const, ["null", null] as const]) {
      if (char !== word.charAt(0)) continue;
      for (let i = 0; i < word.length; i++, this.at++)
        if (this.#char() !== word.charAt(i)) this.#fail(`in literal ${word} (expecting '${word.charAt(i)}')`);
      return value;
    }
    return this.#fail("looking for beginning of value");
  }

  #object(): Json {
    const found: { [key: string]: Json } = {};
    this.at++;
    this.#spaces();
    if (this.#char() === "}") {
      this.at++;
      return found;
    }
    for (;;) {
      this.#spaces();
      if (this.#char() !== '"') this.#fail("looking for beginning of object key string");
      const key = this.#string();
      this.#spaces();
      if (this.#char() !== ":") this.#fail("after object key");
      this.at++;
      const value = this.value();
      Object.defineProperty(found, key, { value, enumerable: true, configurable: true, writable: true });
      this.#spaces();
      const next = this.#char();
      if (next !== "," && next !== "}") this.#fail("after object key:value pair");
      this.at++;
      if (next === "}") return found;
    }
  }

  #array(): Json {
    const found: Json[] = [];
    this.at++;
    this.#spaces();
    if (this.#char() === "]") {
      this.at++;
      return found;
    }
    for (;;) {
      found.push(this.value());
      this.#spaces();
      const next = this.#char();
      if (next !== "," && next !== "]") this.#fail("after array element");
      this.at++;
      if (next === "]") return found;
    }
  }

  #string(): string {
    const start = this.at++;
    for (;;) {
      const char = this.#char();
      if (char === "" || char.charCodeAt(0) < 0x20) this.#fail("in string literal");
      this.at++;
      if (char === '"') return JSON.parse(this.text.slice(start, this.at)) as string;
      if (char !== "\\") continue;
      if (this.#char() === "u") {
        this.at++;
        for (let i = 0; i < 4; i++, this.at++)
          if (!/[0-9a-fA-F]/.test(this.#char())) this.#fail("in \\u hexadecimal character escape");
      } else if (/["\\/bfnrt]/.test(this.#char())) this.at++;
      else this.#fail("in string escape code");
    }
  }

  #number(): number | bigint {
    const start = this.at;
    const digits = (context: string): void => {
      if (!/[0-9]/.test(this.#char())) this.#fail(context);
      while (/[0-9]/.test(this.#char())) this.at++;
    };
    if (this.#char() === "-") this.at++;
    if (this.#char() === "0") this.at++;
    else digits("in numeric literal");
    if (this.#char() === ".") {
      this.at++;
      digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.#char()) && this.#char() !== "") {
      this.at++;
      if (/[-+]/.test(this.#char())) this.at++;
      digits("in exponent of numeric literal");
    }
    const written = this.text.slice(start, this.at);
    return /^-?\d{16,}$/.test(written) ? wholeNumber(BigInt(written)) : Number(written);
  }
}

/** The next value from `at` on, and where it ends; undefined at the end of the text. */
export function nextJson(text: string, at: number): { readonly value: Json; readonly end: number } | undefined {
  if (/^[ \t\r\n]*$/.test(text.slice(at))) return undefined;
  const reader = new Reader(text, at);
  const value = reader.value();
  return { value, end: reader.at };
}
