/** Signs approved requests, and drops old ones (pkg/controller/certificates/{signer,cleaner}). */
import { decodeBase64, encodeBase64 } from "../../../encoding/index.ts";
import { hasCondition, requestPem } from "../../api/certificates/certificate-signing-request.ts";
import { certificateSigningRequests } from "../../api/resources.ts";
import type { CertificateSigningRequest } from "../../api/types.ts";
import { type CertificateRequest, parseRequest, readCertificate } from "../../machinery/certificates/x509.ts";
import { parseTime, rfc3339 } from "../../machinery/time.ts";
import { type ControllerDefinition, watch } from "../framework/controller.ts";
import { unlessGone } from "../framework/owners.ts";
import { SIGNERS } from "./signers.ts";

/** Signs with the cluster's authority: PEM. `seconds`: how long it is to hold. */
export type SignCertificate = (
  request: CertificateRequest,
  usages: readonly string[],
  seconds: number,
  now: number,
) => string;

/** kube-controller-manager's --cluster-signing-duration. */
const DEFAULT_SECONDS = 365 * 24 * 3600;
const MIN_SECONDS = 600;
const HOUR_MS = 3600_000;
/** How long requests are kept: those nobody decided on, those that were decided, issued or failed. */
const PENDING_MS = 24 * HOUR_MS;
const DECIDED_MS = HOUR_MS;

/** `sign` undefined: the cluster has no authority, so that approved requests stay as they are, as upstream's do. */
export const certificateSigningController = (sign: SignCertificate | undefined): ControllerDefinition => ({
  name: "certificatesigningrequest-signing-controller",
  serviceAccount: "certificate-controller",
  create({ client, lister, clock }) {
    return {
      watches: [
        watch(certificateSigningRequests, ({ type, object }, queue) => {
          if (type !== "DELETED") queue.add(object.metadata.name ?? "");
        }),
      ],
      sync(name) {
        const object = lister.find(certificateSigningRequests, undefined, name);
        if (object === undefined || sign === undefined) return;
        if (object.status?.certificate || hasCondition(object, "Failed")) return;
        if (!hasCondition(object, "Approved") || hasCondition(object, "Denied")) return;
        const check = SIGNERS[object.spec.signerName];
        // Other signers' requests are for other controllers.
        if (check === undefined) return;
        const now = clock.now();
        const usages: readonly string[] = object.spec.usages ?? [];
        const request = parseRequest(requestPem(object));
        const problem = check(request, usages);
        unlessGone(() =>
          client.modify(
            certificateSigningRequests,
            undefined,
            name,
            (next) => {
              next.status ??= {};
              if (problem === undefined) {
                const pem = sign(request, usages, duration(object), now);
                next.status.certificate = encodeBase64(new TextEncoder().encode(pem));
                return;
              }
              const time = rfc3339(now);
              next.status.conditions = [
                ...(next.status.conditions ?? []),
                {
                  type: "Failed",
                  status: "True",
                  reason: "SignerValidationFailure",
                  message: problem,
                  lastUpdateTime: time,
                  lastTransitionTime: time,
                },
              ];
            },
            "status",
          ),
        );
      },
    };
  },
});

/** What was asked for, between ten minutes and what the controller gives at most. */
function duration({ spec }: CertificateSigningRequest): number {
  const { expirationSeconds } = spec;
  if (expirationSeconds === undefined) return DEFAULT_SECONDS;
  return Math.min(DEFAULT_SECONDS, Math.max(MIN_SECONDS, expirationSeconds));
}

export const certificateCleaner: ControllerDefinition = {
  name: "certificatesigningrequest-cleaner-controller",
  serviceAccount: "certificate-controller",
  create({ client, lister, clock }) {
    return {
      watches: [
        watch(certificateSigningRequests, ({ type, object }, queue) => {
          if (type !== "DELETED") queue.add(object.metadata.name ?? "");
        }),
      ],
      sync(name, queue) {
        const object = lister.find(certificateSigningRequests, undefined, name);
        if (object === undefined) return;
        const due = dueTime(object);
        const wait = due - clock.now();
        if (wait > 0) queue.addAfter(name, wait);
        else unlessGone(() => client.delete(certificateSigningRequests, undefined, name));
      },
    };
  },
};

/** When a request is dropped, ms. */
function dueTime(object: CertificateSigningRequest): number {
  const created = parseTime(object.metadata.creationTimestamp);
  const times = (object.status?.conditions ?? []).map(({ lastUpdateTime }) => parseTime(lastUpdateTime));
  let due = times.length === 0 ? created + PENDING_MS : Math.max(...times) + DECIDED_MS;
  if (!object.status?.certificate && hasCondition(object, "Approved") && !hasCondition(object, "Failed"))
    due = Math.max(...times) + PENDING_MS;
  const expires = certificateEnd(object);
  return expires === undefined ? due : Math.min(due, expires);
}

function certificateEnd({ status }: CertificateSigningRequest): number | undefined {
  if (!status?.certificate) return undefined;
  try {
    return readCertificate(new TextDecoder().decode(decodeBase64(status.certificate))).notAfter;
  } catch {
    return undefined;
  }
}
