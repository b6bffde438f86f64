/** Which Secrets and ConfigMaps of its namespace a Pod refers to (pkg/api/v1/pod/util.go, VisitPodSecretNames). */
import type { Pod } from "../types.ts";

interface PodReferences {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
}

export function referencesOf(pod: Pod): PodReferences {
  const secrets = new Set<string>();
  const configMaps = new Set<string>();
  const secret = (name: string | undefined) => name && secrets.add(name);
  const configMap = (name: string | undefined) => name && configMaps.add(name);
  const { spec } = pod;
  for (const { name } of spec?.imagePullSecrets ?? []) secret(name);
  for (const container of [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ]) {
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      secret(secretRef?.name);
      configMap(configMapRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      secret(valueFrom?.secretKeyRef?.name);
      configMap(valueFrom?.configMapKeyRef?.name);
    }
  }
  for (const volume of spec?.volumes ?? []) {
    secret(volume.secret?.secretName);
    secret(volume.csi?.nodePublishSecretRef?.name);
    configMap(volume.configMap?.name);
    for (const source of volume.projected?.sources ?? []) {
      secret(source.secret?.name);
      configMap(source.configMap?.name);
    }
  }
  return { secrets, configMaps };
}
