/** All controllers of a cluster. A new controller is one file and one line here. */
import type { Resource } from "../api/resources.ts";
import { horizontalPodAutoscalerController } from "./autoscaling/index.ts";
import type { Usage } from "./autoscaling/metrics.ts";
import { certificateCleaner, certificateSigningController, type SignCertificate } from "./certificates/index.ts";
import { clusterRoleAggregationController } from "./clusterrole-aggregation.ts";
import { cronJobController } from "./cronjob.ts";
import { daemonSetController } from "./daemonset.ts";
import { deploymentController } from "./deployment/index.ts";
import { disruptionController } from "./disruption.ts";
import { endpointSliceMirroringController } from "./endpoints/endpoint-slice-mirroring.ts";
import { endpointSliceController } from "./endpoints/endpoint-slices.ts";
import { endpointsController } from "./endpoints/endpoints.ts";
import { eventExpiry } from "./event-expiry.ts";
import type { ControllerDefinition } from "./framework/controller.ts";
import { garbageCollector, type ResourceFinder } from "./garbage-collector.ts";
import { jobController } from "./job/index.ts";
import { namespaceController } from "./namespace.ts";
import { nodeLifecycleController } from "./node-lifecycle.ts";
import { podGarbageCollector } from "./pod-gc.ts";
import { replicaSetController, replicationController } from "./replicaset.ts";
import { resourceQuotaController } from "./resource-quota.ts";
import { rootCertificatePublisher, serviceAccountController } from "./service-account.ts";
import { serviceCidrController } from "./service-cidr.ts";
import { loadBalancerController } from "./service-load-balancer.ts";
import { statefulSetController } from "./statefulset/index.ts";
import { taintEvictionController } from "./taint-eviction.ts";
import { type TokenSource, tokenController } from "./token.ts";
import { ttlAfterFinishedController } from "./ttl-after-finished.ts";
import { validatingAdmissionPolicyStatusController } from "./validating-admission-policy-status.ts";
import { attachDetachController } from "./volume/attach-detach.ts";
import { persistentVolumeBinder } from "./volume/binder.ts";
import { ephemeralVolumeController } from "./volume/ephemeral.ts";
import { expandController } from "./volume/expand.ts";
import { externalProvisioners } from "./volume/external.ts";
import { volumeAttributesClassProtection, volumeModifyController } from "./volume/modify.ts";
import { claimProtection, volumeProtection } from "./volume/protection.ts";
import { snapshotController } from "./volume/snapshot-controller.ts";
import type { StorageBackend } from "./volume/snapshots.ts";

export interface ControllersOptions {
  readonly resources: ResourceFinder;
  /** Every resource with namespaces that is served at the moment. */
  readonly namespaced: () => readonly Resource[];
  readonly tokens: TokenSource;
  /** Signs for the cluster's authority; undefined where it has none. */
  readonly sign: SignCertificate | undefined;
  /** What Pods use, as metrics-server would report it. */
  readonly usage: Usage;
  /** Holds the data of network-attached volumes. */
  readonly storage: StorageBackend;
}

export function controllerDefinitions(options: ControllersOptions): readonly ControllerDefinition[] {
  return [
    serviceAccountController,
    rootCertificatePublisher(options.tokens.certificate),
    tokenController(options.tokens),
    namespaceController(options.namespaced),
    nodeLifecycleController,
    taintEvictionController,
    podGarbageCollector,
    garbageCollector(options.resources),
    persistentVolumeBinder,
    externalProvisioners(options.storage),
    volumeModifyController,
    volumeAttributesClassProtection,
    snapshotController(options.storage),
    ephemeralVolumeController,
    claimProtection,
    volumeProtection,
    attachDetachController,
    expandController,
    statefulSetController,
    deploymentController,
    replicaSetController,
    replicationController,
    daemonSetController,
    jobController,
    cronJobController,
    ttlAfterFinishedController,
    endpointsController,
    endpointSliceController,
    endpointSliceMirroringController,
    serviceCidrController,
    loadBalancerController,
    disruptionController,
    horizontalPodAutoscalerController(options.usage),
    resourceQuotaController,
    clusterRoleAggregationController,
    certificateSigningController(options.sign),
    certificateCleaner,
    validatingAdmissionPolicyStatusController,
    eventExpiry,
  ];
}

export type { ControllerContext } from "./framework/controller.ts";
export { RunningController } from "./framework/controller.ts";
export { Lister } from "./framework/lister.ts";

export { Workers } from "./framework/workers.ts";
