/** All built-in resources. A new kind is one file and one line here. */
import { controllerRevision } from "./apps/controller-revision.ts";
import { deployment } from "./apps/deployment.ts";
import { replicaSet } from "./apps/replica-set.ts";
import { statefulSet } from "./apps/stateful-set.ts";
import { configMap } from "./core/config-map.ts";
import { endpoints } from "./core/endpoints.ts";
import { event } from "./core/event.ts";
import { namespace } from "./core/namespace.ts";
import { node } from "./core/node.ts";
import { persistentVolume } from "./core/persistent-volume.ts";
import { persistentVolumeClaim } from "./core/persistent-volume-claim.ts";
import { pod } from "./core/pod.ts";
import { secret } from "./core/secret.ts";
import { service } from "./core/service.ts";
import { serviceAccount } from "./core/service-account.ts";
import type { ResourceDefinition } from "./definition.ts";
import { endpointSlice } from "./discovery/endpoint-slice.ts";
import { storageClass } from "./storage/storage-class.ts";

export type { Column, ResourceDefinition, Schema, Subresource, ValidationContext } from "./definition.ts";
export { type SchemaRegistry, schemas } from "./schemas.ts";

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
  deployment,
  replicaSet,
  statefulSet,
  controllerRevision,
  endpointSlice,
  storageClass,
];
