/** Keys: RSA and the curve P-256, made, read, written, and used to sign with SHA-256. */
import { concatBytes, type DigestName, digest, encodeBase64, tryDecodeBase64 } from "../../../encoding/index.ts";
import { children, type Der, DerError, objectIdentifier, readDer } from "../support/der.ts";
import { bits, bytesOf, element, integer, nothing, numberOf, octets, oid, sequence } from "../support/der-writing.ts";
import { combination, multiple, ORDER, onCurve, type Point } from "./curve.ts";
import { type Host, inverse, power, randomBelow, randomPrime } from "./numbers.ts";

interface RsaKey {
  readonly kind: "rsa";
  readonly modulus: bigint;
  readonly exponent: bigint;
  readonly secret: bigint;
  readonly primes: readonly [bigint, bigint];
}

interface CurveKey {
  readonly kind: "ec";
  readonly secret: bigint;
  readonly point: Point;
}

export type Key = RsaKey | CurveKey;
export type PublicKey = Pick<RsaKey, "kind" | "modulus" | "exponent"> | Pick<CurveKey, "kind" | "point">;

const RSA = "1.2.840.113549.1.1.1";
const EC = "1.2.840.10045.2.1";
const P256 = "1.2.840.10045.3.1.7";
const EXPONENT = 65_537n;

/** `size` in bits. Takes about a second of a machine's time at 2048, paid for as it goes. */
export async function makeRsaKey(size: number, host: Host): Promise<RsaKey> {
  const one = await randomPrime(size >> 1, EXPONENT, host);
  let two = await randomPrime(size - (size >> 1), EXPONENT, host);
  while (two === one) two = await randomPrime(size - (size >> 1), EXPONENT, host);
  const [p, q] = one > two ? [one, two] : [two, one];
  return {
    kind: "rsa",
    modulus: p * q,
    exponent: EXPONENT,
    secret: inverse(EXPONENT, (p - 1n) * (q - 1n)),
    primes: [p, q],
  };
}

/** A key of P-256. */
export async function makeCurveKey(host: Host): Promise<CurveKey> {
  const secret = randomBelow(host, ORDER);
  await host.spend(2000);
  return { kind: "ec", secret, point: multiple(secret) as Point };
}

// -------------------------------------------------------------------------------------------------- as they are written

const pointBytes = ({ x, y }: Point): Uint8Array => concatBytes([Uint8Array.of(4), bytesOf(x, 32), bytesOf(y, 32)]);

function algorithmOf(key: PublicKey): Uint8Array {
  return key.kind === "rsa" ? sequence(oid(RSA), nothing()) : sequence(oid(EC), oid(P256));
}

/** SubjectPublicKeyInfo. */
export function publicDer(key: PublicKey): Uint8Array {
  return sequence(algorithmOf(key), bits(publicBits(key)));
}

/** What a subjectPublicKey holds: what key identifiers are digests of. */
export function publicBits(key: PublicKey): Uint8Array {
  return key.kind === "rsa" ? sequence(integer(key.modulus), integer(key.exponent)) : pointBytes(key.point);
}

/** PKCS#1, or SEC 1 (`named`: with its curve). */
export function traditionalDer(key: Key, named = true): Uint8Array {
  if (key.kind === "ec")
    return sequence(
      integer(1n),
      octets(bytesOf(key.secret, 32)),
      ...(named ? [element(0xa0, oid(P256))] : []),
      element(0xa1, bits(pointBytes(key.point))),
    );
  const [p, q] = key.primes;
  return sequence(
    ...[
      0n,
      key.modulus,
      key.exponent,
      key.secret,
      p,
      q,
      key.secret % (p - 1n),
      key.secret % (q - 1n),
      inverse(q, p),
    ].map(integer),
  );
}

/** PKCS#8. */
export function privateDer(key: Key): Uint8Array {
  return sequence(integer(0n), algorithmOf(key), octets(traditionalDer(key, false)));
}

/** DER in PEM's lines of 64 characters, with the newline at the end. */
export function pem(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${(encodeBase64(der).match(/.{1,64}/g) ?? []).join("\n")}\n-----END ${label}-----\n`;
}

/** The first block of a kind in a PEM text, or the bytes themselves where they are DER. */
export function unwrapped(
  data: Uint8Array,
  labels: RegExp,
): { readonly label: string; readonly der: Uint8Array } | undefined {
  const found = new RegExp(`-----BEGIN (${labels.source})-----([\\s\\S]*?)-----END \\1-----`).exec(
    new TextDecoder().decode(data),
  );
  if (found !== null) {
    const der = tryDecodeBase64((found[2] ?? "").replace(/\s/g, ""));
    return der === undefined ? undefined : { label: found[1] as string, der };
  }
  return data[0] === 0x30 ? { label: "", der: data } : undefined;
}

const LABELS = /(?:RSA |EC |ENCRYPTED )?PRIVATE KEY/;

/** A private key; "encrypted" where a password would be needed, undefined where it is none. */
export function readKey(data: Uint8Array): Key | "encrypted" | undefined {
  // A file of `openssl ecparam` may begin with the curve's parameters.
  const block = unwrapped(data, LABELS);
  if (block === undefined) return undefined;
  if (block.label.startsWith("ENCRYPTED") || /Proc-Type: 4,ENCRYPTED/.test(new TextDecoder().decode(data)))
    return "encrypted";
  try {
    return keyOf(block.der);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function keyOf(der: Uint8Array): Key | undefined {
  const parts = children(readDer(der).content);
  const second = parts[1];
  if (second?.tag === 0x30) return keyOf((parts[2] as Der).content);
  if (second?.tag === 0x04) {
    const secret = numberOf(second.content);
    const point = multiple(secret);
    return point === undefined ? undefined : { kind: "ec", secret, point };
  }
  const [, modulus, exponent, secret, p, q] = parts.map(({ content }) => numberOf(content));
  if (modulus === undefined || exponent === undefined || secret === undefined || p === undefined || q === undefined)
    return undefined;
  return { kind: "rsa", modulus, exponent, secret, primes: [p, q] };
}

/** From SubjectPublicKeyInfo; undefined where it is of another kind. */
export function readPublicKey(der: Uint8Array): PublicKey | undefined {
  const [algorithm, key] = children(readDer(der).content);
  if (algorithm === undefined || key === undefined) return undefined;
  const [kind, parameter] = children(algorithm.content);
  const content = key.content.subarray(1);
  if (kind === undefined) return undefined;
  const name = objectIdentifier(kind.content);
  if (name === RSA) {
    const [modulus, exponent] = children(readDer(content).content).map((each) => numberOf(each.content));
    return modulus === undefined || exponent === undefined ? undefined : { kind: "rsa", modulus, exponent };
  }
  if (name !== EC || parameter?.tag !== 6 || objectIdentifier(parameter.content) !== P256 || content[0] !== 4)
    return undefined;
  const point = { x: numberOf(content.subarray(1, 33)), y: numberOf(content.subarray(33, 65)) };
  return onCurve(point) ? { kind: "ec", point } : undefined;
}

// ----------------------------------------------------------------------------------------------------------- signatures

const DIGESTS: Readonly<Record<string, readonly [DigestName, string]>> = {
  "1.2.840.113549.1.1.5": ["sha1", "1.3.14.3.2.26"],
  "1.2.840.113549.1.1.11": ["sha256", "2.16.840.1.101.3.4.2.1"],
  "1.2.840.113549.1.1.13": ["sha512", "2.16.840.1.101.3.4.2.3"],
  "1.2.840.10045.4.3.2": ["sha256", ""],
  "1.2.840.10045.4.3.4": ["sha512", ""],
};

/** The algorithm that a key signs with, as its DER. */
export function signatureAlgorithm(key: PublicKey): Uint8Array {
  return key.kind === "rsa" ? sequence(oid("1.2.840.113549.1.1.11"), nothing()) : sequence(oid("1.2.840.10045.4.3.2"));
}

/** PKCS#1 v1.5's padding around a digest. */
function padded(hash: Uint8Array, hashId: string, length: number): bigint {
  const info = sequence(sequence(oid(hashId), nothing()), octets(hash));
  return numberOf(
    concatBytes([Uint8Array.of(0, 1), new Uint8Array(length - info.length - 3).fill(0xff), Uint8Array.of(0), info]),
  );
}

/** A signature with SHA-256: PKCS #1 1.5 by RSA keys, ECDSA in DER by those of a curve. */
export async function sign(key: Key, data: Uint8Array, host: Host): Promise<Uint8Array> {
  await host.spend(1 + (data.length >> 5));
  const hash = digest("sha256", data);
  if (key.kind === "rsa") {
    const length = Math.ceil(key.modulus.toString(16).length / 2);
    return bytesOf(await power(padded(hash, "2.16.840.1.101.3.4.2.1", length), key.secret, key.modulus, host), length);
  }
  for (;;) {
    const nonce = randomBelow(host, ORDER);
    await host.spend(2000);
    const r = (multiple(nonce) as Point).x % ORDER;
    const s = (inverse(nonce, ORDER) * (numberOf(hash) + r * key.secret)) % ORDER;
    if (r !== 0n && s !== 0n) return sequence(integer(r), integer(s));
  }
}

/** `algorithm`: OID. False where the signature is wrong; undefined where its kind is not known here. */
export async function verify(
  key: PublicKey,
  algorithm: string,
  data: Uint8Array,
  signature: Uint8Array,
  host: Host,
): Promise<boolean | undefined> {
  const known = DIGESTS[algorithm];
  if (known === undefined || (known[1] === "") !== (key.kind === "ec")) return undefined;
  await host.spend(1 + (data.length >> 5));
  const hash = digest(known[0], data);
  if (key.kind === "rsa") {
    const length = Math.ceil(key.modulus.toString(16).length / 2);
    return (await power(numberOf(signature), key.exponent, key.modulus, host)) === padded(hash, known[1], length);
  }
  const [r, s] = children(readDer(signature).content).map(({ content }) => numberOf(content));
  if (r === undefined || s === undefined || r <= 0n || s <= 0n || r >= ORDER || s >= ORDER) return false;
  const w = inverse(s, ORDER);
  const z = numberOf(hash.subarray(0, 32));
  await host.spend(4000);
  const point = combination((z * w) % ORDER, key.point, (r * w) % ORDER);
  return point !== undefined && point.x % ORDER === r;
}
