/** Hashes in names: FNV and the alphabet without vowels (apimachinery util/rand, pkg/util/hash). */

const PRIME = 16777619;
const OFFSET = 2166136261;
const encoder = new TextEncoder();

/** FNV-1, 32 bits: what ControllerRevisions are named by. */
export function fnv32(text: string): number {
  let hash = OFFSET;
  for (const byte of encoder.encode(text)) hash = (Math.imul(hash, PRIME) ^ byte) >>> 0;
  return hash >>> 0;
}

/** FNV-1a, 32 bits: what Pod templates are hashed by. */
function fnv32a(text: string): number {
  let hash = OFFSET;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, PRIME) >>> 0;
  return hash >>> 0;
}

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** Spells a text in letters that make no words (SafeEncodeString). */
export function safeEncode(text: string): string {
  let encoded = "";
  for (const byte of encoder.encode(text)) encoded += ALPHABET[byte % ALPHABET.length];
  return encoded;
}

/** JSON as Go's encoding/json writes maps: keys sorted; &, <, > and the line separators escaped. */
export function goJson(value: unknown): string {
  if (value === null || typeof value !== "object" || !Object.isFrozen(value)) return written(value);
  let text = texts.get(value);
  if (text === undefined) {
    text = written(value);
    texts.set(value, text);
  }
  return text;
}

/** Templates and revisions are written again with every look at their owners, and never change. */
const texts = new WeakMap<object, string>();

function written(value: unknown): string {
  return sortedJson(value).replace(
    /[&<>\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  const record = value as Record<string, unknown>;
  const fields = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sortedJson(record[key])}`);
  return `{${fields.join(",")}}`;
}

/** The pod-template-hash of a template; `collisionCount` is part of it where names have collided (ComputeHash). */
export function templateHash(template: unknown, collisionCount?: number): string {
  const text = goJson(template) + (collisionCount === undefined ? "" : String(collisionCount));
  return safeEncode(String(fnv32a(text)));
}
