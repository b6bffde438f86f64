/** Brings claims and volumes together and keeps their phases true (pkg/controller/volume/persistentvolume/pv_controller.go). */
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from "../../api/resources.ts";
import { defaultClass } from "../../api/storage/default-class.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../api/types.ts";
import { BIND_COMPLETED, SELECTED_NODE } from "../../scheduler/plugins/volume-binding.ts";
import { claimNames } from "../../scheduler/plugins/volume-restrictions.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import type { WorkQueue } from "../framework/queue.ts";
import { classOfClaim, findMatch, isBoundTo, mismatch } from "./matching.ts";
import { deleteInTree, findProvisioner, IN_TREE_FINALIZER, PROVISIONED_BY, provisionInTree } from "./provisioners.ts";

const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const CLAIM_PROVISIONER = "volume.kubernetes.io/storage-provisioner";
const BETA_CLAIM_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner";
/**
 * An unbound claim is looked at again this often (the controller's resync): as upstream, a volume that becomes free is
 * not noticed earlier.
 */
const RESYNC_MS = 15_000;

const hasAnnotation = (object: PersistentVolume | PersistentVolumeClaim, name: string) =>
  object.metadata.annotations?.[name] !== undefined;

export const persistentVolumeBinder: ControllerDefinition = {
  name: "persistentvolume-controller",
  serviceAccount: "persistent-volume-binder",
  create(context) {
    const { lister } = context;
    return {
      watches: [
        watch(persistentVolumes, ({ type, object, previous }, queue) => {
          queue.add(`volume:${object.metadata.name}`);
          const reference = object.spec?.claimRef;
          if (reference !== undefined && (type !== "MODIFIED" || previous?.status?.phase !== object.status?.phase))
            queue.add(`claim:${reference.namespace}/${reference.name}`);
        }),
        watch(persistentVolumeClaims, ({ object, previous }, queue) => {
          queue.add(`claim:${keyOf(object)}`);
          for (const claim of [object, previous])
            if (claim?.spec?.volumeName) queue.add(`volume:${claim.spec.volumeName}`);
          for (const volume of lister.list(persistentVolumes))
            if (volume.spec?.claimRef !== undefined && isBoundTo(volume, object))
              queue.add(`volume:${volume.metadata.name}`);
        }),
      ],
      sync(key, queue) {
        const colon = key.indexOf(":");
        const rest = key.slice(colon + 1);
        if (key.startsWith("volume:")) syncVolume(context, rest, queue);
        else syncClaim(context, rest, (ms, reason) => queue.addAfter(key, ms, reason));
      },
    };
  },
};

// -------------------------------------------------------------------------------------------------------------- claims

function syncClaim(context: ControllerContext, key: string, again: (ms: number, reason?: string) => void): void {
  const { namespace, name } = splitKey(key);
  const claim = context.lister.find(persistentVolumeClaims, namespace, name);
  if (claim === undefined) return;
  if (hasAnnotation(claim, BIND_COMPLETED)) syncBoundClaim(context, claim);
  else if (claim.spec?.volumeName) syncPreboundClaim(context, claim, claim.spec.volumeName, again);
  else syncUnboundClaim(context, claim, again);
}

function syncUnboundClaim(
  context: ControllerContext,
  claim: PersistentVolumeClaim,
  again: (ms: number, reason?: string) => void,
): void {
  const { lister, recorder } = context;
  const storageClass = lister.find(storageClasses, undefined, classOfClaim(claim));
  const waits = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
  const delayed = waits && !hasAnnotation(claim, SELECTED_NODE);
  const volume = findMatch(lister.list(persistentVolumes), claim, { delayed: waits });
  if (volume !== undefined) {
    bind(context, volume, claim);
    return;
  }
  if (assignDefaultClass(context, claim)) return;
  if (delayed) {
    const [reason, message] = waitingFor(context, claim);
    recorder.event(claim, "Normal", reason, message);
    again(RESYNC_MS);
  } else if (classOfClaim(claim) !== "") {
    provision(context, claim, again);
  } else {
    recorder.event(
      claim,
      "Normal",
      "FailedBinding",
      "no persistent volumes available for this claim and no storage class is set",
    );
    again(RESYNC_MS);
  }
  setClaimPhase(context, claim, "Pending", undefined);
}

/** A claim made while there was no default class gets the one there is now (assignDefaultStorageClass). True where it did. */
function assignDefaultClass({ client, lister }: ControllerContext, claim: PersistentVolumeClaim): boolean {
  if (claim.spec?.storageClassName !== undefined || hasAnnotation(claim, CLASS_ANNOTATION)) return false;
  const name = defaultClass(lister.list(storageClasses))?.metadata.name;
  if (name === undefined) return false;
  client.modify(persistentVolumeClaims, claim.metadata.namespace, claim.metadata.name ?? "", (next) => {
    if (next.spec === undefined) return false;
    next.spec.storageClassName = name;
    return undefined;
  });
  return true;
}

function waitingFor({ lister }: ControllerContext, claim: PersistentVolumeClaim): readonly [string, string] {
  const users = lister
    .list(pods, claim.metadata.namespace)
    .filter(
      (pod) =>
        claimNames(pod).includes(claim.metadata.name ?? "") &&
        pod.status?.phase !== "Succeeded" &&
        pod.status?.phase !== "Failed",
    )
    .map((pod) => pod.metadata.name);
  if (users.length === 0) return ["WaitForFirstConsumer", "waiting for first consumer to be created before binding"];
  return ["WaitForPodScheduled", `waiting for pod ${users.join(",")} to be scheduled`];
}

function syncPreboundClaim(
  context: ControllerContext,
  claim: PersistentVolumeClaim,
  volumeName: string,
  again: (ms: number, reason?: string) => void,
): void {
  const { lister, recorder } = context;
  const volume = lister.find(persistentVolumes, undefined, volumeName);
  if (volume === undefined) {
    setClaimPhase(context, claim, "Pending", undefined);
    again(RESYNC_MS);
    return;
  }
  if (volume.spec?.claimRef === undefined) {
    const problem = mismatch(volume, claim);
    if (problem === undefined) {
      bind(context, volume, claim);
      return;
    }
    recorder.event(claim, "Warning", "VolumeMismatch", `Cannot bind to requested volume "${volumeName}": ${problem}`);
  } else if (isBoundTo(volume, claim)) {
    bind(context, volume, claim);
    return;
  } else {
    recorder.event(claim, "Warning", "FailedBinding", `volume "${volumeName}" already bound to a different claim.`);
  }
  again(RESYNC_MS);
  setClaimPhase(context, claim, "Pending", undefined);
}

function syncBoundClaim(context: ControllerContext, claim: PersistentVolumeClaim): void {
  const lose = (reason: string, message: string) => {
    if (claim.status?.phase === "Lost") return;
    setClaimPhase(context, claim, "Lost", undefined);
    context.recorder.event(claim, "Warning", reason, message);
  };
  if (!claim.spec?.volumeName) {
    lose("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
    return;
  }
  const volume = context.lister.find(persistentVolumes, undefined, claim.spec.volumeName);
  if (volume === undefined) lose("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  else if (volume.spec?.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid)
    bind(context, volume, claim);
  else lose("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
}

/** In four writes, each of which can be the last before a restart: the volume's reference, its phase, the claim's, its phase. */
function bind(context: ControllerContext, volume: PersistentVolume, claim: PersistentVolumeClaim): void {
  const { client } = context;
  const { namespace = "", name = "", uid = "", resourceVersion = "" } = claim.metadata;
  const reference = volume.spec?.claimRef;
  let bound = volume;
  if (reference?.uid !== uid || reference.name !== name || reference.namespace !== namespace) {
    const isOurDoing = !isBoundTo(volume, claim);
    bound = client.modify(persistentVolumes, undefined, volume.metadata.name ?? "", (next) => {
      if (next.spec === undefined) return false;
      next.spec.claimRef = { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid, resourceVersion };
      if (isOurDoing) next.metadata.annotations = { ...next.metadata.annotations, [BOUND_BY_CONTROLLER]: "yes" };
      return undefined;
    });
  }
  bound = setVolumePhase(context, bound, "Bound");
  const volumeName = bound.metadata.name ?? "";
  let next = claim;
  if (claim.spec?.volumeName !== volumeName || !hasAnnotation(claim, BIND_COMPLETED))
    next = client.modify(persistentVolumeClaims, namespace, name, (changed) => {
      if (changed.spec === undefined) return false;
      const annotations = { ...changed.metadata.annotations };
      if (changed.spec.volumeName !== volumeName) {
        changed.spec.volumeName = volumeName;
        annotations[BOUND_BY_CONTROLLER] = "yes";
      }
      annotations[BIND_COMPLETED] = "yes";
      changed.metadata.annotations = annotations;
      return undefined;
    });
  setClaimPhase(context, next, "Bound", bound);
}

function setClaimPhase(
  { client }: ControllerContext,
  claim: PersistentVolumeClaim,
  phase: "Pending" | "Bound" | "Lost",
  volume: PersistentVolume | undefined,
): void {
  const { status } = claim;
  const hasMore = volume === undefined ? status?.accessModes !== undefined || status?.capacity !== undefined : false;
  if (status?.phase === phase && !hasMore) return;
  client.modify(
    persistentVolumeClaims,
    claim.metadata.namespace,
    claim.metadata.name ?? "",
    (next) => {
      const { accessModes: _modes, capacity: _capacity, ...rest } = next.status ?? {};
      next.status = {
        ...rest,
        phase,
        ...(volume?.spec?.accessModes === undefined ? {} : { accessModes: [...volume.spec.accessModes] }),
        ...(volume?.spec?.capacity === undefined ? {} : { capacity: { ...volume.spec.capacity } }),
        ...(volume?.spec?.volumeAttributesClassName === undefined
          ? {}
          : { currentVolumeAttributesClassName: volume.spec.volumeAttributesClassName }),
      };
    },
    "status",
  );
}

// ------------------------------------------------------------------------------------------------------------- volumes

function syncVolume(context: ControllerContext, name: string, queue: WorkQueue): void {
  const { lister, client } = context;
  const volume = lister.find(persistentVolumes, undefined, name);
  if (volume === undefined) return;
  const reference = volume.spec?.claimRef;
  if (reference === undefined || !reference.uid) {
    setVolumePhase(context, volume, "Available");
    return;
  }
  const claim = lister.find(persistentVolumeClaims, reference.namespace, reference.name);
  if (claim?.metadata.uid !== reference.uid || claim === undefined) {
    const released =
      volume.status?.phase === "Released" || volume.status?.phase === "Failed"
        ? volume
        : setVolumePhase(context, volume, "Released");
    reclaim(context, released);
  } else if (!claim.spec?.volumeName) {
    // The claim does not know yet (a bind that was cut short, or the scheduler's): its own sync finishes the job.
    queue.add(`claim:${keyOf(claim)}`);
  } else if (claim.spec.volumeName === name) {
    setVolumePhase(context, volume, "Bound");
  } else if (hasAnnotation(volume, PROVISIONED_BY) && volume.spec?.persistentVolumeReclaimPolicy === "Delete") {
    // Made for the claim, which has found another one.
    reclaim(context, setVolumePhase(context, volume, "Released"));
  } else {
    client.modify(persistentVolumes, undefined, name, (next) => {
      if (next.spec?.claimRef === undefined) return false;
      if (hasAnnotation(next, BOUND_BY_CONTROLLER)) {
        delete next.spec.claimRef;
        const { [BOUND_BY_CONTROLLER]: _mark, ...annotations } = next.metadata.annotations ?? {};
        next.metadata.annotations = annotations;
      } else delete next.spec.claimRef.uid;
      return undefined;
    });
  }
}

function setVolumePhase(
  { client }: ControllerContext,
  volume: PersistentVolume,
  phase: "Available" | "Bound" | "Released" | "Failed",
  message?: string,
): PersistentVolume {
  if (volume.status?.phase === phase) return volume;
  return client.modify(
    persistentVolumes,
    undefined,
    volume.metadata.name ?? "",
    (next) => {
      const { message: _message, ...rest } = next.status ?? {};
      next.status = { ...rest, phase, ...(message === undefined ? {} : { message }) };
    },
    "status",
  );
}

/** What becomes of a volume whose claim is gone (reclaimVolume). Volumes of external provisioners are theirs to delete. */
function reclaim(context: ControllerContext, volume: PersistentVolume): void {
  const policy = volume.spec?.persistentVolumeReclaimPolicy;
  if (policy === "Retain" || policy === undefined) return;
  const isLeaving = volume.metadata.deletionTimestamp !== undefined;
  if (isLeaving && volume.metadata.finalizers?.includes(IN_TREE_FINALIZER) !== true) return;
  const owner = volume.metadata.annotations?.[PROVISIONED_BY];
  if (policy === "Delete" && owner !== undefined && findProvisioner(owner)?.inTree !== true) return;
  const problem = policy === "Recycle" ? "No recycler plugin found for the volume!" : deleteInTree(volume);
  if (problem === undefined) {
    const name = volume.metadata.name ?? "";
    if (volume.metadata.deletionTimestamp === undefined) context.client.delete(persistentVolumes, undefined, name);
    if (context.lister.find(persistentVolumes, undefined, name)?.metadata.finalizers?.includes(IN_TREE_FINALIZER))
      context.client.modify(persistentVolumes, undefined, name, (next) => {
        next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((one) => one !== IN_TREE_FINALIZER);
      });
    return;
  }
  if (volume.status?.phase === "Failed") return;
  setVolumePhase(context, volume, "Failed", problem);
  context.recorder.event(
    volume,
    "Warning",
    policy === "Recycle" ? "VolumeFailedRecycle" : "VolumeFailedDelete",
    problem,
  );
}

// -------------------------------------------------------------------------------------------------------- provisioning

/** Asks the class's provisioner for a volume: its own are made at once, others read the claim's annotation. */
function provision(
  context: ControllerContext,
  claim: PersistentVolumeClaim,
  again: (ms: number, reason?: string) => void,
): void {
  const { client, lister, recorder, clock } = context;
  const className = classOfClaim(claim);
  const storageClass = lister.find(storageClasses, undefined, className);
  const fail = (message: string) => {
    recorder.event(claim, "Warning", "ProvisioningFailed", message);
    again(RESYNC_MS);
  };
  if (storageClass === undefined) {
    fail(`storageclass.storage.k8s.io "${className}" not found`);
    return;
  }
  const { provisioner } = storageClass;
  const known = findProvisioner(provisioner);
  if (known === undefined && provisioner.startsWith("kubernetes.io/")) {
    fail(`no volume plugin matched name: ${provisioner}`);
    return;
  }
  const name = known?.driver ?? provisioner;
  const annotated = client.modify(
    persistentVolumeClaims,
    claim.metadata.namespace,
    claim.metadata.name ?? "",
    (next) => {
      const annotations = next.metadata.annotations ?? {};
      if (annotations[CLAIM_PROVISIONER] === name && annotations[BETA_CLAIM_PROVISIONER] === name) return false;
      next.metadata.annotations = { ...annotations, [BETA_CLAIM_PROVISIONER]: name, [CLAIM_PROVISIONER]: name };
      return undefined;
    },
  );
  if (known?.inTree === true) {
    const delay = context.latencies.volumeProvision;
    const volume = provisionInTree(annotated, storageClass, lister);
    const make = () => {
      client.create(persistentVolumes, volume);
      recorder.event(
        claim,
        "Normal",
        "ProvisioningSucceeded",
        `Successfully provisioned volume ${volume.metadata.name} using ${provisioner}`,
      );
    };
    if (lister.find(persistentVolumes, undefined, volume.metadata.name) !== undefined) return;
    const due = Date.parse(annotated.metadata.creationTimestamp ?? "") + delay - clock.now();
    if (due > 0) again(due, `volume for claim ${claim.metadata.name} is provisioned`);
    else make();
    return;
  }
  recorder.event(
    annotated,
    "Normal",
    "ExternalProvisioning",
    `Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
  );
  if (known === undefined) again(RESYNC_MS);
}
