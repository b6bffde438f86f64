/** Describers by kind and group; every other kind is described generically. */
import { autoscaler } from "./autoscaling.ts";
import { signingRequest } from "./certificate.ts";
import { disruptionBudget, namespace, node, priorityClass, service, serviceAccount } from "./cluster.ts";
import { csiNode } from "./csi-node.ts";
import type { Describer } from "./describer.ts";
import { generic } from "./generic.ts";
import { endpointSlice, endpoints, ingress, ingressClass, networkPolicy } from "./network.ts";
import { pod } from "./pod.ts";
import { limitRange, resourceQuota } from "./quota.ts";
import { binding, role } from "./rbac.ts";
import { claim, configMap, secret, storageClass, volume } from "./storage.ts";
import { cronJob, daemonSet, deployment, job, replicaSet, statefulSet } from "./workloads.ts";

const DESCRIBERS: Readonly<Record<string, Describer>> = {
  Pod: pod,
  Service: service,
  Namespace: namespace,
  Node: node,
  ServiceAccount: serviceAccount,
  PersistentVolumeClaim: claim,
  PersistentVolume: volume,
  ConfigMap: configMap,
  Secret: secret,
  ReplicationController: replicaSet,
  LimitRange: limitRange,
  ResourceQuota: resourceQuota,
  Endpoints: endpoints,
  "EndpointSlice.discovery.k8s.io": endpointSlice,
  "NetworkPolicy.networking.k8s.io": networkPolicy,
  "Ingress.networking.k8s.io": ingress,
  "IngressClass.networking.k8s.io": ingressClass,
  "PriorityClass.scheduling.k8s.io": priorityClass,
  "HorizontalPodAutoscaler.autoscaling": autoscaler,
  "Role.rbac.authorization.k8s.io": role,
  "ClusterRole.rbac.authorization.k8s.io": role,
  "RoleBinding.rbac.authorization.k8s.io": binding,
  "ClusterRoleBinding.rbac.authorization.k8s.io": binding,
  "CertificateSigningRequest.certificates.k8s.io": signingRequest,
  "PodDisruptionBudget.policy": disruptionBudget,
  "CSINode.storage.k8s.io": csiNode,
  "StorageClass.storage.k8s.io": storageClass,
  "StatefulSet.apps": statefulSet,
  "Deployment.apps": deployment,
  "ReplicaSet.apps": replicaSet,
  "DaemonSet.apps": daemonSet,
  "Job.batch": job,
  "CronJob.batch": cronJob,
};

export const describerFor = (kind: string, group: string): Describer =>
  DESCRIBERS[group === "" ? kind : `${kind}.${group}`] ?? generic;
