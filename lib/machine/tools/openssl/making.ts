/** Requests and certificates, made (RFC 2986, RFC 5280). */
import { digest } from "../../../encoding/index.ts";
import {
  bits,
  boolean,
  element,
  integer,
  octets,
  oid,
  sequence,
  setOf,
  text,
  timeElement,
} from "../support/der-writing.ts";
import type { NamePart } from "../support/x509.ts";
import { type Key, type PublicKey, publicBits, publicDer, sign, signatureAlgorithm } from "./keys.ts";
import type { Host } from "./numbers.ts";

const TYPES: Readonly<Record<string, string>> = {
  CN: "2.5.4.3", commonName: "2.5.4.3", serialNumber: "2.5.4.5", C: "2.5.4.6", countryName: "2.5.4.6", L: "2.5.4.7", localityName: "2.5.4.7",
  ST: "2.5.4.8", stateOrProvinceName: "2.5.4.8", street: "2.5.4.9", O: "2.5.4.10", organizationName: "2.5.4.10", OU: "2.5.4.11",
  organizationalUnitName: "2.5.4.11", DC: "0.9.2342.19200300.100.1.25", UID: "0.9.2342.19200300.100.1.1",
  emailAddress: "1.2.840.113549.1.9.1",
}; // biome-ignore format: a table

/** A subject on the command line (`-subj`) that cannot be read, in openssl's words. */
export class SubjectError extends Error {}

/** "/CN=jane/O=dev", with backslashes before slashes that belong to a value. */
export function parseSubject(given: string): { readonly parts: NamePart[]; readonly skipped: string[] } {
  if (!given.startsWith("/"))
    throw new SubjectError(
      `subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\. This name is not in that format: '${given}'`,
    );
  const parts: NamePart[] = [];
  const skipped: string[] = [];
  for (const pair of given.slice(1).match(/(?:[^/\\]|\\.)+/g) ?? []) {
    const equals = pair.indexOf("=");
    if (equals === -1) throw new SubjectError(`Hit end of string before finding the equals.`);
    const type = pair.slice(0, equals);
    const value = pair.slice(equals + 1).replace(/\\(.)/g, "$1");
    if (TYPES[type] === undefined) skipped.push(`Skipping unknown subject name attribute "${type}"`);
    else if (value === "") skipped.push(`No value provided for subject name attribute "${type}", skipped`);
    else parts.push({ type, value });
  }
  return { parts, skipped };
}

export function encodeName(parts: readonly NamePart[]): Uint8Array {
  return sequence(
    ...parts.map(({ type, value }) => {
      const id = TYPES[type] ?? type;
      const encoded =
        id === "1.2.840.113549.1.9.1" || id.startsWith("0.9.")
          ? element(0x16, new TextEncoder().encode(value))
          : text(value, id === "2.5.4.6");
      return setOf(sequence(oid(id), encoded));
    }),
  );
}

/** An extension of a configuration that is wrong, or not made here. */
export class ExtensionError extends Error {}

const USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
];
const PURPOSES: Readonly<Record<string, string>> = {
  serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2", codeSigning: "1.3.6.1.5.5.7.3.3", emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8", OCSPSigning: "1.3.6.1.5.5.7.3.9",
}; // biome-ignore format: a table

function alternativeName(item: string): Uint8Array {
  const [kind = "", value = ""] = item.split(/:(.*)/s);
  const encoder = new TextEncoder();
  if (kind === "DNS") return element(0x82, encoder.encode(value));
  if (kind === "email") return element(0x81, encoder.encode(value));
  if (kind === "URI") return element(0x86, encoder.encode(value));
  if (kind === "IP") {
    const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(value);
    if (four?.slice(1).every((part) => Number(part) < 256))
      return element(0x87, Uint8Array.from(four.slice(1), Number));
    if (value.includes(":")) {
      const [before = "", after] = value.split("::");
      const left = before === "" ? [] : before.split(":");
      const right = after === undefined || after === "" ? [] : after.split(":");
      const groups =
        after === undefined
          ? left
          : [...left, ...new Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
      if (groups.length === 8 && groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)))
        return element(
          0x87,
          Uint8Array.from(
            groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
          ),
        );
    }
    throw new ExtensionError(`bad ip address: value=${value}`);
  }
  throw new ExtensionError(`unsupported alternative name '${item}'`);
}

interface Keys {
  readonly subject: PublicKey;
  readonly issuer: PublicKey;
}

const keyIdentifier = (key: PublicKey): Uint8Array => digest("sha1", publicBits(key));

/** "subjectAltName=DNS:a,IP:1.2.3.4" as its DER. `section`: what "@name" refers to. Throws `ExtensionError`. */
export function encodeExtension(
  name: string,
  given: string,
  keys: Keys | undefined,
  section: (name: string) => readonly (readonly [string, string])[] | undefined,
): Uint8Array {
  let words = given.split(",").map((word) => word.trim());
  const critical = words[0] === "critical";
  if (critical) words = words.slice(1);
  const wrap = (id: string, value: Uint8Array) =>
    sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
  switch (name) {
    case "subjectAltName": {
      const items = words.flatMap((word) => {
        if (!word.startsWith("@")) return [word];
        const rows = section(word.slice(1));
        if (rows === undefined) throw new ExtensionError(`no section '${word.slice(1)}'`);
        return rows.map(([key, value]) => `${key.replace(/\.\d+$/, "")}:${value}`);
      });
      return wrap("2.5.29.17", sequence(...items.map(alternativeName)));
    }
    case "keyUsage": {
      const bitsSet = words.map((word) => {
        const at = USAGES.indexOf(word);
        if (at === -1) throw new ExtensionError(`unknown bit string argument '${word}'`);
        return at;
      });
      const last = Math.max(...bitsSet);
      const value = new Uint8Array((last >> 3) + 1);
      for (const at of bitsSet) value[at >> 3] = (value[at >> 3] as number) | (0x80 >> (at & 7));
      return wrap("2.5.29.15", bits(value, 7 - (last & 7)));
    }
    case "extendedKeyUsage":
      return wrap(
        "2.5.29.37",
        sequence(
          ...words.map((word) => {
            const id = PURPOSES[word] ?? (/^\d+(\.\d+)+$/.test(word) ? word : undefined);
            if (id === undefined) throw new ExtensionError(`invalid object identifier '${word}'`);
            return oid(id);
          }),
        ),
      );
    case "basicConstraints": {
      const fields = new Map(words.map((word) => word.split(":") as [string, string]));
      const authority = /^(true|yes|y)$/i.test(fields.get("CA") ?? "");
      const length = fields.get("pathlen");
      return wrap(
        "2.5.29.19",
        sequence(...(authority ? [boolean(true)] : []), ...(length === undefined ? [] : [integer(BigInt(length))])),
      );
    }
    case "subjectKeyIdentifier":
      if (words[0] !== "hash" || keys === undefined) throw new ExtensionError(`${name}=${given} is not available here`);
      return wrap("2.5.29.14", octets(keyIdentifier(keys.subject)));
    case "authorityKeyIdentifier":
      if (!words.some((word) => word.startsWith("keyid")) || keys === undefined)
        throw new ExtensionError(`${name}=${given} is not available here`);
      return wrap("2.5.29.35", sequence(element(0x80, keyIdentifier(keys.issuer))));
    default:
      throw new ExtensionError(`the extension ${name} is not available here`);
  }
}

/** A request, signed with its own key. */
export async function makeRequest(
  key: Key,
  subject: readonly NamePart[],
  extensions: readonly Uint8Array[],
  host: Host,
): Promise<Uint8Array> {
  const attributes =
    extensions.length === 0 ? [] : [sequence(oid("1.2.840.113549.1.9.14"), setOf(sequence(...extensions)))];
  const body = sequence(integer(0n), encodeName(subject), publicDer(key), element(0xa0, ...attributes));
  return sequence(body, signatureAlgorithm(key), bits(await sign(key, body, host)));
}

interface NewCertificate {
  readonly serial: bigint;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Uint8Array[];
}

/** A certificate's DER, signed by `key`. Throws `ExtensionError`. */
export async function makeCertificate(key: Key, certificate: NewCertificate, host: Host): Promise<Uint8Array> {
  const { extensions } = certificate;
  const body = sequence(
    ...(extensions.length === 0 ? [] : [element(0xa0, integer(2n))]),
    integer(certificate.serial),
    signatureAlgorithm(key),
    certificate.issuer,
    sequence(timeElement(certificate.notBefore), timeElement(certificate.notAfter)),
    certificate.subject,
    certificate.publicKey,
    ...(extensions.length === 0 ? [] : [element(0xa3, sequence(...extensions))]),
  );
  return sequence(body, signatureAlgorithm(key), bits(await sign(key, body, host)));
}

/** A serial number of twenty bytes, positive. */
export function serialFrom(bytes: Uint8Array): bigint {
  const out = bytes.slice(0, 20);
  out[0] = ((out[0] as number) & 0x7f) | 0x01;
  let value = 0n;
  for (const byte of out) value = value * 256n + BigInt(byte);
  return value;
}
