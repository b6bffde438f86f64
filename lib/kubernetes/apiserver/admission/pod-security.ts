/** Pod Security: what a namespace's labels allow, warn of or let pass (k8s.io/pod-security-admission/admission). */
import type { Namespace, Pod, PodTemplateSpec } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { forbidden } from "../../machinery/status.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import { type AdmissionPlugin, admissionName } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";
import { type Level, violations } from "./pod-security-checks.ts";

const PREFIX = "pod-security.kubernetes.io/";
const LEVELS: readonly string[] = ["privileged", "baseline", "restricted"] satisfies Level[];

/** Kinds with a Pod template: they are warned about, their Pods are refused. */
const TEMPLATES: Readonly<Record<string, (object: KubernetesObject) => PodTemplateSpec | undefined>> = {
  podtemplates: (object) => (object as { template?: PodTemplateSpec }).template,
  "cronjobs.batch": (object) =>
    (object as { spec?: { jobTemplate?: { spec?: { template?: PodTemplateSpec } } } }).spec?.jobTemplate?.spec
      ?.template,
};
for (const key of [
  "replicationcontrollers",
  "deployments.apps",
  "replicasets.apps",
  "statefulsets.apps",
  "daemonsets.apps",
  "jobs.batch",
])
  Object.assign(TEMPLATES, {
    [key]: (object: KubernetesObject) => (object as { spec?: { template?: PodTemplateSpec } }).spec?.template,
  });

interface Policy {
  readonly level: Level;
  readonly version: string;
}

/** An unknown level restricts; an unset one does not. */
function policyOf(namespace: Namespace, mode: "enforce" | "warn"): Policy {
  const labels = namespace.metadata.labels ?? {};
  const text = labels[PREFIX + mode];
  const level = text === undefined ? "privileged" : LEVELS.includes(text) ? (text as Level) : "restricted";
  return { level, version: labels[`${PREFIX}${mode}-version`] ?? "latest" };
}

export function podSecurity({ store }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "PodSecurity",
    validate(attributes) {
      const { operation, served, subresource, object, oldObject, namespace, context } = attributes;
      if (operation !== "CREATE" && operation !== "UPDATE") return;
      if (subresource !== undefined && subresource !== "ephemeralcontainers") return;
      const template = TEMPLATES[served.key];
      if ((served.key !== "pods" && template === undefined) || object === undefined || namespace === undefined) return;
      const found = store.get("namespaces", undefined, namespace) as Namespace | undefined;
      if (found === undefined) return;
      const spec = served.key === "pods" ? (object as Pod).spec : template?.(object)?.spec;
      if (spec === undefined || spec === null) return;
      // Metadata may change, whatever the Pod is.
      if (operation === "UPDATE" && served.key === "pods" && deepEqual((oldObject as Pod | undefined)?.spec, spec))
        return;
      if (served.key === "pods") {
        const { level, version } = policyOf(found, "enforce");
        const problems = violations(spec, level);
        if (problems.length > 0)
          throw forbidden(
            served.groupResource,
            admissionName(attributes),
            `violates PodSecurity "${level}:${version}": ${problems.join(", ")}`,
          );
      }
      const { level, version } = policyOf(found, "warn");
      const problems = violations(spec, level);
      if (problems.length > 0)
        context.warnings.push(`would violate PodSecurity "${level}:${version}": ${problems.join(", ")}`);
    },
  };
}
