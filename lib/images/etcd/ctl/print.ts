/** How etcdctl prints: simple, json, fields, table (etcdctl/ctlv3/command/printer*.go). Pure. */
import { fromBase64, hexadecimal, toText } from "../ids.ts";
import type { Reply } from "./client.ts";

export type Format = "simple" | "json" | "fields" | "table" | "protobuf";

export const hex = (value: unknown) => hexadecimal(String(value ?? "0"));
export const hex16 = (value: unknown) => hex(value).padStart(16, "0");
export const list = (value: unknown): readonly Reply[] => (Array.isArray(value) ? (value as Reply[]) : []);
export const object = (value: unknown): Reply => (typeof value === "object" && value !== null ? (value as Reply) : {});
export const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
export const plain = (value: unknown) => toText(fromBase64(String(value ?? "")) ?? "");

const NUMBERS =
  /"(cluster_id|member_id|revision|raft_term|create_revision|mod_revision|version|lease|count|deleted|ID|id|TTL|ttl|grantedTTL|granted-ttl|dbSize|dbSizeInUse|dbSizeQuota|leader|raftIndex|raftTerm|raftAppliedIndex|memberID|compact_revision|hash_revision|CompactRevision)":"(-?\d+)"/g;

/** 64-bit numbers are strings in the gateway's JSON and numbers in etcdctl's. */
export const jsonText = (value: unknown) => `${JSON.stringify(value).replace(NUMBERS, '"$1":$2')}\n`;

export interface KvOptions {
  readonly isHex: boolean;
  readonly valueOnly: boolean;
  readonly keysOnly: boolean;
}

function shown(base64: unknown, isHex: boolean): string {
  const binary = fromBase64(String(base64 ?? "")) ?? "";
  if (!isHex) return toText(binary);
  return [...binary].map((letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
}

export function kvText(kv: Reply, { isHex, valueOnly }: KvOptions): string {
  const key = valueOnly ? "" : `${shown(kv["key"], isHex)}\n`;
  return `${key}${shown(kv["value"], isHex)}\n`;
}

const quoted = (base64: unknown) => JSON.stringify(plain(base64));

export function headerFields(reply: Reply): string {
  const header = object(reply["header"]);
  return `"ClusterID" : ${header["cluster_id"] ?? 0}\n"MemberID" : ${header["member_id"] ?? 0}\n"Revision" : ${header["revision"] ?? 0}\n"RaftTerm" : ${header["raft_term"] ?? 0}\n`;
}

export function kvFields(kv: Reply, prefix = ""): string {
  return [
    `"${prefix}Key" : ${quoted(kv["key"])}`,
    `"${prefix}CreateRevision" : ${kv["create_revision"] ?? 0}`,
    `"${prefix}ModRevision" : ${kv["mod_revision"] ?? 0}`,
    `"${prefix}Version" : ${kv["version"] ?? 0}`,
    `"${prefix}Value" : ${quoted(kv["value"])}`,
    `"${prefix}Lease" : ${kv["lease"] ?? 0}`,
    "",
  ].join("\n");
}

/** As olekukonko/tablewriter draws: header centred and in capitals, cells to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
  const centred = (text: string, width: number) => {
    const space = width - text.length;
    const left = Math.floor(space / 2);
    return " ".repeat(left) + text + " ".repeat(space - left);
  };
  const line = (cells: readonly string[], place: (text: string, width: number) => string) =>
    `| ${widths.map((width, column) => place(cells[column] ?? "", width)).join(" | ")} |\n`;
  const body = rows.map((row) => line(row, (text, width) => text.padStart(width))).join("");
  return `${rule}${line(
    header.map((name) => name.toUpperCase()),
    centred,
  )}${rule}${body}${rule}`;
}

/** dustin/go-humanize Bytes: powers of 1000. */
export function humanBytes(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 6);
  const value = Math.floor((bytes / 1000 ** power) * 10 + 0.5) / 10;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${["B", "kB", "MB", "GB", "TB", "PB", "EB"][power]}`;
}

export const memberRow = (member: Reply): string[] => [
  hex(member["ID"]),
  member["name"] === undefined ? "unstarted" : "started",
  String(member["name"] ?? ""),
  strings(member["peerURLs"]).join(","),
  strings(member["clientURLs"]).join(","),
  String(member["isLearner"] === true),
];
