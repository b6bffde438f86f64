/** Pod Security: what a namespace's labels allow, warn of or let pass (k8s.io/pod-security-admission/admission). */
import type { Namespace, Pod, PodTemplateSpec } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { invalid } from "../../machinery/invalid.ts";
import { type FieldError, forbidden } from "../../machinery/status.ts";
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

/** Refuses labels that say nothing known, unless they have been there before (ValidateNamespace). */
function checkLabels(namespace: Namespace, old: Namespace | undefined): void {
  const problemsOf = ({ metadata: { labels = {} } }: Namespace) =>
    (["enforce", "audit", "warn"] as const).flatMap((mode): FieldError[] => {
      const [level, version] = [labels[PREFIX + mode], labels[`${PREFIX}${mode}-version`]];
      const problem = (label: string, value: string, detail: string): FieldError => ({
        type: "FieldValueInvalid",
        field: `metadata.labels[${label}]`,
        value,
        detail,
      });
      return [
        ...(level === undefined || LEVELS.includes(level)
          ? []
          : [problem(PREFIX + mode, level, `must be one of ${LEVELS.join(", ")}`)]),
        ...(version === undefined || /^(latest|v1\.(0|[1-9]\d*))$/.test(version)
          ? []
          : [problem(`${PREFIX}${mode}-version`, version, 'must be "latest" or "v1.x"')]),
      ];
    });
  const problems = problemsOf(namespace);
  if (problems.length > 0 && (old === undefined || problems.length > problemsOf(old).length))
    throw invalid({ group: "", kind: "Namespace" }, namespace.metadata.name ?? "", problems);
}

/** Pods that are there already would not be let in under the new level (EvaluatePodsInNamespace). */
function warningsOfExisting(namespace: Namespace, old: Namespace, pods: readonly Pod[]): string[] {
  const { level, version } = policyOf(namespace, "enforce");
  if (level === "privileged" || deepEqual(policyOf(old, "enforce"), { level, version })) return [];
  const byReason = new Map<string, string[]>();
  for (const pod of pods) {
    if (pod.spec === undefined) continue;
    // Only what is wrong, not where.
    const reason = violations(pod.spec, level, version, pod.metadata.annotations)
      .map((text) => text.replace(/ \(.*\)$/, ""))
      .join(", ");
    if (reason !== "") byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata.name ?? ""]);
  }
  if (byReason.size === 0) return [];
  const lines = [...byReason].map(([reason, names]) => {
    const [first = "", ...others] = names.sort();
    const more = others.length === 0 ? "" : ` (and ${others.length} other pod${others.length === 1 ? "" : "s"})`;
    return `${first}${more}: ${reason}`;
  });
  return [
    `existing pods in namespace "${namespace.metadata.name}" violate the new PodSecurity enforce level "${level}:${version}"`,
    ...lines.sort(),
  ];
}

export function podSecurity({ store }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "PodSecurity",
    validate(attributes) {
      const { operation, served, subresource, object, oldObject, namespace, context } = attributes;
      if (operation !== "CREATE" && operation !== "UPDATE") return;
      if (served.key === "namespaces" && subresource === undefined) {
        const next = object as Namespace;
        checkLabels(next, oldObject as Namespace | undefined);
        if (operation === "UPDATE") {
          const pods = store.list("pods", next.metadata.name) as Pod[];
          context.warnings.push(...warningsOfExisting(next, oldObject as Namespace, pods));
        }
        return;
      }
      if (subresource !== undefined && subresource !== "ephemeralcontainers") return;
      const template = TEMPLATES[served.key];
      if ((served.key !== "pods" && template === undefined) || object === undefined || namespace === undefined) return;
      const found = store.get("namespaces", undefined, namespace) as Namespace | undefined;
      if (found === undefined) return;
      const spec = served.key === "pods" ? (object as Pod).spec : template?.(object)?.spec;
      const annotations = (served.key === "pods" ? object : template?.(object))?.metadata?.annotations ?? {};
      if (spec === undefined || spec === null) return;
      // Metadata may change, whatever the Pod is.
      if (operation === "UPDATE" && served.key === "pods" && deepEqual((oldObject as Pod | undefined)?.spec, spec))
        return;
      if (served.key === "pods") {
        const { level, version } = policyOf(found, "enforce");
        const problems = violations(spec, level, version, annotations);
        if (problems.length > 0)
          throw forbidden(
            served.groupResource,
            admissionName(attributes),
            `violates PodSecurity "${level}:${version}": ${problems.join(", ")}`,
          );
      }
      const { level, version } = policyOf(found, "warn");
      const problems = violations(spec, level, version, annotations);
      if (problems.length > 0)
        context.warnings.push(`would violate PodSecurity "${level}:${version}": ${problems.join(", ")}`);
    },
  };
}
