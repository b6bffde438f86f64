/**
 * Fields of upstream's API structs in their order, as Kubernetes 1.33 has them: what JSON of a typed object looks like.
 * A line is a struct: its name, then its fields, each
 *
 *   name               a plain value that is left out where it is empty ("", 0, false)
 *   name:*             a pointer to a plain value: written where it is there
 *   name:Struct        another struct; `[Struct]` a list, `{Struct}` a map of them; `[]` and `{}` of plain values
 *   name:#             a quantity; `{#}` a map of them
 *   ...!zero           written in any case, with this value where nothing is there; `!` alone: the empty struct
 */

/** The struct of an object by "apiVersion/kind": kinds that commands print as structs. */
export const ROOTS: Readonly<Record<string, string>> = {
  "v1/Pod": "Pod",
  "v1/Service": "Service",
  "v1/ConfigMap": "ConfigMap",
  "v1/Secret": "Secret",
  "v1/ServiceAccount": "ServiceAccount",
  "v1/Namespace": "Namespace",
  "v1/Node": "Node",
  "v1/ResourceQuota": "ResourceQuota",
  "v1/ReplicationController": "ReplicationController",
  "v1/Event": "Event",
  "apps/v1/Deployment": "Deployment",
  "apps/v1/ReplicaSet": "ReplicaSet",
  "apps/v1/DaemonSet": "DaemonSet",
  "apps/v1/StatefulSet": "StatefulSet",
  "apps/v1/ControllerRevision": "ControllerRevision",
  "batch/v1/Job": "Job",
  "batch/v1/CronJob": "CronJob",
  "rbac.authorization.k8s.io/v1/Role": "Role",
  "rbac.authorization.k8s.io/v1/RoleBinding": "RoleBinding",
  "rbac.authorization.k8s.io/v1/ClusterRole": "ClusterRole",
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": "ClusterRoleBinding",
  "policy/v1/PodDisruptionBudget": "PodDisruptionBudget",
  "networking.k8s.io/v1/Ingress": "Ingress",
  "scheduling.k8s.io/v1/PriorityClass": "PriorityClass",
  "autoscaling/v1/HorizontalPodAutoscaler": "HorizontalPodAutoscaler",
  "autoscaling/v2/HorizontalPodAutoscaler": "HorizontalPodAutoscalerV2",
  "authentication.k8s.io/v1/TokenRequest": "TokenRequest",
  "authentication.k8s.io/v1/SelfSubjectReview": "SelfSubjectReview",
  "certificates.k8s.io/v1/CertificateSigningRequest": "CertificateSigningRequest",
};

export const STRUCTS = `
AWSElasticBlockStoreVolumeSource volumeID!"" fsType partition readOnly
Affinity nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
AggregationRule clusterRoleSelectors:[LabelSelector]
AppArmorProfile type!"" localhostProfile:*
AttachedVolume name!"" devicePath!""
AzureDiskVolumeSource diskName!"" diskURI!"" cachingMode:* fsType:* readOnly:* kind:*
AzureFileVolumeSource secretName!"" shareName!"" readOnly
BoundObjectReference kind apiVersion name uid
CSIVolumeSource driver!"" readOnly:* fsType:* volumeAttributes:{} nodePublishSecretRef:LocalObjectReference
Capabilities add:[] drop:[]
CephFSVolumeSource monitors:[]!null path user secretFile secretRef:LocalObjectReference readOnly
CertificateSigningRequest kind apiVersion metadata:ObjectMeta! spec:CertificateSigningRequestSpec! status:CertificateSigningRequestStatus!
CertificateSigningRequestCondition type!"" status!"" reason message lastUpdateTime!null lastTransitionTime!null
CertificateSigningRequestSpec request:[]!null signerName!"" expirationSeconds:* usages:[] username uid groups:[] extra:{}
CertificateSigningRequestStatus conditions:[CertificateSigningRequestCondition] certificate:[]
CinderVolumeSource volumeID!"" fsType readOnly secretRef:LocalObjectReference
ClientIPConfig timeoutSeconds:*
ClusterRole kind apiVersion metadata:ObjectMeta! rules:[PolicyRule]!null aggregationRule:AggregationRule
ClusterRoleBinding kind apiVersion metadata:ObjectMeta! subjects:[Subject] roleRef:RoleRef!
ClusterTrustBundleProjection name:* signerName:* labelSelector:LabelSelector optional:* path!""
Condition type!"" status!"" observedGeneration lastTransitionTime!null reason!"" message!""
ConfigMap kind apiVersion metadata:ObjectMeta! immutable:* data:{} binaryData:{}
ConfigMapEnvSource name optional:*
ConfigMapKeySelector name key!"" optional:*
ConfigMapNodeConfigSource namespace!"" name!"" uid resourceVersion kubeletConfigKey!""
ConfigMapProjection name items:[KeyToPath] optional:*
ConfigMapVolumeSource name items:[KeyToPath] defaultMode:* optional:*
Container name!"" image command:[] args:[] workingDir ports:[ContainerPort] envFrom:[EnvFromSource] env:[EnvVar] resources:ResourceRequirements! resizePolicy:[ContainerResizePolicy] restartPolicy:* volumeMounts:[VolumeMount] volumeDevices:[VolumeDevice] livenessProbe:Probe readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext:SecurityContext stdin stdinOnce tty
ContainerImage names:[]!null sizeBytes
ContainerPort name hostPort containerPort!0 protocol hostIP
ContainerResizePolicy resourceName!"" restartPolicy!""
ContainerResourceMetricSource name!"" target:MetricTarget! container!""
ContainerResourceMetricStatus name!"" current:MetricValueStatus! container!""
ContainerState waiting:ContainerStateWaiting running:ContainerStateRunning terminated:ContainerStateTerminated
ContainerStateRunning startedAt!null
ContainerStateTerminated exitCode!0 signal reason message startedAt!null finishedAt!null containerID
ContainerStateWaiting reason message
ContainerStatus name!"" state:ContainerState! lastState:ContainerState! ready!false restartCount!0 image!"" imageID!"" containerID started:* allocatedResources:{#} resources:ResourceRequirements volumeMounts:[VolumeMountStatus] user:ContainerUser allocatedResourcesStatus:[ResourceStatus] stopSignal:*
ContainerUser linux:LinuxContainerUser
ControllerRevision kind apiVersion metadata:ObjectMeta! data:*!null revision!0
CronJob kind apiVersion metadata:ObjectMeta! spec:CronJobSpec! status:CronJobStatus!
CronJobSpec schedule!"" timeZone:* startingDeadlineSeconds:* concurrencyPolicy suspend:* jobTemplate:JobTemplateSpec! successfulJobsHistoryLimit:* failedJobsHistoryLimit:*
CronJobStatus active:[ObjectReference] lastScheduleTime:* lastSuccessfulTime:*
CrossVersionObjectReference kind!"" name!"" apiVersion
CrossVersionObjectReferenceV2 kind!"" name!"" apiVersion
DaemonEndpoint Port!0
DaemonSet kind apiVersion metadata:ObjectMeta! spec:DaemonSetSpec! status:DaemonSetStatus!
DaemonSetCondition type!"" status!"" lastTransitionTime!null reason message
DaemonSetSpec selector:LabelSelector!null template:PodTemplateSpec! updateStrategy:DaemonSetUpdateStrategy! minReadySeconds revisionHistoryLimit:*
DaemonSetStatus currentNumberScheduled!0 numberMisscheduled!0 desiredNumberScheduled!0 numberReady!0 observedGeneration updatedNumberScheduled numberAvailable numberUnavailable collisionCount:* conditions:[DaemonSetCondition]
DaemonSetUpdateStrategy type rollingUpdate:RollingUpdateDaemonSet
Deployment kind apiVersion metadata:ObjectMeta! spec:DeploymentSpec! status:DeploymentStatus!
DeploymentCondition type!"" status!"" lastUpdateTime!null lastTransitionTime!null reason message
DeploymentSpec replicas:* selector:LabelSelector!null template:PodTemplateSpec! strategy:DeploymentStrategy! minReadySeconds revisionHistoryLimit:* paused progressDeadlineSeconds:*
DeploymentStatus observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas terminatingReplicas:* conditions:[DeploymentCondition] collisionCount:*
DeploymentStrategy type rollingUpdate:RollingUpdateDeployment
DownwardAPIProjection items:[DownwardAPIVolumeFile]
DownwardAPIVolumeFile path!"" fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector mode:*
DownwardAPIVolumeSource items:[DownwardAPIVolumeFile] defaultMode:*
EmptyDirVolumeSource medium sizeLimit:#
EnvFromSource prefix configMapRef:ConfigMapEnvSource secretRef:SecretEnvSource
EnvVar name!"" value valueFrom:EnvVarSource
EnvVarSource fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector configMapKeyRef:ConfigMapKeySelector secretKeyRef:SecretKeySelector
EphemeralContainer name!"" image command:[] args:[] workingDir ports:[ContainerPort] envFrom:[EnvFromSource] env:[EnvVar] resources:ResourceRequirements! resizePolicy:[ContainerResizePolicy] restartPolicy:* volumeMounts:[VolumeMount] volumeDevices:[VolumeDevice] livenessProbe:Probe readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext:SecurityContext stdin stdinOnce tty targetContainerName
EphemeralVolumeSource volumeClaimTemplate:PersistentVolumeClaimTemplate
Event kind apiVersion metadata:ObjectMeta! involvedObject:ObjectReference! reason message source:EventSource! firstTimestamp!null lastTimestamp!null count type eventTime!null series:EventSeries action related:ObjectReference reportingComponent!"" reportingInstance!""
EventSeries count lastObservedTime!null
EventSource component host
ExecAction command:[]
ExternalMetricSource metric:MetricIdentifier! target:MetricTarget!
ExternalMetricStatus metric:MetricIdentifier! current:MetricValueStatus!
FCVolumeSource targetWWNs:[] lun:* fsType readOnly wwids:[]
FlexVolumeSource driver!"" fsType secretRef:LocalObjectReference readOnly options:{}
FlockerVolumeSource datasetName datasetUUID
GCEPersistentDiskVolumeSource pdName!"" fsType partition readOnly
GRPCAction port!0 service:*!null
GitRepoVolumeSource repository!"" revision directory
GlusterfsVolumeSource endpoints!"" path!"" readOnly
HPAScalingPolicy type!"" value!0 periodSeconds!0
HPAScalingRules stabilizationWindowSeconds:* selectPolicy:* policies:[HPAScalingPolicy] tolerance:#
HTTPGetAction path port!0 host scheme httpHeaders:[HTTPHeader]
HTTPHeader name!"" value!""
HTTPIngressPath path pathType:*!null backend:IngressBackend!
HTTPIngressRuleValue paths:[HTTPIngressPath]!null
HorizontalPodAutoscaler kind apiVersion metadata:ObjectMeta! spec:HorizontalPodAutoscalerSpec! status:HorizontalPodAutoscalerStatus!
HorizontalPodAutoscalerBehavior scaleUp:HPAScalingRules scaleDown:HPAScalingRules
HorizontalPodAutoscalerCondition type!"" status!"" lastTransitionTime!null reason message
HorizontalPodAutoscalerSpec scaleTargetRef:CrossVersionObjectReference! minReplicas:* maxReplicas!0 targetCPUUtilizationPercentage:*
HorizontalPodAutoscalerSpecV2 scaleTargetRef:CrossVersionObjectReferenceV2! minReplicas:* maxReplicas!0 metrics:[MetricSpec] behavior:HorizontalPodAutoscalerBehavior
HorizontalPodAutoscalerStatus observedGeneration:* lastScaleTime:* currentReplicas!0 desiredReplicas!0 currentCPUUtilizationPercentage:*
HorizontalPodAutoscalerStatusV2 observedGeneration:* lastScaleTime:* currentReplicas desiredReplicas!0 currentMetrics:[MetricStatus]!null conditions:[HorizontalPodAutoscalerCondition]
HorizontalPodAutoscalerV2 kind apiVersion metadata:ObjectMeta! spec:HorizontalPodAutoscalerSpecV2! status:HorizontalPodAutoscalerStatusV2!
HostAlias ip!"" hostnames:[]
HostIP ip!""
HostPathVolumeSource path!"" type:*
ISCSIVolumeSource targetPortal!"" iqn!"" lun!0 iscsiInterface fsType readOnly portals:[] chapAuthDiscovery chapAuthSession secretRef:LocalObjectReference initiatorName:*
ImageVolumeSource reference pullPolicy
Ingress kind apiVersion metadata:ObjectMeta! spec:IngressSpec! status:IngressStatus!
IngressBackend service:IngressServiceBackend resource:TypedLocalObjectReference
IngressLoadBalancerIngress ip hostname ports:[IngressPortStatus]
IngressLoadBalancerStatus ingress:[IngressLoadBalancerIngress]
IngressPortStatus port!0 protocol!"" error:*
IngressRule host http:HTTPIngressRuleValue
IngressServiceBackend name!"" port:ServiceBackendPort!
IngressSpec ingressClassName:* defaultBackend:IngressBackend tls:[IngressTLS] rules:[IngressRule]
IngressStatus loadBalancer:IngressLoadBalancerStatus!
IngressTLS hosts:[] secretName
Job kind apiVersion metadata:ObjectMeta! spec:JobSpec! status:JobStatus!
JobCondition type!"" status!"" lastProbeTime!null lastTransitionTime!null reason message
JobSpec parallelism:* completions:* activeDeadlineSeconds:* podFailurePolicy:PodFailurePolicy successPolicy:SuccessPolicy backoffLimit:* backoffLimitPerIndex:* maxFailedIndexes:* selector:LabelSelector manualSelector:* template:PodTemplateSpec! ttlSecondsAfterFinished:* completionMode:* suspend:* podReplacementPolicy:* managedBy:*
JobStatus conditions:[JobCondition] startTime:* completionTime:* active succeeded failed terminating:* completedIndexes failedIndexes:* uncountedTerminatedPods:UncountedTerminatedPods ready:*
JobTemplateSpec metadata:ObjectMeta! spec:JobSpec!
KeyToPath key!"" path!"" mode:*
LabelSelector matchLabels:{} matchExpressions:[LabelSelectorRequirement]
LabelSelectorRequirement key!"" operator!"" values:[]
Lifecycle postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:*
LifecycleHandler exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction sleep:SleepAction
LinuxContainerUser uid!0 gid!0 supplementalGroups:[]
LoadBalancerIngress ip hostname ipMode:* ports:[PortStatus]
LoadBalancerStatus ingress:[LoadBalancerIngress]
LocalObjectReference name
ManagedFieldsEntry manager operation apiVersion time:* fieldsType fieldsV1:* subresource
MetricIdentifier name!"" selector:LabelSelector
MetricSpec type!"" object:ObjectMetricSource pods:PodsMetricSource resource:ResourceMetricSource containerResource:ContainerResourceMetricSource external:ExternalMetricSource
MetricStatus type!"" object:ObjectMetricStatus pods:PodsMetricStatus resource:ResourceMetricStatus containerResource:ContainerResourceMetricStatus external:ExternalMetricStatus
MetricTarget type!"" value:# averageValue:# averageUtilization:*
MetricValueStatus value:# averageValue:# averageUtilization:*
ModifyVolumeStatus targetVolumeAttributesClassName status!""
NFSVolumeSource server!"" path!"" readOnly
Namespace kind apiVersion metadata:ObjectMeta! spec:NamespaceSpec! status:NamespaceStatus!
NamespaceCondition type!"" status!"" lastTransitionTime!null reason message
NamespaceSpec finalizers:[]
NamespaceStatus phase conditions:[NamespaceCondition]
Node kind apiVersion metadata:ObjectMeta! spec:NodeSpec! status:NodeStatus!
NodeAddress type!"" address!""
NodeAffinity requiredDuringSchedulingIgnoredDuringExecution:NodeSelector preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
NodeCondition type!"" status!"" lastHeartbeatTime!null lastTransitionTime!null reason message
NodeConfigSource configMap:ConfigMapNodeConfigSource
NodeConfigStatus assigned:NodeConfigSource active:NodeConfigSource lastKnownGood:NodeConfigSource error
NodeDaemonEndpoints kubeletEndpoint:DaemonEndpoint!
NodeFeatures supplementalGroupsPolicy:*
NodeRuntimeHandler name!"" features:NodeRuntimeHandlerFeatures
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:* userNamespaces:*
NodeSelector nodeSelectorTerms:[NodeSelectorTerm]!null
NodeSelectorRequirement key!"" operator!"" values:[]
NodeSelectorTerm matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
NodeSpec podCIDR podCIDRs:[] providerID unschedulable taints:[Taint] configSource:NodeConfigSource externalID
NodeStatus capacity:{#} allocatable:{#} phase conditions:[NodeCondition] addresses:[NodeAddress] daemonEndpoints:NodeDaemonEndpoints! nodeInfo:NodeSystemInfo! images:[ContainerImage] volumesInUse:[] volumesAttached:[AttachedVolume] config:NodeConfigStatus runtimeHandlers:[NodeRuntimeHandler] features:NodeFeatures
NodeSwapStatus capacity:*
NodeSystemInfo machineID!"" systemUUID!"" bootID!"" kernelVersion!"" osImage!"" containerRuntimeVersion!"" kubeletVersion!"" kubeProxyVersion!"" operatingSystem!"" architecture!"" swap:NodeSwapStatus
ObjectFieldSelector apiVersion fieldPath!""
ObjectMeta name generateName namespace selfLink uid resourceVersion generation creationTimestamp!null deletionTimestamp:* deletionGracePeriodSeconds:* labels:{} annotations:{} ownerReferences:[OwnerReference] finalizers:[] managedFields:[ManagedFieldsEntry]
ObjectMetricSource describedObject:CrossVersionObjectReferenceV2! target:MetricTarget! metric:MetricIdentifier!
ObjectMetricStatus metric:MetricIdentifier! current:MetricValueStatus! describedObject:CrossVersionObjectReferenceV2!
ObjectReference kind namespace name uid apiVersion resourceVersion fieldPath
OwnerReference apiVersion!"" kind!"" name!"" uid!"" controller:* blockOwnerDeletion:*
PersistentVolumeClaim kind apiVersion metadata:ObjectMeta! spec:PersistentVolumeClaimSpec! status:PersistentVolumeClaimStatus!
PersistentVolumeClaimCondition type!"" status!"" lastProbeTime!null lastTransitionTime!null reason message
PersistentVolumeClaimSpec accessModes:[] selector:LabelSelector resources:VolumeResourceRequirements! volumeName storageClassName:* volumeMode:* dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference volumeAttributesClassName:*
PersistentVolumeClaimStatus phase accessModes:[] capacity:{#} conditions:[PersistentVolumeClaimCondition] allocatedResources:{#} allocatedResourceStatuses:{} currentVolumeAttributesClassName:* modifyVolumeStatus:ModifyVolumeStatus
PersistentVolumeClaimTemplate metadata:ObjectMeta! spec:PersistentVolumeClaimSpec!
PersistentVolumeClaimVolumeSource claimName!"" readOnly
PhotonPersistentDiskVolumeSource pdID!"" fsType
Pod kind apiVersion metadata:ObjectMeta! spec:PodSpec! status:PodStatus!
PodAffinity requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm] preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
PodAffinityTerm labelSelector:LabelSelector namespaces:[] topologyKey!"" namespaceSelector:LabelSelector matchLabelKeys:[] mismatchLabelKeys:[]
PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm] preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
PodCondition type!"" observedGeneration status!"" lastProbeTime!null lastTransitionTime!null reason message
PodDNSConfig nameservers:[] searches:[] options:[PodDNSConfigOption]
PodDNSConfigOption name value:*
PodDisruptionBudget kind apiVersion metadata:ObjectMeta! spec:PodDisruptionBudgetSpec! status:PodDisruptionBudgetStatus!
PodDisruptionBudgetSpec minAvailable:* selector:LabelSelector maxUnavailable:* unhealthyPodEvictionPolicy:*
PodDisruptionBudgetStatus observedGeneration disruptedPods:{} disruptionsAllowed!0 currentHealthy!0 desiredHealthy!0 expectedPods!0 conditions:[Condition]
PodFailurePolicy rules:[PodFailurePolicyRule]!null
PodFailurePolicyOnExitCodesRequirement containerName:* operator!"" values:[]!null
PodFailurePolicyOnPodConditionsPattern type!"" status!""
PodFailurePolicyRule action!"" onExitCodes:PodFailurePolicyOnExitCodesRequirement onPodConditions:[PodFailurePolicyOnPodConditionsPattern]
PodIP ip!""
PodOS name!""
PodReadinessGate conditionType!""
PodResourceClaim name!"" resourceClaimName:* resourceClaimTemplateName:*
PodResourceClaimStatus name!"" resourceClaimName:*
PodSchedulingGate name!""
PodSecurityContext seLinuxOptions:SELinuxOptions windowsOptions:WindowsSecurityContextOptions runAsUser:* runAsGroup:* runAsNonRoot:* supplementalGroups:[] supplementalGroupsPolicy:* fsGroup:* sysctls:[Sysctl] fsGroupChangePolicy:* seccompProfile:SeccompProfile appArmorProfile:AppArmorProfile seLinuxChangePolicy:*
PodSpec volumes:[Volume] initContainers:[Container] containers:[Container]!null ephemeralContainers:[EphemeralContainer] restartPolicy terminationGracePeriodSeconds:* activeDeadlineSeconds:* dnsPolicy nodeSelector:{} serviceAccountName serviceAccount automountServiceAccountToken:* nodeName hostNetwork hostPID hostIPC shareProcessNamespace:* securityContext:PodSecurityContext imagePullSecrets:[LocalObjectReference] hostname subdomain affinity:Affinity schedulerName tolerations:[Toleration] hostAliases:[HostAlias] priorityClassName priority:* dnsConfig:PodDNSConfig readinessGates:[PodReadinessGate] runtimeClassName:* enableServiceLinks:* preemptionPolicy:* overhead:{#} topologySpreadConstraints:[TopologySpreadConstraint] setHostnameAsFQDN:* os:PodOS hostUsers:* schedulingGates:[PodSchedulingGate] resourceClaims:[PodResourceClaim] resources:ResourceRequirements
PodStatus observedGeneration phase conditions:[PodCondition] message reason nominatedNodeName hostIP hostIPs:[HostIP] podIP podIPs:[PodIP] startTime:* initContainerStatuses:[ContainerStatus] containerStatuses:[ContainerStatus] qosClass ephemeralContainerStatuses:[ContainerStatus] resize resourceClaimStatuses:[PodResourceClaimStatus]
PodTemplateSpec metadata:ObjectMeta! spec:PodSpec!
PodsMetricSource metric:MetricIdentifier! target:MetricTarget!
PodsMetricStatus metric:MetricIdentifier! current:MetricValueStatus!
PolicyRule verbs:[]!null apiGroups:[] resources:[] resourceNames:[] nonResourceURLs:[]
PortStatus port!0 protocol!"" error:*
PortworxVolumeSource volumeID!"" fsType readOnly
PreferredSchedulingTerm weight!0 preference:NodeSelectorTerm!
PriorityClass kind apiVersion metadata:ObjectMeta! value!0 globalDefault description preemptionPolicy:*
Probe exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction grpc:GRPCAction initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds:*
ProjectedVolumeSource sources:[VolumeProjection]!null defaultMode:*
QuobyteVolumeSource registry!"" volume!"" readOnly user group tenant
RBDVolumeSource monitors:[]!null image!"" fsType pool user keyring secretRef:LocalObjectReference readOnly
ReplicaSet kind apiVersion metadata:ObjectMeta! spec:ReplicaSetSpec! status:ReplicaSetStatus!
ReplicaSetCondition type!"" status!"" lastTransitionTime!null reason message
ReplicaSetSpec replicas:* minReadySeconds selector:LabelSelector!null template:PodTemplateSpec!
ReplicaSetStatus replicas!0 fullyLabeledReplicas readyReplicas availableReplicas terminatingReplicas:* observedGeneration conditions:[ReplicaSetCondition]
ReplicationController kind apiVersion metadata:ObjectMeta! spec:ReplicationControllerSpec! status:ReplicationControllerStatus!
ReplicationControllerCondition type!"" status!"" lastTransitionTime!null reason message
ReplicationControllerSpec replicas:* minReadySeconds selector:{} template:PodTemplateSpec
ReplicationControllerStatus replicas!0 fullyLabeledReplicas readyReplicas availableReplicas observedGeneration conditions:[ReplicationControllerCondition]
ResourceClaim name!"" request
ResourceFieldSelector containerName resource!"" divisor:#!"0"
ResourceHealth resourceID!"" health
ResourceMetricSource name!"" target:MetricTarget!
ResourceMetricStatus name!"" current:MetricValueStatus!
ResourceQuota kind apiVersion metadata:ObjectMeta! spec:ResourceQuotaSpec! status:ResourceQuotaStatus!
ResourceQuotaSpec hard:{#} scopes:[] scopeSelector:ScopeSelector
ResourceQuotaStatus hard:{#} used:{#}
ResourceRequirements limits:{#} requests:{#} claims:[ResourceClaim]
ResourceStatus name!"" resources:[ResourceHealth]
Role kind apiVersion metadata:ObjectMeta! rules:[PolicyRule]!null
RoleBinding kind apiVersion metadata:ObjectMeta! subjects:[Subject] roleRef:RoleRef!
RoleRef apiGroup!"" kind!"" name!""
RollingUpdateDaemonSet maxUnavailable:* maxSurge:*
RollingUpdateDeployment maxUnavailable:* maxSurge:*
RollingUpdateStatefulSetStrategy partition:* maxUnavailable:*
SELinuxOptions user role type level
ScaleIOVolumeSource gateway!"" system!"" secretRef:LocalObjectReference!null sslEnabled protectionDomain storagePool storageMode volumeName fsType readOnly
ScopeSelector matchExpressions:[ScopedResourceSelectorRequirement]
ScopedResourceSelectorRequirement scopeName!"" operator!"" values:[]
SeccompProfile type!"" localhostProfile:*
Secret kind apiVersion metadata:ObjectMeta! immutable:* data:{} stringData:{} type
SecretEnvSource name optional:*
SecretKeySelector name key!"" optional:*
SecretProjection name items:[KeyToPath] optional:*
SecretVolumeSource secretName items:[KeyToPath] defaultMode:* optional:*
SecurityContext capabilities:Capabilities privileged:* seLinuxOptions:SELinuxOptions windowsOptions:WindowsSecurityContextOptions runAsUser:* runAsGroup:* runAsNonRoot:* readOnlyRootFilesystem:* allowPrivilegeEscalation:* procMount:* seccompProfile:SeccompProfile appArmorProfile:AppArmorProfile
SelfSubjectReview kind apiVersion metadata:ObjectMeta! status:SelfSubjectReviewStatus!
SelfSubjectReviewStatus userInfo:UserInfo!
Service kind apiVersion metadata:ObjectMeta! spec:ServiceSpec! status:ServiceStatus!
ServiceAccount kind apiVersion metadata:ObjectMeta! secrets:[ObjectReference] imagePullSecrets:[LocalObjectReference] automountServiceAccountToken:*
ServiceAccountTokenProjection audience expirationSeconds:* path!""
ServiceBackendPort name number
ServicePort name protocol appProtocol:* port!0 targetPort!0 nodePort
ServiceSpec ports:[ServicePort] selector:{} clusterIP clusterIPs:[] type externalIPs:[] sessionAffinity loadBalancerIP loadBalancerSourceRanges:[] externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses sessionAffinityConfig:SessionAffinityConfig ipFamilies:[] ipFamilyPolicy:* allocateLoadBalancerNodePorts:* loadBalancerClass:* internalTrafficPolicy:* trafficDistribution:*
ServiceStatus loadBalancer:LoadBalancerStatus! conditions:[Condition]
SessionAffinityConfig clientIP:ClientIPConfig
SleepAction seconds!0
StatefulSet kind apiVersion metadata:ObjectMeta! spec:StatefulSetSpec! status:StatefulSetStatus!
StatefulSetCondition type!"" status!"" lastTransitionTime!null reason message
StatefulSetOrdinals start!0
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted whenScaled
StatefulSetSpec replicas:* selector:LabelSelector!null template:PodTemplateSpec! volumeClaimTemplates:[PersistentVolumeClaim] serviceName!"" podManagementPolicy updateStrategy:StatefulSetUpdateStrategy! revisionHistoryLimit:* minReadySeconds persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy ordinals:StatefulSetOrdinals
StatefulSetStatus observedGeneration replicas!0 readyReplicas currentReplicas updatedReplicas currentRevision updateRevision collisionCount:* conditions:[StatefulSetCondition] availableReplicas!0
StatefulSetUpdateStrategy type rollingUpdate:RollingUpdateStatefulSetStrategy
StorageOSVolumeSource volumeName volumeNamespace fsType readOnly secretRef:LocalObjectReference
Subject kind!"" apiGroup name!"" namespace
SuccessPolicy rules:[SuccessPolicyRule]!null
SuccessPolicyRule succeededIndexes:* succeededCount:*
Sysctl name!"" value!""
TCPSocketAction port!0 host
Taint key!"" value effect!"" timeAdded:*
TokenRequest kind apiVersion metadata:ObjectMeta! spec:TokenRequestSpec! status:TokenRequestStatus!
TokenRequestSpec audiences:[]!null expirationSeconds:*!null boundObjectRef:BoundObjectReference!null
TokenRequestStatus token!"" expirationTimestamp!null
Toleration key operator value effect tolerationSeconds:*
TopologySpreadConstraint maxSkew!0 topologyKey!"" whenUnsatisfiable!"" labelSelector:LabelSelector minDomains:* nodeAffinityPolicy:* nodeTaintsPolicy:* matchLabelKeys:[]
TypedLocalObjectReference apiGroup:*!null kind!"" name!""
TypedObjectReference apiGroup:*!null kind!"" name!"" namespace:*
UncountedTerminatedPods succeeded:[] failed:[]
UserInfo username uid groups:[] extra:{}
Volume name!"" hostPath:HostPathVolumeSource emptyDir:EmptyDirVolumeSource gcePersistentDisk:GCEPersistentDiskVolumeSource awsElasticBlockStore:AWSElasticBlockStoreVolumeSource gitRepo:GitRepoVolumeSource secret:SecretVolumeSource nfs:NFSVolumeSource iscsi:ISCSIVolumeSource glusterfs:GlusterfsVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource rbd:RBDVolumeSource flexVolume:FlexVolumeSource cinder:CinderVolumeSource cephfs:CephFSVolumeSource flocker:FlockerVolumeSource downwardAPI:DownwardAPIVolumeSource fc:FCVolumeSource azureFile:AzureFileVolumeSource configMap:ConfigMapVolumeSource vsphereVolume:VsphereVirtualDiskVolumeSource quobyte:QuobyteVolumeSource azureDisk:AzureDiskVolumeSource photonPersistentDisk:PhotonPersistentDiskVolumeSource projected:ProjectedVolumeSource portworxVolume:PortworxVolumeSource scaleIO:ScaleIOVolumeSource storageos:StorageOSVolumeSource csi:CSIVolumeSource ephemeral:EphemeralVolumeSource image:ImageVolumeSource
VolumeDevice name!"" devicePath!""
VolumeMount name!"" readOnly recursiveReadOnly:* mountPath!"" subPath mountPropagation:* subPathExpr
VolumeMountStatus name!"" mountPath!"" readOnly recursiveReadOnly:*
VolumeProjection secret:SecretProjection downwardAPI:DownwardAPIProjection configMap:ConfigMapProjection serviceAccountToken:ServiceAccountTokenProjection clusterTrustBundle:ClusterTrustBundleProjection
VolumeResourceRequirements limits:{#} requests:{#}
VsphereVirtualDiskVolumeSource volumePath!"" fsType storagePolicyName storagePolicyID
WeightedPodAffinityTerm weight!0 podAffinityTerm:PodAffinityTerm!
WindowsSecurityContextOptions gmsaCredentialSpecName:* gmsaCredentialSpec:* runAsUserName:* hostProcess:*
`;
