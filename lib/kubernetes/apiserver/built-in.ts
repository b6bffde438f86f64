/**
 * All resources that have a handle. Those without a definition of their own in `../api/` get one that knows the schema
 * and nothing else: no defaults, no validation beyond the schema's types, the columns Name and Created At.
 */

import type { ResourceDefinition, Subresource } from "../api/definition.ts";
import { definitions as builtIn, schemas } from "../api/index.ts";
import * as resources from "../api/resources.ts";
import { deepEqual } from "../machinery/clone.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import { customResourceDefinitionKind } from "./custom/kind.ts";
import type { ApiDefinitions } from "./definitions.ts";

interface WithSpecAndStatus extends KubernetesObject {
  spec?: unknown;
  status?: unknown;
}

const POD_GRACE_SECONDS = 30;

/** Kinds that count generations of their spec. */
const COUNTED = new Set([
  "pods",
  "replicationcontrollers",
  "deployments.apps",
  "replicasets.apps",
  "statefulsets.apps",
  "daemonsets.apps",
  "jobs.batch",
  "cronjobs.batch",
  "poddisruptionbudgets.policy",
  "networkpolicies.networking.k8s.io",
  "ingresses.networking.k8s.io",
  "ingressclasses.networking.k8s.io",
  "validatingadmissionpolicies.admissionregistration.k8s.io",
  "validatingadmissionpolicybindings.admissionregistration.k8s.io",
]);

function plain(resource: resources.Resource): ResourceDefinition {
  const hasStatus =
    !/^(configmaps|secrets|limitranges|podtemplates|controllerrevisions|csi|serviceaccounts|events|endpoints|endpointslices|.*classes|leases|.*roles|.*rolebindings)/.test(
      resource.plural,
    );
  const counted = COUNTED.has(resource.key);
  const subresources: Subresource[] = hasStatus ? ["status"] : [];
  if (/^(deployments|replicasets|statefulsets|replicationcontrollers)$/.test(resource.plural))
    subresources.push("scale");
  return {
    group: resource.group,
    version: resource.version,
    kind: resource.kind,
    plural: resource.plural,
    singular: resource.kind.toLowerCase(),
    namespaced: resource.namespaced,
    subresources,
    schemaName: schemaName(resource),
    columns: [],
    prepareForCreate(object: WithSpecAndStatus) {
      if (!hasStatus) return;
      if (resource.plural === "pods") object.status = { phase: "Pending" };
      else if (resource.plural === "namespaces") {
        object.status = { phase: "Active" };
        object.spec = { finalizers: ["kubernetes"] };
      } else object.status = {};
      if (object.spec !== undefined && counted) object.metadata.generation = 1;
    },
    prepareForUpdate(object: WithSpecAndStatus, old: WithSpecAndStatus) {
      if (!hasStatus) return;
      if (old.status === undefined) delete object.status;
      else object.status = old.status;
      if (counted && !deepEqual(object.spec, old.spec)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    prepareForStatusUpdate(object: WithSpecAndStatus, old: WithSpecAndStatus) {
      if (old.spec === undefined) delete object.spec;
      else object.spec = old.spec;
    },
    ...(resource.plural === "pods" ? { gracePeriod: podGracePeriod } : {}),
  };
}

function podGracePeriod(object: KubernetesObject, requested: number | undefined): number {
  const pod = object as KubernetesObject & {
    spec?: { nodeName?: string; terminationGracePeriodSeconds?: number };
    status?: { phase?: string };
  };
  const phase = pod.status?.phase;
  if (!pod.spec?.nodeName || phase === "Succeeded" || phase === "Failed") return 0;
  return requested ?? pod.spec.terminationGracePeriodSeconds ?? POD_GRACE_SECONDS;
}

/** "apps", "v1", "Deployment" to "io.k8s.api.apps.v1.Deployment". */
function schemaName({ group, version, kind }: resources.Resource): string {
  if (group === "apiextensions.k8s.io")
    return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}.${kind}`;
  return `io.k8s.api.${group === "" ? "core" : (group.split(".")[0] ?? "")}.${version}.${kind}`;
}

const handles = Object.values(resources) as resources.Resource[];
const isHandleOf = (definition: ResourceDefinition) => (handle: resources.Resource) =>
  handle.group === definition.group && handle.version === definition.version && handle.plural === definition.plural;

/** Kinds that this room knows by itself. */
const PARTICULARS: Readonly<Record<string, Partial<ResourceDefinition>>> = {
  limitranges: { shortNames: ["limits"] },
  resourcequotas: { shortNames: ["quota"] },
  replicationcontrollers: { shortNames: ["rc"], categories: ["all"] },
  "daemonsets.apps": { shortNames: ["ds"], categories: ["all"] },
  "jobs.batch": { categories: ["all"] },
  "cronjobs.batch": { shortNames: ["cj"], categories: ["all"] },
  "poddisruptionbudgets.policy": { shortNames: ["pdb"] },
  "networkpolicies.networking.k8s.io": { shortNames: ["netpol"] },
  "ingresses.networking.k8s.io": { shortNames: ["ing"] },
  "horizontalpodautoscalers.autoscaling": { shortNames: ["hpa"], categories: ["all"] },
  "priorityclasses.scheduling.k8s.io": { shortNames: ["pc"] },
  [resources.customResourceDefinitions.key]: customResourceDefinitionKind,
};

/** Every built-in resource, ready for `createApiServer`. */
export const apiDefinitions: ApiDefinitions = {
  resources: [
    ...builtIn,
    ...handles
      .filter((handle) => !builtIn.some((definition) => isHandleOf(definition)(handle)))
      .map((handle) => ({ ...plain(handle), ...PARTICULARS[handle.key] })),
  ],
  schemas,
};
