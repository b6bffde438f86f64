/** Validation of the apps group (pkg/apis/apps/validation/validation.go). */
import { deepEqual } from "../../machinery/clone.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import type { FieldError } from "../../machinery/status.ts";
import type { LabelSelector } from "../../machinery/types.ts";
import {
  atMost100Percent,
  forbiddenField,
  immutable,
  intOrPercentValue,
  invalidValue,
  isDns1123Label,
  isDns1123Subdomain,
  isSelectorBroken,
  isSelectorEmpty,
  nonNegative,
  nonNegativeIntOrPercent,
  notSupported,
  required,
  validateAnnotations,
  validateLabelSelector,
  validateLabels,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from "../../machinery/validation/index.ts";
import { validatePodTemplate } from "../pods/validate.ts";
import type { ControllerRevision, DaemonSet, Deployment, PodTemplateSpec, ReplicaSet, StatefulSet } from "../types.ts";

const TEMPLATE_MISMATCH = "`selector` does not match template `labels`";

/** The selector is well-formed, says something, and selects the template's labels; then the template itself. */
function validateSelectorAndTemplate(
  kind: string,
  spec: { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec } | undefined,
): { readonly selector: FieldError[]; readonly template: FieldError[] } {
  const selector: FieldError[] = [];
  if (spec?.selector === undefined) selector.push(required("spec.selector"));
  else {
    selector.push(...validateLabelSelector("spec.selector", spec.selector));
    if (isSelectorEmpty(spec.selector))
      selector.push(invalidValue("spec.selector", spec.selector, `empty selector is invalid for ${kind}`));
  }
  const labels = spec?.template?.metadata?.labels;
  if (isSelectorBroken(spec?.selector))
    return {
      selector: [...selector, invalidValue("spec.selector", spec?.selector, "invalid label selector")],
      template: [],
    };
  const template: FieldError[] = [];
  if (
    !(spec?.selector !== undefined && isSelectorEmpty(spec.selector)) &&
    !selectorMatches(spec?.selector, labels ?? {})
  )
    template.push(invalidValue("spec.template.metadata.labels", labels ?? null, TEMPLATE_MISMATCH));
  return { selector, template };
}

const always = (template: PodTemplateSpec | undefined) => {
  const errors: FieldError[] = [];
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy !== "Always")
    errors.push(notSupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"]));
  if (activeDeadlineSeconds !== undefined)
    errors.push(
      forbiddenField(
        "spec.template.spec.activeDeadlineSeconds",
        "activeDeadlineSeconds in ReplicaSet is not Supported",
      ),
    );
  return errors;
};

function validateTemplate(field: string, template: PodTemplateSpec | undefined): FieldError[] {
  return template === undefined ? [required(field)] : validatePodTemplate(field, template);
}

function validateReplicaSetSpec({ spec }: ReplicaSet): FieldError[] {
  const { selector, template } = validateSelectorAndTemplate("deployment", spec);
  return [
    ...nonNegative("spec.replicas", spec?.replicas),
    ...nonNegative("spec.minReadySeconds", spec?.minReadySeconds),
    ...selector,
    ...template,
    ...validateTemplate("spec.template", spec?.template),
    ...always(spec?.template),
  ];
}

export const validateReplicaSet = (object: ReplicaSet): FieldError[] => [
  ...validateObjectMeta(object.metadata, true, isDns1123Subdomain),
  ...validateReplicaSetSpec(object),
];

export const validateReplicaSetUpdate = (next: ReplicaSet, old: ReplicaSet): FieldError[] => [
  ...validateObjectMetaUpdate(next.metadata, old.metadata),
  ...validateReplicaSetSpec(next),
  ...immutable("spec.selector", next.spec?.selector, old.spec?.selector),
];

function validateStrategy(strategy: NonNullable<Deployment["spec"]>["strategy"]): FieldError[] {
  const at = "spec.strategy";
  switch (strategy?.type) {
    case "Recreate":
      return strategy.rollingUpdate === undefined
        ? []
        : [forbiddenField(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
    case "RollingUpdate": {
      const rolling = strategy.rollingUpdate;
      if (rolling === undefined) return [required(`${at}.rollingUpdate`, "this should be defaulted and never be nil")];
      const { maxUnavailable, maxSurge } = rolling;
      const errors = [
        ...nonNegativeIntOrPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable),
        ...nonNegativeIntOrPercent(`${at}.rollingUpdate.maxSurge`, maxSurge),
      ];
      if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0)
        errors.push(
          invalidValue(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0"),
        );
      return [...errors, ...atMost100Percent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable)];
    }
    default:
      return [notSupported(`${at}.type`, strategy?.type ?? "", ["Recreate", "RollingUpdate"])];
  }
}

function validateDeploymentSpec({ spec }: Deployment): FieldError[] {
  const { selector, template } = validateSelectorAndTemplate("deployment", spec);
  const errors = [
    ...nonNegative("spec.replicas", spec?.replicas),
    ...selector,
    ...template,
    ...validateTemplate("spec.template", spec?.template),
    ...always(spec?.template),
    ...validateStrategy(spec?.strategy),
    ...nonNegative("spec.minReadySeconds", spec?.minReadySeconds),
    ...nonNegative("spec.revisionHistoryLimit", spec?.revisionHistoryLimit),
  ];
  const deadline = spec?.progressDeadlineSeconds;
  if (deadline !== undefined) {
    errors.push(...nonNegative("spec.progressDeadlineSeconds", deadline));
    if (deadline <= (spec?.minReadySeconds ?? 0))
      errors.push(invalidValue("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"));
  }
  return errors;
}

export const validateDeployment = (object: Deployment): FieldError[] => [
  ...validateObjectMeta(object.metadata, true, isDns1123Subdomain),
  ...validateDeploymentSpec(object),
];

export const validateDeploymentUpdate = (next: Deployment, old: Deployment): FieldError[] => [
  ...validateObjectMetaUpdate(next.metadata, old.metadata),
  ...validateDeploymentSpec(next),
  ...immutable("spec.selector", next.spec?.selector, old.spec?.selector),
];

function validateDaemonSetSpec({ spec }: DaemonSet): FieldError[] {
  const selectorErrors: FieldError[] = validateLabelSelector("spec.selector", spec?.selector);
  const labels = spec?.template?.metadata?.labels;
  if (
    !isSelectorBroken(spec?.selector) &&
    !isSelectorEmpty(spec?.selector) &&
    !selectorMatches(spec?.selector, labels ?? {})
  )
    selectorErrors.push(invalidValue("spec.template.metadata.labels", labels ?? null, TEMPLATE_MISMATCH));
  if (spec?.selector !== undefined && isSelectorEmpty(spec.selector))
    selectorErrors.push(invalidValue("spec.selector", spec.selector, "empty selector is invalid for daemonset"));
  const errors = [...selectorErrors, ...validateTemplate("spec.template", spec?.template)];
  const { restartPolicy, activeDeadlineSeconds } = spec?.template?.spec ?? {};
  if (restartPolicy !== "Always")
    errors.push(notSupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"]));
  if (activeDeadlineSeconds !== undefined)
    errors.push(
      invalidValue("spec.template.spec.activeDeadlineSeconds", activeDeadlineSeconds, "must not be specified"),
    );
  errors.push(...nonNegative("spec.minReadySeconds", spec?.minReadySeconds));
  const strategy = spec?.updateStrategy;
  const at = "spec.updateStrategy.rollingUpdate";
  if (strategy?.type === "RollingUpdate") {
    const { maxUnavailable, maxSurge } = strategy.rollingUpdate ?? {};
    errors.push(
      ...nonNegativeIntOrPercent(`${at}.maxUnavailable`, maxUnavailable),
      ...nonNegativeIntOrPercent(`${at}.maxSurge`, maxSurge),
    );
    const [unavailable, surge] = [intOrPercentValue(maxUnavailable), intOrPercentValue(maxSurge)];
    if (unavailable !== 0 && surge !== 0)
      errors.push(invalidValue(`${at}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero"));
    if (unavailable === 0 && surge === 0)
      errors.push(required(`${at}.maxUnavailable`, "cannot be 0 when maxSurge is 0"));
    errors.push(
      ...atMost100Percent(`${at}.maxUnavailable`, maxUnavailable),
      ...atMost100Percent(`${at}.maxSurge`, maxSurge),
    );
  } else if (strategy?.type !== "OnDelete") {
    errors.push(notSupported("spec.updateStrategy.type", strategy?.type, ["RollingUpdate", "OnDelete"]));
  }
  return [...errors, ...nonNegative("spec.revisionHistoryLimit", spec?.revisionHistoryLimit)];
}

export const validateDaemonSet = (object: DaemonSet): FieldError[] => [
  ...validateObjectMeta(object.metadata, true, isDns1123Subdomain),
  ...validateDaemonSetSpec(object),
];

export const validateDaemonSetUpdate = (next: DaemonSet, old: DaemonSet): FieldError[] => [
  ...validateObjectMetaUpdate(next.metadata, old.metadata),
  ...immutable("spec.selector", next.spec?.selector, old.spec?.selector),
  ...validateDaemonSetSpec(next),
];

const RETENTION = ["Retain", "Delete"];

/** The Pod spec of the template is not looked at: claims join its volumes only when Pods are made. */
function validateStatefulSetSpec({ spec }: StatefulSet): FieldError[] {
  const errors: FieldError[] = [];
  const policy = spec?.podManagementPolicy;
  if (!policy) errors.push(required("spec.podManagementPolicy"));
  else if (policy !== "OrderedReady" && policy !== "Parallel")
    errors.push(invalidValue("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'"));

  const strategy = spec?.updateStrategy;
  const at = "spec.updateStrategy";
  switch (strategy?.type) {
    case undefined:
    case "":
      errors.push(required(at));
      break;
    case "OnDelete":
      if (strategy.rollingUpdate !== undefined)
        errors.push(
          invalidValue(
            `${at}.rollingUpdate`,
            strategy.rollingUpdate,
            "only allowed for updateStrategy 'RollingUpdate'",
          ),
        );
      break;
    case "RollingUpdate": {
      const { partition, maxUnavailable } = strategy.rollingUpdate ?? {};
      errors.push(...nonNegative(`${at}.rollingUpdate.partition`, partition));
      if (maxUnavailable !== undefined) {
        const path = `${at}.rollingUpdate.maxUnavailable`;
        errors.push(...nonNegativeIntOrPercent(path, maxUnavailable));
        if (intOrPercentValue(maxUnavailable) === 0) errors.push(invalidValue(path, maxUnavailable, "cannot be 0"));
        errors.push(...atMost100Percent(path, maxUnavailable));
      }
      break;
    }
    default:
      errors.push(invalidValue(at, strategy, "must be 'RollingUpdate' or 'OnDelete'"));
  }

  const retention = spec?.persistentVolumeClaimRetentionPolicy;
  for (const key of ["whenDeleted", "whenScaled"] as const) {
    const value = retention?.[key];
    if (retention !== undefined && !RETENTION.includes(value ?? ""))
      errors.push(notSupported(`spec.persistentVolumeClaimRetentionPolicy.${key}`, value, RETENTION));
  }
  errors.push(
    ...nonNegative("spec.replicas", spec?.replicas),
    ...nonNegative("spec.minReadySeconds", spec?.minReadySeconds),
    ...nonNegative("spec.ordinals.start", spec?.ordinals?.start),
  );
  if (spec?.selector === undefined) errors.push(required("spec.selector"));
  else {
    errors.push(...validateLabelSelector("spec.selector", spec.selector));
    if (isSelectorEmpty(spec.selector))
      errors.push(invalidValue("spec.selector", spec.selector, "empty selector is invalid for statefulset"));
  }
  const metadata = spec?.template?.metadata;
  if (isSelectorBroken(spec?.selector)) errors.push(invalidValue("spec.selector", spec?.selector, ""));
  else if (spec?.template === undefined) errors.push(required("spec.template"));
  else {
    const everything = spec.selector !== undefined && isSelectorEmpty(spec.selector);
    if (!everything && !selectorMatches(spec.selector, metadata?.labels ?? {}))
      errors.push(invalidValue("spec.template.metadata.labels", metadata?.labels ?? null, TEMPLATE_MISMATCH));
    errors.push(
      ...validateLabels("spec.template.labels", metadata?.labels),
      ...validateAnnotations("spec.template.annotations", metadata?.annotations),
    );
  }
  const { restartPolicy, activeDeadlineSeconds } = spec?.template?.spec ?? {};
  if (restartPolicy !== "Always")
    errors.push(notSupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"]));
  if (activeDeadlineSeconds !== undefined)
    errors.push(
      forbiddenField(
        "spec.template.spec.activeDeadlineSeconds",
        "activeDeadlineSeconds in StatefulSet is not Supported",
      ),
    );
  return errors;
}

/** Names are labels, not subdomains: they become host names. */
export const validateStatefulSet = (object: StatefulSet): FieldError[] => [
  ...validateObjectMeta(object.metadata, true, isDns1123Label),
  ...validateStatefulSetSpec(object),
];

const MUTABLE = new Set([
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
]);

export function validateStatefulSetUpdate(next: StatefulSet, old: StatefulSet): FieldError[] {
  const errors = [...validateObjectMetaUpdate(next.metadata, old.metadata), ...validateStatefulSetSpec(next)];
  const fixed = (object: StatefulSet) =>
    Object.fromEntries(Object.entries(object.spec ?? {}).filter(([key]) => !MUTABLE.has(key)));
  if (!deepEqual(fixed(next), fixed(old)))
    errors.push(
      forbiddenField(
        "spec",
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ),
    );
  return errors;
}

export function validateControllerRevision(object: ControllerRevision): FieldError[] {
  const errors = validateObjectMeta(object.metadata, true, isDns1123Subdomain);
  if (object.data === undefined) errors.push(required("data", "data is mandatory"));
  return [...errors, ...nonNegative("revision", object.revision)];
}

export const validateControllerRevisionUpdate = (next: ControllerRevision, old: ControllerRevision): FieldError[] => [
  ...validateObjectMetaUpdate(next.metadata, old.metadata),
  ...validateControllerRevision(next),
  ...immutable("data", next.data, old.data),
];

type Counts = Readonly<Record<string, number | undefined>>;

/** Counts in a status: none negative, and those named in `bounded` not above the whole. */
function validateCounts(counts: Counts, whole: string, bounded: readonly string[]): FieldError[] {
  const errors = Object.entries(counts).flatMap(([key, value]) => nonNegative(`status.${key}`, value));
  for (const key of bounded)
    if ((counts[key] ?? 0) > (counts[whole] ?? 0))
      errors.push(invalidValue(`status.${key}`, counts[key] ?? 0, `cannot be greater than status.${whole}`));
  return errors;
}

export function validateStatefulSetStatusUpdate(next: StatefulSet, old: StatefulSet): FieldError[] {
  const {
    replicas,
    readyReplicas,
    currentReplicas,
    updatedReplicas,
    availableReplicas,
    observedGeneration,
    collisionCount,
  } = next.status ?? { replicas: 0 };
  const counts = {
    replicas,
    readyReplicas,
    currentReplicas,
    updatedReplicas,
    availableReplicas,
    observedGeneration,
    collisionCount,
  };
  const errors = validateCounts(counts, "replicas", [
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
  ]);
  if ((availableReplicas ?? 0) > (readyReplicas ?? 0))
    errors.push(
      invalidValue("status.availableReplicas", availableReplicas, "cannot be greater than status.readyReplicas"),
    );
  errors.push(...validateObjectMetaUpdate(next.metadata, old.metadata));
  if ((collisionCount ?? 0) < (old.status?.collisionCount ?? 0))
    errors.push(invalidValue("status.collisionCount", collisionCount ?? 0, "cannot be decremented"));
  return errors;
}

export function validateReplicaSetStatusUpdate(next: ReplicaSet, old: ReplicaSet): FieldError[] {
  const { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas, observedGeneration } = next.status ?? {
    replicas: 0,
  };
  const counts = { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas, observedGeneration };
  const errors = validateCounts(counts, "replicas", ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"]);
  if ((availableReplicas ?? 0) > (readyReplicas ?? 0))
    errors.push(invalidValue("status.availableReplicas", availableReplicas, "cannot be greater than readyReplicas"));
  return [...validateObjectMetaUpdate(next.metadata, old.metadata), ...errors];
}

export function validateDeploymentStatusUpdate(next: Deployment, old: Deployment): FieldError[] {
  const {
    observedGeneration,
    replicas,
    updatedReplicas,
    readyReplicas,
    availableReplicas,
    unavailableReplicas,
    collisionCount,
  } = next.status ?? {};
  const counts = {
    observedGeneration,
    replicas,
    updatedReplicas,
    readyReplicas,
    availableReplicas,
    unavailableReplicas,
    collisionCount,
  };
  const errors = validateCounts(counts, "replicas", ["updatedReplicas", "readyReplicas", "availableReplicas"]);
  if ((availableReplicas ?? 0) > (readyReplicas ?? 0))
    errors.push(invalidValue("status.availableReplicas", availableReplicas, "cannot be greater than readyReplicas"));
  if ((collisionCount ?? 0) < (old.status?.collisionCount ?? 0))
    errors.push(invalidValue("status.collisionCount", collisionCount ?? 0, "cannot be decremented"));
  return [...validateObjectMetaUpdate(next.metadata, old.metadata), ...errors];
}
