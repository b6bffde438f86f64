/** The cluster's certificate authority: signs requests and serving certificates, and knows its clients by theirs. */
import { digest, toHex } from "../../encoding/index.ts";
import { oid, sequence } from "../machinery/certificates/der.ts";
import {
  type AlternativeNames,
  type CertificateRequest,
  encodeName,
  makeCertificate,
  readCertificate,
} from "../machinery/certificates/x509.ts";
import type { UserInfo } from "../machinery/types.ts";
import { type Cryptography, ECDSA_SHA256, type PrivateKey } from "./cryptography.ts";

const YEAR_MS = 365 * 24 * 3600_000;
const AUTHORITY_YEARS = 10;
/** Clocks differ: what is issued holds from a little before now. */
const BACKDATE_MS = 5 * 60_000;
/** What lasts less than this ends when it was asked to, not a backdate earlier. */
const SHORT_MS = 8 * 3600_000;
const NAME = encodeName({ commonName: "kubernetes", organizations: [] });
const ALGORITHM = sequence(oid(ECDSA_SHA256));
const SERVER_NAMES = [
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

interface AuthorityCredentials {
  readonly certificate: string;
  readonly key: PrivateKey;
}

export interface ServingCertificate {
  /** PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: PrivateKey;
}

const keyIdentifier = (publicKey: Uint8Array) => digest("sha256", publicKey).slice(0, 20);

export class CertificateAuthority {
  readonly #cryptography: Cryptography;
  readonly #key: PrivateKey;
  /** PEM. */
  readonly certificate: string;
  readonly #publicKey: Uint8Array;
  readonly #notAfter: number;

  /** `now`: ms since the epoch, when a new authority begins. */
  constructor(cryptography: Cryptography, credentials: AuthorityCredentials | undefined, now: number) {
    this.#cryptography = cryptography;
    this.#key = credentials?.key ?? cryptography.newKey();
    this.#publicKey = cryptography.publicKey(this.#key);
    if (credentials !== undefined) {
      this.certificate = credentials.certificate;
      this.#notAfter = readCertificate(credentials.certificate).notAfter;
      return;
    }
    this.#notAfter = now - BACKDATE_MS + AUTHORITY_YEARS * YEAR_MS;
    this.certificate = this.#make({
      subject: NAME,
      notBefore: now - BACKDATE_MS,
      notAfter: this.#notAfter,
      publicKey: this.#publicKey,
      usages: ["digital signature", "key encipherment", "cert sign"],
      authority: true,
      keyIdentifier: keyIdentifier(this.#publicKey),
      names: { dnsNames: ["kubernetes"], addresses: [], emails: [], uris: [] },
    });
  }

  get credentials(): AuthorityCredentials {
    return { certificate: this.certificate, key: this.#key };
  }

  /** PEM of a certificate for a request (kube-controller-manager's PermissiveSigningPolicy). `seconds`: how long it holds. */
  sign(request: CertificateRequest, usages: readonly string[], seconds: number, now: number): string {
    const milliseconds = seconds * 1000;
    const notAfter = now + milliseconds - (milliseconds < SHORT_MS ? 0 : BACKDATE_MS);
    return this.#make({
      subject: request.rawSubject,
      notBefore: now - BACKDATE_MS,
      notAfter: Math.min(notAfter, this.#notAfter),
      publicKey: request.publicKey,
      usages,
      authority: false,
      names: request.names,
    });
  }

  /** A new key and certificate for an API server that is reached as `hosts` (names or addresses). */
  serving(hosts: readonly string[], now: number): ServingCertificate {
    const key = this.#cryptography.newKey();
    const addresses = hosts.flatMap((host) => addressBytes(host) ?? []);
    const cert = this.#make({
      subject: encodeName({ commonName: "kube-apiserver", organizations: [] }),
      notBefore: now - BACKDATE_MS,
      notAfter: Math.min(now + YEAR_MS, this.#notAfter),
      publicKey: this.#cryptography.publicKey(key),
      usages: ["digital signature", "key encipherment", "server auth"],
      authority: false,
      names: {
        dnsNames: [...SERVER_NAMES, ...hosts.filter((host) => addressBytes(host) === undefined)],
        addresses,
        emails: [],
        uris: [],
      },
    });
    return { ca: this.certificate, cert, key };
  }

  /** Who shows this certificate: its common name and organizations; undefined where it is not of this authority or over. */
  userOf(certificate: string | Uint8Array, now: number): UserInfo | undefined {
    let read: ReturnType<typeof readCertificate>;
    try {
      read = readCertificate(certificate);
    } catch {
      return undefined;
    }
    const { signed, signature, algorithm, notBefore, notAfter, usages, subject, raw } = read;
    if (now < notBefore || now > notAfter || !usages.includes("client auth")) return undefined;
    if (!this.#cryptography.verify(this.#publicKey, algorithm, signed, signature)) return undefined;
    if (subject.commonName === "") return undefined;
    const id = toHex(digest("sha256", raw));
    return {
      name: subject.commonName,
      groups: [...new Set([...subject.organizations, "system:authenticated"])],
      extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${id}`] },
    };
  }

  #make(template: {
    readonly subject: Uint8Array;
    readonly notBefore: number;
    readonly notAfter: number;
    readonly publicKey: Uint8Array;
    readonly usages: readonly string[];
    readonly authority: boolean;
    readonly keyIdentifier?: Uint8Array;
    readonly names?: AlternativeNames;
  }): string {
    const serial = this.#cryptography.random(16);
    serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
    return makeCertificate(
      {
        ...template,
        serial,
        issuer: NAME,
        ...(template.authority ? {} : { issuerKeyIdentifier: keyIdentifier(this.#publicKey) }),
      },
      { algorithm: ALGORITHM, sign: (data) => this.#cryptography.sign(this.#key, data) },
    );
  }
}

/** Four bytes of an IPv4 address; sixteen of ::1; undefined for names. */
function addressBytes(host: string): Uint8Array | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return Uint8Array.from(host.split(".").map(Number));
  if (host === "::1") return Uint8Array.from([...Array<number>(15).fill(0), 1]);
  return undefined;
}
