/** certificates.k8s.io/v1 CertificateSigningRequest: pkg/registry/certificates, pkg/apis/certificates/validation. */
import { decodeBase64, humanDuration } from "../../../encoding/index.ts";
import { EXTENDED_KEY_USAGES, KEY_USAGES, parseRequest } from "../../machinery/certificates/x509.ts";
import { deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import { rfc3339 } from "../../machinery/time.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  isDns1123Subdomain,
  notSupported,
  required,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { certificateSigningRequests } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { CertificateSigningRequest } from "../types.ts";

type Request = CertificateSigningRequest;

const LEGACY = "kubernetes.io/legacy-unknown";
const USAGES = [...new Set([...Object.keys(KEY_USAGES), ...Object.keys(EXTENDED_KEY_USAGES)])].sort();
const MIN_SECONDS = 600;
const DECISIONS = ["Approved", "Denied"];

/** PEM of what is asked for; "" where it is no base64. */
export function requestPem({ spec }: Request): string {
  try {
    return new TextDecoder().decode(decodeBase64(spec?.request ?? ""));
  } catch {
    return "";
  }
}

export const hasCondition = ({ status }: Request, type: string) =>
  (status?.conditions ?? []).some((condition) => condition.type === type);

/** `Approved,Issued`: what the last column shows. */
function conditionText(object: Request): string {
  const decision = hasCondition(object, "Denied")
    ? "Denied"
    : hasCondition(object, "Approved")
      ? "Approved"
      : "Pending";
  return `${decision}${hasCondition(object, "Failed") ? ",Failed" : ""}${object.status?.certificate ? ",Issued" : ""}`;
}

function validateSignerName(signer: string | undefined): FieldError[] {
  const field = "spec.signerName";
  if (!signer) return [required(field)];
  if (signer === LEGACY)
    return [invalidValue(field, signer, "the legacy signerName is not allowed via this API version")];
  const slash = signer.indexOf("/");
  const domain = slash === -1 ? "" : signer.slice(0, slash);
  const path = signer.slice(slash + 1);
  const fine =
    domain.includes(".") &&
    isDns1123Subdomain(domain).length === 0 &&
    path !== "" &&
    path.split("/").every((part) => isDns1123Subdomain(part).length === 0);
  return fine
    ? []
    : [invalidValue(field, signer, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
}

function validate(object: Request): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = object;
  try {
    parseRequest(requestPem(object));
  } catch (error) {
    errors.push(invalidValue("spec.request", spec?.request, error instanceof Error ? error.message : String(error)));
  }
  const usages: readonly string[] = spec?.usages ?? [];
  if (usages.length === 0) errors.push(required("spec.usages"));
  for (const [index, usage] of usages.entries()) {
    if (!USAGES.includes(usage)) errors.push(notSupported(`spec.usages[${index}]`, usage, USAGES));
    if (usages.indexOf(usage) < index) errors.push(duplicate(`spec.usages[${index}]`, usage));
  }
  errors.push(...validateSignerName(spec?.signerName));
  if (spec?.expirationSeconds !== undefined && spec.expirationSeconds < MIN_SECONDS)
    errors.push(
      invalidValue(
        "spec.expirationSeconds",
        spec.expirationSeconds,
        "may not specify a duration less than 600 seconds (10 minutes)",
      ),
    );
  return [...errors, ...validateConditions(object)];
}

function validateConditions({ status }: Request): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { type, status: value }] of (status?.conditions ?? []).entries()) {
    const at = `status.conditions[${index}]`;
    if (!type) errors.push(required(`${at}.type`));
    else if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    const other = type === "Approved" ? "Denied" : type === "Denied" ? "Approved" : undefined;
    if (other !== undefined && seen.has(other))
      errors.push(invalidValue(`${at}.type`, type, "Approved and Denied conditions are mutually exclusive"));
    if (type) seen.add(type);
    if (DECISIONS.includes(type ?? "") || type === "Failed") {
      if (!value) errors.push(required(`${at}.status`));
      else if (value !== "True") errors.push(notSupported(`${at}.status`, value, ["True"]));
    } else if (!value) errors.push(required(`${at}.status`));
  }
  return errors;
}

/** Decisions stay; what may be added is `addable`. */
function validateChange(next: Request, old: Request, addable: readonly string[]): FieldError[] {
  const errors = [...metadataOnly(next, old), ...validateConditions(next)];
  const of = (object: Request, type: string) => (object.status?.conditions ?? []).filter((item) => item.type === type);
  for (const type of [...DECISIONS, "Failed"]) {
    const before = of(old, type);
    const after = of(next, type);
    if (after.length < before.length)
      errors.push(forbiddenField("status.conditions", `updates may not remove a condition of type "${type}"`));
    else if (!addable.includes(type) && (after.length > before.length || !deepEqual(before, after)))
      errors.push(forbiddenField("status.conditions", `updates may not add a condition of type "${type}"`));
  }
  if (old.status?.certificate && next.status?.certificate !== old.status.certificate)
    errors.push(forbiddenField("status.certificate", "updates may not set certificate content when it is already set"));
  return errors;
}

/** Conditions tell when they came and when they last changed. */
function stamp(next: Request, old: Request, now: number): void {
  const time = rfc3339(now);
  for (const condition of next.status?.conditions ?? []) {
    const before = old.status?.conditions?.find(({ type }) => type === condition.type);
    condition.lastUpdateTime ??= time;
    if (condition.lastTransitionTime === undefined)
      condition.lastTransitionTime =
        (before?.status === condition.status ? before?.lastTransitionTime : undefined) ?? time;
  }
}

const keep = (next: Request, old: Request) => {
  next.spec = old.spec;
};

export const certificateSigningRequest = define(certificateSigningRequests, {
  shortNames: ["csr"],
  subresources: ["status", "approval"],
  selectableFields: { "spec.signerName": ({ spec }: Request) => spec.signerName },
  columns: [
    nameColumn(),
    ageColumn(),
    column("SignerName", "string", "Who is to sign.", ({ spec }) => spec.signerName),
    column("Requestor", "string", "Who asks.", ({ spec }) => spec.username ?? ""),
    column("RequestedDuration", "string", "How long the certificate is to last.", ({ spec }) =>
      spec.expirationSeconds === undefined ? "<none>" : humanDuration(spec.expirationSeconds * 1000),
    ),
    column("Condition", "string", "How far it is.", conditionText),
  ],
  prepareForCreate(object, context) {
    const { user } = context ?? {};
    const { spec } = object;
    if (spec !== undefined) {
      delete spec.username;
      delete spec.uid;
      delete spec.groups;
      delete spec.extra;
      if (user !== undefined) {
        spec.username = user.name;
        if (user.uid !== undefined) spec.uid = user.uid;
        if (user.groups.length > 0) spec.groups = [...user.groups];
        if (user.extra !== undefined)
          spec.extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
      }
    }
    object.status = {};
  },
  prepareForUpdate(next, old) {
    keep(next, old);
    if (old.status === undefined) delete next.status;
    else next.status = old.status;
  },
  prepareForStatusUpdate(next, old, context) {
    keep(next, old);
    const kept = (object: Request, decided: boolean) =>
      (object.status?.conditions ?? []).filter(({ type }) => DECISIONS.includes(type) === decided);
    const conditions = [...kept(old, true), ...kept(next, false)];
    next.status = { ...next.status };
    if (conditions.length > 0) next.status.conditions = conditions;
    else delete next.status.conditions;
    stamp(next, old, context?.now ?? 0);
  },
  subresourceUpdates: {
    approval: {
      prepare(next: Request, old: Request, context) {
        keep(next, old);
        next.status = {
          ...old.status,
          ...(next.status?.conditions === undefined ? {} : { conditions: next.status.conditions }),
        };
        stamp(next, old, context.now);
      },
      validate: (next: Request, old: Request) => validateChange(next, old, DECISIONS),
    },
  },
  ...rules<Request>(false, () => [], validate),
  validateStatusUpdate: (next, old) => validateChange(next, old, ["Failed"]),
});
