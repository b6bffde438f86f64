/** --set and its sisters (helm.sh/helm/v3/pkg/strvals). */
import { get, Integer, isMap, put, type Value, type ValueMap } from "../../template/index.ts";
import { HelmError } from "../errors.ts";
import { parseJson } from "../sprig/json.ts";

const MAX_INDEX = 65_536;
const MAX_NESTING = 30;

export interface SetOptions {
  /** --set-string: everything is text. */
  readonly texts?: boolean;
  /** --set-file: what a value stands for. */
  readonly read?: (value: string) => Value;
  /** --set-json: values are JSON. */
  readonly json?: boolean;
  /** --set-literal: the value is the rest, as it is. */
  readonly literal?: boolean;
}

/** ParseInto: the assignments of `text`, into `values`. */
export function parseInto(text: string, values: ValueMap, options: SetOptions = {}): void {
  const parser = new Parser(text, options);
  while (parser.key(values, 0)) {
    // Each round is one assignment.
  }
}

class Parser {
  readonly #letters: readonly string[];
  readonly #options: SetOptions;
  #at = 0;

  constructor(text: string, options: SetOptions) {
    this.#letters = [...text];
    this.#options = options;
  }

  #read(): string | undefined {
    return this.#letters[this.#at++];
  }
  /** Letters up to one of `stops`; backslashes escape. The stop is "" at the end. */
  #until(stops: string): readonly [text: string, stop: string] {
    let out = "";
    for (;;) {
      const letter = this.#read();
      if (letter === undefined) return [out, ""];
      if (stops.includes(letter)) return [out, letter];
      if (letter === "\\" && this.#options.literal !== true) {
        const next = this.#read();
        if (next === undefined) return [out, ""];
        out += next;
      } else out += letter;
    }
  }

  /** One "a.b[0]=value"; false at the end. */
  key(data: ValueMap, nesting: number): boolean {
    if (nesting > MAX_NESTING)
      throw new HelmError(`value name nested level is greater than maximum supported nested level of ${MAX_NESTING}`);
    const literal = this.#options.literal === true;
    const [name, stop] = this.#until(literal ? "=[." : "=[,.");
    switch (stop) {
      case "":
        if (name === "") return false;
        throw new HelmError(`key ${JSON.stringify(name)} has no value`);
      case "[": {
        const index = this.#index();
        const before = get(data, name);
        const list = Array.isArray(before) ? before : [];
        put(data, name, this.#item([...list], index, nesting));
        return true;
      }
      case "=":
        this.#assign(data, name);
        return true;
      case ",":
        put(data, name, "");
        throw new HelmError(`key ${JSON.stringify(name)} has no value (cannot end with ,)`);
      default: {
        const before = get(data, name);
        const inner: ValueMap = isMap(before) ? before : {};
        const more = this.key(inner, nesting + 1);
        if (!more) throw new HelmError(`key map ${JSON.stringify(name)} has no value`);
        if (name === "") throw new HelmError(`key map "" has no value`);
        put(data, name, inner);
        return true;
      }
    }
  }

  #assign(data: ValueMap, name: string): void {
    const { json, literal, read, texts } = this.#options;
    if (literal === true) {
      put(data, name, this.#rest());
      return;
    }
    if (json === true) {
      put(data, name, this.#json());
      return;
    }
    const list = this.#list();
    if (list !== undefined) {
      put(data, name, list);
      return;
    }
    const [text] = this.#until(",");
    put(data, name, read !== undefined ? read(text) : typed(text, texts === true));
  }
  #rest(): string {
    const text = this.#letters.slice(this.#at).join("");
    this.#at = this.#letters.length;
    return text;
  }

  /** One JSON value, and the comma behind it. */
  #json(): Value {
    const rest = this.#letters.slice(this.#at).join("");
    if (rest.trim() === "" || rest.startsWith(",")) {
      this.#until(",");
      return null;
    }
    const end = jsonEnd(rest);
    const value = parseJson(rest.slice(0, end));
    this.#at += [...rest.slice(0, end)].length;
    const [left] = this.#until(",");
    if (left.trim() !== "") throw new HelmError(`invalid character '${left.trim()[0]}' after top-level value`);
    return value;
  }

  /** "{a,b}" as a list; undefined where the value is none. */
  #list(): Value[] | undefined {
    if (this.#letters[this.#at] !== "{") return undefined;
    this.#at++;
    const list: Value[] = [];
    for (;;) {
      const [text, stop] = this.#until(",}");
      if (stop === "") throw new HelmError("list must terminate with '}'");
      if (stop === "}") {
        // "{}" is a list without anything in it.
        if (text !== "" || list.length > 0) list.push(this.#one(text));
        if (this.#letters[this.#at] === ",") this.#at++;
        return list;
      }
      list.push(this.#one(text));
    }
  }
  #one(text: string): Value {
    return this.#options.read !== undefined ? this.#options.read(text) : typed(text, this.#options.texts === true);
  }

  #index(): number {
    const [text, stop] = this.#until("]");
    if (stop === "") throw new HelmError("error parsing index: EOF");
    if (!/^[-+]?\d+$/.test(text))
      throw new HelmError(`error parsing index: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    return Number(text);
  }

  #item(list: Value[], index: number, nesting: number): Value[] {
    if (index < 0) throw new HelmError(`negative ${index} index not allowed`);
    if (index > MAX_INDEX)
      throw new HelmError(`index of ${index} is greater than maximum supported index of ${MAX_INDEX}`);
    const literal = this.#options.literal === true;
    const [name, stop] = this.#until("[.=");
    const set = (value: Value): Value[] => {
      while (list.length <= index) list.push(null);
      list[index] = value;
      return list;
    };
    if (name.length > 0) throw new HelmError(`unexpected data at end of array index: ${JSON.stringify(name)}`);
    switch (stop) {
      case "=": {
        const holder: ValueMap = {};
        this.#assign(holder, "x");
        return set(holder["x"]);
      }
      case "[": {
        const inner = this.#index();
        const before = list[index];
        return set(this.#item(Array.isArray(before) ? [...before] : [], inner, nesting));
      }
      case ".": {
        const before = list[index];
        const inner: ValueMap = isMap(before) ? { ...before } : {};
        if (!this.key(inner, nesting + 1)) throw new HelmError(`key map at index ${index} has no value`);
        return set(inner);
      }
      default:
        throw new HelmError(
          literal ? `key at index ${index} has no value` : `parse error: unexpected end of index ${index}`,
        );
    }
  }
}

/** Where the first JSON value of a text ends. */
function jsonEnd(text: string): number {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quoted) {
      if (char === "\\") i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth--;
    else if (char === "," && depth === 0) return i;
  }
  return text.length;
}

/** typedVal: whole numbers, truth values and null, but for numbers with a zero in front. */
function typed(text: string, texts: boolean): Value {
  if (texts) return text;
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  if (/^null$/i.test(text)) return null;
  if (text === "0") return new Integer(0, "int64");
  if (/^[-+]?[1-9]\d*$/.test(text)) {
    const number = BigInt(text.replace("+", ""));
    if (number <= 0x7fffffffffffffffn && number >= -0x8000000000000000n) return new Integer(number, "int64");
  }
  return text;
}
