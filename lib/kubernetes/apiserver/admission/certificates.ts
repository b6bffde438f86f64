/**
 * Who may approve and sign requests, and for whom (plugin/pkg/admission/certificates/{approval,signing,
 * subjectrestriction}). The signature of a request is checked here too: it takes the host's cryptography.
 */
import { quote } from "../../../encoding/index.ts";
import { requestPem } from "../../api/certificates/certificate-signing-request.ts";
import { certificateSigningRequests } from "../../api/resources.ts";
import type { CertificateSigningRequest } from "../../api/types.ts";
import { parseRequest } from "../../machinery/certificates/x509.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { invalid } from "../../machinery/invalid.ts";
import { forbidden } from "../../machinery/status.ts";
import { type AdmissionAttributes, type AdmissionPlugin, admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

const APISERVER_CLIENT = "kubernetes.io/kube-apiserver-client";
const MASTERS = "system:masters";

const isRequest = ({ served }: AdmissionAttributes) => served.key === certificateSigningRequests.key;

/** A signer by its name, or all signers of its domain. */
function mayUseSigner(
  { authorizer }: AdmissionDependencies,
  { context }: AdmissionAttributes,
  verb: string,
  signer: string,
): boolean {
  return [signer, `${signer.split("/")[0]}/*`].some(
    (name) =>
      authorizer.decide(context.user, { verb, group: "certificates.k8s.io", resource: "signers", name }).allowed,
  );
}

export function certificateApproval(dependencies: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "CertificateApproval",
    validate(attributes) {
      if (!isRequest(attributes) || attributes.subresource !== "approval") return;
      const signer = (attributes.oldObject as CertificateSigningRequest).spec.signerName;
      if (mayUseSigner(dependencies, attributes, "approve", signer)) return;
      throw forbidden(
        attributes.served.groupResource,
        admissionName(attributes),
        `user not permitted to approve requests with signerName ${quote(signer)}`,
      );
    },
  };
}

export function certificateSigning(dependencies: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "CertificateSigning",
    validate(attributes) {
      if (!isRequest(attributes) || attributes.subresource !== "status") return;
      const next = attributes.object as CertificateSigningRequest;
      const old = attributes.oldObject as CertificateSigningRequest;
      if (
        next.status?.certificate === old.status?.certificate &&
        deepEqual(next.status?.conditions ?? [], old.status?.conditions ?? [])
      )
        return;
      const signer = old.spec.signerName;
      if (mayUseSigner(dependencies, attributes, "sign", signer)) return;
      throw forbidden(
        attributes.served.groupResource,
        admissionName(attributes),
        `user not permitted to sign requests with signerName ${quote(signer)}`,
      );
    },
  };
}

export function certificateSubjectRestriction({ cryptography }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "CertificateSubjectRestriction",
    validate(attributes) {
      if (!isRequest(attributes) || attributes.operation !== "CREATE" || attributes.subresource !== undefined) return;
      const object = attributes.object as CertificateSigningRequest;
      const request = parseRequest(requestPem(object));
      const { publicKey, algorithm, signed, signature } = request;
      if (cryptography !== undefined && !cryptography.verify(publicKey, algorithm, signed, signature))
        throw invalid(attributes.served.definition, attributes.name, [
          {
            type: "FieldValueInvalid",
            field: "spec.request",
            value: object.spec.request,
            detail: "x509: certificate request has an invalid signature",
          },
        ]);
      if (object.spec.signerName !== APISERVER_CLIENT || !request.subject.organizations.includes(MASTERS)) return;
      throw forbidden(
        attributes.served.groupResource,
        admissionName(attributes),
        `use of ${APISERVER_CLIENT} signer with ${MASTERS} group is not allowed`,
      );
    },
  };
}
