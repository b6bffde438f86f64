/** networking.k8s.io/v1 Ingress: pkg/registry/networking/ingress/strategy.go. */
import type { FieldError } from "../../machinery/status.ts";
import {
  invalidValue,
  isDns1035Label,
  isDns1123Subdomain,
  isIP,
  isPortName,
  isWildcardDns1123Subdomain,
  notSupported,
  problems,
  required,
  validPort,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec, keepStatus, startWith } from "../lifecycle.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { ingresses } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { Ingress } from "../types.ts";

type Spec = NonNullable<Ingress["spec"]>;
type Backend = NonNullable<Spec["defaultBackend"]>;
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

function validateBackend(at: string, { service, resource }: Backend): FieldError[] {
  if (resource !== undefined && service !== undefined)
    return [invalidValue(at, "", "cannot set both resource and service backends")];
  if (resource !== undefined) {
    const errors = resource.kind ? [] : [required(`${at}.resource.kind`)];
    return resource.name ? errors : [...errors, required(`${at}.resource.name`)];
  }
  if (service === undefined) return [required(at, "resource or service backend is required")];
  const errors: FieldError[] = [];
  if (!service.name) errors.push(required(`${at}.service.name`));
  else errors.push(...problems(`${at}.service.name`, service.name, isDns1035Label(service.name)));
  const { name, number } = service.port ?? {};
  if (name && number) errors.push(invalidValue(`${at}`, "", "cannot set both port name & port number"));
  else if (name) errors.push(...problems(`${at}.service.port.name`, name, isPortName(name)));
  else if (number) errors.push(...validPort(`${at}.service.port.number`, number));
  else errors.push(required(at, "port name or number is required"));
  return errors;
}

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_SUFFIXES = ["/..", "/."];

type HttpPath = NonNullable<NonNullable<Spec["rules"]>[number]["http"]>["paths"][number];

function validatePath(at: string, { path = "", pathType, backend }: HttpPath): FieldError[] {
  if (!pathType) return [required(`${at}.pathType`, "pathType must be specified")];
  const errors: FieldError[] = [];
  if (pathType === "Exact" || pathType === "Prefix") {
    if (!path.startsWith("/")) errors.push(invalidValue(`${at}.path`, path, "must be an absolute path"));
    if (path !== "") {
      for (const part of BAD_SEQUENCES)
        if (path.includes(part)) errors.push(invalidValue(`${at}.path`, path, `must not contain '${part}'`));
      for (const end of BAD_SUFFIXES)
        if (path.endsWith(end)) errors.push(invalidValue(`${at}.path`, path, `cannot end with '${end}'`));
    }
  } else if (pathType === "ImplementationSpecific") {
    if (path !== "" && !path.startsWith("/")) errors.push(invalidValue(`${at}.path`, path, "must be an absolute path"));
  } else {
    errors.push(notSupported(`${at}.pathType`, pathType, PATH_TYPES));
  }
  return [...errors, ...validateBackend(`${at}.backend`, backend ?? {})];
}

function validateHost(at: string, host: string): FieldError[] {
  if (isIP(host).length === 0) return [invalidValue(at, host, "must be a DNS name, not an IP address")];
  return problems(at, host, host.includes("*") ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host));
}

function validateSpec({ spec, metadata }: Ingress): FieldError[] {
  const errors: FieldError[] = [];
  const routes = spec?.rules ?? [];
  if (routes.length === 0 && spec?.defaultBackend === undefined)
    errors.push(invalidValue("spec", spec?.rules ?? null, "either `defaultBackend` or `rules` must be specified"));
  if (spec?.defaultBackend !== undefined) errors.push(...validateBackend("spec.defaultBackend", spec.defaultBackend));
  for (const [index, { host, http }] of routes.entries()) {
    if (host) errors.push(...validateHost(`spec.rules[${index}].host`, host));
    if (http === undefined) continue;
    if ((http.paths ?? []).length === 0) errors.push(required(`spec.rules[${index}].http.paths`));
    for (const [n, path] of (http.paths ?? []).entries())
      errors.push(...validatePath(`spec.rules[${index}].http.paths[${n}]`, path));
  }
  for (const [index, { hosts = [] }] of (spec?.tls ?? []).entries())
    for (const [n, host] of hosts.entries()) {
      const problemsOfHost = host.includes("*") ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host);
      errors.push(...problems(`spec.tls[${index}].hosts[${n}]`, host, problemsOfHost));
    }
  if (spec?.ingressClassName !== undefined)
    errors.push(...problems("spec.ingressClassName", spec.ingressClassName, isDns1123Subdomain(spec.ingressClassName)));
  if (metadata.annotations?.[CLASS_ANNOTATION] !== undefined && spec?.ingressClassName !== undefined)
    errors.push(
      invalidValue(
        `metadata.annotations.${CLASS_ANNOTATION}`,
        metadata.annotations[CLASS_ANNOTATION],
        "can not be set when the class field is also set",
      ),
    );
  return errors;
}

function hosts({ spec }: Ingress): string {
  const names = (spec?.rules ?? []).map(({ host }) => host ?? "").filter(Boolean);
  if (names.length === 0) return "*";
  return names.length > 3 ? `${names.slice(0, 3).join(",")} + ${names.length - 3} more...` : names.join(",");
}

export const ingress = define(ingresses, {
  shortNames: ["ing"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column(
      "Class",
      "string",
      "Whose Ingress it is.",
      ({ spec, metadata }) => spec?.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION] ?? "<none>",
    ),
    column("Hosts", "string", "Names it answers to.", hosts),
    column("Address", "string", "Where it can be reached.", (object) =>
      [
        ...new Set(
          (object.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").filter(Boolean),
        ),
      ]
        .sort()
        .join(","),
    ),
    column("Ports", "string", "Ports it listens on.", (object) =>
      (object.spec?.tls ?? []).length > 0 ? "80, 443" : "80",
    ),
    ageColumn(),
  ],
  prepareForCreate: startWith(() => ({ loadBalancer: {} })),
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  ...rules<Ingress>(true, isDns1123Subdomain, validateSpec),
  validateStatusUpdate: metadataOnly,
  warnings: (object) =>
    object.metadata.annotations?.[CLASS_ANNOTATION] === undefined
      ? []
      : [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`],
});
