/** The admission chain, in upstream's order (kubeapiserver/options/plugins.go). One file per plugin. */
import type { Clock } from "../../../clock/index.ts";
import type { Store } from "../../store/store.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { Cryptography } from "../cryptography.ts";
import type { Definitions } from "../definitions.ts";
import type { AdmissionPlugin } from "../request.ts";
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from "./certificates.ts";
import { defaultIngressClass } from "./default-ingress-class.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { podSecurity } from "./pod-security.ts";
import { priority } from "./priority.ts";
import { rbacEscalation } from "./rbac-escalation.ts";
import { resourceQuota } from "./resource-quota.ts";
import { runtimeClass } from "./runtime-class.ts";
import { serviceAccount } from "./service-account.ts";
import { claimResize, defaultStorageClass, storageObjectInUseProtection } from "./storage.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition.ts";
import { validatingAdmissionPolicy } from "./validating-admission-policy.ts";

export interface AdmissionDependencies {
  readonly clock: Clock;
  readonly store: Store;
  readonly authorizer: Authorizer;
  readonly definitions: Definitions;
  readonly cryptography?: Cryptography | undefined;
}

const CHAIN: readonly ((dependencies: AdmissionDependencies) => AdmissionPlugin)[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  claimResize,
  runtimeClass,
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  defaultIngressClass,
  validatingAdmissionPolicy,
  resourceQuota,
  rbacEscalation,
];

export const admissionPlugins = (dependencies: AdmissionDependencies): AdmissionPlugin[] =>
  CHAIN.map((make) => make(dependencies));
