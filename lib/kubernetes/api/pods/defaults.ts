/** Defaults of Pods and Pod templates (pkg/apis/core/v1/defaults.go and the conversions that fill fields). */
import { roundUpToMillis, tryParseQuantity } from "../../../encoding/index.ts";
import type { Container, Pod, PodSpec, PodTemplateSpec, Probe, Volume } from "../types.ts";

type Mutable<T> = T & Record<string, unknown>;

/** Sets a field that is not there. */
export function setDefault<T extends object, K extends keyof T>(target: T, key: K, value: NonNullable<T[K]>): void {
  if (target[key] === undefined || target[key] === null) target[key] = value;
}

/** Like `setDefault`, but an empty string counts as not there, as for Go's string fields. */
export function setDefaultText<T extends object, K extends keyof T>(target: T, key: K, value: NonNullable<T[K]>): void {
  if (!target[key]) target[key] = value;
}

/** Amounts of resources: to thousandths, in canonical form. Text that is no quantity is left to validation. */
export function defaultResourceList(list: Record<string, string> | undefined): void {
  for (const key in list) {
    const value = list[key];
    if (value !== undefined && tryParseQuantity(value) !== undefined) list[key] = roundUpToMillis(value);
  }
}

/** "nginx", "registry:5000/nginx:latest" to Always; anything with another tag or a digest to IfNotPresent. */
function defaultPullPolicy(image: string | undefined): string {
  if (!image) return "IfNotPresent";
  if (image.includes("@")) return "IfNotPresent";
  const last = image.slice(image.lastIndexOf("/") + 1);
  const colon = last.indexOf(":");
  return colon === -1 || last.slice(colon + 1) === "latest" ? "Always" : "IfNotPresent";
}

function defaultHttpGet(action: { path?: string; scheme?: string } | undefined): void {
  if (action === undefined) return;
  setDefaultText(action, "path", "/");
  setDefaultText(action, "scheme", "HTTP");
}

function defaultProbe(probe: Probe | undefined): void {
  if (probe === undefined) return;
  if (!probe.timeoutSeconds) probe.timeoutSeconds = 1;
  if (!probe.periodSeconds) probe.periodSeconds = 10;
  if (!probe.successThreshold) probe.successThreshold = 1;
  if (!probe.failureThreshold) probe.failureThreshold = 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) setDefault(probe.grpc, "service", "");
}

function defaultContainer(container: Container): void {
  setDefaultText(container, "terminationMessagePath", "/dev/termination-log");
  setDefaultText(container, "terminationMessagePolicy", "File");
  setDefaultText(container, "imagePullPolicy", defaultPullPolicy(container.image));
  setDefault(container, "resources", {});
  for (const port of container.ports ?? []) setDefaultText(port, "protocol", "TCP");
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef !== undefined) setDefaultText(valueFrom.fieldRef, "apiVersion", "v1");
    if (valueFrom?.resourceFieldRef !== undefined) setDefault(valueFrom.resourceFieldRef, "divisor", "0");
  }
  defaultResourceList(container.resources?.limits);
  defaultResourceList(container.resources?.requests);
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  defaultHttpGet(container.lifecycle?.postStart?.httpGet);
  defaultHttpGet(container.lifecycle?.preStop?.httpGet);
}

interface DownwardItems {
  items?: { fieldRef?: { apiVersion?: string }; resourceFieldRef?: { divisor?: string } }[];
}

function defaultDownwardItems(source: DownwardItems | undefined): void {
  for (const { fieldRef, resourceFieldRef } of source?.items ?? []) {
    if (fieldRef !== undefined) setDefaultText(fieldRef, "apiVersion", "v1");
    if (resourceFieldRef !== undefined) setDefault(resourceFieldRef, "divisor", "0");
  }
}

const FILE_MODE = 0o644;

/** Sources whose defaults do not depend on anything else: fields of Pod volumes and PersistentVolumes alike. */
export function defaultVolumeSource(source: Mutable<Partial<Omit<Volume, "name">>>): void {
  const { hostPath, rbd, iscsi, azureDisk, scaleIO } = source;
  if (hostPath !== undefined) setDefault(hostPath, "type", "");
  if (rbd !== undefined) {
    setDefaultText(rbd, "pool", "rbd");
    setDefaultText(rbd, "user", "admin");
    setDefaultText(rbd, "keyring", "/etc/ceph/keyring");
  }
  if (iscsi !== undefined) setDefaultText(iscsi, "iscsiInterface", "default");
  if (azureDisk !== undefined) {
    setDefault(azureDisk, "cachingMode", "ReadWrite");
    setDefault(azureDisk, "kind", "Shared");
    setDefault(azureDisk, "fsType", "ext4");
    setDefault(azureDisk, "readOnly", false);
  }
  if (scaleIO !== undefined) {
    setDefaultText(scaleIO, "storageMode", "ThinProvisioned");
    setDefaultText(scaleIO, "fsType", "xfs");
  }
}

function defaultVolume(volume: Volume): void {
  // No source at all means an empty directory.
  const sources = Object.keys(volume).filter((key) => key !== "name" && volume[key as keyof Volume] !== undefined);
  if (sources.length === 0) volume.emptyDir = {};
  defaultVolumeSource(volume as Mutable<Volume>);
  const { configMap, secret, downwardAPI, projected, ephemeral, image, emptyDir } = volume;
  if (configMap !== undefined) setDefault(configMap, "defaultMode", FILE_MODE);
  if (secret !== undefined) setDefault(secret, "defaultMode", FILE_MODE);
  if (downwardAPI !== undefined) setDefault(downwardAPI, "defaultMode", FILE_MODE);
  if (emptyDir?.sizeLimit !== undefined) defaultResourceList(emptyDir as Record<string, string>);
  defaultDownwardItems(downwardAPI as DownwardItems | undefined);
  if (projected !== undefined) {
    setDefault(projected, "defaultMode", FILE_MODE);
    for (const part of projected.sources ?? []) {
      defaultDownwardItems(part.downwardAPI as DownwardItems | undefined);
      if (part.serviceAccountToken !== undefined) setDefault(part.serviceAccountToken, "expirationSeconds", 3600);
    }
  }
  if (ephemeral?.volumeClaimTemplate?.spec !== undefined) {
    setDefault(ephemeral.volumeClaimTemplate.spec, "volumeMode", "Filesystem");
    defaultResourceList(ephemeral.volumeClaimTemplate.spec.resources?.limits);
    defaultResourceList(ephemeral.volumeClaimTemplate.spec.resources?.requests);
  }
  if (image !== undefined) setDefaultText(image, "pullPolicy", defaultPullPolicy(image.reference));
}

/** What Pods and templates have in common (SetDefaults_PodSpec). */
/**
 * What feature gates that are off in v1.34 take out (pkg/api/pod/util.go, dropImageVolumes): image volumes, and what
 * mounts them.
 */
function dropDisabledFields(spec: PodSpec): void {
  if (spec.volumes?.some(({ image }) => image !== undefined) !== true) return;
  const dropped = new Set(spec.volumes.filter(({ image }) => image !== undefined).map(({ name }) => name));
  spec.volumes = spec.volumes.filter(({ name }) => !dropped.has(name));
  for (const list of [spec.containers ?? [], spec.initContainers ?? [], spec.ephemeralContainers ?? []])
    for (const container of list)
      if (container.volumeMounts !== undefined)
        container.volumeMounts = container.volumeMounts.filter(({ name }) => !dropped.has(name));
}

function defaultPodSpec(spec: PodSpec): void {
  dropDisabledFields(spec);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  setDefaultText(spec, "restartPolicy", "Always");
  setDefault(spec, "terminationGracePeriodSeconds", 30);
  setDefaultText(spec, "dnsPolicy", "ClusterFirst");
  setDefault(spec, "securityContext", {});
  setDefaultText(spec, "schedulerName", "default-scheduler");
  defaultResourceList(spec.overhead);
  defaultResourceList(spec.resources?.limits);
  defaultResourceList(spec.resources?.requests);
  // The old name of the field goes along with the new one.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
}

export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (template === undefined) return;
  setDefault(template, "metadata", {});
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}

/** What only Pods get, not templates (SetDefaults_Pod). */
export function defaultPod(pod: Pod): void {
  pod.spec ??= { containers: [] };
  const { spec } = pod;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    const { limits } = container.resources ?? {};
    if (limits === undefined || container.resources === undefined) continue;
    // What is limited but not asked for is asked for up to its limit.
    container.resources.requests = { ...limits, ...container.resources.requests };
  }
  defaultPodSpec(spec);
  setDefault(spec, "enableServiceLinks", true);
  if (spec.hostNetwork !== true) return;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    for (const port of container.ports ?? []) if (!port.hostPort) port.hostPort = port.containerPort;
  }
}
