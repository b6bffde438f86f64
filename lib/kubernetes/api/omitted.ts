/**
 * Fields that Go leaves out when they are "", 0 or false: plain values tagged omitempty in k8s.io/api's types.go. Pointers
 * (replicas, partition, immutable, ...) are not among them: what was said of them stays, be it zero. Types of Pod
 * templates are as kubectl 1.33 writes them back (`kubectl set env --local -o json` on objects full of zeros).
 */
const OMITTED: Readonly<Record<string, string>> = {
  "apps.v1.DaemonSetSpec": "minReadySeconds",
  "apps.v1.DaemonSetUpdateStrategy": "type",
  "apps.v1.DeploymentSpec": "minReadySeconds paused",
  "apps.v1.DeploymentStrategy": "type",
  "apps.v1.ReplicaSetSpec": "minReadySeconds",
  "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": "whenDeleted whenScaled",
  "apps.v1.StatefulSetSpec": "minReadySeconds podManagementPolicy",
  "apps.v1.StatefulSetUpdateStrategy": "type",
  "autoscaling.v1.CrossVersionObjectReference": "apiVersion",
  "autoscaling.v2.CrossVersionObjectReference": "apiVersion",
  "batch.v1.CronJobSpec": "concurrencyPolicy",
  "core.v1.AWSElasticBlockStoreVolumeSource": "fsType partition readOnly",
  "core.v1.AzureFileVolumeSource": "readOnly",
  "core.v1.CSIPersistentVolumeSource": "fsType readOnly",
  "core.v1.CephFSVolumeSource": "path readOnly secretFile user",
  "core.v1.CinderVolumeSource": "fsType readOnly",
  "core.v1.Container":
    "image imagePullPolicy stdin stdinOnce terminationMessagePath terminationMessagePolicy tty workingDir",
  "core.v1.ContainerPort": "hostIP hostPort name protocol",
  "core.v1.EmptyDirVolumeSource": "medium",
  "core.v1.EndpointAddress": "hostname",
  "core.v1.EndpointPort": "name protocol",
  "core.v1.EnvFromSource": "prefix",
  "core.v1.EnvVar": "value",
  "core.v1.EphemeralContainer":
    "image imagePullPolicy stdin stdinOnce targetContainerName terminationMessagePath terminationMessagePolicy tty workingDir",
  "core.v1.FCVolumeSource": "fsType readOnly",
  "core.v1.FlexVolumeSource": "fsType readOnly",
  "core.v1.FlockerVolumeSource": "datasetName datasetUUID",
  "core.v1.GCEPersistentDiskVolumeSource": "fsType partition readOnly",
  "core.v1.GitRepoVolumeSource": "directory revision",
  "core.v1.GlusterfsVolumeSource": "readOnly",
  "core.v1.HTTPGetAction": "host path scheme",
  "core.v1.ISCSIVolumeSource": "chapAuthDiscovery chapAuthSession fsType iscsiInterface readOnly",
  "core.v1.ImageVolumeSource": "pullPolicy reference",
  "core.v1.NFSVolumeSource": "readOnly",
  "core.v1.NodeSpec": "podCIDR providerID unschedulable",
  "core.v1.ObjectFieldSelector": "apiVersion",
  "core.v1.ObjectReference": "apiVersion fieldPath kind name namespace resourceVersion uid",
  "core.v1.PersistentVolumeClaimSpec": "volumeName",
  "core.v1.PersistentVolumeClaimVolumeSource": "readOnly",
  "core.v1.PersistentVolumeSpec": "persistentVolumeReclaimPolicy storageClassName",
  "core.v1.PhotonPersistentDiskVolumeSource": "fsType",
  "core.v1.PodDNSConfigOption": "name",
  "core.v1.PodSpec":
    "dnsPolicy hostIPC hostNetwork hostPID hostname nodeName priorityClassName restartPolicy schedulerName serviceAccount serviceAccountName subdomain",
  "core.v1.PortworxVolumeSource": "fsType readOnly",
  "core.v1.Probe": "failureThreshold initialDelaySeconds periodSeconds successThreshold timeoutSeconds",
  "core.v1.QuobyteVolumeSource": "group readOnly tenant user",
  "core.v1.RBDVolumeSource": "fsType keyring pool readOnly user",
  "core.v1.ReplicationControllerSpec": "minReadySeconds",
  "core.v1.ResourceClaim": "request",
  "core.v1.ResourceFieldSelector": "containerName",
  "core.v1.SELinuxOptions": "level role type user",
  "core.v1.ScaleIOVolumeSource": "fsType protectionDomain readOnly sslEnabled storageMode storagePool volumeName",
  "core.v1.Secret": "type",
  "core.v1.SecretVolumeSource": "secretName",
  "core.v1.ServiceAccountTokenProjection": "audience",
  "core.v1.ServicePort": "name nodePort protocol",
  "core.v1.ServiceSpec":
    "clusterIP externalName externalTrafficPolicy healthCheckNodePort loadBalancerIP publishNotReadyAddresses sessionAffinity type",
  "core.v1.StorageOSVolumeSource": "fsType readOnly volumeName volumeNamespace",
  "core.v1.TCPSocketAction": "host",
  "core.v1.Taint": "value",
  "core.v1.Toleration": "effect key operator value",
  "core.v1.VolumeMount": "readOnly subPath subPathExpr",
  "core.v1.VsphereVirtualDiskVolumeSource": "fsType storagePolicyID storagePolicyName",
  "meta.v1.ObjectMeta": "generateName generation namespace resourceVersion selfLink",
  "networking.v1.HTTPIngressPath": "path",
  "networking.v1.IngressClassSpec": "controller",
  "networking.v1.IngressRule": "host",
  "networking.v1.IngressTLS": "secretName",
  "networking.v1.ServiceBackendPort": "name number",
  "rbac.v1.Subject": "apiGroup namespace",
  "scheduling.v1.PriorityClass": "description globalDefault",
};

const sets = new Map<string, ReadonlySet<string>>(
  Object.entries(OMITTED).map(([name, fields]) => [name, new Set(fields.split(" "))]),
);
const none: ReadonlySet<string> = new Set();

/** By a schema's name, e.g. "io.k8s.api.core.v1.PodSpec". */
export function omittedWhenZero(schema: string): ReadonlySet<string> {
  return sets.get(schema.replace(/^io\.k8s\.(?:api|apimachinery\.pkg\.apis)\./, "")) ?? none;
}
