/**
 * The API's kinds as they travel on the wire. Shapes come from client-node's declarations (types only, nothing of it
 * is loaded); times are strings here, and every object has metadata.
 */
import type * as client from "@kubernetes/client-node";
import type { ObjectMeta } from "../machinery/types.ts";

/** A client-node model as JSON: times are text, and names that are words of the language lose their underscore. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T as Key extends `_${infer Name}` ? Name : Key]: Wire<T[Key]> }
      : T;

/** A top-level kind: its metadata is always there. */
export type Kind<T> = Omit<Wire<T>, "metadata" | "apiVersion" | "kind"> & {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
};

export type Namespace = Kind<client.V1Namespace>;
export type Node = Kind<client.V1Node>;
export type Pod = Kind<client.V1Pod>;
export type PodSpec = Wire<client.V1PodSpec>;
export type PodStatus = Wire<client.V1PodStatus>;
export type PodTemplateSpec = Wire<client.V1PodTemplateSpec>;
export type Container = Wire<client.V1Container>;
export type ContainerStatus = Wire<client.V1ContainerStatus>;
export type Volume = Wire<client.V1Volume>;
export type Probe = Wire<client.V1Probe>;
export type Service = Kind<client.V1Service>;
export type Endpoints = Kind<client.V1Endpoints>;
export type EndpointSlice = Kind<client.V1EndpointSlice>;
export type ConfigMap = Kind<client.V1ConfigMap>;
export type Secret = Kind<client.V1Secret>;
export type ServiceAccount = Kind<client.V1ServiceAccount>;
export type Event = Kind<client.CoreV1Event>;
export type PersistentVolume = Kind<client.V1PersistentVolume>;
export type PersistentVolumeClaim = Kind<client.V1PersistentVolumeClaim>;
export type ReplicationController = Kind<client.V1ReplicationController>;
export type LimitRange = Kind<client.V1LimitRange>;
export type ResourceQuota = Kind<client.V1ResourceQuota>;
export type PodTemplate = Kind<client.V1PodTemplate>;
export type StorageClass = Kind<client.V1StorageClass>;
export type VolumeAttachment = Kind<client.V1VolumeAttachment>;
export type CSIDriver = Kind<client.V1CSIDriver>;
export type CSINode = Kind<client.V1CSINode>;
export type CSIStorageCapacity = Kind<client.V1CSIStorageCapacity>;
export type VolumeAttributesClass = Kind<client.V1VolumeAttributesClass>;
export type Deployment = Kind<client.V1Deployment>;
export type ReplicaSet = Kind<client.V1ReplicaSet>;
export type StatefulSet = Kind<client.V1StatefulSet>;
export type DaemonSet = Kind<client.V1DaemonSet>;
export type ControllerRevision = Omit<Kind<client.V1ControllerRevision>, "data"> & { data?: unknown };
export type Job = Kind<client.V1Job>;
export type CronJob = Kind<client.V1CronJob>;
export type PodDisruptionBudget = Kind<client.V1PodDisruptionBudget>;
export type NetworkPolicy = Kind<client.V1NetworkPolicy>;
export type Ingress = Kind<client.V1Ingress>;
export type IngressClass = Kind<client.V1IngressClass>;
export type IPAddress = Kind<client.V1IPAddress>;
export type ServiceCIDR = Kind<client.V1ServiceCIDR>;
export type Role = Kind<client.V1Role>;
export type RoleBinding = Kind<client.V1RoleBinding>;
export type ClusterRole = Kind<client.V1ClusterRole>;
export type ClusterRoleBinding = Kind<client.V1ClusterRoleBinding>;
export type HorizontalPodAutoscaler = Kind<client.V2HorizontalPodAutoscaler>;
export type PriorityClass = Kind<client.V1PriorityClass>;
export type CertificateSigningRequest = Kind<client.V1CertificateSigningRequest>;
export type Lease = Kind<client.V1Lease>;
export type RuntimeClass = Kind<client.V1RuntimeClass>;
export type CustomResourceDefinition = Kind<client.V1CustomResourceDefinition>;
export type ValidatingAdmissionPolicy = Kind<client.V1ValidatingAdmissionPolicy>;
export type ValidatingAdmissionPolicyBinding = Kind<client.V1ValidatingAdmissionPolicyBinding>;
