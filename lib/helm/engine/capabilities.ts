/** What templates know of the cluster: .Capabilities (helm.sh/helm/v3/pkg/chartutil/capabilities.go). */
import { Struct, type Value } from "../../template/index.ts";
import { HelmError } from "../errors.ts";
import { parseVersion } from "../sprig/semver.ts";

/** The Helm this one answers as. */
export const HELM_VERSION = "v3.17.3";
export const GO_VERSION = "go1.23.7";
export const GIT_COMMIT = "e4da49785aa6e6ee2b86efd5dd9e43400318262b";

export interface KubeVersion {
  readonly version: string;
  readonly major: string;
  readonly minor: string;
}
export interface Capabilities {
  readonly kubeVersion: KubeVersion;
  readonly apiVersions: readonly string[];
}

/** ParseKubeVersion: --kube-version. */
export function parseKubeVersion(text: string): KubeVersion {
  let version: ReturnType<typeof parseVersion>;
  try {
    version = parseVersion(text);
  } catch (error) {
    throw new HelmError(`invalid kube version '${text}': ${(error as Error).message}`);
  }
  const full = `v${version.major}.${version.minor}.${version.patch}${version.prerelease === "" ? "" : `-${version.prerelease}`}${version.metadata === "" ? "" : `+${version.metadata}`}`;
  return { version: full, major: String(version.major), minor: String(version.minor) };
}

/** Where no cluster is asked: the version of Kubernetes this Helm was built with, and its groups. */
export const DEFAULT_KUBE_VERSION: KubeVersion = { version: "v1.32.0", major: "1", minor: "32" };
export const DEFAULT_API_VERSIONS: readonly string[] = [
  "v1",
  "admissionregistration.k8s.io/v1",
  "admissionregistration.k8s.io/v1alpha1",
  "admissionregistration.k8s.io/v1beta1",
  "apiextensions.k8s.io/v1",
  "apiextensions.k8s.io/v1beta1",
  "apps/v1",
  "apps/v1beta1",
  "apps/v1beta2",
  "authentication.k8s.io/v1",
  "authentication.k8s.io/v1alpha1",
  "authentication.k8s.io/v1beta1",
  "authorization.k8s.io/v1",
  "authorization.k8s.io/v1beta1",
  "autoscaling/v1",
  "autoscaling/v2",
  "autoscaling/v2beta1",
  "autoscaling/v2beta2",
  "batch/v1",
  "batch/v1beta1",
  "certificates.k8s.io/v1",
  "certificates.k8s.io/v1alpha1",
  "certificates.k8s.io/v1beta1",
  "coordination.k8s.io/v1",
  "coordination.k8s.io/v1alpha2",
  "coordination.k8s.io/v1beta1",
  "discovery.k8s.io/v1",
  "discovery.k8s.io/v1beta1",
  "events.k8s.io/v1",
  "events.k8s.io/v1beta1",
  "extensions/v1beta1",
  "flowcontrol.apiserver.k8s.io/v1",
  "flowcontrol.apiserver.k8s.io/v1beta1",
  "flowcontrol.apiserver.k8s.io/v1beta2",
  "flowcontrol.apiserver.k8s.io/v1beta3",
  "internal.apiserver.k8s.io/v1alpha1",
  "networking.k8s.io/v1",
  "networking.k8s.io/v1alpha1",
  "networking.k8s.io/v1beta1",
  "node.k8s.io/v1",
  "node.k8s.io/v1alpha1",
  "node.k8s.io/v1beta1",
  "policy/v1",
  "policy/v1beta1",
  "rbac.authorization.k8s.io/v1",
  "rbac.authorization.k8s.io/v1alpha1",
  "rbac.authorization.k8s.io/v1beta1",
  "resource.k8s.io/v1alpha3",
  "resource.k8s.io/v1beta1",
  "scheduling.k8s.io/v1",
  "scheduling.k8s.io/v1alpha1",
  "scheduling.k8s.io/v1beta1",
  "storage.k8s.io/v1",
  "storage.k8s.io/v1alpha1",
  "storage.k8s.io/v1beta1",
  "storagemigration.k8s.io/v1alpha1",
];

export function capabilitiesValue({ kubeVersion, apiVersions }: Capabilities): Struct {
  const known = new Set(apiVersions);
  return new Struct("*chartutil.Capabilities", {
    fields: {
      KubeVersion: new Struct("chartutil.KubeVersion", {
        fields: { Version: kubeVersion.version, Major: kubeVersion.major, Minor: kubeVersion.minor },
        text: () => kubeVersion.version,
        methods: { String: () => kubeVersion.version, GitVersion: () => kubeVersion.version },
      }),
      APIVersions: new Struct("chartutil.VersionSet", {
        underlying: [...apiVersions],
        methods: { Has: (wanted: Value) => typeof wanted === "string" && known.has(wanted) },
      }),
      HelmVersion: new Struct("version.BuildInfo", {
        fields: { Version: HELM_VERSION, GitCommit: GIT_COMMIT, GitTreeState: "clean", GoVersion: GO_VERSION },
      }),
    },
  });
}
