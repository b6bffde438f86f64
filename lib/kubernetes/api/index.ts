/** All built-in resources. A new kind is one file and one line here. */
import {
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
} from "./admissionregistration/validating-admission-policy.ts";
import { controllerRevision } from "./apps/controller-revision.ts";
import { daemonSet } from "./apps/daemon-set.ts";
import { deployment } from "./apps/deployment.ts";
import { replicaSet } from "./apps/replica-set.ts";
import { statefulSet } from "./apps/stateful-set.ts";
import { horizontalPodAutoscaler } from "./autoscaling/horizontal-pod-autoscaler.ts";
import { horizontalPodAutoscalerV1 } from "./autoscaling/horizontal-pod-autoscaler-v1.ts";
import { cronJob } from "./batch/cron-job.ts";
import { job } from "./batch/job.ts";
import { certificateSigningRequest } from "./certificates/certificate-signing-request.ts";
import type { ConvertedResource } from "./conversion.ts";
import { lease } from "./coordination/lease.ts";
import { configMap } from "./core/config-map.ts";
import { endpoints } from "./core/endpoints.ts";
import { event } from "./core/event.ts";
import { limitRange } from "./core/limit-range.ts";
import { namespace } from "./core/namespace.ts";
import { node } from "./core/node.ts";
import { persistentVolume } from "./core/persistent-volume.ts";
import { persistentVolumeClaim } from "./core/persistent-volume-claim.ts";
import { pod } from "./core/pod.ts";
import { podTemplate } from "./core/pod-template.ts";
import { replicationController } from "./core/replication-controller.ts";
import { resourceQuota } from "./core/resource-quota.ts";
import { secret } from "./core/secret.ts";
import { service } from "./core/service.ts";
import { serviceAccount } from "./core/service-account.ts";
import type { ResourceDefinition } from "./definition.ts";
import { endpointSlice } from "./discovery/endpoint-slice.ts";
import { eventsEvent } from "./events/event.ts";
import { ingress } from "./networking/ingress.ts";
import { ingressClass } from "./networking/ingress-class.ts";
import { ipAddress } from "./networking/ip-address.ts";
import { networkPolicy } from "./networking/network-policy.ts";
import { serviceCidr } from "./networking/service-cidr.ts";
import { runtimeClass } from "./node/runtime-class.ts";
import { podDisruptionBudget } from "./policy/pod-disruption-budget.ts";
import { clusterRole, clusterRoleBinding, role, roleBinding } from "./rbac/roles.ts";
import { priorityClass } from "./scheduling/priority-class.ts";
import { csiDriver, csiNode, csiStorageCapacity } from "./storage/csi.ts";
import { storageClass } from "./storage/storage-class.ts";
import { volumeAttachment } from "./storage/volume-attachment.ts";
import { volumeAttributesClass } from "./storage/volume-attributes-class.ts";

export { schemas } from "./schemas.ts";

export const definitions: readonly ResourceDefinition[] = [
  namespace,
  node,
  pod,
  service,
  endpoints,
  configMap,
  secret,
  serviceAccount,
  event,
  persistentVolume,
  persistentVolumeClaim,
  replicationController,
  limitRange,
  resourceQuota,
  podTemplate,
  deployment,
  replicaSet,
  statefulSet,
  daemonSet,
  controllerRevision,
  endpointSlice,
  storageClass,
  volumeAttachment,
  csiDriver,
  csiNode,
  csiStorageCapacity,
  volumeAttributesClass,
  job,
  cronJob,
  podDisruptionBudget,
  networkPolicy,
  ingress,
  ingressClass,
  ipAddress,
  serviceCidr,
  role,
  roleBinding,
  clusterRole,
  clusterRoleBinding,
  horizontalPodAutoscaler,
  priorityClass,
  certificateSigningRequest,
  lease,
  runtimeClass,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
];

/** Versions and groups over the storage of one of those. */
export const otherVersions: readonly ConvertedResource[] = [horizontalPodAutoscalerV1, eventsEvent];
