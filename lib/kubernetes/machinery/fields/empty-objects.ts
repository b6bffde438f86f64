/**
 * What a new object of a kind holds before anybody sets anything: the fields of Go structs that are values rather than
 * pointers. Creating an object sets what is beyond that, so that managedFields name `f:spec` without a "." of its own.
 */
const POD_TEMPLATE = { metadata: {}, spec: { containers: null } };
const JOB_SPEC = { template: POD_TEMPLATE };

const BY_KIND: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Pod: { spec: { containers: null }, status: {} },
  PodTemplate: { template: POD_TEMPLATE },
  Deployment: { spec: { selector: null, strategy: {}, template: POD_TEMPLATE }, status: {} },
  ReplicaSet: { spec: { selector: null, template: POD_TEMPLATE }, status: { replicas: 0 } },
  StatefulSet: {
    spec: { selector: null, template: POD_TEMPLATE, updateStrategy: {}, serviceName: "" },
    status: { replicas: 0 },
  },
  DaemonSet: { spec: { selector: null, template: POD_TEMPLATE, updateStrategy: {} }, status: {} },
  ReplicationController: { spec: {}, status: { replicas: 0 } },
  Job: { spec: JOB_SPEC, status: {} },
  CronJob: { spec: { schedule: "", jobTemplate: { metadata: {}, spec: JOB_SPEC } }, status: {} },
  Service: { spec: {}, status: { loadBalancer: {} } },
  Namespace: { spec: {}, status: {} },
  Node: { spec: {}, status: { daemonEndpoints: { kubeletEndpoint: { Port: 0 } }, nodeInfo: {} } },
  PersistentVolume: { spec: {}, status: {} },
  PersistentVolumeClaim: { spec: { resources: {} }, status: {} },
  ResourceQuota: { spec: {}, status: {} },
  LimitRange: { spec: { limits: null } },
  Event: {
    involvedObject: {},
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    reportingComponent: "",
    reportingInstance: "",
  },
  EndpointSlice: { addressType: "", endpoints: null, ports: null },
  PodDisruptionBudget: {
    spec: {},
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  },
  NetworkPolicy: { spec: {} },
  Ingress: { spec: {}, status: { loadBalancer: {} } },
  IngressClass: { spec: {} },
  IPAddress: { spec: {} },
  ServiceCIDR: { spec: {}, status: {} },
  Role: { rules: null },
  ClusterRole: { rules: null },
  RoleBinding: { roleRef: { apiGroup: "", kind: "", name: "" } },
  ClusterRoleBinding: { roleRef: { apiGroup: "", kind: "", name: "" } },
  HorizontalPodAutoscaler: { spec: { scaleTargetRef: { kind: "", name: "" }, maxReplicas: 0 }, status: {} },
  PriorityClass: { value: 0 },
  StorageClass: { provisioner: "" },
  RuntimeClass: { handler: "" },
  VolumeAttachment: { spec: { attacher: "", source: {}, nodeName: "" }, status: { attached: false } },
  CSIDriver: { spec: {} },
  CSINode: { spec: { drivers: null } },
  Lease: { spec: {} },
  ControllerRevision: { revision: 0 },
  CustomResourceDefinition: {
    spec: { group: "", names: { plural: "", kind: "" }, scope: "", versions: null },
    status: { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: null },
  },
  ValidatingAdmissionPolicy: { spec: {}, status: {} },
  ValidatingAdmissionPolicyBinding: { spec: {} },
};

export const emptyObject = (kind: string): Readonly<Record<string, unknown>> => BY_KIND[kind] ?? {};
