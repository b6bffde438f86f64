/** What a Pod takes from the API, which Pods that come from files may not (pkg/api/pod/util.go, HasAPIObjectReference). */
import type { Container, Pod } from "../../api/types.ts";

type Projection = Readonly<Record<string, unknown>>;

/** By field of a volume or of a projection, in upstream's order: what it refers to, in the plural. */
const VOLUMES: Readonly<Record<string, string>> = {
  configMap: "configmaps (via configmap volumes)",
  secret: "secrets (via secret volumes)",
  csi: "csidrivers (via CSI volumes)",
  glusterfs: "endpoints (via glusterFS volumes)",
  persistentVolumeClaim: "persistentvolumeclaims",
  ephemeral: "persistentvolumeclaims (via ephemeral volumes)",
  azureFile: "secrets (via azureFile volumes)",
};
const PROJECTIONS: Readonly<Record<string, string>> = {
  configMap: "configmaps (via projected volumes)",
  secret: "secrets (via projected volumes)",
  serviceAccountToken: "serviceaccounts (via projected volumes)",
  clusterTrustBundle: "clustertrustbundles",
  podCertificate: "podcertificates",
};

/** The first kind of object that the Pod refers to; undefined where it refers to none. */
export function apiReference(pod: Pod): string | undefined {
  const { spec } = pod;
  if (spec === undefined) return undefined;
  if (spec.serviceAccountName) return "serviceaccounts";
  const containers = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...((spec.ephemeralContainers ?? []) as Container[]),
  ];
  const volumes = (spec.volumes ?? []) as readonly Projection[];
  const projections = volumes.flatMap(
    (volume) => (volume["projected"] as { sources?: readonly Projection[] } | undefined)?.sources ?? [],
  );
  // VisitPodSecretNames and VisitPodConfigmapNames look into volumes, too: those come before the volumes by themselves.
  const uses = (reference: "secretRef" | "configMapRef", key: "secretKeyRef" | "configMapKeyRef") =>
    containers.some(
      ({ env, envFrom }) =>
        envFrom?.some((source) => source[reference] !== undefined) === true ||
        env?.some(({ valueFrom }) => valueFrom?.[key] !== undefined) === true,
    );
  const has = (field: string) => volumes.some((volume) => volume[field] !== undefined);
  const projects = (field: string) => projections.some((source) => source[field] !== undefined);
  if ((spec.imagePullSecrets ?? []).length > 0 || uses("secretRef", "secretKeyRef") || has("secret")) return "secrets";
  if (projects("secret")) return "secrets";
  if (uses("configMapRef", "configMapKeyRef") || has("configMap") || projects("configMap")) return "configmaps";
  if ((spec.resourceClaims ?? []).length > 0) return "resourceclaims";
  for (const volume of volumes) {
    const found = Object.keys(VOLUMES).find((field) => volume[field] !== undefined);
    if (found !== undefined) return VOLUMES[found];
    const sources = (volume["projected"] as { sources?: readonly Projection[] } | undefined)?.sources ?? [];
    for (const source of sources) {
      const projected = Object.keys(PROJECTIONS).find((field) => source[field] !== undefined);
      if (projected !== undefined) return PROJECTIONS[projected];
    }
  }
  return undefined;
}
