/** Requests for certificates as openssl makes them. */
import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { bits, encode, integer, oid, sequence } from "../../lib/kubernetes/machinery/certificates/der.ts";
import { toPem } from "../../lib/kubernetes/machinery/certificates/pem.ts";
import { encodeName } from "../../lib/kubernetes/machinery/certificates/x509.ts";

/** PEM of a request for a name ("O=developers, CN=jane") with a key on a curve. */
export async function certificateRequest(key: KeyObject, name: string): Promise<string> {
  const parts = name.split(", ").map((part) => part.split("=") as [string, string]);
  const subject = encodeName({
    commonName: parts.find(([type]) => type === "CN")?.[1] ?? "",
    organizations: parts.filter(([type]) => type === "O").map(([, value]) => value),
  });
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  const info = sequence(integer(Uint8Array.of(0)), subject, new Uint8Array(publicKey), encode(0xa0));
  const algorithm = sequence(oid("1.2.840.10045.4.3.2"));
  return toPem("CERTIFICATE REQUEST", sequence(info, algorithm, bits(new Uint8Array(sign("sha256", info, key)))));
}
