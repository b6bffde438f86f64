/** Defaults of the apps group (pkg/apis/apps/v1/defaults.go). */
import { defaultPodTemplate, defaultResourceList, setDefault, setDefaultText } from "../pods/defaults.ts";
import type { DaemonSet, Deployment, PersistentVolumeClaim, ReplicaSet, StatefulSet } from "../types.ts";

export function defaultDeployment({ spec }: Deployment): void {
  if (spec === undefined) return;
  setDefault(spec, "replicas", 1);
  spec.strategy ??= {};
  setDefaultText(spec.strategy, "type", "RollingUpdate");
  if (spec.strategy.type === "RollingUpdate") {
    spec.strategy.rollingUpdate ??= {};
    setDefault(spec.strategy.rollingUpdate, "maxUnavailable", "25%");
    setDefault(spec.strategy.rollingUpdate, "maxSurge", "25%");
  }
  setDefault(spec, "revisionHistoryLimit", 10);
  setDefault(spec, "progressDeadlineSeconds", 600);
  defaultPodTemplate(spec.template);
}

export function defaultReplicaSet({ spec }: ReplicaSet): void {
  if (spec === undefined) return;
  setDefault(spec, "replicas", 1);
  defaultPodTemplate(spec.template);
}

export function defaultDaemonSet({ spec }: DaemonSet): void {
  if (spec === undefined) return;
  spec.updateStrategy ??= {};
  setDefaultText(spec.updateStrategy, "type", "RollingUpdate");
  if (spec.updateStrategy.type === "RollingUpdate") {
    spec.updateStrategy.rollingUpdate ??= {};
    setDefault(spec.updateStrategy.rollingUpdate, "maxUnavailable", 1);
    setDefault(spec.updateStrategy.rollingUpdate, "maxSurge", 0);
  }
  setDefault(spec, "revisionHistoryLimit", 10);
  defaultPodTemplate(spec.template);
}

/** A claim inside a StatefulSet: a whole object, down to its kind and phase. */
function defaultClaimTemplate(claim: PersistentVolumeClaim): void {
  setDefaultText(claim, "apiVersion", "v1");
  setDefaultText(claim, "kind", "PersistentVolumeClaim");
  claim.metadata ??= {};
  claim.spec ??= {};
  setDefault(claim.spec, "resources", {});
  setDefault(claim.spec, "volumeMode", "Filesystem");
  defaultResourceList(claim.spec.resources?.requests);
  defaultResourceList(claim.spec.resources?.limits);
  claim.status ??= {};
  setDefaultText(claim.status, "phase", "Pending");
}

export function defaultStatefulSet({ spec }: StatefulSet): void {
  if (spec === undefined) return;
  setDefaultText(spec, "podManagementPolicy", "OrderedReady");
  spec.updateStrategy ??= {};
  setDefaultText(spec.updateStrategy, "type", "RollingUpdate");
  if (spec.updateStrategy.type === "RollingUpdate") {
    spec.updateStrategy.rollingUpdate ??= {};
    setDefault(spec.updateStrategy.rollingUpdate, "partition", 0);
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  setDefaultText(spec.persistentVolumeClaimRetentionPolicy, "whenDeleted", "Retain");
  setDefaultText(spec.persistentVolumeClaimRetentionPolicy, "whenScaled", "Retain");
  setDefault(spec, "replicas", 1);
  setDefault(spec, "revisionHistoryLimit", 10);
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) defaultClaimTemplate(claim as PersistentVolumeClaim);
}
