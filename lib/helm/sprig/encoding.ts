/** Sprig's encodings, digests, randomness, patterns, paths, addresses and versions. */

import { RE2JS } from "re2js";
import { type DigestName, decodeBase64, digest, encodeBase64, toHex } from "../../encoding/index.ts";
import {
  type FunctionTable,
  fn,
  get,
  type Integer,
  int,
  int64,
  isNil,
  plain,
  Struct,
  type Value,
  type ValueMap,
} from "../../template/index.ts";
import { MAX_TEXT, textOf } from "./cast.ts";
import { goJson, parseJson, prettyJson } from "./json.ts";
import { compareVersions, parseVersion, satisfies, type Version, versionText } from "./semver.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// ------------------------------------------------------------------------------------------------------------ base 32

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
function encodeBase32(bytes: Uint8Array): string {
  let out = "";
  let [held, bits] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += BASE32[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) out += BASE32[(held << (5 - bits)) & 31];
  return out.padEnd(Math.ceil(out.length / 8) * 8, "=");
}
function decodeBase32(text: string): string {
  const body = text.replace(/[\r\n]/g, "");
  const letters = body.replace(/=+$/, "");
  if (body.length % 8 !== 0) return `illegal base32 data at input byte ${Math.floor(body.length / 8) * 8}`;
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  for (const [i, letter] of [...letters].entries()) {
    const value = BASE32.indexOf(letter);
    if (value === -1) return `illegal base32 data at input byte ${i}`;
    held = (held << 5) | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 255);
    held &= (1 << bits) - 1;
  }
  return decoder.decode(new Uint8Array(bytes));
}

// ------------------------------------------------------------------------------------------------------------ digests

const digestOf = (name: DigestName) => fn("string", (text: string) => toHex(digest(name, text)));
function adler32(text: string): string {
  let [a, b] = [1, 0];
  for (const byte of encoder.encode(text)) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return String(((b << 16) | a) >>> 0);
}

// ----------------------------------------------------------------------------------------------------------- patterns

const MAX_PATTERN = 4000;
const MAX_SUBJECT = 1024 * 1024;
const compiled = new Map<string, RE2JS>();
const MAX_COMPILED = 200;

function pattern(source: string, subject: string): RE2JS {
  if (subject.length > MAX_SUBJECT) throw new Error("the text is too long for a regular expression here");
  const known = compiled.get(source);
  if (known !== undefined) return known;
  if (source.length > MAX_PATTERN) throw new Error("regexp: the pattern is too long here");
  try {
    const made = RE2JS.compile(source);
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(source, made);
    return made;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new Error(`${words.startsWith("error parsing regexp") ? words : `error parsing regexp: ${words}`}`);
  }
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
  readonly names: Readonly<Record<string, number>>;
}
/** All matches as Go finds them: an empty one right after another does not count. */
function* matches(source: string, subject: string, limit: number): Generator<Found> {
  const expression = pattern(source, subject);
  const matcher = expression.matcher(subject);
  const names = expression.namedGroups() as Record<string, number>;
  let last = -1;
  let count = 0;
  for (let at = 0; at <= subject.length && (limit < 0 || count < limit); ) {
    if (!matcher.find(at)) return;
    const [start, end] = [matcher.start(), matcher.end()];
    if (!(start === end && start === last)) {
      const groups: (string | undefined)[] = [];
      for (let i = 0; i <= expression.groupCount(); i++) groups.push(matcher.group(i) ?? undefined);
      yield { start, end, groups, names };
      count++;
    }
    last = end;
    at = end > start ? end : end + 1;
  }
}
function replaceAll(source: string, subject: string, by: (found: Found) => string): string {
  let out = "";
  let at = 0;
  for (const found of matches(source, subject, -1)) {
    out += subject.slice(at, found.start) + by(found);
    if (out.length > MAX_TEXT) throw new Error("the text is too long here");
    at = found.end;
  }
  return out + subject.slice(at);
}
/** regexp.Expand: $1, ${name}; a name is as long as it can be. */
const expand = (template: string, { groups, names }: Found): string =>
  template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced: string | undefined, bare: string | undefined) => {
    if (whole === "$$") return "$";
    const name = braced ?? bare ?? "";
    return (/^\d+$/.test(name) ? groups[Number(name)] : groups[names[name] ?? -1]) ?? "";
  });
function regexSplit(source: string, subject: string, count: number): string[] {
  if (count === 0) return [];
  if (source !== "" && subject === "") return [""];
  const out: string[] = [];
  let [begin, end] = [0, 0];
  for (const found of matches(source, subject, count)) {
    if (count > 0 && out.length === count - 1) break;
    end = found.start;
    if (found.end !== 0) out.push(subject.slice(begin, end));
    begin = found.end;
  }
  if (end !== subject.length) out.push(subject.slice(begin));
  return out;
}

const both = (name: string, entry: FunctionTable[string]): FunctionTable => ({
  [name]: entry,
  [`must${name[0]?.toUpperCase()}${name.slice(1)}`]: entry,
});

// -------------------------------------------------------------------------------------------------------------- paths

function cleanPath(path: string): string {
  if (path === "") return ".";
  const rooted = path.startsWith("/");
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") out.push(part);
    else if (out.length > 0 && out[out.length - 1] !== "..") out.pop();
    else if (!rooted) out.push("..");
  }
  return (rooted ? "/" : "") + out.join("/") || (rooted ? "/" : ".");
}
function basePath(path: string): string {
  if (path === "") return ".";
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" ? "/" : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}
const dirPath = (path: string): string => cleanPath(path.slice(0, path.lastIndexOf("/") + 1));
const extension = (path: string): string => /\.[^./]*$/.exec(path)?.[0] ?? "";

// ---------------------------------------------------------------------------------------------------------- addresses

function urlParse(text: string): ValueMap {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text);
  if (match === null || /[\x00-\x1f\x7f]/.test(text))
    throw new Error(`unable to parse url: parse ${JSON.stringify(text)}: net/url: invalid control character in URL`);
  const [, scheme = "", authority = "", path = "", query = "", fragment = ""] = match;
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  const opaque = scheme !== "" && match[2] === undefined && path !== "" && !path.startsWith("/");
  return {
    scheme: scheme.toLowerCase(),
    host,
    hostname: host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1"),
    path: opaque ? "" : decodeURIComponent(path.replace(/%(?![0-9a-fA-F]{2})/g, "%25")),
    query,
    opaque: opaque ? path : "",
    fragment,
    userinfo: at === -1 ? "" : authority.slice(0, at),
  };
}
function urlJoin(parts: ValueMap): string {
  const part = (name: string): string => {
    const value = get(parts, name);
    return isNil(value) ? "" : textOf(value);
  };
  const [scheme, host, path, user] = [part("scheme"), part("host"), part("path"), part("userinfo")];
  const tail = `${part("query") === "" ? "" : `?${part("query")}`}${part("fragment") === "" ? "" : `#${part("fragment")}`}`;
  if (part("opaque") !== "") return `${scheme}:${part("opaque")}${tail}`;
  const authority = host !== "" || user !== "" ? `//${user === "" ? "" : `${user}@`}${host}` : "";
  const slash = authority !== "" && path !== "" && !path.startsWith("/") ? "/" : "";
  return `${scheme === "" ? "" : `${scheme}:`}${authority}${slash}${encodeURI(path)}${tail}`;
}

// ----------------------------------------------------------------------------------------------------------- versions

function versionValue(version: Version): Struct {
  return new Struct("*semver.Version", {
    host: version,
    text: () => versionText(version),
    methods: {
      Major: () => int64(version.major),
      Minor: () => int64(version.minor),
      Patch: () => int64(version.patch),
      Prerelease: () => version.prerelease,
      Metadata: () => version.metadata,
      Original: () => version.original,
      String: () => versionText(version),
      Compare: (other: Value) => int64(compareVersions(version, hostVersion(other))),
      Equal: (other: Value) => compareVersions(version, hostVersion(other)) === 0,
      GreaterThan: (other: Value) => compareVersions(version, hostVersion(other)) > 0,
      LessThan: (other: Value) => compareVersions(version, hostVersion(other)) < 0,
    },
  });
}
function hostVersion(value: Value): Version {
  if (value instanceof Struct && value.typeName === "*semver.Version") return value.host as Version;
  throw new Error("wrong type for value; expected *semver.Version");
}

// ---------------------------------------------------------------------------------------------------------- functions

const ALPHA = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMERIC = "0123456789";
const ASCII = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");

/** What draws lots: the random numbers of the place the chart is rendered in. */
export function randomFunctions(random: () => number): FunctionTable {
  const below = (limit: number) => Math.floor(random() * limit);
  const text = (letters: string) =>
    fn("int", (count: Integer) => {
      if (count.number > MAX_TEXT) throw new Error("the text is too long here");
      let out = "";
      for (let i = 0; i < count.number; i++) out += letters[below(letters.length)];
      return out;
    });
  return {
    randAlphaNum: text(ALPHA + NUMERIC),
    randAlpha: text(ALPHA),
    randNumeric: text(NUMERIC),
    randAscii: text(ASCII),
    randInt: fn("int,int", (from: Integer, to: Integer) => {
      if (to.number <= from.number) throw new Error("invalid argument to Intn");
      return int(from.number + below(to.number - from.number));
    }),
    randBytes: fn("int", (count: Integer) => {
      if (count.number > MAX_TEXT || count.number < 0) throw new Error("the text is too long here");
      return encodeBase64(Uint8Array.from({ length: count.number }, () => below(256)));
    }),
    shuffle: fn("string", (value: string) => {
      const letters = [...value];
      for (let i = letters.length - 1; i > 0; i--) {
        const other = below(i + 1);
        [letters[i], letters[other]] = [letters[other] as string, letters[i] as string];
      }
      return letters.join("");
    }),
    uuidv4: fn("", () =>
      "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (place) =>
        (place === "x" ? below(16) : 8 + below(4)).toString(16),
      ),
    ),
  };
}

export const ENCODING: FunctionTable = {
  b64enc: fn("string", (text: string) => encodeBase64(encoder.encode(text))),
  b64dec: fn("string", (text: string) => {
    try {
      return decoder.decode(decodeBase64(text));
    } catch (error) {
      return (error as Error).message;
    }
  }),
  b32enc: fn("string", (text: string) => encodeBase32(encoder.encode(text))),
  b32dec: fn("string", decodeBase32),
  sha1sum: digestOf("sha1"),
  sha256sum: digestOf("sha256"),
  sha512sum: digestOf("sha512"),
  adler32sum: fn("string", adler32),
  toPrettyJson: fn("any", (value: Value) => prettyJson(value)),
  mustToPrettyJson: fn("any", (value: Value) => prettyJson(value)),
  toRawJson: fn("any", (value: Value) => goJson(value, false)),
  mustToRawJson: fn("any", (value: Value) => goJson(value, false)),
  mustFromJson: fn("string", parseJson),

  ...both(
    "regexMatch",
    fn("string,string", (source: string, text: string) => pattern(source, text).matcher(text).find()),
  ),
  ...both(
    "regexFind",
    fn("string,string", (source: string, text: string) => [...matches(source, text, 1)][0]?.groups[0] ?? ""),
  ),
  ...both(
    "regexFindAll",
    fn("string,string,int", (source: string, text: string, count: Integer) =>
      [...matches(source, text, count.number)].map((found) => found.groups[0] ?? ""),
    ),
  ),
  ...both(
    "regexReplaceAll",
    fn("string,string,string", (source: string, text: string, by: string) =>
      replaceAll(source, text, (found) => expand(by, found)),
    ),
  ),
  ...both(
    "regexReplaceAllLiteral",
    fn("string,string,string", (source: string, text: string, by: string) => replaceAll(source, text, () => by)),
  ),
  ...both(
    "regexSplit",
    fn("string,string,int", (source: string, text: string, count: Integer) => regexSplit(source, text, count.number)),
  ),
  regexQuoteMeta: fn("string", (text: string) => text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")),

  base: fn("string", basePath),
  dir: fn("string", dirPath),
  clean: fn("string", cleanPath),
  ext: fn("string", extension),
  isAbs: fn("string", (path: string) => path.startsWith("/")),
  osBase: fn("string", basePath),
  osDir: fn("string", dirPath),
  osClean: fn("string", cleanPath),
  osExt: fn("string", extension),
  osIsAbs: fn("string", (path: string) => path.startsWith("/")),

  urlParse: fn("string", urlParse),
  urlJoin: fn("map", (parts: ValueMap) => urlJoin(plain(parts) as ValueMap)),

  semver: fn("string", (text: string) => versionValue(parseVersion(text))),
  semverCompare: fn("string,string", (constraint: string, version: string) => {
    // The constraint first, as upstream: of two mistakes that one is told.
    satisfies(constraint, parseVersion("0.0.0"));
    return satisfies(constraint, parseVersion(version));
  }),
};
