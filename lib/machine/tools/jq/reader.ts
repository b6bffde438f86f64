/** Reads a text of JSON values piece by piece, with jq's complaints and where they are. */
import type { Json } from "./json.ts";

export class JsonTextError extends Error {}

/** The next value needs more text. */
export const MORE: unique symbol = Symbol("more");
/** There are no more values. */
export const DONE: unique symbol = Symbol("done");

const MAX_DEPTH = 10_000;

interface Open {
  readonly array: Json[] | undefined;
  readonly object: Map<string, Json> | undefined;
  key: string | undefined;
}

const LITERALS: Readonly<Record<string, Json>> = { true: true, false: false, null: null };
const SURROGATE = /[\ud800-\udfff]/;
const LONE = /[\ud800-\udfff]/gu;
/** Not of a number or word. */
const DELIMITER = /[[{}\]:,"\s]/g;

export class JsonReader {
  #text = "";
  #at = 0;
  #ended = false;
  /** Newlines before `#lineStart`, and where the present line began: for messages. */
  #line = 1;
  #lineStart = 0;
  readonly #open: Open[] = [];
  #afterWord = false;
  #next: Json | undefined;
  /** What the value given last was read from ended in this line, as jq counts: lines whose text was looked at. */
  #failed = false;

  push(text: string): void {
    if (this.#at > 0) {
      this.#text = this.#text.slice(this.#at);
      this.#lineStart -= this.#at;
      this.#at = 0;
    }
    this.#text += text;
  }

  end(): void {
    this.#ended = true;
  }

  /** Characters not read yet. */
  get pending(): number {
    return this.#text.length - this.#at;
  }

  /** Lines that were taken in when the value given last was complete: jq's "(at <stdin>:3)". */
  get line(): number {
    return this.#line - 1 + (this.#text.indexOf("\n", this.#at) === -1 ? 0 : 1);
  }

  #fail(message: string, at = this.#at): never {
    this.#failed = true;
    throw new JsonTextError(`${message} at line ${this.#line}, column ${at - this.#lineStart}`);
  }

  #failAtEnd(message: string): never {
    this.#failed = true;
    throw new JsonTextError(`${message} at EOF at line ${this.#line}, column ${this.#text.length - this.#lineStart}`);
  }

  /** At most `budget` steps, then MORE all the same: the caller pays and comes again. */
  next(budget = 2000): Json | typeof MORE | typeof DONE {
    if (this.#failed) return DONE;
    for (let step = 0; ; step++) {
      // A whole value at the top is complete; one that a separator ends is lost with what is wrong about that one.
      if (this.#next !== undefined && this.#open.length === 0) {
        const after = this.#afterWord ? this.#text[this.#at] : undefined;
        this.#afterWord = false;
        if (after !== undefined && "]}:,".includes(after)) {
          this.#next = undefined;
          this.#at++;
          this.#structure(after);
        }
        const value = this.#next as Json;
        this.#next = undefined;
        return value;
      }
      if (step > budget) return MORE;
      this.#blanks();
      const character = this.#text[this.#at];
      if (character === undefined) {
        if (!this.#ended) return MORE;
        if (this.#open.length > 0) this.#failAtEnd("Unfinished JSON term");
        return DONE;
      }
      if (character === '"') {
        if (!this.#string()) return MORE;
      } else if ("[{]}:,".includes(character)) {
        this.#at++;
        this.#structure(character);
      } else if (!this.#word()) return MORE;
    }
  }

  #blanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 10) {
        this.#line++;
        this.#lineStart = this.#at + 1;
      } else if (code !== 32 && code !== 9 && code !== 13 && code !== 0xfeff) return;
      this.#at++;
    }
  }

  #structure(character: string): void {
    const open = this.#open.at(-1);
    switch (character) {
      case "[":
      case "{":
        if (this.#next !== undefined) this.#fail("Expected separator between values");
        if (this.#open.length >= MAX_DEPTH) this.#fail("Exceeds depth limit for parsing");
        this.#open.push({
          array: character === "[" ? [] : undefined,
          object: character === "{" ? new Map() : undefined,
          key: undefined,
        });
        return;
      case ":":
        if (this.#next === undefined) this.#fail("Expected string key before ':'");
        if (open === undefined || open.object === undefined) this.#fail("':' not as part of an object");
        if (typeof this.#next !== "string") this.#fail("Object keys must be strings");
        if (open.key !== undefined) this.#fail("':' should follow a key");
        open.key = this.#next;
        this.#next = undefined;
        return;
      case ",":
        if (this.#next === undefined) this.#fail("Expected value before ','");
        if (open === undefined) this.#fail("',' not as part of an object or array");
        this.#add(open);
        return;
      case "]":
        if (open?.array === undefined) this.#fail("Unmatched ']'");
        if (this.#next !== undefined) this.#add(open);
        else if (open.array.length > 0) this.#fail("Expected another array element");
        this.#open.pop();
        this.#next = open.array;
        return;
      default:
        if (open === undefined) this.#fail("Unmatched '}'");
        if (this.#next !== undefined) {
          if (open.object === undefined) this.#fail("Objects must consist of key:value pairs");
          this.#add(open);
        } else if (open.object === undefined || open.key !== undefined) this.#fail("Unmatched '}'");
        else if (open.object.size > 0) this.#fail("Expected another key-value pair");
        this.#open.pop();
        this.#next = open.object as Map<string, Json>;
    }
  }

  /** The value read last belongs to what is open. */
  #add(open: Open): void {
    const value = this.#next as Json;
    this.#next = undefined;
    if (open.array !== undefined) {
      open.array.push(value);
      return;
    }
    if (open.key === undefined) this.#fail("Objects must consist of key:value pairs");
    open.object?.set(open.key, value);
    open.key = undefined;
  }

  /** False where the text ends before the word does. */
  #word(): boolean {
    DELIMITER.lastIndex = this.#at;
    const found = DELIMITER.exec(this.#text);
    if (found === null && !this.#ended) return false;
    const end = found?.index ?? this.#text.length;
    const word = this.#text.slice(this.#at, end);
    // jq notices at the character after the word.
    const fail = (message: string): never => {
      if (found === null) return this.#failAtEnd(message);
      this.#at = end;
      if (found[0] === "\n") {
        this.#line++;
        this.#lineStart = end + 1;
        return this.#fail(message, end + 1);
      }
      return this.#fail(message, end + 1);
    };
    const literal = Object.hasOwn(LITERALS, word) ? LITERALS[word] : undefined;
    let value: Json;
    if (literal !== undefined) value = literal;
    else if (/^[tfn]/.test(word)) return fail("Invalid literal");
    else if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(word)) value = Number(word);
    else if (word === "-nan" || word === "NaN" || word === "-NaN") value = Number.NaN;
    else if (/^-?[Ii]nf(?:inity)?$/.test(word)) value = word.startsWith("-") ? -Number.MAX_VALUE : Number.MAX_VALUE;
    else return fail("Invalid numeric literal");
    this.#at = end;
    if (this.#next !== undefined) fail("Expected separator between values");
    this.#next =
      Number.isFinite(value) || typeof value !== "number" || Number.isNaN(value)
        ? value
        : Math.sign(value) * Number.MAX_VALUE;
    this.#afterWord = true;
    return true;
  }

  /** False where the text ends before the string does. */
  #string(): boolean {
    const start = this.#at;
    let end = start + 1;
    for (;;) {
      end = this.#text.indexOf('"', end);
      if (end === -1) {
        if (!this.#ended) return false;
        const newlines = this.#text.slice(start).split("\n");
        this.#line += newlines.length - 1;
        if (newlines.length > 1) this.#lineStart = this.#text.lastIndexOf("\n") + 1;
        return this.#failAtEnd("Unfinished string");
      }
      let slashes = 0;
      while (this.#text[end - 1 - slashes] === "\\") slashes++;
      if (slashes % 2 === 0) break;
      end++;
    }
    const quoted = this.#text.slice(start, end + 1);
    let value: string;
    try {
      value = JSON.parse(quoted) as string;
    } catch {
      // Lone surrogates parse, so that what is wrong is an escape or a control character: the first of them counts.
      const inner = quoted.slice(1, -1);
      const newline = inner.lastIndexOf("\n");
      if (newline !== -1) {
        this.#line += inner.split("\n").length - 1;
        this.#lineStart = start + 2 + newline;
      }
      const wrong = /\\(?:(u)(?![0-9a-fA-F]{4})|(?!["\\/bfnrtu]))/.exec(inner.replace(/\\\\/g, "  "));
      if (wrong !== null && wrong[1] === undefined) this.#fail("Invalid escape", end + 1);
      if (wrong !== null && inner.length - wrong.index < 6) this.#fail("Invalid \\uXXXX escape", end + 1);
      if (wrong !== null) this.#fail("Invalid characters in \\uXXXX escape", end + 1);
      this.#fail("Invalid string: control characters from U+0000 through U+001F must be escaped", end + 1);
    }
    if (SURROGATE.test(value)) {
      // Half of a pair: the first is an error, the second alone is shown as a replacement.
      const first = /\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})/;
      if (first.test(quoted.replace(/\\\\/g, "  ")))
        this.#fail("Invalid \\uXXXX\\uXXXX surrogate pair escape", end + 1);
      value = value.replace(LONE, "\ufffd");
    }
    this.#at = end + 1;
    if (this.#next !== undefined) this.#fail("Expected separator between values");
    this.#next = value;
    return true;
  }
}

/** All values of a text. Throws `JsonTextError`. */
export function parseValues(text: string): Json[] {
  const reader = new JsonReader();
  reader.push(text);
  reader.end();
  const values: Json[] = [];
  for (;;) {
    const value = reader.next(Number.POSITIVE_INFINITY);
    if (value === DONE || value === MORE) return values;
    values.push(value);
  }
}
