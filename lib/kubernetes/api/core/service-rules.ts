/** Defaults and validation of Services (pkg/apis/core/v1/defaults.go, ValidateService, pkg/registry/core/service). */
import type { FieldError } from "../../machinery/status.ts";
import {
  duplicate,
  forbiddenField,
  inRange,
  invalidValue,
  isCidr,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isIP,
  isPortName,
  isQualifiedName,
  notSupported,
  oneOf,
  problems,
  required,
  validateLabels,
  validateObjectMeta,
  validateObjectMetaUpdate,
  validPort,
} from "../../machinery/validation/index.ts";
import { setDefault, setDefaultText } from "../pods/defaults.ts";
import type { Service } from "../types.ts";

type ServiceSpec = NonNullable<Service["spec"]>;
type ServicePort = NonNullable<ServiceSpec["ports"]>[number];

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const AFFINITY_SECONDS = 10_800;
const KUBELET_PORT = 10_250;

const isHeadless = (spec: ServiceSpec | undefined) => spec?.clusterIP === "None" || spec?.clusterIPs?.[0] === "None";

const isExternallyAccessible = (spec: ServiceSpec) =>
  spec.type === "LoadBalancer" ||
  spec.type === "NodePort" ||
  (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);

export function defaultService(service: Service): void {
  service.spec ??= {};
  const { spec } = service;
  setDefaultText(spec, "sessionAffinity", "None");
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
  setDefaultText(spec, "type", "ClusterIP");
  for (const port of spec.ports ?? []) {
    setDefaultText(port, "protocol", "TCP");
    if (!port.targetPort) port.targetPort = port.port;
  }
  if (spec.type === "LoadBalancer")
    for (const ingress of service.status?.loadBalancer?.ingress ?? [])
      if (ingress.ip) setDefaultText(ingress, "ipMode", "VIP");
  if (isExternallyAccessible(spec)) setDefaultText(spec, "externalTrafficPolicy", "Cluster");
  if (spec.type === "NodePort" || spec.type === "LoadBalancer" || spec.type === "ClusterIP")
    setDefault(spec, "internalTrafficPolicy", "Cluster");
  if (spec.type === "LoadBalancer") setDefault(spec, "allocateLoadBalancerNodePorts", true);
}

/** What a Service is given beside its addresses: families, and clusterIP and clusterIPs in step. */
export function prepareService(service: Service): void {
  const { spec } = service;
  service.status = { loadBalancer: {} };
  if (spec === undefined || spec.type === "ExternalName") return;
  syncClusterIPs(spec);
  // Headless and without a selector, both families are claimed even where the cluster has one.
  const anyFamily = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
  setDefault(spec, "ipFamilyPolicy", anyFamily ? "RequireDualStack" : "SingleStack");
  setDefault(spec, "ipFamilies", anyFamily ? ["IPv4", "IPv6"] : ["IPv4"]);
}

function syncClusterIPs(spec: ServiceSpec): void {
  if (spec.clusterIP && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [spec.clusterIP];
}

/** Takes over what was allocated where the update does not say otherwise (patchAllocatedValues). */
export function prepareServiceUpdate(service: Service, old: Service): void {
  if (old.status !== undefined) service.status = old.status;
  const { spec } = service;
  const before = old.spec;
  if (spec === undefined || before === undefined) return;
  const clustered = (type: string | undefined) => type !== "ExternalName";
  if (clustered(spec.type) && clustered(before.type)) {
    // An old client changes the one address and knows nothing of the list (normalizeClusterIPs).
    const sameList = JSON.stringify(spec.clusterIPs ?? []) === JSON.stringify(before.clusterIPs ?? []);
    if (spec.clusterIP && spec.clusterIP !== before.clusterIP && sameList && spec.clusterIPs?.[0] !== undefined)
      spec.clusterIPs = [spec.clusterIP, ...spec.clusterIPs.slice(1)];
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP;
    if ((spec.clusterIPs ?? []).length === 0 && spec.clusterIP === before.clusterIP && before.clusterIPs !== undefined)
      spec.clusterIPs = [...before.clusterIPs];
    setDefault(spec, "ipFamilyPolicy", before.ipFamilyPolicy ?? "SingleStack");
    setDefault(spec, "ipFamilies", [...(before.ipFamilies ?? ["IPv4"])]);
  }
  const hasNodePorts = (type: string | undefined) => type === "NodePort" || type === "LoadBalancer";
  if (hasNodePorts(spec.type) && hasNodePorts(before.type))
    for (const port of spec.ports ?? []) {
      if (port.nodePort) continue;
      const same = before.ports?.find((other) => other.port === port.port && other.protocol === port.protocol);
      const taken = spec.ports?.some((other) => other.nodePort !== undefined && other.nodePort === same?.nodePort);
      if (same?.nodePort && !taken) port.nodePort = same.nodePort;
    }
  if (!clustered(spec.type) && clustered(before.type)) {
    // What an address needs goes with it, unless the update asks for it.
    for (const key of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] as const)
      if (JSON.stringify(spec[key]) === JSON.stringify(before[key])) delete spec[key];
    if (spec.internalTrafficPolicy === before.internalTrafficPolicy) delete spec.internalTrafficPolicy;
  }
  if (!hasNodePorts(spec.type) && hasNodePorts(before.type)) {
    for (const port of spec.ports ?? [])
      if (before.ports?.some((other) => other.nodePort === port.nodePort)) delete port.nodePort;
    if (!isExternallyAccessible(spec)) delete spec.externalTrafficPolicy;
    if (before.type === "LoadBalancer") delete spec.allocateLoadBalancerNodePorts;
  } else if (before.type === "LoadBalancer" && spec.type === "NodePort") {
    if (spec.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts)
      delete spec.allocateLoadBalancerNodePorts;
  }
}

function validateServicePort(at: string, port: ServicePort, nameRequired: boolean, names: Set<string>): FieldError[] {
  const errors: FieldError[] = [];
  if (!port.name) {
    if (nameRequired) errors.push(required(`${at}.name`));
  } else {
    errors.push(...problems(`${at}.name`, port.name, isDns1123Label(port.name)));
    if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
    else names.add(port.name);
  }
  errors.push(
    ...validPort(`${at}.port`, port.port ?? 0),
    ...oneOf(`${at}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]),
  );
  if (typeof port.targetPort === "string")
    errors.push(...problems(`${at}.targetPort`, port.targetPort, isPortName(port.targetPort)));
  else errors.push(...validPort(`${at}.targetPort`, port.targetPort ?? 0));
  if (port.appProtocol !== undefined)
    errors.push(...problems(`${at}.appProtocol`, port.appProtocol, isQualifiedName(port.appProtocol)));
  return errors;
}

function validateType(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  switch (spec.type) {
    case "LoadBalancer":
      for (const [index, { port }] of (spec.ports ?? []).entries())
        if (port === KUBELET_PORT)
          errors.push(
            invalidValue(
              `spec.ports[${index}]`,
              port,
              `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`,
            ),
          );
      if (isHeadless(spec))
        errors.push(invalidValue("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services"));
      break;
    case "NodePort":
      if (isHeadless(spec))
        errors.push(invalidValue("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services"));
      break;
    case "ExternalName": {
      if ((spec.clusterIPs ?? []).length > 0 || spec.clusterIP)
        errors.push(forbiddenField("spec.clusterIPs", "may not be set for ExternalName services"));
      if (!spec.externalName) errors.push(required("spec.externalName"));
      else {
        const name = spec.externalName.replace(/\.$/, "");
        errors.push(...problems("spec.externalName", name, isDns1123Subdomain(name)));
      }
      break;
    }
  }
  return errors;
}

function validateAddresses(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { clusterIP = "", clusterIPs = [] } = spec;
  if (spec.type !== "ExternalName") {
    if (clusterIPs.length > 0 && clusterIP === "")
      errors.push(required("spec.clusterIP", "clusterIP must be set when clusterIPs is"));
    else if (clusterIPs.length > 0 && clusterIPs[0] !== clusterIP)
      errors.push(invalidValue("spec.clusterIPs", clusterIPs, "first value must match `clusterIP`"));
    for (const [index, ip] of clusterIPs.entries())
      if (!(index === 0 && ip === "None")) errors.push(...problems(`spec.clusterIPs[${index}]`, ip, isIP(ip)));
  }
  for (const [index, ip] of (spec.externalIPs ?? []).entries())
    errors.push(...problems(`spec.externalIPs[${index}]`, ip, isIP(ip)));
  if ((spec.loadBalancerSourceRanges ?? []).length > 0 && spec.type !== "LoadBalancer")
    errors.push(forbiddenField("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'"));
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries())
    errors.push(...problems(`spec.loadBalancerSourceRanges[${index}]`, range, isCidr(range)));
  return errors;
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const ports = spec.ports ?? [];
  if (spec.type === "ClusterIP")
    for (const [index, { nodePort }] of ports.entries())
      if (nodePort)
        errors.push(forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
  const nodePorts = new Set<string>();
  for (const [index, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(`spec.ports[${index}].nodePort`, nodePort));
    nodePorts.add(key);
  }
  const seen = new Set<string>();
  for (const [index, { port, protocol }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    if (seen.has(key))
      errors.push(
        duplicate(`spec.ports[${index}]`, {
          Name: "",
          Protocol: protocol,
          AppProtocol: null,
          Port: port,
          TargetPort: 0,
          NodePort: 0,
        }),
      );
    seen.add(key);
  }
  return errors;
}

function validateSpec(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const ports = spec.ports ?? [];
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== "ExternalName") errors.push(required("spec.ports"));
  errors.push(...validateType(spec));
  const names = new Set<string>();
  for (const [index, port] of ports.entries())
    errors.push(...validateServicePort(`spec.ports[${index}]`, port, ports.length > 1, names));
  errors.push(...validateLabels("spec.selector", spec.selector));
  errors.push(...oneOf("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]));
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity === "ClientIP" && timeout !== undefined)
    errors.push(...inRange("spec.sessionAffinityConfig.clientIP.timeoutSeconds", timeout, 1, 86_400));
  if (spec.sessionAffinity === "None" && spec.sessionAffinityConfig !== undefined)
    errors.push(forbiddenField("spec.sessionAffinityConfig", "must not be set when session affinity is None"));
  errors.push(...validateAddresses(spec), ...oneOf("spec.type", spec.type, TYPES), ...validatePorts(spec));
  const { externalTrafficPolicy, internalTrafficPolicy } = spec;
  if (externalTrafficPolicy) {
    if (!isExternallyAccessible(spec))
      errors.push(
        invalidValue(
          "spec.externalTrafficPolicy",
          externalTrafficPolicy,
          "may only be set for externally-accessible services",
        ),
      );
    if (!["Cluster", "Local"].includes(externalTrafficPolicy))
      errors.push(notSupported("spec.externalTrafficPolicy", externalTrafficPolicy, ["Cluster", "Local"]));
  }
  if (internalTrafficPolicy && !["Cluster", "Local"].includes(internalTrafficPolicy))
    errors.push(notSupported("spec.internalTrafficPolicy", internalTrafficPolicy, ["Cluster", "Local"]));
  return errors;
}

export const validateService = (service: Service): FieldError[] => [
  ...validateObjectMeta(service.metadata, true, isDns1035Label),
  ...validateSpec(service),
];

export function validateServiceUpdate(next: Service, old: Service): FieldError[] {
  const errors = validateObjectMetaUpdate(next.metadata, old.metadata);
  const before = old.spec?.clusterIPs ?? [];
  const after = next.spec?.clusterIPs ?? [];
  // An address stays as long as the Service has one.
  if (next.spec?.type !== "ExternalName" && old.spec?.type !== "ExternalName" && before[0] !== undefined) {
    if (after.length === 0)
      errors.push(invalidValue("spec.clusterIPs[0]", after, "primary clusterIP can not be unset"));
    else if (after[0] !== before[0]) errors.push(invalidValue("spec.clusterIPs[0]", after, "may not change once set"));
  }
  return [...errors, ...validateSpec(next)];
}
