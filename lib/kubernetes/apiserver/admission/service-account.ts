/** Pods run as a ServiceAccount and get its token mounted (plugin/pkg/admission/serviceaccount). */
import { MIRROR } from "../../api/pods/validate.ts";
import type { Pod, ServiceAccount, Volume } from "../../api/types.ts";
import { randomSuffix } from "../../machinery/names.ts";
import { forbidden, StatusError } from "../../machinery/status.ts";
import { type AdmissionAttributes, type AdmissionPlugin, admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX = "kube-api-access-";
/** An hour and seven seconds: upstream's sign of a token that was not asked for (serviceaccount.WarnOnlyBoundTokenExpirationPeriod). */
const TOKEN_SECONDS = 3607;

export function serviceAccount({ store, clock }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "ServiceAccount",
    admit(attributes) {
      if (!isPodCreation(attributes)) return;
      const pod = attributes.object as Pod;
      const { spec } = pod;
      if (spec === undefined || pod.metadata.annotations?.[MIRROR] !== undefined) return;
      spec.serviceAccountName ||= "default";
      const namespace = attributes.namespace ?? "";
      const name = spec.serviceAccountName;
      const account = store.get("serviceaccounts", namespace, name) as ServiceAccount | undefined;
      if (account === undefined)
        throw forbidden(
          attributes.served.groupResource,
          admissionName(attributes),
          `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
        );
      spec.serviceAccount = name;
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
        mountToken(spec, () => randomSuffix(() => clock.random()));
      if ((spec.imagePullSecrets ?? []).length === 0 && account.imagePullSecrets !== undefined)
        spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
    },
    validate(attributes) {
      if (!isPodCreation(attributes)) return;
      const pod = attributes.object as Pod;
      if (pod.metadata.annotations?.[MIRROR] === undefined) return;
      if ((pod.spec?.serviceAccountName ?? "") !== "")
        throw new StatusError(403, "Forbidden", "a mirror pod may not reference service accounts");
    },
  };
}

export function isPodCreation({ operation, served, subresource }: AdmissionAttributes): boolean {
  return operation === "CREATE" && served.key === "pods" && subresource === undefined;
}

function mountToken(spec: NonNullable<Pod["spec"]>, suffix: () => string): void {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  let volume = (spec.volumes ?? []).find(isTokenVolume);
  const missing = containers.filter(
    (container) => !(container.volumeMounts ?? []).some((mount) => mount.mountPath === MOUNT_PATH),
  );
  if (missing.length === 0) return;
  if (volume === undefined) {
    volume = tokenVolume(VOLUME_PREFIX + suffix());
    spec.volumes = [...(spec.volumes ?? []), volume];
  }
  for (const container of missing)
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name: volume.name, readOnly: true, mountPath: MOUNT_PATH },
    ];
}

const isTokenVolume = (volume: Volume) =>
  volume.name?.startsWith(VOLUME_PREFIX) === true &&
  (volume.projected?.sources ?? []).some((source) => source.serviceAccountToken !== undefined);

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}
