/**
 * Fields of the API server's internal types in their order (pkg/apis/core/types.go, v1.34): messages that show such a
 * value show all its fields, under these names. Only types that messages can show are here.
 *
 * "Name type": string, bool, int (numbers), map (strings or quantities by name), json (types that are serialised as on
 * the wire), another type of this table; "*" before it: absent is null; "[]": a list; "..." without a name: its fields
 * stand in its place.
 */
const VOLUME_SOURCE = [
  "HostPath",
  "EmptyDir",
  "GCEPersistentDisk",
  "AWSElasticBlockStore",
  "GitRepo",
  "Secret",
  "NFS",
  "ISCSI",
  "Glusterfs",
  "PersistentVolumeClaim",
  "RBD",
  "Quobyte",
  "FlexVolume",
  "Cinder",
  "CephFS",
  "Flocker",
  "DownwardAPI",
  "FC",
  "AzureFile",
  "ConfigMap",
  "VsphereVolume",
  "AzureDisk",
  "PhotonPersistentDisk",
  "Projected",
  "PortworxVolume",
  "ScaleIO",
  "StorageOS",
  "CSI",
  "Ephemeral",
  "Image",
];
const PERSISTENT_VOLUME_SOURCE = [
  "GCEPersistentDisk",
  "AWSElasticBlockStore",
  "HostPath",
  "Glusterfs",
  "NFS",
  "RBD",
  "Quobyte",
  "ISCSI",
  "FlexVolume",
  "Cinder",
  "CephFS",
  "FC",
  "Flocker",
  "AzureFile",
  "VsphereVolume",
  "AzureDisk",
  "PhotonPersistentDisk",
  "PortworxVolume",
  "ScaleIO",
  "Local",
  "StorageOS",
  "CSI",
];
const CONTAINER =
  "Name string, Image string, Command []string, Args []string, WorkingDir string, Ports []ContainerPort, EnvFrom []EnvFromSource, Env []EnvVar, Resources ResourceRequirements, ResizePolicy []ContainerResizePolicy, RestartPolicy *string, RestartPolicyRules []ContainerRestartRule, VolumeMounts []VolumeMount, VolumeDevices []VolumeDevice, LivenessProbe *Probe, ReadinessProbe *Probe, StartupProbe *Probe, Lifecycle *Lifecycle, TerminationMessagePath string, TerminationMessagePolicy string, ImagePullPolicy string, SecurityContext *SecurityContext, Stdin bool, StdinOnce bool, TTY bool";
const HANDLER = "Exec *ExecAction, HTTPGet *HTTPGetAction, TCPSocket *TCPSocketAction";

const TABLE: Readonly<Record<string, string>> = {
  PodSpec:
    "Volumes []Volume, InitContainers []Container, Containers []Container, EphemeralContainers []EphemeralContainer, RestartPolicy string, TerminationGracePeriodSeconds *int, ActiveDeadlineSeconds *int, DNSPolicy string, NodeSelector map, ServiceAccountName string, AutomountServiceAccountToken *bool, NodeName string, SecurityContext *PodSecurityContext, ImagePullSecrets []LocalObjectReference, Hostname string, Subdomain string, SetHostnameAsFQDN *bool, Affinity *Affinity, SchedulerName string, Tolerations []Toleration, HostAliases []HostAlias, PriorityClassName string, Priority *int, PreemptionPolicy *string, DNSConfig *PodDNSConfig, ReadinessGates []PodReadinessGate, RuntimeClassName *string, Overhead map, EnableServiceLinks *bool, TopologySpreadConstraints []TopologySpreadConstraint, OS *PodOS, SchedulingGates []PodSchedulingGate, ResourceClaims []PodResourceClaim, Resources *ResourceRequirements, HostnameOverride *string",
  PodTemplateSpec: "...ObjectMeta, Spec PodSpec",
  Volume: "Name string, ...VolumeSource",
  VolumeSource: VOLUME_SOURCE.map((name) => `${name} *${name}VolumeSource`).join(", "),
  HostPathVolumeSource: "Path string, Type *string",
  EmptyDirVolumeSource: "Medium string, SizeLimit *string",
  SecretVolumeSource: "SecretName string, Items []KeyToPath, DefaultMode *int, Optional *bool",
  ConfigMapVolumeSource: "...LocalObjectReference, Items []KeyToPath, DefaultMode *int, Optional *bool",
  NFSVolumeSource: "Server string, Path string, ReadOnly bool",
  PersistentVolumeClaimVolumeSource: "ClaimName string, ReadOnly bool",
  DownwardAPIVolumeSource: "Items []DownwardAPIVolumeFile, DefaultMode *int",
  ProjectedVolumeSource: "Sources []VolumeProjection, DefaultMode *int",
  CSIVolumeSource:
    "Driver string, ReadOnly *bool, FSType *string, VolumeAttributes map, NodePublishSecretRef *LocalObjectReference",
  EphemeralVolumeSource: "VolumeClaimTemplate *PersistentVolumeClaimTemplate",
  ImageVolumeSource: "Reference string, PullPolicy string",
  PersistentVolumeClaimTemplate: "...ObjectMeta, Spec PersistentVolumeClaimSpec",
  VolumeProjection:
    "Secret *SecretProjection, DownwardAPI *DownwardAPIProjection, ConfigMap *ConfigMapProjection, ServiceAccountToken *ServiceAccountTokenProjection, ClusterTrustBundle *json, PodCertificate *json",
  SecretProjection: "...LocalObjectReference, Items []KeyToPath, Optional *bool",
  ConfigMapProjection: "...LocalObjectReference, Items []KeyToPath, Optional *bool",
  DownwardAPIProjection: "Items []DownwardAPIVolumeFile",
  ServiceAccountTokenProjection: "Audience string, ExpirationSeconds int, Path string",
  KeyToPath: "Key string, Path string, Mode *int",
  DownwardAPIVolumeFile:
    "Path string, FieldRef *ObjectFieldSelector, ResourceFieldRef *ResourceFieldSelector, Mode *int",
  ObjectFieldSelector: "APIVersion string, FieldPath string",
  ResourceFieldSelector: "ContainerName string, Resource string, Divisor quantity",
  LocalObjectReference: "Name string",
  ObjectReference:
    "Kind string, Namespace string, Name string, UID string, APIVersion string, ResourceVersion string, FieldPath string",
  EventSource: "Component string, Host string",
  Container: CONTAINER,
  EphemeralContainer: `${CONTAINER}, TargetContainerName string`,
  ContainerPort: "Name string, HostPort int, ContainerPort int, Protocol string, HostIP string",
  EnvFromSource: "Prefix string, ConfigMapRef *EnvSource, SecretRef *EnvSource",
  EnvSource: "...LocalObjectReference, Optional *bool",
  EnvVar: "Name string, Value string, ValueFrom *EnvVarSource",
  EnvVarSource:
    "FieldRef *ObjectFieldSelector, ResourceFieldRef *ResourceFieldSelector, ConfigMapKeyRef *KeySelector, SecretKeyRef *KeySelector, FileKeyRef *FileKeySelector",
  KeySelector: "...LocalObjectReference, Key string, Optional *bool",
  FileKeySelector: "VolumeName string, Path string, Key string, Optional *bool",
  ResourceRequirements: "Limits map, Requests map, Claims []ResourceClaim",
  ResourceClaim: "Name string, Request string",
  ContainerResizePolicy: "ResourceName string, RestartPolicy string",
  ContainerRestartRule: "Action string, ExitCodes *ContainerRestartRuleOnExitCodes",
  ContainerRestartRuleOnExitCodes: "Operator string, Values []int",
  VolumeMount:
    "Name string, ReadOnly bool, RecursiveReadOnly *string, MountPath string, SubPath string, MountPropagation *string, SubPathExpr string",
  VolumeDevice: "Name string, DevicePath string",
  Probe: `${HANDLER}, GRPC *GRPCAction, InitialDelaySeconds int, TimeoutSeconds int, PeriodSeconds int, SuccessThreshold int, FailureThreshold int, TerminationGracePeriodSeconds *int`,
  Lifecycle: "PostStart *LifecycleHandler, PreStop *LifecycleHandler, StopSignal *string",
  LifecycleHandler: `${HANDLER}, Sleep *SleepAction`,
  ExecAction: "Command []string",
  HTTPGetAction: "Path string, Port json, Host string, Scheme string, HTTPHeaders []HTTPHeader",
  HTTPHeader: "Name string, Value string",
  TCPSocketAction: "Port json, Host string",
  GRPCAction: "Port int, Service *string",
  SleepAction: "Seconds int",
  SecurityContext:
    "Capabilities *Capabilities, Privileged *bool, SELinuxOptions *SELinuxOptions, WindowsOptions *WindowsOptions, RunAsUser *int, RunAsGroup *int, RunAsNonRoot *bool, ReadOnlyRootFilesystem *bool, AllowPrivilegeEscalation *bool, ProcMount *string, SeccompProfile *SeccompProfile, AppArmorProfile *SeccompProfile",
  Capabilities: "Add []string, Drop []string",
  SELinuxOptions: "User string, Role string, Type string, Level string",
  WindowsOptions:
    "GMSACredentialSpecName *string, GMSACredentialSpec *string, RunAsUserName *string, HostProcess *bool",
  SeccompProfile: "Type string, LocalhostProfile *string",
  PodSecurityContext:
    "HostNetwork bool, HostPID bool, HostIPC bool, ShareProcessNamespace *bool, HostUsers *bool, SELinuxOptions *SELinuxOptions, WindowsOptions *WindowsOptions, RunAsUser *int, RunAsGroup *int, RunAsNonRoot *bool, SupplementalGroups []int, SupplementalGroupsPolicy *string, FSGroup *int, FSGroupChangePolicy *string, Sysctls []Sysctl, SeccompProfile *SeccompProfile, AppArmorProfile *SeccompProfile, SELinuxChangePolicy *string",
  Sysctl: "Name string, Value string",
  Affinity: "NodeAffinity *NodeAffinity, PodAffinity *PodAffinity, PodAntiAffinity *PodAffinity",
  NodeAffinity:
    "RequiredDuringSchedulingIgnoredDuringExecution *NodeSelector, PreferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm",
  NodeSelector: "NodeSelectorTerms []NodeSelectorTerm",
  NodeSelectorTerm: "MatchExpressions []NodeSelectorRequirement, MatchFields []NodeSelectorRequirement",
  NodeSelectorRequirement: "Key string, Operator string, Values []string",
  PreferredSchedulingTerm: "Weight int, Preference NodeSelectorTerm",
  PodAffinity:
    "RequiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm, PreferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm",
  PodAffinityTerm:
    "LabelSelector *json, Namespaces []string, TopologyKey string, NamespaceSelector *json, MatchLabelKeys []string, MismatchLabelKeys []string",
  WeightedPodAffinityTerm: "Weight int, PodAffinityTerm PodAffinityTerm",
  Toleration: "Key string, Operator string, Value string, Effect string, TolerationSeconds *int",
  HostAlias: "IP string, Hostnames []string",
  PodDNSConfig: "Nameservers []string, Searches []string, Options []PodDNSConfigOption",
  PodDNSConfigOption: "Name string, Value *string",
  PodReadinessGate: "ConditionType string",
  TopologySpreadConstraint:
    "MaxSkew int, TopologyKey string, WhenUnsatisfiable string, LabelSelector *json, MinDomains *int, NodeAffinityPolicy *string, NodeTaintsPolicy *string, MatchLabelKeys []string",
  PodOS: "Name string",
  PodSchedulingGate: "Name string",
  PodResourceClaim: "Name string, ResourceClaimName *string, ResourceClaimTemplateName *string",
  PersistentVolumeClaimSpec:
    "AccessModes []string, Selector *json, Resources VolumeResourceRequirements, VolumeName string, StorageClassName *string, VolumeMode *string, DataSource *TypedLocalObjectReference, DataSourceRef *TypedObjectReference, VolumeAttributesClassName *string",
  VolumeResourceRequirements: "Limits map, Requests map",
  TypedLocalObjectReference: "APIGroup *string, Kind string, Name string",
  TypedObjectReference: "APIGroup *string, Kind string, Name string, Namespace *string",
  PersistentVolumeSource: PERSISTENT_VOLUME_SOURCE.map((name) =>
    name === "CSI" || name === "Local" ? `${name} *${name}PersistentVolumeSource` : `${name} *${name}VolumeSource`,
  ).join(", "),
  LocalPersistentVolumeSource: "Path string, FSType *string",
  CSIPersistentVolumeSource:
    "Driver string, VolumeHandle string, ReadOnly bool, FSType string, VolumeAttributes map, ControllerPublishSecretRef *SecretReference, NodeStageSecretRef *SecretReference, NodePublishSecretRef *SecretReference, ControllerExpandSecretRef *SecretReference, NodeExpandSecretRef *SecretReference",
  SecretReference: "Name string, Namespace string",
};

interface InternalField {
  readonly name: string;
  /** On the wire. */
  readonly wire: string;
  readonly type: string;
  readonly pointer: boolean;
  readonly list: boolean;
  readonly inline: boolean;
}

/** `DNSPolicy` to `dnsPolicy`, `TTY` to `tty`. */
function wireName(name: string): string {
  const capitals = /^[A-Z]+/.exec(name)?.[0].length ?? 0;
  const lower = capitals === name.length ? capitals : Math.max(1, capitals - 1);
  return name.slice(0, lower).toLowerCase() + name.slice(lower);
}

const WIRE: Readonly<Record<string, string>> = { CephFS: "cephfs", StorageOS: "storageos", ScaleIO: "scaleIO" };
const parsed = new Map<string, readonly InternalField[] | undefined>();

/** Fields of a type in order; undefined where this table does not know it. */
export function internalFields(type: string): readonly InternalField[] | undefined {
  if (parsed.has(type)) return parsed.get(type);
  const fields = TABLE[type]?.split(", ").map((text): InternalField => {
    const inline = text.startsWith("...");
    const [name = "", shape = ""] = inline ? ["", text.slice(3)] : text.split(" ");
    return {
      name,
      wire: WIRE[name] ?? wireName(name),
      type: shape.replace(/^(\*|\[\])/, ""),
      pointer: shape.startsWith("*"),
      list: shape.startsWith("[]"),
      inline,
    };
  });
  parsed.set(type, fields);
  return fields;
}
