/** What the Pod Security Standards ask of a Pod (k8s.io/pod-security-admission/policy), as of the newest version. */
import { SAFE_SYSCTLS } from "../../api/pods/sysctls.ts";
import type { Container, Pod } from "../../api/types.ts";

export type Level = "privileged" | "baseline" | "restricted";

type Spec = NonNullable<Pod["spec"]>;
type Check = (
  spec: Spec,
  containers: readonly Container[],
  annotations: Readonly<Record<string, string>>,
) => string | undefined;

const quoted = (items: readonly string[]) => items.map((item) => JSON.stringify(item)).join(", ");
const plural = (items: readonly unknown[], one: string, many = `${one}s`) => (items.length === 1 ? one : many);
const named = (containers: readonly Container[]) =>
  `${plural(containers, "container")} ${quoted(containers.map((item) => item.name))}`;

const BASELINE_CAPABILITIES = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const SELINUX_TYPES = new Set(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]);
const RESTRICTED_VOLUMES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);
const SECCOMP = new Set(["RuntimeDefault", "Localhost"]);

const hostNamespaces: Check = (spec) => {
  const used = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => spec[field] === true);
  return used.length === 0 ? undefined : `host namespaces (${used.map((field) => `${field}=true`).join(", ")})`;
};

const privileged: Check = (_spec, containers) => {
  const bad = containers.filter((item) => item.securityContext?.privileged === true);
  return bad.length === 0 ? undefined : `privileged (${named(bad)} must not set securityContext.privileged=true)`;
};

const baselineCapabilities: Check = (_spec, containers) => {
  const extra = (item: Container) =>
    (item.securityContext?.capabilities?.add ?? []).filter((name) => !BASELINE_CAPABILITIES.has(name));
  const bad = containers.filter((item) => extra(item).length > 0);
  if (bad.length === 0) return undefined;
  const names = [...new Set(bad.flatMap(extra))].sort();
  return `non-default capabilities (${named(bad)} must not include ${quoted(names)} in securityContext.capabilities.add)`;
};

const hostPath: Check = (spec) => {
  const bad = (spec.volumes ?? []).filter((volume) => volume.hostPath !== undefined).map((volume) => volume.name);
  return bad.length === 0 ? undefined : `hostPath volumes (${plural(bad, "volume")} ${quoted(bad)})`;
};

const hostPorts: Check = (_spec, containers) => {
  const portsOf = (item: Container) =>
    (item.ports ?? []).map((port) => port.hostPort ?? 0).filter((port) => port !== 0);
  const bad = containers.filter((item) => portsOf(item).length > 0);
  if (bad.length === 0) return undefined;
  const ports = [...new Set(bad.flatMap(portsOf))].sort((a, b) => a - b);
  return `hostPort (${named(bad)} ${plural(bad, "uses", "use")} ${plural(ports, "hostPort")} ${ports.join(", ")})`;
};

const APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";

const appArmor: Check = (spec, containers, annotations) => {
  const forbidden = (type: string | undefined) => type !== undefined && !SECCOMP.has(type);
  const values = new Set<string>();
  const who: string[] = [];
  const pod = spec.securityContext?.appArmorProfile?.type;
  if (pod !== undefined && forbidden(pod)) {
    values.add(pod);
    who.push("pod");
  }
  const bad = containers.filter((item) => forbidden(item.securityContext?.appArmorProfile?.type));
  for (const item of bad) values.add(item.securityContext?.appArmorProfile?.type ?? "");
  if (bad.length > 0) who.push(named(bad));
  const noted = Object.entries(annotations)
    .filter(([key]) => key.startsWith(APPARMOR_ANNOTATION))
    .filter(([, value]) => value !== "" && value !== "runtime/default" && !value.startsWith("localhost/"))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  if (noted.length > 0) who.push(plural(noted, "annotation"));
  if (who.length === 0) return undefined;
  const all = [...[...values].sort(), ...noted];
  return `${plural(all, "forbidden AppArmor profile")} (${who.join(" and ")} must not set AppArmor profile type to ${all.map((item) => `"${item}"`).join(", ")})`;
};

/** Since 1.34: nodes are not to be sent to other hosts. */
const hostProbes: Check = (_spec, containers) => {
  const hostsOf = (item: Container) =>
    [item.livenessProbe, item.readinessProbe, item.startupProbe, item.lifecycle?.postStart, item.lifecycle?.preStop]
      .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
      .filter((host) => host !== undefined && host !== "");
  const bad = containers.filter((item) => hostsOf(item).length > 0);
  if (bad.length === 0) return undefined;
  const hosts = [...new Set(bad.flatMap(hostsOf) as string[])].sort();
  const names = [...new Set(bad.map((item) => item.name))].sort();
  return `probe or lifecycle host (${plural(names, "container")} ${quoted(names)} ${plural(names, "uses", "use")} ${plural(hosts, "probe or lifecycle host")} ${quoted(hosts)})`;
};

const seLinux: Check = (spec, containers) => {
  const types = [
    spec.securityContext?.seLinuxOptions,
    ...containers.map((item) => item.securityContext?.seLinuxOptions),
  ].filter((options) => options !== undefined);
  const bad = types.filter((options) => !SELINUX_TYPES.has(options.type ?? "") || options.user || options.role);
  if (bad.length === 0) return undefined;
  const texts = bad.flatMap((options) => [
    ...(SELINUX_TYPES.has(options.type ?? "") ? [] : [`type ${JSON.stringify(options.type)}`]),
    ...(options.user ? ["user may not be set"] : []),
    ...(options.role ? ["role may not be set"] : []),
  ]);
  return `seLinuxOptions (${[...new Set(texts)].join("; ")})`;
};

const procMount: Check = (_spec, containers) => {
  const bad = containers.filter((item) => !["Default", undefined].includes(item.securityContext?.procMount));
  return bad.length === 0
    ? undefined
    : `procMount (${named(bad)} must not set securityContext.procMount to ${quoted([...new Set(bad.map((item) => item.securityContext?.procMount ?? ""))])})`;
};

const baselineSeccomp: Check = (spec, containers) => {
  const podBad = spec.securityContext?.seccompProfile?.type === "Unconfined";
  const bad = containers.filter((item) => item.securityContext?.seccompProfile?.type === "Unconfined");
  if (!podBad && bad.length === 0) return undefined;
  const who = [...(podBad ? ["pod"] : []), ...(bad.length > 0 ? [named(bad)] : [])].join(" and ");
  return `seccompProfile (${who} must not set securityContext.seccompProfile.type to "Unconfined")`;
};

const sysctls: Check = (spec) => {
  const bad = (spec.securityContext?.sysctls ?? []).map((item) => item.name).filter((name) => !SAFE_SYSCTLS.has(name));
  return bad.length === 0 ? undefined : `forbidden sysctls (${bad.join(", ")})`;
};

const hostProcess: Check = (spec, containers) => {
  const bad = containers.filter((item) => item.securityContext?.windowsOptions?.hostProcess === true);
  const podBad = spec.securityContext?.windowsOptions?.hostProcess === true;
  if (!podBad && bad.length === 0) return undefined;
  const who = [...(podBad ? ["pod"] : []), ...(bad.length > 0 ? [named(bad)] : [])].join(" and ");
  return `hostProcess (${who} must not set securityContext.windowsOptions.hostProcess=true)`;
};

const volumeTypes: Check = (spec) => {
  const typeOf = (volume: NonNullable<Spec["volumes"]>[number]) =>
    Object.keys(volume).find((key) => key !== "name") ?? "emptyDir";
  const bad = (spec.volumes ?? []).filter((volume) => !RESTRICTED_VOLUMES.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = [...new Set(bad.map(typeOf))].sort();
  return `restricted volume types (${plural(bad, "volume")} ${quoted(bad.map((volume) => volume.name))} ${plural(bad, "uses", "use")} restricted volume ${plural(types, "type")} ${quoted(types)})`;
};

const privilegeEscalation: Check = (_spec, containers) => {
  const bad = containers.filter((item) => item.securityContext?.allowPrivilegeEscalation !== false);
  return bad.length === 0
    ? undefined
    : `allowPrivilegeEscalation != false (${named(bad)} must set securityContext.allowPrivilegeEscalation=false)`;
};

const restrictedCapabilities: Check = (_spec, containers) => {
  const notDropping = containers.filter((item) => !(item.securityContext?.capabilities?.drop ?? []).includes("ALL"));
  const extra = (item: Container) =>
    (item.securityContext?.capabilities?.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");
  const adding = containers.filter((item) => extra(item).length > 0);
  if (notDropping.length === 0 && adding.length === 0) return undefined;
  const texts = [
    ...(notDropping.length === 0 ? [] : [`${named(notDropping)} must set securityContext.capabilities.drop=["ALL"]`]),
    ...(adding.length === 0
      ? []
      : [
          `${named(adding)} must not include ${quoted([...new Set(adding.flatMap(extra))].sort())} in securityContext.capabilities.add`,
        ]),
  ];
  return `unrestricted capabilities (${texts.join("; ")})`;
};

const runAsNonRoot: Check = (spec, containers) => {
  const pod = spec.securityContext?.runAsNonRoot;
  const wrong = containers.filter((item) => item.securityContext?.runAsNonRoot === false);
  const unset = containers.filter((item) => item.securityContext?.runAsNonRoot === undefined);
  if (wrong.length > 0 || pod === false) {
    const who = [...(pod === false ? ["pod"] : []), ...(wrong.length > 0 ? [named(wrong)] : [])].join(" and ");
    return `runAsNonRoot != true (${who} must not set securityContext.runAsNonRoot=false)`;
  }
  if (pod === true || unset.length === 0) return undefined;
  return `runAsNonRoot != true (pod or ${named(unset)} must set securityContext.runAsNonRoot=true)`;
};

const runAsUser: Check = (spec, containers) => {
  const bad = containers.filter((item) => item.securityContext?.runAsUser === 0);
  const podBad = spec.securityContext?.runAsUser === 0;
  if (!podBad && bad.length === 0) return undefined;
  const who = [...(podBad ? ["pod"] : []), ...(bad.length > 0 ? [named(bad)] : [])].join(" and ");
  return `runAsUser=0 (${who} must not set runAsUser=0)`;
};

const restrictedSeccomp: Check = (spec, containers) => {
  const pod = spec.securityContext?.seccompProfile?.type;
  const wrong = containers.filter((item) => {
    const type = item.securityContext?.seccompProfile?.type;
    return type !== undefined && !SECCOMP.has(type);
  });
  const podWrong = pod !== undefined && !SECCOMP.has(pod);
  const unset = containers.filter((item) => item.securityContext?.seccompProfile?.type === undefined);
  const must = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  if (podWrong || wrong.length > 0) {
    const who = [...(podWrong ? ["pod"] : []), ...(wrong.length > 0 ? [named(wrong)] : [])].join(" and ");
    return `seccompProfile (${who} must not set securityContext.seccompProfile.type to "Unconfined")`;
  }
  if (pod !== undefined || unset.length === 0) return undefined;
  return `seccompProfile (pod or ${named(unset)} ${must})`;
};

/** In the order of their ids, which is the order of the complaints (policy/registry.go). */
const BASELINE: readonly Check[] = [
  appArmor,
  baselineCapabilities,
  hostNamespaces,
  hostPath,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinux,
  baselineSeccomp,
  sysctls,
  hostProcess,
];
/** Those of the baseline first; what has a stricter version is not run twice. */
const RESTRICTED: readonly Check[] = [
  ...BASELINE.filter((check) => check !== baselineCapabilities && check !== baselineSeccomp),
  privilegeEscalation,
  restrictedCapabilities,
  volumeTypes,
  runAsNonRoot,
  runAsUser,
  restrictedSeccomp,
];

/** Checks by the minor version they came with: pinned to an older one, a namespace does without. */
const SINCE = new Map<Check, number>([[hostProbes, 34]]);

/** What keeps the Pod from being at `level`, in upstream's words. `version`: "latest" or "v1.x". */
export function violations(
  spec: Spec,
  level: Level,
  version = "latest",
  annotations: Readonly<Record<string, string>> = {},
): string[] {
  if (level === "privileged") return [];
  const minor = Number(/^v1\.(\d+)$/.exec(version)?.[1] ?? Number.POSITIVE_INFINITY);
  const containers = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...((spec.ephemeralContainers ?? []) as unknown as Container[]),
  ];
  const checks = level === "baseline" ? BASELINE : RESTRICTED;
  return checks
    .filter((check) => (SINCE.get(check) ?? 0) <= minor)
    .map((check) => check(spec, containers, annotations))
    .filter((text) => text !== undefined);
}
