/** The certificate authority of a served cluster: made anew for each run, kept in memory only. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

export interface ServingCertificate {
  /** PEM of the authority, for a kubeconfig. */
  readonly authority: string;
  /** PEM of the server's key and certificate. */
  readonly key: string;
  readonly cert: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 24 * 3600_000;

/** A certificate for localhost and 127.0.0.1, signed by an authority of its own. */
export async function createServingCertificate(): Promise<ServingCertificate> {
  // The same object as the browser's; the declarations of Node and of the library differ in name only.
  const crypto = webcrypto as unknown as Crypto;
  const notBefore = new Date(Date.now() - DAY_MS);
  const notAfter = new Date(Date.now() + 365 * DAY_MS);
  const usages = ["sign", "verify"] as const;
  const authorityKeys = await crypto.subtle.generateKey(ALGORITHM, true, usages);
  const authority = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: "01",
      name: "CN=statecraft",
      notBefore,
      notAfter,
      keys: authorityKeys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, 1, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    crypto,
  );
  const serverKeys = await crypto.subtle.generateKey(ALGORITHM, true, usages);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: "02",
      subject: "CN=kube-apiserver",
      issuer: authority.subject,
      notBefore,
      notAfter,
      publicKey: serverKeys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([
          { type: "dns", value: "localhost" },
          { type: "dns", value: "kubernetes" },
          { type: "ip", value: "127.0.0.1" },
        ]),
      ],
    },
    crypto,
  );
  const key = PemConverter.encode(await crypto.subtle.exportKey("pkcs8", serverKeys.privateKey), "PRIVATE KEY");
  return { authority: authority.toString("pem"), key, cert: certificate.toString("pem") };
}
