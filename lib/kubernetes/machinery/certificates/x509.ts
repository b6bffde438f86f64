/** X.509: making certificates, and reading them and requests for them (RFC 5280, RFC 2986). */

import { parseTime, rfc3339 } from "../time.ts";
import {
  bits,
  boolean,
  children,
  DerError,
  decodeAll,
  encode,
  integer,
  type Node,
  octets,
  oid,
  oidText,
  sequence,
  stringOf,
  TAG,
  text,
  time,
} from "./der.ts";
import { fromPem, toPem } from "./pem.ts";

interface Name {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  /** Bytes: four or sixteen each. */
  readonly addresses: readonly Uint8Array[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

/** Signs with the key of an authority. `algorithm`: the DER of its AlgorithmIdentifier. */
interface CertificateSigner {
  readonly algorithm: Uint8Array;
  sign(data: Uint8Array): Uint8Array;
}

const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  alternativeNames: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  extensionRequest: "1.2.840.113549.1.9.14",
} as const;

/** Names of certificates.k8s.io for uses of a key: the bit of KeyUsage or the OID of ExtendedKeyUsage. */
export const KEY_USAGES: Readonly<Record<string, number>> = {
  "digital signature": 0,
  signing: 0,
  "content commitment": 1,
  "key encipherment": 2,
  "data encipherment": 3,
  "key agreement": 4,
  "cert sign": 5,
  "crl sign": 6,
  "encipher only": 7,
  "decipher only": 8,
};
export const EXTENDED_KEY_USAGES: Readonly<Record<string, string>> = {
  any: "2.5.29.37.0",
  "server auth": "1.3.6.1.5.5.7.3.1",
  "client auth": "1.3.6.1.5.5.7.3.2",
  "code signing": "1.3.6.1.5.5.7.3.3",
  "email protection": "1.3.6.1.5.5.7.3.4",
  "s/mime": "1.3.6.1.5.5.7.3.4",
  "ipsec end system": "1.3.6.1.5.5.7.3.5",
  "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
  "ipsec user": "1.3.6.1.5.5.7.3.7",
  timestamping: "1.3.6.1.5.5.7.3.8",
  "ocsp signing": "1.3.6.1.5.5.7.3.9",
  "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
  "netscape sgc": "2.16.840.1.113730.4.1",
};

interface CertificateTemplate {
  /** Up to twenty bytes, the first below 0x80. */
  readonly serial: Uint8Array;
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER of SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly usages: readonly string[];
  readonly authority: boolean;
  readonly keyIdentifier?: Uint8Array;
  readonly issuerKeyIdentifier?: Uint8Array;
  readonly names?: AlternativeNames;
}

const attribute = (type: string, value: string) =>
  encode(
    TAG.set,
    sequence(oid(type), text(/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? TAG.printable : TAG.utf8, value)),
  );

/** Organizations first, as Go's pkix.Name writes them. */
export const encodeName = ({ commonName, organizations }: Name): Uint8Array =>
  sequence(
    ...organizations.map((organization) => attribute(OID.organization, organization)),
    ...(commonName === "" ? [] : [attribute(OID.commonName, commonName)]),
  );

const extension = (type: string, critical: boolean, value: Uint8Array) =>
  sequence(oid(type), ...(critical ? [boolean(true)] : []), octets(value));

function keyUsage(usages: readonly string[]): Uint8Array | undefined {
  const positions = usages.flatMap((usage) => KEY_USAGES[usage] ?? []);
  if (positions.length === 0) return undefined;
  const bytes = [0, 0];
  for (const position of positions) bytes[position >> 3] = (bytes[position >> 3] ?? 0) | (0x80 >> (position & 7));
  const highest = Math.max(...positions);
  const used = bytes.slice(0, (highest >> 3) + 1);
  return encode(TAG.bitString, Uint8Array.of(7 - (highest & 7), ...used));
}

function encodeNames(names: AlternativeNames): Uint8Array | undefined {
  const parts = [
    ...names.dnsNames.map((value) => text(0x82, value)),
    ...names.emails.map((value) => text(0x81, value)),
    ...names.addresses.map((value) => encode(0x87, value)),
    ...names.uris.map((value) => text(0x86, value)),
  ];
  return parts.length === 0 ? undefined : sequence(...parts);
}

function extensions(template: CertificateTemplate): Uint8Array {
  const list: Uint8Array[] = [];
  const usage = keyUsage(template.usages);
  if (usage !== undefined) list.push(extension(OID.keyUsage, true, usage));
  const extended = [...new Set(template.usages.flatMap((name) => EXTENDED_KEY_USAGES[name] ?? []))];
  if (extended.length > 0) list.push(extension(OID.extendedKeyUsage, false, sequence(...extended.map(oid))));
  list.push(extension(OID.basicConstraints, true, template.authority ? sequence(boolean(true)) : sequence()));
  if (template.keyIdentifier !== undefined)
    list.push(extension(OID.subjectKeyIdentifier, false, octets(template.keyIdentifier)));
  if (template.issuerKeyIdentifier !== undefined)
    list.push(extension(OID.authorityKeyIdentifier, false, sequence(encode(0x80, template.issuerKeyIdentifier))));
  const names = template.names === undefined ? undefined : encodeNames(template.names);
  if (names !== undefined) list.push(extension(OID.alternativeNames, false, names));
  return encode(0xa3, sequence(...list));
}

const iso = (ms: number) => rfc3339(ms);

/** PEM of a certificate by `signer`. */
export function makeCertificate(template: CertificateTemplate, signer: CertificateSigner): string {
  const signed = sequence(
    encode(0xa0, integer(Uint8Array.of(2))),
    integer(template.serial),
    signer.algorithm,
    template.issuer,
    sequence(time(template.notBefore, iso), time(template.notAfter, iso)),
    template.subject,
    template.publicKey,
    extensions(template),
  );
  return toPem("CERTIFICATE", sequence(signed, signer.algorithm, bits(signer.sign(signed))));
}

function readName(node: Node): Name {
  let commonName = "";
  const organizations: string[] = [];
  for (const set of children(node))
    for (const pair of children(set)) {
      const [type, value] = children(pair);
      if (type === undefined || value === undefined) continue;
      const name = oidText(type);
      if (name === OID.commonName) commonName = stringOf(value);
      else if (name === OID.organization) organizations.push(stringOf(value));
    }
  return { commonName, organizations };
}

function readNames(bytes: Uint8Array): AlternativeNames {
  const names = {
    dnsNames: [] as string[],
    addresses: [] as Uint8Array[],
    emails: [] as string[],
    uris: [] as string[],
  };
  const [list] = decodeAll(bytes);
  for (const node of list === undefined ? [] : children(list)) {
    if (node.tag === 0x82) names.dnsNames.push(stringOf(node));
    else if (node.tag === 0x81) names.emails.push(stringOf(node));
    else if (node.tag === 0x87) names.addresses.push(node.content);
    else if (node.tag === 0x86) names.uris.push(stringOf(node));
  }
  return names;
}

export interface CertificateRequest {
  readonly subject: Name;
  /** DER of the subject as it came. */
  readonly rawSubject: Uint8Array;
  /** DER of SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly names: AlternativeNames;
  /** What is signed, how, and the signature: the proof that who asks has the key. */
  readonly signed: Uint8Array;
  readonly algorithm: string;
  readonly signature: Uint8Array;
}

/** A request in PEM. The message of what is thrown is Go's. */
export function parseRequest(pem: string): CertificateRequest {
  const block = fromPem(pem);
  if (block === undefined || block.label !== "CERTIFICATE REQUEST")
    throw new DerError("PEM block type must be CERTIFICATE REQUEST");
  const [outer] = decodeAll(block.bytes);
  const [info, algorithm, signature] = outer === undefined ? [] : children(outer);
  if (info === undefined || algorithm === undefined || signature === undefined)
    throw new DerError("x509: malformed certificate request");
  const [, subject, key, attributes] = children(info);
  if (subject === undefined || key === undefined) throw new DerError("x509: malformed certificate request");
  let names: AlternativeNames = { dnsNames: [], addresses: [], emails: [], uris: [] };
  for (const item of attributes === undefined ? [] : children(attributes)) {
    const [type, values] = children(item);
    if (type === undefined || values === undefined || oidText(type) !== OID.extensionRequest) continue;
    for (const list of children(values))
      for (const wanted of children(list)) {
        const parts = children(wanted);
        const [kind] = parts;
        const value = parts[parts.length - 1];
        if (kind !== undefined && value !== undefined && oidText(kind) === OID.alternativeNames)
          names = readNames(value.content);
      }
  }
  const [algorithmId] = children(algorithm);
  return {
    subject: readName(subject),
    rawSubject: subject.whole,
    publicKey: key.whole,
    names,
    signed: info.whole,
    algorithm: algorithmId === undefined ? "" : oidText(algorithmId),
    signature: signature.content.subarray(1),
  };
}

interface Certificate {
  readonly subject: Name;
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER of SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** Extended uses of the key, as certificates.k8s.io names them. */
  readonly usages: readonly string[];
  readonly names: AlternativeNames;
  /** The whole certificate. */
  readonly raw: Uint8Array;
  readonly signed: Uint8Array;
  readonly algorithm: string;
  readonly signature: Uint8Array;
}

function readTime(node: Node): number {
  const digits = stringOf(node);
  const full = node.tag === TAG.utcTime ? `${Number(digits.slice(0, 2)) < 50 ? "20" : "19"}${digits}` : digits;
  const at = (from: number, to: number) => full.slice(from, to);
  return parseTime(`${at(0, 4)}-${at(4, 6)}-${at(6, 8)}T${at(8, 10)}:${at(10, 12)}:${at(12, 14)}Z`);
}

/** A certificate in PEM or DER. Throws DerError where it is none. */
export function readCertificate(certificate: string | Uint8Array): Certificate {
  const raw = typeof certificate === "string" ? fromPem(certificate)?.bytes : certificate;
  const [outer] = decodeAll(raw ?? new Uint8Array());
  const [signed, algorithm, signature] = outer === undefined ? [] : children(outer);
  const fields = signed === undefined ? [] : children(signed);
  const [, , , validity, subject, key, ...rest] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  // serial, algorithm, issuer come before the validity.
  const [notBefore, notAfter] = validity === undefined ? [] : children(validity);
  const [algorithmId] = algorithm === undefined ? [] : children(algorithm);
  if (
    raw === undefined ||
    signed === undefined ||
    signature === undefined ||
    subject === undefined ||
    key === undefined ||
    notBefore === undefined ||
    notAfter === undefined ||
    algorithmId === undefined
  )
    throw new DerError("x509: malformed certificate");
  let names: AlternativeNames = { dnsNames: [], addresses: [], emails: [], uris: [] };
  const usages: string[] = [];
  for (const wrapper of rest.filter(({ tag }) => tag === 0xa3))
    for (const list of children(wrapper))
      for (const item of children(list)) {
        const parts = children(item);
        const value = parts[parts.length - 1];
        const type = parts[0] === undefined ? "" : oidText(parts[0]);
        if (value === undefined) continue;
        if (type === OID.alternativeNames) names = readNames(value.content);
        else if (type === OID.extendedKeyUsage)
          for (const use of decodeAll(value.content).flatMap(children)) {
            const known = Object.entries(EXTENDED_KEY_USAGES).find(([, oid]) => oid === oidText(use));
            if (known !== undefined) usages.push(known[0]);
          }
      }
  return {
    subject: readName(subject),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    publicKey: key.whole,
    usages,
    names,
    raw,
    signed: signed.whole,
    algorithm: oidText(algorithmId),
    signature: signature.content.subarray(1),
  };
}
