/** CertificateSigningRequest, with the subject it asks for. */
import { decodeBase64Text, humanDuration, tryDecodeBase64 } from "../../encoding/index.ts";
import { type Json, listAt, nameOf, numberAt, stringsAt, textAt } from "../object.ts";
import type { Describer } from "./describer.ts";
import { events } from "./events.ts";
import { rfc1123z } from "./times.ts";
import { labels, pairsText } from "./writer.ts";

/** One element of DER: its tag and contents. */
interface Element {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

/** The elements one after the other; stops at the first that is cut off. */
function elements(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at + 1 < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    let start = at + 2;
    if (length > 0x80) {
      const count = length & 0x7f;
      length = bytes.subarray(start, start + count).reduce((sum, byte) => sum * 256 + byte, 0);
      start += count;
    }
    if (start + length > bytes.length) break;
    found.push({ tag, bytes: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

/** Attributes of names by the last number of their OID 2.5.4.x, in the order they are shown. */
const ATTRIBUTES: readonly (readonly [oid: number, title: string])[] = [
  [3, "Common Name"],
  [5, "Serial Number"],
  [10, "Organization"],
  [11, "Organizational Unit"],
  [6, "Country"],
  [7, "Locality"],
  [8, "Province"],
  [9, "StreetAddress"],
  [17, "PostalCode"],
];
const ALWAYS = ["Common Name", "Serial Number"];

/** The values of the subject of a PKCS #10 request in PEM, by title; undefined where it cannot be read. */
function requestSubject(pem: string): ReadonlyMap<string, readonly string[]> | undefined {
  const body = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem)?.[1];
  if (body === undefined) return undefined;
  const der = tryDecodeBase64(body.replace(/\s/g, ""));
  if (der === undefined) return undefined;
  const [request] = elements(der);
  const [info] = elements(request?.bytes ?? new Uint8Array());
  const [, name] = elements(info?.bytes ?? new Uint8Array());
  if (name === undefined) return undefined;
  const values = new Map<string, string[]>();
  for (const set of elements(name.bytes)) {
    for (const pair of elements(set.bytes)) {
      const [type, value] = elements(pair.bytes);
      if (type === undefined || value === undefined || type.bytes.length !== 3) continue;
      if (type.bytes[0] !== 0x55 || type.bytes[1] !== 0x04) continue;
      const title = ATTRIBUTES.find(([oid]) => oid === type.bytes[2])?.[1];
      if (title === undefined) continue;
      values.set(title, [...(values.get(title) ?? []), new TextDecoder().decode(value.bytes)]);
    }
  }
  return values;
}

function statusText(object: Json): string {
  const has = (type: string) => listAt(object, "status", "conditions").some((one) => textAt(one, "type") === type);
  const state = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  const failed = has("Failed") ? ",Failed" : "";
  return `${state}${failed}${textAt(object, "status", "certificate") === "" ? "" : ",Issued"}`;
}

export const signingRequest: Describer = (writer, { object, events: shown, now }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  writer.write(0, `Annotations:\t${pairsText(stringsAt(object, "metadata", "annotations"))}\n`);
  writer.write(0, `CreationTimestamp:\t${rfc1123z(textAt(object, "metadata", "creationTimestamp"))}\n`);
  writer.write(0, `Requesting User:\t${textAt(object, "spec", "username")}\n`);
  if (textAt(object, "spec", "signerName") !== "")
    writer.write(0, `Signer:\t${textAt(object, "spec", "signerName")}\n`);
  if (textAt(object, "spec", "expirationSeconds") !== "")
    writer.write(0, `Requested Duration:\t${humanDuration(numberAt(object, "spec", "expirationSeconds") * 1000)}\n`);
  writer.write(0, `Status:\t${statusText(object)}\n`);
  writer.write(0, "Subject:\n");
  const subject = requestSubject(decodeBase64Text(textAt(object, "spec", "request")));
  for (const [, title] of ATTRIBUTES) {
    const values = subject?.get(title) ?? (ALWAYS.includes(title) ? [""] : []);
    values.forEach((value, i) => {
      writer.write(0, i === 0 ? `\t${title}:\t${value}\n` : `\t\t${value}\n`);
    });
  }
  events(writer, shown, now);
};
