/** Pods and Pod templates (ValidatePod, ValidatePodSpec, ValidatePodTemplateSpec in pkg/apis/core/validation). */
import type { FieldError } from "../../machinery/status.ts";
import {
  duplicate,
  fieldNotFound,
  invalidValue,
  isDns1123Label,
  isDns1123Subdomain,
  isIP,
  isQualifiedName,
  notSupported,
  oneOf,
  problems,
  required,
  validateAnnotations,
  validateLabels,
  validateObjectMeta,
} from "../../machinery/validation/index.ts";
import type { Pod, PodSpec, PodTemplateSpec } from "../types.ts";
import { validateContainers, validateEphemeralContainers, validateInitContainers } from "./validate-containers.ts";
import {
  validateContainerResourceName,
  validateResourceQuantity,
  validateResourceRequirements,
} from "./validate-resources.ts";
import {
  validActiveDeadline,
  validateAffinity,
  validateTolerations,
  validateTopologySpread,
} from "./validate-scheduling.ts";
import { validatePodSecurityContext } from "./validate-security.ts";
import { validateVolumes } from "./validate-volumes.ts";

const DNS_POLICIES = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];

function validateDns(field: string, spec: PodSpec): FieldError[] {
  const { dnsPolicy, dnsConfig } = spec;
  const errors: FieldError[] = [];
  if (dnsPolicy === "None") {
    if (dnsConfig === undefined) return [required(field, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if ((dnsConfig.nameservers ?? []).length === 0)
      return [required(`${field}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")];
  }
  const nameservers = dnsConfig?.nameservers ?? [];
  if (nameservers.length > 3)
    errors.push(invalidValue(`${field}.nameservers`, nameservers, "must not have more than 3 nameservers"));
  for (const [index, server] of nameservers.entries())
    errors.push(...problems(`${field}.nameservers[${index}]`, server, isIP(server)));
  const searches = dnsConfig?.searches ?? [];
  if (searches.length > 32)
    errors.push(invalidValue(`${field}.searches`, searches, "must not have more than 32 search paths"));
  for (const [index, { name }] of (dnsConfig?.options ?? []).entries())
    if (!name) errors.push(required(`${field}.options[${index}]`, "must not be empty"));
  return errors;
}

export function validatePodSpec(field: string, spec: PodSpec): FieldError[] {
  const containers = spec.containers ?? [];
  const initContainers = spec.initContainers ?? [];
  const grace = spec.terminationGracePeriodSeconds;
  const { errors, usable } = validateVolumes(spec.volumes, `${field}.volumes`);
  errors.push(
    ...validateContainers(`${field}.containers`, containers, usable, grace),
    ...validateInitContainers(`${field}.initContainers`, initContainers, containers, usable, grace),
    ...validateEphemeralContainers(
      `${field}.ephemeralContainers`,
      spec.ephemeralContainers ?? [],
      [...containers, ...initContainers],
      usable,
    ),
    ...validateResourceRequirements(`${field}.resources`, spec.resources),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"]),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES),
    ...validateLabels(`${field}.nodeSelector`, spec.nodeSelector),
    ...validatePodSecurityContext(`${field}.securityContext`, spec.securityContext),
  );
  if (spec.hostNetwork === true) {
    for (const [key, list] of [
      ["containers", containers],
      ["initContainers", initContainers],
    ] as const)
      for (const [index, container] of list.entries())
        for (const [at, port] of (container.ports ?? []).entries())
          if (port.hostPort && port.hostPort !== port.containerPort)
            errors.push(
              invalidValue(
                `${field}.${key}[${index}].ports[${at}].hostPort`,
                port.hostPort,
                "must match `containerPort` when `hostNetwork` is true",
              ),
            );
  }
  for (const [index, { name }] of (spec.imagePullSecrets ?? []).entries())
    if (!name) errors.push(required(`${field}.imagePullSecrets[${index}].name`));
  errors.push(...validateAffinity(`${field}.affinity`, spec.affinity), ...validateDns(`${field}.dnsConfig`, spec));
  for (const [index, { conditionType }] of (spec.readinessGates ?? []).entries())
    errors.push(
      ...problems(`${field}.readinessGates[${index}].conditionType`, conditionType, isQualifiedName(conditionType)),
    );
  const gates = new Set<string>();
  for (const [index, { name }] of (spec.schedulingGates ?? []).entries()) {
    if (!name) errors.push(required(`${field}.schedulingGates[${index}]`, "must not be empty"));
    else errors.push(...problems(`${field}.schedulingGates[${index}]`, name, isQualifiedName(name)));
    if (gates.has(name)) errors.push(duplicate(`${field}.schedulingGates[${index}]`, name));
    gates.add(name);
  }
  errors.push(...validateTopologySpread(`${field}.topologySpreadConstraints`, spec.topologySpreadConstraints));
  const name = (
    key: "serviceAccountName" | "nodeName" | "hostname" | "subdomain",
    rule: (name: string) => string[],
  ) => {
    const value = spec[key];
    if (value) errors.push(...problems(`${field}.${key}`, value, rule(value)));
  };
  name("serviceAccountName", isDns1123Subdomain);
  name("nodeName", isDns1123Subdomain);
  errors.push(...validActiveDeadline(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds));
  name("hostname", isDns1123Label);
  name("subdomain", isDns1123Label);
  errors.push(...validateTolerations(`${field}.tolerations`, spec.tolerations));
  for (const [index, { ip, hostnames = [] }] of (spec.hostAliases ?? []).entries()) {
    errors.push(...problems(`${field}.hostAliases[${index}].ip`, ip ?? "", isIP(ip ?? "")));
    for (const hostname of hostnames)
      errors.push(...problems(`${field}.hostAliases[${index}].hostnames`, hostname, isDns1123Subdomain(hostname)));
  }
  if (spec.priorityClassName)
    errors.push(
      ...problems(`${field}.priorityClassName`, spec.priorityClassName, isDns1123Subdomain(spec.priorityClassName)),
    );
  if (spec.runtimeClassName !== undefined)
    errors.push(
      ...problems(`${field}.runtimeClassName`, spec.runtimeClassName, isDns1123Subdomain(spec.runtimeClassName)),
    );
  const preemption = ["PreemptLowerPriority", "Never"];
  if (spec.preemptionPolicy !== undefined && !preemption.includes(spec.preemptionPolicy))
    errors.push(notSupported(`${field}.preemptionPolicy`, spec.preemptionPolicy, preemption));
  for (const [resource, amount] of Object.entries(spec.overhead ?? {}))
    errors.push(
      ...validateContainerResourceName(`${field}.overhead[${resource}]`, resource),
      ...validateResourceQuantity(`${field}.overhead[${resource}]`, resource, amount),
    );
  if (spec.os !== undefined) {
    if (!spec.os.name) errors.push(required(`${field}.os.name`, "cannot be empty"));
    else if (!["linux", "windows"].includes(spec.os.name))
      errors.push(notSupported(`${field}.os.name`, spec.os.name, ["linux", "windows"]));
  }
  for (const [index, claim] of (spec.resourceClaims ?? []).entries())
    if (!claim.name) errors.push(fieldNotFound(`${field}.resourceClaims[${index}].name`, ""));
  return errors;
}

/** On the API's picture of a Pod that a node runs from a file. */
export const MIRROR = "kubernetes.io/config.mirror";

/** Names of Pods are subdomains. */
export function validatePod(pod: Pod): FieldError[] {
  const spec = pod.spec ?? { containers: [] };
  const errors = validateObjectMeta(pod.metadata, true, isDns1123Subdomain);
  const mirror = pod.metadata.annotations?.[MIRROR];
  if (mirror !== undefined && !spec.nodeName)
    errors.push(
      invalidValue(`metadata.annotations[${MIRROR}]`, mirror, "must set spec.nodeName if mirror pod annotation is set"),
    );
  errors.push(...validatePodSpec("spec", spec));
  for (const [key, list] of [
    ["containers", spec.containers ?? []],
    ["initContainers", spec.initContainers ?? []],
  ] as const)
    for (const [index, { image = "" }] of list.entries())
      if (image !== image.trim())
        errors.push(invalidValue(`spec.${key}[${index}].image`, image, "must not have leading or trailing whitespace"));
  if ((spec.ephemeralContainers ?? []).length > 0)
    errors.push({
      type: "FieldValueForbidden",
      field: "spec.ephemeralContainers",
      value: "",
      detail: "cannot be set on create",
    });
  return errors;
}

/** A template of Deployments, Jobs and their like; a StatefulSet's Pod spec is not looked at, as upstream. */
export function validatePodTemplate(field: string, template: PodTemplateSpec | undefined): FieldError[] {
  const spec = template?.spec ?? { containers: [] };
  const errors = [
    ...validateLabels(`${field}.labels`, template?.metadata?.labels),
    ...validateAnnotations(`${field}.annotations`, template?.metadata?.annotations),
    ...validatePodSpec(`${field}.spec`, spec),
  ];
  if ((spec.ephemeralContainers ?? []).length > 0)
    errors.push({
      type: "FieldValueForbidden",
      field: `${field}.spec.ephemeralContainers`,
      value: "",
      detail: "ephemeral containers not allowed in pod template",
    });
  return errors;
}
