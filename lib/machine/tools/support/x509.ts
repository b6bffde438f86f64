/** X.509 certificates (RFC 5280), reading, and the words openssl has for what is in them. */
import { ABBREVIATED_MONTHS } from "../../../encoding/index.ts";
import { children, type Der, DerError, objectIdentifier, readDer, timeOf } from "./der.ts";

export interface NamePart {
  readonly type: string;
  readonly value: string;
}

interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export interface Certificate {
  readonly der: Uint8Array;
  readonly version: number;
  readonly serial: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly issuer: readonly NamePart[];
  readonly subject: readonly NamePart[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: {
    readonly algorithm: string;
    readonly parameter: string | undefined;
    readonly bits: Uint8Array;
    readonly der: Uint8Array;
  };
  readonly extensions: readonly Extension[];
  readonly signature: Uint8Array;
  /** What is signed. */
  readonly body: Uint8Array;
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  /** It may sign others. */
  readonly authority: boolean;
}

/** A request for a certificate (RFC 2986). */
export interface CertificateRequest {
  readonly der: Uint8Array;
  readonly body: Uint8Array;
  readonly subject: readonly NamePart[];
  readonly subjectDer: Uint8Array;
  readonly publicKey: Certificate["publicKey"];
  readonly extensions: readonly Extension[];
  readonly extensionDers: readonly Uint8Array[];
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
}

function publicKeyOf(key: Der): Certificate["publicKey"] {
  const [algorithm, bits] = children(key.content);
  if (algorithm === undefined || bits === undefined) throw new DerError("no key");
  const [type, parameter] = children(algorithm.content);
  return {
    algorithm: objectIdentifier((type as Der).content),
    parameter: parameter?.tag === 0x06 ? objectIdentifier(parameter.content) : undefined,
    bits: bits.content.subarray(1),
    der: key.whole,
  };
}

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** A PKCS #10 request. Throws `DerError`. */
export function parseRequest(der: Uint8Array): CertificateRequest {
  const [body, algorithm, signature] = children(readDer(der).content);
  if (body === undefined || algorithm === undefined || signature === undefined) throw new DerError("no request");
  const [, subject, key, attributes] = children(body.content);
  if (subject === undefined || key === undefined) throw new DerError("no request");
  const asked = (attributes === undefined ? [] : children(attributes.content)).find(
    (attribute) => objectIdentifier((children(attribute.content)[0] as Der).content) === EXTENSION_REQUEST,
  );
  const set = asked === undefined ? undefined : children(asked.content)[1];
  const extensions = set === undefined ? [] : children((children(set.content)[0] as Der).content);
  return {
    der: readDer(der).whole,
    body: body.whole,
    subject: nameOf(subject),
    subjectDer: subject.whole,
    publicKey: publicKeyOf(key),
    extensions: extensions.map(extensionOf),
    extensionDers: extensions.map(({ whole }) => whole),
    signatureAlgorithm: objectIdentifier((children(algorithm.content)[0] as Der).content),
    signature: signature.content.subarray(1),
  };
}

const NAMES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "street",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.25": "DC",
  "0.9.2342.19200300.100.1.1": "UID",
  "1.2.840.113549.1.9.1": "emailAddress",
};

/** Throws `DerError`. */
export function parseCertificate(der: Uint8Array): Certificate {
  const [body, algorithm, signature] = children(readDer(der).content);
  if (body === undefined || algorithm === undefined || signature === undefined) throw new DerError("no certificate");
  const fields = children(body.content);
  const version = fields[0]?.tag === 0xa0 ? (readDer((fields.shift() as Der).content).content[0] ?? 0) : 0;
  const [serial, , issuer, validity, subject, key, ...rest] = fields;
  if (
    serial === undefined ||
    issuer === undefined ||
    validity === undefined ||
    subject === undefined ||
    key === undefined
  )
    throw new DerError("no certificate");
  const [notBefore, notAfter] = children(validity.content);
  if (notBefore === undefined || notAfter === undefined) throw new DerError("no certificate");
  const wrapped = rest.find(({ tag }) => tag === 0xa3);
  const extensions = wrapped === undefined ? [] : children(readDer(wrapped.content).content).map(extensionOf);
  const basic = extensions.find(({ id }) => id === "2.5.29.19");
  return {
    der,
    version: version + 1,
    serial: serial.content,
    signatureAlgorithm: objectIdentifier((children(algorithm.content)[0] as Der).content),
    issuer: nameOf(issuer),
    subject: nameOf(subject),
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    publicKey: publicKeyOf(key),
    extensions,
    signature: signature.content.subarray(1),
    body: body.whole,
    subjectDer: subject.whole,
    issuerDer: issuer.whole,
    authority:
      basic === undefined
        ? version === 0
        : children(readDer(basic.value).content).some(({ tag, content }) => tag === 1 && content[0] !== 0),
  };
}

function nameOf(name: Der): NamePart[] {
  return children(name.content).flatMap((set) =>
    children(set.content).map((pair) => {
      const [type, value] = children(pair.content);
      if (type === undefined || value === undefined) throw new DerError("bad name");
      const id = objectIdentifier(type.content);
      return { type: NAMES[id] ?? id, value: new TextDecoder().decode(value.content) };
    }),
  );
}

function extensionOf(element: Der): Extension {
  const parts = children(element.content);
  const value = parts.at(-1);
  if (parts[0] === undefined || value === undefined) throw new DerError("bad extension");
  return {
    id: objectIdentifier(parts[0].content),
    critical: parts.length === 3 && (parts[1]?.content[0] ?? 0) !== 0,
    value: value.content,
  };
}

// ------------------------------------------------------------------------------------------------ in openssl's words

const hex = (bytes: Uint8Array, separator = ":") =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(separator);

function upperHex(bytes: Uint8Array, separator = ":"): string {
  return hex(bytes, separator).toUpperCase();
}

/** "O = system:masters, CN = kubernetes-admin"; `compact`: as RFC 2253 has it. */
export function nameText(name: readonly NamePart[], compact = false): string {
  const quoted = (value: string) =>
    /[,+"\\<>;]|^[ #]| $/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value;
  if (!compact) return name.map(({ type, value }) => `${type} = ${quoted(value)}`).join(", ");
  return [...name]
    .reverse()
    .map(({ type, value }) => `${type}=${value.replace(/[,+"\\<>;]/g, "\\$&")}`)
    .join(",");
}

/** "Nov 21 06:44:20 2026 GMT". */
export function timeText(time: number): string {
  const date = new Date(time);
  const clock = date.toISOString().slice(11, 19);
  return `${ABBREVIATED_MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${clock} ${date.getUTCFullYear()} GMT`;
}

const SIGNATURES: Readonly<Record<string, string>> = {
  "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
  "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
  "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
  "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
  "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
  "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
  "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
  "1.3.101.112": "ED25519",
};
const CURVES: Readonly<Record<string, readonly [string, string, number]>> = {
  "1.2.840.10045.3.1.7": ["prime256v1", "P-256", 256],
  "1.3.132.0.34": ["secp384r1", "P-384", 384],
  "1.3.132.0.35": ["secp521r1", "P-521", 521],
};
const EXTENSIONS: Readonly<Record<string, readonly [string, string]>> = {
  "2.5.29.14": ["X509v3 Subject Key Identifier", "subjectKeyIdentifier"],
  "2.5.29.15": ["X509v3 Key Usage", "keyUsage"],
  "2.5.29.17": ["X509v3 Subject Alternative Name", "subjectAltName"],
  "2.5.29.19": ["X509v3 Basic Constraints", "basicConstraints"],
  "2.5.29.35": ["X509v3 Authority Key Identifier", "authorityKeyIdentifier"],
  "2.5.29.37": ["X509v3 Extended Key Usage", "extendedKeyUsage"],
};
const USAGES = [
  "Digital Signature",
  "Non Repudiation",
  "Key Encipherment",
  "Data Encipherment",
  "Key Agreement",
  "Certificate Sign",
  "CRL Sign",
  "Encipher Only",
  "Decipher Only",
];
const PURPOSES: Readonly<Record<string, string>> = {
  "1.3.6.1.5.5.7.3.1": "TLS Web Server Authentication",
  "1.3.6.1.5.5.7.3.2": "TLS Web Client Authentication",
  "1.3.6.1.5.5.7.3.3": "Code Signing",
  "1.3.6.1.5.5.7.3.4": "E-mail Protection",
  "1.3.6.1.5.5.7.3.8": "Time Stamping",
  "1.3.6.1.5.5.7.3.9": "OCSP Signing",
};

function generalName({ tag, content }: Der): string {
  const text = new TextDecoder().decode(content);
  switch (tag & 0x1f) {
    case 1:
      return `email:${text}`;
    case 2:
      return `DNS:${text}`;
    case 4:
      return `DirName:${nameText(nameOf(readDer(content)))}`;
    case 6:
      return `URI:${text}`;
    case 7: {
      if (content.length === 4) return `IP Address:${content.join(".")}`;
      const groups = Array.from({ length: 8 }, (_, i) =>
        (((content[2 * i] ?? 0) << 8) | (content[2 * i + 1] ?? 0)).toString(16).toUpperCase(),
      );
      return `IP Address:${groups.join(":")}`;
    }
    default:
      return "othername:<unsupported>";
  }
}

function extensionText({ id, value }: Extension): string {
  switch (id) {
    case "2.5.29.14":
      return upperHex(readDer(value).content);
    case "2.5.29.15": {
      const bits = readDer(value).content;
      return USAGES.filter((_, i) => ((bits[1 + (i >> 3)] ?? 0) & (0x80 >> (i & 7))) !== 0).join(", ");
    }
    case "2.5.29.17":
      return children(readDer(value).content).map(generalName).join(", ");
    case "2.5.29.19": {
      const parts = children(readDer(value).content);
      const authority = parts[0]?.tag === 1 && parts[0].content[0] !== 0;
      const length = parts.find(({ tag }) => tag === 2);
      return `CA:${authority ? "TRUE" : "FALSE"}${length === undefined ? "" : `, pathlen:${length.content[0] ?? 0}`}`;
    }
    case "2.5.29.35": {
      const key = children(readDer(value).content).find(({ tag }) => tag === 0x80);
      return key === undefined ? "" : upperHex(key.content);
    }
    case "2.5.29.37":
      return children(readDer(value).content)
        .map(({ content }) => PURPOSES[objectIdentifier(content)] ?? objectIdentifier(content))
        .join(", ");
    default:
      return hex(value);
  }
}

function wrapped(bytes: Uint8Array, width: number, margin: string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += width) lines.push(margin + hex(bytes.subarray(at, at + width)));
  return `${lines.join(":\n")}\n`;
}

/** What `-ext names` shows, in the certificate's order; "" where it has none of them. */
export function extensionBlocks(certificate: Certificate, names: readonly string[]): string {
  return certificate.extensions
    .filter(({ id }) => names.includes(EXTENSIONS[id]?.[1] ?? ""))
    .map((extension) => extensionLines(extension, ""))
    .join("");
}

function extensionLines(extension: Extension, margin: string): string {
  const title = EXTENSIONS[extension.id]?.[0] ?? extension.id;
  return `${margin}${title}: ${extension.critical ? "critical" : ""}\n${margin}    ${extensionText(extension)}\n`;
}

/** In capital hexadecimal digits, without the zero byte that only keeps it positive. */
export function serialText(serial: Uint8Array): string {
  const bare = serial[0] === 0 && serial.length > 1 ? serial.subarray(1) : serial;
  return upperHex(bare, "");
}

/** `openssl x509 -text`. */
export function certificateText(certificate: Certificate): string {
  const { serial, publicKey } = certificate;
  const signature = SIGNATURES[certificate.signatureAlgorithm] ?? certificate.signatureAlgorithm;
  const small = serial.length <= 8 ? BigInt(`0x${hex(serial, "")}`) : undefined;
  const bare = serial[0] === 0 && serial.length > 1 ? serial.subarray(1) : serial;
  let out = `Certificate:\n    Data:\n        Version: ${certificate.version} (0x${certificate.version - 1})\n`;
  out +=
    small !== undefined
      ? `        Serial Number: ${small} (0x${small.toString(16)})\n`
      : `        Serial Number:\n            ${hex(bare)}\n`;
  out += `        Signature Algorithm: ${signature}\n        Issuer: ${nameText(certificate.issuer)}\n`;
  out += `        Validity\n            Not Before: ${timeText(certificate.notBefore)}\n            Not After : ${timeText(certificate.notAfter)}\n`;
  out += `        Subject: ${nameText(certificate.subject)}\n        Subject Public Key Info:\n${keyLines(publicKey)}`;
  if (certificate.extensions.length > 0) out += "        X509v3 extensions:\n";
  for (const extension of certificate.extensions) out += extensionLines(extension, " ".repeat(12));
  out += `    Signature Algorithm: ${signature}\n    Signature Value:\n${wrapped(certificate.signature, 18, " ".repeat(8))}`;
  return out;
}

/** `openssl req -text`. */
export function requestText(request: CertificateRequest): string {
  const signature = SIGNATURES[request.signatureAlgorithm] ?? request.signatureAlgorithm;
  let out = `Certificate Request:\n    Data:\n        Version: 1 (0x0)\n        Subject: ${nameText(request.subject)}\n        Subject Public Key Info:\n${keyLines(request.publicKey)}`;
  out += "        Attributes:\n";
  if (request.extensions.length === 0) out += "            (none)\n            Requested Extensions:\n";
  else {
    out += "            Requested Extensions:\n";
    for (const extension of request.extensions) out += extensionLines(extension, " ".repeat(16));
  }
  return `${out}    Signature Algorithm: ${signature}\n    Signature Value:\n${wrapped(request.signature, 18, " ".repeat(8))}`;
}

/** A public key as `openssl pkey -text_pub` shows it. */
export function publicKeyText(der: Uint8Array, margin: string): string {
  return keyLines(publicKeyOf(readDer(der))).replace(/^ {12,16}/gm, margin);
}

function keyLines(publicKey: Certificate["publicKey"]): string {
  let out = "";
  const curve = CURVES[publicKey.parameter ?? ""];
  if (publicKey.algorithm === "1.2.840.10045.2.1" && curve !== undefined) {
    out += `            Public Key Algorithm: id-ecPublicKey\n                Public-Key: (${curve[2]} bit)\n                pub:\n`;
    out += wrapped(publicKey.bits, 15, " ".repeat(20));
    out += `                ASN1 OID: ${curve[0]}\n                NIST CURVE: ${curve[1]}\n`;
  } else if (publicKey.algorithm === "1.2.840.113549.1.1.1") {
    const [modulus, exponent] = children(readDer(publicKey.bits).content);
    const bytes = modulus?.content ?? new Uint8Array();
    const power = BigInt(`0x${hex(exponent?.content ?? Uint8Array.of(0), "")}`);
    const bits = (bytes[0] === 0 ? bytes.length - 1 : bytes.length) * 8;
    out += `            Public Key Algorithm: rsaEncryption\n                Public-Key: (${bits} bit)\n                Modulus:\n`;
    out += wrapped(bytes, 15, " ".repeat(20));
    out += `                Exponent: ${power} (0x${power.toString(16)})\n`;
  } else if (publicKey.algorithm === "1.3.101.112") {
    out += `            Public Key Algorithm: ED25519\n                ED25519 Public-Key:\n                pub:\n${wrapped(publicKey.bits, 15, " ".repeat(20))}`;
  } else out += `            Public Key Algorithm: ${publicKey.algorithm}\n            Unable to load Public Key\n`;
  return out;
}
