/** Describers by kind and group; every other kind is described generically. */
import { disruptionBudget, namespace, node, service, serviceAccount } from "./cluster.ts";
import type { Describer } from "./describer.ts";
import { generic } from "./generic.ts";
import { pod } from "./pod.ts";
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
  "PodDisruptionBudget.policy": disruptionBudget,
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
