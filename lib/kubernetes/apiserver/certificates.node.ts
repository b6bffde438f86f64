/** A certificate authority of one's own, and a server certificate by it: HTTPS on loopback. */
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";

export interface ServerCertificates {
  /** PEM, for kubeconfigs. */
  readonly ca: string;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const YEARS = 10;
const NAMES = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];

/**
 * The library's dependency injection asks for decorator metadata when it is loaded. Nothing here has any, so that it is
 * enough to say so.
 */
async function loadX509() {
  const reflect = Reflect as unknown as Record<string, unknown>;
  for (const name of ["getMetadata", "getOwnMetadata"]) reflect[name] ??= () => undefined;
  reflect["defineMetadata"] ??= () => {};
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  return x509;
}

/** `hosts`: names and addresses that clients reach the server by. `now`: ms since the epoch of the real world. */
export async function makeCertificates(hosts: readonly string[], now: number): Promise<ServerCertificates> {
  const x509 = await loadX509();
  const validity = {
    notBefore: new Date(now - 24 * 3600_000),
    notAfter: new Date(now + YEARS * 365 * 24 * 3600_000),
    signingAlgorithm: ALGORITHM,
  };
  const caKeys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as CryptoKeyPair;
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serial(),
    name: "CN=kubernetes",
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as CryptoKeyPair;
  const cert = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: serial(),
    subject: "CN=kube-apiserver",
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        [...NAMES, ...hosts].map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(ca),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { ca: ca.toString("pem"), cert: cert.toString("pem"), key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") };
}

function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(8));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return Buffer.from(bytes).toString("hex");
}
