/**
 * What is not real: fields and kinds that are kept and shown as upstream does but have no effect here, or that are
 * refused. Everything else in the schemas does what it says. docs/kubernetes-support.md is made from this and the
 * definitions (scripts/kubernetes-support.mjs).
 */

type SupportLevel = "carried" | "refused";

interface SupportNote {
  readonly level: SupportLevel;
  /** Why, or what happens instead. */
  readonly note: string;
}

const carried = (note: string): SupportNote => ({ level: "carried", note });
const refused = (note: string): SupportNote => ({ level: "refused", note });

const NO_KERNEL = carried("containers are programs, there is no kernel to set this in");
const REFUSED_BY_NODE = refused("taken by the API server; mounting fails with an event that names the volume's type");

/** By the path of a field in the schemas ("core.v1.PodSpec.hostPID"), or of a whole kind ("networking.k8s.io/Ingress"). */
export const FIELDS: Readonly<Record<string, SupportNote>> = {
  "core.v1.PodSpec.hostIPC": carried("programs share no memory and no message queues"),
  "core.v1.PodSpec.hostUsers": NO_KERNEL,
  "core.v1.PodSpec.os": carried("all nodes are Linux"),
  "core.v1.PodSpec.runtimeClassName": carried(
    "there is one runtime, whatever the handler; overhead, node selector and tolerations of the class are taken over",
  ),
  "core.v1.PodSpec.imagePullSecrets": carried("images need no credentials"),
  "core.v1.PodSpec.resourceClaims": carried("no devices are allocated dynamically"),
  "core.v1.SecurityContext.appArmorProfile": NO_KERNEL,
  "core.v1.SecurityContext.capabilities": carried(
    "seen by who is refused for the lack of them; there is no kernel to do more",
  ),
  "core.v1.SecurityContext.privileged": carried("as with every capability; there is no kernel to do more"),
  "core.v1.SecurityContext.procMount": NO_KERNEL,
  "core.v1.SecurityContext.seLinuxOptions": NO_KERNEL,
  "core.v1.SecurityContext.seccompProfile": NO_KERNEL,
  "core.v1.PodSecurityContext.appArmorProfile": NO_KERNEL,
  "core.v1.PodSecurityContext.seLinuxOptions": NO_KERNEL,
  "core.v1.PodSecurityContext.seccompProfile": NO_KERNEL,
  "core.v1.PodSecurityContext.sysctls": carried(
    "shown in /proc/sys, unsafe ones refused by the node; nothing behaves otherwise for it",
  ),
  "core.v1.Container.restartPolicyRules": carried("alpha upstream, off by default"),
  "core.v1.VolumeMount.mountPropagation": NO_KERNEL,
  "storage.k8s.io/VolumeAttributesClass": carried("volumes take it on as with a driver; no disk here is faster for it"),
  "core.v1.Volume.image": refused("dropped from every Pod, as upstream does while the gate ImageVolume is off"),
  "core.v1.Volume.csi": REFUSED_BY_NODE,
  "core.v1.Volume.iscsi": REFUSED_BY_NODE,
  "core.v1.Volume.fc": REFUSED_BY_NODE,
  "core.v1.Volume.rbd": REFUSED_BY_NODE,
  "core.v1.Volume.cephfs": REFUSED_BY_NODE,
  "core.v1.Volume.gitRepo": REFUSED_BY_NODE,
  "core.v1.Volume.glusterfs": REFUSED_BY_NODE,
  "core.v1.Volume.awsElasticBlockStore": REFUSED_BY_NODE,
  "core.v1.Volume.azureDisk": REFUSED_BY_NODE,
  "core.v1.Volume.azureFile": REFUSED_BY_NODE,
  "core.v1.Volume.gcePersistentDisk": REFUSED_BY_NODE,
  "core.v1.Volume.vsphereVolume": REFUSED_BY_NODE,
  "core.v1.ServiceSpec.loadBalancerClass": carried(
    "no controller serves a class: the Service stays pending, as upstream",
  ),
  "core.v1.ServiceSpec.trafficDistribution": carried("traffic is spread over all endpoints"),
  "networking.k8s.io/Ingress": carried("no ingress controller runs"),
  "networking.k8s.io/IngressClass": carried("no ingress controller runs"),
  "networking.k8s.io/IPAddress": carried(
    "Services keep their own addresses: no objects are made for them, and none is reserved by one",
  ),
  "networking.k8s.io/ServiceCIDR": carried(
    "addresses are given out of the cluster's own range; one of another range can be asked for by spec.clusterIP",
  ),
  "node.k8s.io/RuntimeClass": carried(
    "there is one runtime, whatever the handler; overhead, node selector and tolerations of the class are taken over",
  ),
  "storage.k8s.io/CSIDriver": carried("drivers are not programs here"),
  "storage.k8s.io/CSINode": carried("drivers are not programs here; the scheduler keeps to what it allows"),
  "storage.k8s.io/CSIStorageCapacity": carried("provisioners have room"),
  "apiextensions.v1.CustomResourceConversion.webhook": refused("conversion webhooks are not supported"),
};
