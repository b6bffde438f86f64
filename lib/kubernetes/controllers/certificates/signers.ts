/** What each of the cluster's signers signs (pkg/controller/certificates/signer, pkg/apis/certificates/helpers.go). */
import type { CertificateRequest } from "../../machinery/certificates/x509.ts";

type Check = (request: CertificateRequest, usages: readonly string[]) => string | undefined;

const text = (usages: readonly string[]) => `[${usages.join(", ")}]`;

function clientUsages(usages: readonly string[]): string | undefined {
  const odd = usages.find((usage) => !["digital signature", "key encipherment", "client auth"].includes(usage));
  if (odd !== undefined) return `invalid usage for client certificate: ${odd}`;
  return usages.includes("client auth") ? undefined : "missing required usage for client certificate: client auth";
}

function nodeSubject({ subject }: CertificateRequest): string | undefined {
  if (subject.organizations.length !== 1 || subject.organizations[0] !== "system:nodes")
    return "subject organization is not system:nodes";
  return subject.commonName.startsWith("system:node:")
    ? undefined
    : "subject common name does not begin with system:node:";
}

/** Exactly these, with or without the encipherment that newer keys do not need. */
const exactly = (usages: readonly string[], wanted: readonly string[]) => {
  const rest = usages.filter((usage) => usage !== "key encipherment");
  return rest.length === wanted.length && wanted.every((usage) => rest.includes(usage))
    ? undefined
    : `usages did not match ${text(wanted)}`;
};

const kubeletServing: Check = (request, usages) => {
  const { names } = request;
  const subject = nodeSubject(request);
  if (subject !== undefined) return subject;
  if (names.dnsNames.length === 0 && names.addresses.length === 0) return "DNS or IP subjectAltName is required";
  if (names.emails.length > 0) return "email subjectAltNames are not allowed";
  if (names.uris.length > 0) return "URI subjectAltNames are not allowed";
  return exactly(usages, ["digital signature", "server auth"]);
};

const kubeletClient: Check = (request, usages) => {
  const { names } = request;
  const subject = nodeSubject(request);
  if (subject !== undefined) return subject;
  if (names.dnsNames.length > 0) return "DNS subjectAltNames are not allowed";
  if (names.emails.length > 0) return "email subjectAltNames are not allowed";
  if (names.addresses.length > 0) return "IP subjectAltNames are not allowed";
  if (names.uris.length > 0) return "URI subjectAltNames are not allowed";
  return exactly(usages, ["digital signature", "client auth"]);
};

/** Why a signer does not sign a request that was approved; undefined where it does. */
export const SIGNERS: Readonly<Record<string, Check>> = {
  "kubernetes.io/kube-apiserver-client": (_request, usages) => clientUsages(usages),
  "kubernetes.io/kube-apiserver-client-kubelet": kubeletClient,
  "kubernetes.io/kubelet-serving": kubeletServing,
};
