/** Ids of members and clusters, and how etcd writes them. */
import { digest, toHex } from "../../encoding/index.ts";

/** "%x" of the first 64 bits of a SHA-1: what etcd makes ids of. */
function hashed(data: Uint8Array): string {
  return trimmed(toHex(digest("sha1", data)).slice(0, 16));
}

const trimmed = (hex: string) => hex.replace(/^0+(?=.)/, "");

/**
 * The id of a member (server/etcdserver/api/membership.NewMember). Members of a first bootstrap have the same id
 * wherever it is computed; one that is added later has the second of its adding in it.
 */
export function memberId(peerUrls: readonly string[], token: string, addedAtSeconds?: number): string {
  const text = [...peerUrls].sort().join("") + token + (addedAtSeconds === undefined ? "" : String(addedAtSeconds));
  return hashed(new TextEncoder().encode(text));
}

/** The id of a cluster: that of its first members together. */
export function clusterId(memberIds: readonly string[]): string {
  const ids = memberIds.map((id) => BigInt(`0x${id}`)).sort((a, b) => (a < b ? -1 : 1));
  const bytes = new Uint8Array(ids.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, id] of ids.entries()) view.setBigUint64(index * 8, id);
  return hashed(bytes);
}

/** Hexadecimal to decimal, as JSON carries ids. */
export const decimal = (hex: string) => BigInt(`0x${hex || "0"}`).toString();
/** Decimal to hexadecimal as "%x" writes it. */
export const hexadecimal = (text: string | number) => BigInt(text).toString(16);

export const compareIds = (a: string, b: string) => {
  const [left, right] = [BigInt(`0x${a}`), BigInt(`0x${b}`)];
  return left < right ? -1 : left > right ? 1 : 0;
};

/** Bytes as a string of one character a byte: what keys and values are inside. */
function toBinary(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

export const fromText = (text: string) => toBinary(new TextEncoder().encode(text));

export function toText(binary: string): string {
  return new TextDecoder().decode(Uint8Array.from(binary, (letter) => letter.charCodeAt(0)));
}

export const toBase64 = (binary: string) => btoa(binary);

/** Undefined where it is no base64. */
export function fromBase64(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}
