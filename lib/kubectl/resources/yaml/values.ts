/** Nodes as JSON values: scalars as YAML 1.1 (and go-yaml v2) reads them, aliases and merges carried out. */

import { quote, tryDecodeBase64 } from "../../../encoding/index.ts";
import { formatFloat } from "../../../template/format.ts";
import type { Json, JsonObject } from "../../object.ts";
import { wholeNumber } from "../whole-number.ts";
import type { AliasNode, CollectionNode, Node, ScalarNode } from "./composer.ts";
import { YamlProblem } from "./cursor.ts";

const CORE = "tag:yaml.org,2002:";
const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
]);

type ScalarType = "str" | "bool" | "int" | "float" | "null" | "timestamp";
interface Resolved {
  readonly type: ScalarType;
  readonly value: Json;
}

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9]\d*))$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]| +)\d{1,2}:\d\d:\d\d(?:\.\d+)?(?:(?: *)(?:Z|[-+]\d\d?(?::?\d\d)?))?)?$/;
const MAX_UNSIGNED = 2n ** 64n;

function integer(text: string): number | bigint | undefined {
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, octal, binary, decimal] = match;
  const size = BigInt(
    hex !== undefined
      ? `0x${hex}`
      : octal !== undefined
        ? `0o${octal}`
        : binary !== undefined
          ? `0b${binary}`
          : (decimal ?? "0"),
  );
  // What does not fit is a float, where it looks like one.
  if (sign === "-" ? size > MAX_UNSIGNED / 2n : sign === "+" ? size >= MAX_UNSIGNED / 2n : size >= MAX_UNSIGNED)
    return undefined;
  // There is no negative nothing.
  return wholeNumber(sign === "-" ? -size : size);
}

function float(text: string): number | undefined {
  if (!FLOAT.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** What a scalar without quotes is. */
function resolvePlain(text: string): Resolved {
  const first = text.charAt(0);
  if (!/^[-+0-9yYnNtTfFoO~.]?$/.test(first)) return { type: "str", value: text };
  const word = WORDS.get(text);
  if (word !== undefined)
    return { type: word === null ? "null" : typeof word === "boolean" ? "bool" : "float", value: word };
  if (first === ".") {
    const value = float(text);
    return value === undefined ? { type: "str", value: text } : { type: "float", value };
  }
  if (!/[-+0-9]/.test(first)) return { type: "str", value: text };
  // It stays the text it was.
  if (TIMESTAMP.test(text) && text.length > 4) return { type: "timestamp", value: text };
  const plain = text.replaceAll("_", "");
  const whole = integer(plain);
  if (whole !== undefined) return { type: "int", value: whole };
  const value = float(plain);
  return value === undefined ? { type: "str", value: text } : { type: "float", value };
}

const RESOLVABLE = new Set(["str", "bool", "int", "float", "null", "timestamp"]);

function scalarValue({ tag, value, plain }: ScalarNode): Json {
  if (tag === "") return plain ? resolvePlain(value).value : value;
  const short = tag.startsWith(CORE) ? tag.slice(CORE.length) : undefined;
  if (short === "binary") {
    const bytes = tryDecodeBase64(value);
    if (bytes === undefined) throw new YamlProblem("yaml: !!binary value contains invalid base64 data");
    return new TextDecoder().decode(bytes);
  }
  if (short === undefined || !RESOLVABLE.has(short) || short === "str") return value;
  const resolved = resolvePlain(value);
  if (resolved.type === short || (short === "float" && resolved.type === "int")) return resolved.value;
  throw new YamlProblem(`yaml: cannot decode !!${resolved.type} \`${value}\` as a !!${short}`);
}

/** `%#v` of what a mapping or sequence was decoded to. */
function goSyntax(value: Json): string {
  if (value === null) return "interface {}(nil)";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (typeof value !== "object") return String(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${quote(key)}:${goSyntax(value[key] ?? null)}`);
  return `map[interface {}]interface {}{${entries.join(", ")}}`;
}

/** Nodes up to which any share of them may come from aliases, and how few from so many on (go-yaml's allowedAliasRatio). */
const MANY = 400_000;
const TOO_MANY = 4_000_000;
const allowedShare = (nodes: number): number =>
  nodes <= MANY ? 0.99 : nodes >= TOO_MANY ? 0.1 : 0.99 - (0.89 * (nodes - MANY)) / (TOO_MANY - MANY);

class Decoder {
  /** Anchors whose value is being read. */
  readonly #open = new Set<Node>();
  #nodes = 0;
  #aliased = 0;
  #depth = 0;

  value(node: Node): Json {
    this.#nodes++;
    if (this.#depth > 0) this.#aliased++;
    if (this.#aliased > 100 && this.#nodes > 1000 && this.#aliased / this.#nodes > allowedShare(this.#nodes))
      throw new YamlProblem("yaml: document contains excessive aliasing");
    switch (node.kind) {
      case "scalar":
        return scalarValue(node);
      case "alias":
        return this.#alias(node, (target) => this.value(target));
      case "sequence":
        return node.children.map((child) => this.value(child));
      case "mapping":
        return this.#mapping(node, {});
    }
  }

  #alias<T>({ name, target }: AliasNode, read: (target: Node) => T): T {
    if (this.#open.has(target)) throw new YamlProblem(`yaml: anchor '${name}' value contains itself`);
    this.#open.add(target);
    this.#depth++;
    const value = read(target);
    this.#depth--;
    this.#open.delete(target);
    return value;
  }

  #mapping({ children }: CollectionNode, into: JsonObject): JsonObject {
    for (let i = 0; i < children.length; i += 2) {
      const [key, value] = [children[i] as Node, children[i + 1] as Node];
      if (key.kind === "scalar" && key.value === "<<" && (key.plain || key.tag === `${CORE}merge`)) {
        this.#merge(value, into);
        continue;
      }
      const name = this.value(key);
      if (typeof name === "object" && name !== null) throw new YamlProblem(`yaml: invalid map key: ${goSyntax(name)}`);
      const read = this.value(value);
      if (name === null)
        throw new YamlProblem(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${goSyntax(read)}`);
      Object.defineProperty(into, keyText(name), {
        value: read,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return into;
  }

  #merge(node: Node, into: JsonObject): void {
    const one = (candidate: Node): void => {
      const target = candidate.kind === "alias" ? candidate.target : candidate;
      if (target.kind !== "mapping")
        throw new YamlProblem("yaml: map merge requires map or sequence of maps as the value");
      if (candidate.kind === "alias") this.#alias(candidate, () => this.#mapping(target, into));
      else this.#mapping(target, into);
    };
    // Earlier ones count more.
    if (node.kind === "sequence") for (const child of [...node.children].reverse()) one(child);
    else one(node);
  }
}

/** A key as JSON has it. */
function keyText(key: string | number | bigint | boolean): string {
  if (typeof key !== "number") return String(key);
  if (Number.isInteger(key) && Math.abs(key) < 2 ** 63) return String(key);
  if (Number.isNaN(key)) return ".nan";
  if (!Number.isFinite(key)) return key > 0 ? ".inf" : "-.inf";
  return formatFloat(Number(Math.fround(key).toPrecision(7)), "g", -1);
}

/** JSON has no numbers like these. */
function refuseUnwritable(value: Json): void {
  if (typeof value === "number" && !Number.isFinite(value))
    throw new YamlProblem(`json: unsupported value: ${Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"}`);
  if (Array.isArray(value)) for (const item of value) refuseUnwritable(item);
  else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) refuseUnwritable(item);
}

/** The node as JSON. Throws `YamlProblem`. */
export function jsonOf(node: Node): Json {
  const value = new Decoder().value(node);
  refuseUnwritable(value);
  return value;
}
