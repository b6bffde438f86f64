/** The four kinds of objects as values, and the bytes that stand for them. */
import { concatBytes, digest, toHex } from "../../../encoding/index.ts";
import { decodeBytes, encodeText } from "../../bytes.ts";

export type ObjectType = "blob" | "tree" | "commit" | "tag";

/** 40 hexadecimal digits. */
export type Oid = string;

export const NULL_OID: Oid = "0".repeat(40);
/** The tree that has no entries. */
export const EMPTY_TREE: Oid = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Uint8Array;
}

/** Who, and when: `time` in seconds since the epoch, `zone` as "+0200". */
export interface Person {
  readonly name: string;
  readonly email: string;
  readonly time: number;
  readonly zone: string;
}

export interface Commit {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export interface Tag {
  readonly object: Oid;
  readonly type: ObjectType;
  readonly name: string;
  readonly tagger: Person | undefined;
  readonly message: string;
}

export const MODE_TREE = 0o40000;
export const MODE_FILE = 0o100644;
export const MODE_EXECUTABLE = 0o100755;
export const MODE_LINK = 0o120000;
export const MODE_COMMIT = 0o160000;

export interface TreeEntry {
  readonly mode: number;
  readonly name: string;
  readonly oid: Oid;
}

/** What kind of object a mode in a tree points to. */
export function typeOfMode(mode: number): ObjectType {
  return mode === MODE_TREE ? "tree" : mode === MODE_COMMIT ? "commit" : "blob";
}

/** Six octal digits, as diffs show modes. */
export function modeText(mode: number): string {
  return mode.toString(8).padStart(6, "0");
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The name of an object from its 20 bytes at `from`. */
export function hexOf(bytes: Uint8Array, from: number): Oid {
  let text = "";
  for (let at = from; at < from + 20; at++) text += HEX[bytes[at] as number];
  return text;
}

/** The 20 bytes of an object's name. */
export function bytesOfHex(oid: Oid): Uint8Array {
  const out = new Uint8Array(20);
  for (let at = 0; at < 20; at++) out[at] = Number.parseInt(oid.slice(2 * at, 2 * at + 2), 16);
  return out;
}

/** The bytes that are hashed and kept: "type size\0" and the content. */
export function framed(type: ObjectType, data: Uint8Array): Uint8Array {
  return concatBytes([encodeText(`${type} ${data.length}\0`), data]);
}

export const oidOf = (frame: Uint8Array): Oid => toHex(digest("sha1", frame));

/** Trees sort directories as if their names ended with a slash. */
function compareEntries(a: TreeEntry, b: TreeEntry): number {
  const left = a.mode === MODE_TREE ? `${a.name}/` : a.name;
  const right = b.mode === MODE_TREE ? `${b.name}/` : b.name;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A tree's bytes; entries in git's order, in which a folder counts as if its name ended with a slash. */
export function encodeTree(entries: readonly TreeEntry[]): Uint8Array {
  return concatBytes(
    [...entries]
      .sort(compareEntries)
      .flatMap((entry) => [encodeText(`${entry.mode.toString(8)} ${entry.name}\0`), bytesOfHex(entry.oid)]),
  );
}

/** Entries up to where the bytes make no sense any more: fsck tells of the rest. */
export function decodeTree(data: Uint8Array): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const zero = data.indexOf(0, space);
    if (space === -1 || zero === -1 || zero + 21 > data.length) break;
    entries.push({
      mode: Number.parseInt(decodeBytes(data.subarray(at, space)), 8),
      name: decodeBytes(data.subarray(space + 1, zero)),
      oid: hexOf(data, zero + 1),
    });
    at = zero + 21;
  }
  return entries;
}

/** "Name <address> seconds zone", as commits and tags have it. */
export function personText(person: Person): string {
  return `${person.name} <${person.email}> ${person.time} ${person.zone}`;
}

/** The same, read; what is missing is empty or 0. */
export function parsePerson(text: string): Person {
  const [, name = "", email = "", time = "0", zone = "+0000"] =
    /^(.*?) ?<([^>]*)>(?: (\d+) ([-+]\d{4}))?/.exec(text) ?? [];
  return { name, email, time: Number(time), zone };
}

/** The header lines (continued ones joined) and the text below them. */
function headers(text: string): { readonly fields: readonly (readonly [string, string])[]; readonly body: string } {
  const end = text.indexOf("\n\n");
  const head = end === -1 ? text.replace(/\n$/, "") : text.slice(0, end);
  const fields: [string, string][] = [];
  for (const line of head.split("\n")) {
    const last = fields.at(-1);
    if (line.startsWith(" ") && last !== undefined) last[1] += `\n${line.slice(1)}`;
    else {
      const space = line.indexOf(" ");
      fields.push(space === -1 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)]);
    }
  }
  return { fields, body: end === -1 ? "" : text.slice(end + 2) };
}

/** A commit's bytes, from which its name is made. */
export function encodeCommit(commit: Omit<Commit, "oid">): Uint8Array {
  const parents = commit.parents.map((parent) => `parent ${parent}\n`).join("");
  return encodeText(
    `tree ${commit.tree}\n${parents}author ${personText(commit.author)}\ncommitter ${personText(commit.committer)}\n\n${commit.message}`,
  );
}

export function decodeCommit(oid: Oid, data: Uint8Array): Commit {
  const { fields, body } = headers(decodeBytes(data));
  const field = (name: string) => fields.find(([key]) => key === name)?.[1] ?? "";
  return {
    oid,
    tree: field("tree"),
    parents: fields.filter(([key]) => key === "parent").map(([, value]) => value),
    author: parsePerson(field("author")),
    committer: parsePerson(field("committer")),
    message: body,
  };
}

/** An annotated tag's bytes. */
export function encodeTag(tag: Tag): Uint8Array {
  const tagger = tag.tagger === undefined ? "" : `tagger ${personText(tag.tagger)}\n`;
  return encodeText(`object ${tag.object}\ntype ${tag.type}\ntag ${tag.name}\n${tagger}\n${tag.message}`);
}

export function decodeTag(data: Uint8Array): Tag {
  const { fields, body } = headers(decodeBytes(data));
  const field = (name: string) => fields.find(([key]) => key === name)?.[1];
  const tagger = field("tagger");
  return {
    object: field("object") ?? NULL_OID,
    type: (field("type") ?? "commit") as ObjectType,
    name: field("tag") ?? "",
    tagger: tagger === undefined ? undefined : parsePerson(tagger),
    message: body,
  };
}

/** The first paragraph as one line. */
export function subjectOf(message: string): string {
  const lines: string[] = [];
  for (const line of message.replace(/^\n+/, "").split("\n")) {
    if (line.trim() === "") break;
    lines.push(line.trimEnd());
  }
  return lines.join(" ");
}

/** What follows the first paragraph. */
export function bodyOf(message: string): string {
  const text = message.replace(/^\n+/, "");
  const end = /\n[ \t]*\n/.exec(text);
  return end === null ? "" : text.slice(end.index + end[0].length).replace(/^\n+/, "");
}
