import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

/** One or more objects of every kind, with fields that descriptions show in ways of their own. */
const KINDS = `apiVersion: v1
kind: LimitRange
metadata: {name: limits, labels: {a: b}}
spec:
  limits:
  - {type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 100m}, max: {cpu: "2"}, min: {cpu: 10m}, maxLimitRequestRatio: {cpu: "100"}}
  - {type: Pod, max: {cpu: "4"}}
  - {type: PersistentVolumeClaim, min: {storage: 1Mi}, max: {storage: 20Gi}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
spec:
  hard: {pods: "40", configmaps: "50", requests.cpu: "9"}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: scoped}
spec:
  hard: {pods: "5"}
  scopes: [BestEffort]
---
apiVersion: v1
kind: ReplicationController
metadata: {name: old, labels: {app: old}}
spec:
  replicas: 1
  selector: {app: old}
  template:
    metadata: {labels: {app: old}, annotations: {x: z}}
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: {kubernetes.io/os: linux}
      tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 9}]
      containers: [{name: c, image: nginx:1.27, resources: {requests: {cpu: 10m}, limits: {cpu: "1", memory: 1Gi}}}]
---
apiVersion: v1
kind: PodTemplate
metadata: {name: template}
template:
  metadata: {labels: {a: b}}
  spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: outside}
subsets:
- addresses: [{ip: 192.0.2.1}, {ip: 192.0.2.2, hostname: two}]
  notReadyAddresses: [{ip: 192.0.2.3}]
  ports: [{name: web, port: 80}, {name: tls, port: 443}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: slice, labels: {kubernetes.io/service-name: outside}}
addressType: IPv4
ports: [{name: web, port: 80, protocol: TCP}]
endpoints:
- addresses: [192.0.2.1]
  conditions: {ready: true}
  hostname: one
  nodeName: node-x
  zone: z1
  targetRef: {kind: Pod, name: p}
- addresses: [192.0.2.2]
  conditions: {ready: false, serving: true, terminating: true}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: policy}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}
    - namespaceSelector: {matchLabels: {team: blue}}
    - podSelector: {matchExpressions: [{key: role, operator: In, values: [web, api]}]}
      namespaceSelector: {}
    ports: [{port: 6379, protocol: TCP}, {port: 32000, endPort: 32768}]
  - {}
  egress:
  - to: [{podSelector: {}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, annotations: {why: because}}
spec:
  podSelector: {}
  policyTypes: [Ingress]
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: example.com/ingress, parameters: {apiGroup: k8s.example.com, kind: Parameters, name: external}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front, annotations: {a: b}}
spec:
  ingressClassName: nginx
  defaultBackend: {service: {name: nothing, port: {number: 80}}}
  tls: [{hosts: [a.example.com, b.example.com], secretName: tls}, {hosts: [c.example.com]}]
  rules:
  - host: a.example.com
    http:
      paths:
      - {path: /x, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}
      - {path: /, pathType: Exact, backend: {resource: {apiGroup: k8s.example.com, kind: Bucket, name: static}}}
  - http: {paths: [{path: /y, pathType: ImplementationSpecific, backend: {service: {name: nothing, port: {number: 81}}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec:
  type: NodePort
  selector: {app: web}
  sessionAffinity: ClientIP
  ports: [{name: http, port: 80, targetPort: 8080}, {name: dns, port: 53, protocol: UDP}]
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: v1
kind: Service
metadata: {name: balanced, annotations: {a: b}}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  loadBalancerSourceRanges: [10.9.0.0/16]
  externalIPs: [192.0.2.9]
  publishNotReadyAddresses: true
  ports: [{port: 80}]
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: important}
value: 1000
preemptionPolicy: Never
description: for what matters
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: example.com/disk
parameters: {type: ssd, zone: z}
mountOptions: [noatime, ro]
reclaimPolicy: Retain
allowVolumeExpansion: true
allowedTopologies: [{matchLabelExpressions: [{key: zone, values: [a, b]}]}]
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: disk.example.com}
spec: {attachRequired: false, podInfoOnMount: true}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: nfs}
spec:
  capacity: {storage: 5Gi}
  accessModes: [ReadWriteMany, ReadOnlyMany]
  storageClassName: ""
  mountOptions: [hard]
  nfs: {server: files.example.com, path: /x, readOnly: true}
  claimRef: {namespace: default, name: shared}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: local, annotations: {a: b}}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Delete
  storageClassName: fast
  local: {path: /mnt/disk}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [nowhere]}]}]}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: csi}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOncePod]
  csi: {driver: disk.example.com, volumeHandle: h, fsType: ext4, volumeAttributes: {a: b}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared}
spec: {accessModes: [ReadWriteMany], storageClassName: "", resources: {requests: {storage: 5Gi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: waiting, finalizers: [example.com/hold]}
spec: {accessModes: [ReadWriteOnce], storageClassName: fast, volumeMode: Block, resources: {requests: {storage: 1Gi}}, dataSource: {kind: PersistentVolumeClaim, name: shared}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, labels: {a: b}}
rules:
- {apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}
- {apiGroups: [apps, ""], resources: [deployments], resourceNames: [web], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: viewer}
rules:
- {nonResourceURLs: [/metrics, /healthz], verbs: [get]}
- {apiGroups: ["*"], resources: ["*"], verbs: [watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}
- {kind: ServiceAccount, name: robot, namespace: other}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: viewers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: viewer}
subjects: [{kind: Group, name: "all", apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
secrets: [{name: token}]
imagePullSecrets: [{name: pull}, {name: other}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaler}
spec:
  minReplicas: 2
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: none}
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 100Mi}}}
  - {type: ContainerResource, containerResource: {name: cpu, container: c, target: {type: Utilization, averageUtilization: 60}}}
  - {type: Pods, pods: {metric: {name: packets}, target: {type: AverageValue, averageValue: 1k}}}
  - {type: Object, object: {metric: {name: requests}, describedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: front}, target: {type: Value, value: 2k}}}
  - {type: External, external: {metric: {name: queue, selector: {matchLabels: {queue: a}}}, target: {type: AverageValue, averageValue: "30"}}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 300, policies: [{type: Percent, value: 10, periodSeconds: 60}]}
    scaleUp: {selectPolicy: Max, policies: [{type: Pods, value: 4, periodSeconds: 15}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: most}
spec: {maxUnavailable: 25%, selector: {matchExpressions: [{key: app, operator: Exists}]}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, labels: {a: b}}
spec:
  schedule: "0 3 * * *"
  timeZone: Europe/Berlin
  suspend: true
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 60
  successfulJobsHistoryLimit: 1
  jobTemplate:
    spec:
      parallelism: 2
      completions: 4
      activeDeadlineSeconds: 100
      template:
        spec: {restartPolicy: OnFailure, containers: [{name: c, image: busybox, args: [a, b c]}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: indexed}
spec:
  completions: 2
  parallelism: 2
  completionMode: Indexed
  suspend: true
  backoffLimit: 3
  ttlSecondsAfterFinished: 1000
  activeDeadlineSeconds: 600
  template:
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: ["true"]}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, annotations: {a: b}}
spec:
  selector: {matchLabels: {app: agent}, matchExpressions: [{key: tier, operator: NotIn, values: [x]}]}
  template:
    metadata: {labels: {app: agent}}
    spec:
      nodeSelector: {none: such}
      serviceAccountName: robot
      priorityClassName: important
      containers: [{name: c, image: nginx:1.27}]
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: leader}
spec: {holderIdentity: a, leaseDurationSeconds: 15}
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: gvisor}
handler: runsc
scheduling: {nodeSelector: {a: b}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: backups.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: backups, singular: backup, kind: Backup, shortNames: [bk]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns: [{name: Target, type: string, jsonPath: .spec.target}]
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}, status: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
`;
const PODS = `apiVersion: v1
kind: Pod
metadata:
  name: rich
  labels: {app: web, tier: front}
  annotations: {note: hello, long: "one two three four five six seven eight nine ten one two three four five six seven eight nine ten one two three four five six seven eight nine ten"}
spec:
  terminationGracePeriodSeconds: 0
  nodeSelector: {kubernetes.io/os: linux}
  tolerations: [{key: dedicated, operator: Equal, value: db, effect: NoSchedule}, {operator: Exists, effect: NoExecute, tolerationSeconds: 30}]
  topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}]
  readinessGates: [{conditionType: example.com/ready}]
  initContainers:
  - {name: prepare, image: busybox, command: [sh, -c, "exit 0"], env: [{name: A, value: "1"}]}
  - {name: sidecar, image: busybox, restartPolicy: Always, command: [sleep, "3600"]}
  containers:
  - name: main
    image: nginx:1.27
    ports: [{name: http, containerPort: 80}, {containerPort: 9090, hostPort: 19090, protocol: UDP}]
    args: [a, "b c", "multi\\nline"]
    command: [sh, -c, "sleep 3600"]
    env:
    - {name: PLAIN, value: x}
    - {name: EMPTY}
    - {name: LINES, value: "one\\ntwo"}
    - {name: FIELD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    - {name: KEY, valueFrom: {configMapKeyRef: {name: none, key: k, optional: true}}}
    - {name: HIDDEN, valueFrom: {secretKeyRef: {name: none, key: k, optional: true}}}
    envFrom:
    - {prefix: P_, configMapRef: {name: none, optional: true}}
    - {secretRef: {name: none, optional: true}}
    resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {cpu: 100m, memory: 64Mi}}
    livenessProbe: {exec: {command: ["true"]}, initialDelaySeconds: 5}
    readinessProbe: {exec: {command: ["true"]}, periodSeconds: 3, failureThreshold: 5}
    startupProbe: {exec: {command: ["true"]}}
    volumeMounts:
    - {name: cache, mountPath: /cache}
    - {name: settings, mountPath: /etc/x, readOnly: true, subPath: x}
  volumes:
  - {name: cache, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - {name: settings, configMap: {name: none, optional: true}}
  - {name: secret, secret: {secretName: none, optional: true}}
  - {name: disk, hostPath: {path: /var, type: Directory}}
  - {name: down, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
  - {name: all, projected: {sources: [{secret: {name: none, optional: true}}, {downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: stuck}
spec:
  nodeSelector: {none: such}
  restartPolicy: OnFailure
  containers:
  - name: c
    image: nginx:1.27
    livenessProbe: {httpGet: {path: /h, port: http, scheme: HTTPS}}
    readinessProbe: {tcpSocket: {port: 80}}
    startupProbe: {grpc: {port: 9}}
---
apiVersion: v1
kind: Pod
metadata: {name: failed}
spec:
  restartPolicy: Never
  containers: [{name: c, image: busybox, command: [sh, -c, "echo broken > /dev/termination-log; exit 3"]}]
`;
const BACKUP = `apiVersion: example.com/v1
kind: Backup
metadata: {name: first, labels: {a: b}, annotations: {x: z}}
spec: {target: "db", deep: {someURL: a, httpPort: 1, aList: [{podIP: x, b: [1, 2]}, {podIP: z}], empty: {}, none: [], nodeID: 3, yes: true, float: 1.5}, words: [one, two]}
`;

export const DESCRIBE: Scenario = {
  name: "describe",
  files: { ...FILES, "kinds.yaml": KINDS, "pods.yaml": PODS, "backup.yaml": BACKUP },
  steps: lines(`
    apply -f kinds.yaml
    apply -f pods.yaml
    wait --for=condition=established crd/backups.example.com
    apply -f backup.yaml
    wait --for=jsonpath={.status.phase}=Failed pod/failed
    wait --for=condition=ContainersReady pod/rich --timeout=20s
    describe
    describe nothing
    describe pod nope
    describe pods -l app=none
    describe pod rich
    describe pod stuck
    describe pod failed
    describe pod rich --show-events=false
    describe -f pods.yaml --show-events=false
    describe po/rich svc/web --show-events=false
    describe pod r --show-events=false
    describe pod rich -n nope
    describe pods -n nope
    describe pod/rich -n nope
    describe cm kube -n kube-public
    describe node none
    describe pod rich nope --show-events=false
    describe quota
    describe limits limits
    describe rc old
    describe podtemplate template
    describe ep outside
    describe endpointslice slice
    describe netpol policy
    describe netpol closed
    describe ingressclass nginx
    describe ingress front
    describe svc web
    describe svc elsewhere
    describe svc balanced
    describe svc kubernetes
    describe pc important
    describe pc system-node-critical
    describe sc fast
    describe csidriver disk.example.com
    describe pv nfs
    describe pv local
    describe pv csi
    describe pvc shared
    describe pvc waiting
    describe role reader
    describe clusterrole viewer
    describe rolebinding readers
    describe clusterrolebinding viewers
    describe sa robot
    describe hpa scaler
    describe pdb most
    describe cronjob nightly
    describe job indexed
    describe ds agent
    describe lease leader
    describe runtimeclass gvisor
    describe crd backups.example.com
    describe backup first
    describe bk
    describe ns default
    describe csinode
    describe controllerrevisions
    describe cm kube-root-ca.crt -n kube-public
    describe apiservices v1.apps
    describe events --field-selector=x=y
    delete -f kinds.yaml --ignore-not-found --wait=false
  `),
};
