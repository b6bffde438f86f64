/** Objects whose statuses no controller here would write, or only after a long life. */

const CUSTOM = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.fuzz.example.com}
spec:
  group: fuzz.example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd, wdg], categories: [all, toys]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: .status.selector}}
    additionalPrinterColumns:
    - {name: Replicas, type: integer, jsonPath: .spec.replicas, description: how many}
    - {name: Ratio, type: number, jsonPath: .spec.ratio}
    - {name: Enabled, type: boolean, jsonPath: .spec.enabled}
    - {name: Since, type: date, jsonPath: .spec.since}
    - {name: Names, type: string, jsonPath: ".spec.parts[*].name"}
    - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
    - {name: Deep, type: string, priority: 1, jsonPath: .spec.deep}
    - {name: Note, type: string, priority: 1, jsonPath: .metadata.annotations.note}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    selectableFields: [{jsonPath: .spec.color}]
    schema:
      openAPIV3Schema:
        type: object
        description: A Widget is a thing for tests.
        required: [spec]
        properties:
          spec:
            type: object
            description: What is wanted.
            properties:
              replicas: {type: integer, format: int32, minimum: 0, maximum: 9, default: 1}
              ratio: {type: number}
              enabled: {type: boolean}
              since: {type: string, format: date-time}
              color: {type: string, enum: [red, green, blue], default: red}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties: {name: {type: string, pattern: "^[a-z]+$", maxLength: 5}, size: {type: integer, format: int64}, port: {x-kubernetes-int-or-string: true}}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              settings: {type: object, additionalProperties: {type: string}}
              deep: {type: object, x-kubernetes-preserve-unknown-fields: true}
              nothing: {type: string, nullable: true}
            x-kubernetes-validations: [{rule: "!has(self.ratio) || self.ratio <= 1.0", message: ratio is at most 1}]
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
  - name: v1alpha1
    served: true
    storage: false
    deprecated: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: planets.fuzz.example.com}
spec:
  group: fuzz.example.com
  scope: Cluster
  names: {plural: planets, kind: Planet}
  versions:
  - {name: v1beta1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`;

const WORKLOADS = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: halfway, labels: {app: halfway}, annotations: {deployment.kubernetes.io/revision: "3", kubernetes.io/change-cause: "kubectl set image"}}
spec:
  replicas: 4
  paused: true
  minReadySeconds: 5
  progressDeadlineSeconds: 60
  strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 50%}}
  selector: {matchLabels: {app: halfway}, matchExpressions: [{key: tier, operator: NotIn, values: [a, b]}]}
  template:
    metadata: {labels: {app: halfway}, annotations: {a: b}}
    spec:
      schedulerName: none
      hostNetwork: true
      priorityClassName: important
      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {matchLabels: {app: halfway}}}]}}
      containers: [{name: a, image: "r.example.com:5000/x/y@sha256:0123456789012345678901234567890123456789012345678901234567890123", ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 81, protocol: UDP, name: u}]}, {name: b, image: b, envFrom: [{configMapRef: {name: c}}]}]
      volumes: [{name: v, persistentVolumeClaim: {claimName: gone}}, {name: e, ephemeral: {volumeClaimTemplate: {metadata: {labels: {x: z}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]
status: {observedGeneration: 1, replicas: 5, updatedReplicas: 2, readyReplicas: 3, availableReplicas: 3, unavailableReplicas: 2, conditions: [{type: Available, status: "True", reason: MinimumReplicasAvailable, message: m}, {type: Progressing, status: "False", reason: ProgressDeadlineExceeded, message: too slow}, {type: ReplicaFailure, status: Unknown}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: zero}
spec: {replicas: 0, strategy: {type: Recreate}, selector: {matchLabels: {app: zero}}, template: {metadata: {labels: {app: zero}}, spec: {containers: [{name: c, image: nginx}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: odd, annotations: {long: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", multi: "one\\ntwo\\n"}}
spec:
  serviceName: odd
  replicas: 3
  podManagementPolicy: Parallel
  revisionHistoryLimit: 2
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Retain}
  ordinals: {start: 5}
  selector: {matchLabels: {app: odd}}
  template: {metadata: {labels: {app: odd}}, spec: {schedulerName: none, containers: [{name: c, image: nginx}]}}
  volumeClaimTemplates: [{metadata: {name: data, labels: {l: m}, annotations: {n: o}}, spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}}, {metadata: {name: logs}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}}]
status: {replicas: 3, readyReplicas: 1, currentReplicas: 1, updatedReplicas: 2, availableReplicas: 1, collisionCount: 0, currentRevision: odd-1, updateRevision: odd-2}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agents, annotations: {deprecated.daemonset.template.generation: "7"}}
spec: {selector: {matchLabels: {app: agents}}, updateStrategy: {type: OnDelete}, template: {metadata: {labels: {app: agents}}, spec: {schedulerName: none, nodeSelector: {disk: ssd, zone: a}, tolerations: [{operator: Exists}], containers: [{name: c, image: nginx, securityContext: {privileged: true}}]}}}
status: {currentNumberScheduled: 2, desiredNumberScheduled: 3, numberAvailable: 1, numberMisscheduled: 1, numberReady: 1, numberUnavailable: 2, updatedNumberScheduled: 1, observedGeneration: 1}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: lonely-rs}
spec: {replicas: 2, selector: {matchExpressions: [{key: app, operator: Exists}, {key: x, operator: DoesNotExist}, {key: app, operator: In, values: [lonely-rs]}]}, template: {metadata: {labels: {app: lonely-rs}}, spec: {schedulerName: none, containers: [{name: c, image: nginx}]}}}
status: {replicas: 2, conditions: [{type: ReplicaFailure, status: "True", reason: FailedCreate, message: "pods \\"x\\" is forbidden"}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: failing}
spec:
  completions: 5
  parallelism: 2
  backoffLimit: 1
  completionMode: Indexed
  backoffLimitPerIndex: 1
  maxFailedIndexes: 3
  activeDeadlineSeconds: 100
  ttlSecondsAfterFinished: 86400
  podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {containerName: c, operator: In, values: [1, 2]}}, {action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}
  template: {spec: {schedulerName: none, restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, "exit 1"], workingDir: /x}]}}
status: {active: 1, succeeded: 2, failed: 3, ready: 0, terminating: 1, completedIndexes: "0,2-3", failedIndexes: "1", startTime: "2026-01-02T03:04:05Z", conditions: [{type: FailureTarget, status: "True", reason: BackoffLimitExceeded}, {type: Failed, status: "True", reason: BackoffLimitExceeded, message: Job has reached the specified backoff limit, lastTransitionTime: "2026-01-02T05:04:05Z"}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: done}
spec: {suspend: true, manualSelector: true, selector: {matchLabels: {j: done}}, template: {metadata: {labels: {j: done}}, spec: {restartPolicy: OnFailure, containers: [{name: c, image: busybox}]}}}
status: {succeeded: 1, startTime: "2026-01-02T03:04:05Z", completionTime: "2026-01-02T05:06:07Z", conditions: [{type: Complete, status: "True"}, {type: Suspended, status: "False"}], uncountedTerminatedPods: {succeeded: [a]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: queue}
spec: {parallelism: 3, suspend: true, template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: busybox}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: weekly}
spec: {schedule: "0 3 * * *", timeZone: Europe/Berlin, concurrencyPolicy: Forbid, suspend: true, startingDeadlineSeconds: 30, successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 9, jobTemplate: {metadata: {labels: {a: b}}, spec: {completions: 2, parallelism: 2, activeDeadlineSeconds: 9, template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, args: [a, "", "b c"]}]}}}}}
status: {lastScheduleTime: "2026-11-20T03:00:00Z", lastSuccessfulTime: "2026-11-19T03:00:09Z", active: [{kind: Job, name: nightly-1}, {kind: Job, name: nightly-2}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: never}
spec: {schedule: "@yearly", jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: busybox}]}}}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: busy, annotations: {a: b}}
spec:
  minReplicas: 2
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: halfway}
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 100Mi}}}
  - {type: Pods, pods: {metric: {name: packets}, target: {type: AverageValue, averageValue: 1k}}}
  - {type: ContainerResource, containerResource: {name: cpu, container: c, target: {type: Utilization, averageUtilization: 60}}}
  - {type: External, external: {metric: {name: queue}, target: {type: Value, value: "30"}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 60, selectPolicy: Min, policies: [{type: Percent, value: 10, periodSeconds: 60}, {type: Pods, value: 4, periodSeconds: 15}]}, scaleUp: {selectPolicy: Disabled}}
status:
  currentReplicas: 3
  desiredReplicas: 5
  lastScaleTime: "2026-11-20T03:00:00Z"
  currentMetrics:
  - {type: Resource, resource: {name: cpu, current: {averageUtilization: 83, averageValue: 415m}}}
  - {type: Resource, resource: {name: memory, current: {averageValue: "123456789"}}}
  - {type: Pods, pods: {metric: {name: packets}, current: {averageValue: 1500m}}}
  - {type: ContainerResource, containerResource: {name: cpu, container: c, current: {averageUtilization: 12, averageValue: 12m}}}
  - {type: External, external: {metric: {name: queue}, current: {value: 1500}}}
  conditions: [{type: AbleToScale, status: "True", reason: ReadyForNewScale, message: recommended size matches current size}, {type: ScalingActive, status: "False", reason: FailedGetResourceMetric, message: "no metrics"}, {type: ScalingLimited, status: "True", reason: TooManyReplicas, message: "the desired replica count is more than the maximum replica count"}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: half}
spec: {maxUnavailable: 50%, unhealthyPodEvictionPolicy: AlwaysAllow, selector: {matchExpressions: [{key: app, operator: In, values: [odd, halfway]}]}}
status: {currentHealthy: 1, desiredHealthy: 2, expectedPods: 3, disruptionsAllowed: 0, disruptedPods: {a: "2026-11-20T03:00:00Z"}, conditions: [{type: DisruptionAllowed, status: "False", reason: InsufficientPods}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: bare-pdb}
spec: {minAvailable: 100%}
`;

const REST = `---
apiVersion: fuzz.example.com/v1
kind: Widget
metadata: {name: full, labels: {color: red, size: "1"}, annotations: {note: "a\\tb\\nc"}, finalizers: [fuzz.example.com/a, fuzz.example.com/b]}
spec: {replicas: 3, ratio: 0.25, enabled: true, since: "2020-01-01T00:00:00Z", color: blue, parts: [{name: a, size: 9007199254740993, port: 80}, {name: b, port: http}], tags: [x, "1", "true"], settings: {a.b/c: d, "1": "2", "": e}, deep: {x: [1, [2, {y: null}], 1.5e300], URLPath: /x, podIPs: [], emptyText: "", yes: true, numbers: {int: 12345678901, float: 0.1}, text: "multi\\nline\\n", mixed: [a, 1, {b: c}, [d]]}, nothing: null}
status: {replicas: 2, selector: "color=red", conditions: [{type: Ready, status: "True", lastTransitionTime: "2026-01-01T00:00:00Z"}, {type: Other, status: "False"}]}
---
apiVersion: fuzz.example.com/v1
kind: Widget
metadata: {name: empty}
spec: {}
---
apiVersion: fuzz.example.com/v1
kind: Widget
metadata: {name: words, namespace: other, labels: {color: green}}
spec: {color: green, deep: {cjk: "漢字かな", emoji: "👩‍👩‍👧 ok", tilde: "~", no: "no", octal: "0755", hex: "0x1F", date: "2001-01-01", float: "1e3", colon: "a: b", hash: "a # b", dash: "- a", star: "*a", amp: "&a", pipe: "|", quote: "it's", double: "\\"q\\"", back: "a\\\\b", lead: " a", trail: "a ", nl: "a\\n", nbsp: "a\\u00a0b", bell: "\\u0007", inf: ".inf", nan: ".NaN", null_: "null", under: "1_000", sexa: "1:30", eq: "=", merge: "<<", at: "@a", tick: "\`a", pct: "%a", bang: "!a", q: "? a", comma: "a, b", br: "[a]", cb: "{a}", long: "word word word word word word word word word word word word word word word word word word word word"}}
---
apiVersion: fuzz.example.com/v1beta1
kind: Planet
metadata: {name: earth, labels: {kind: rock}}
moons: [luna]
mass: 5.97e24
size: {radius: 6371, unit: km}
---
apiVersion: v1
kind: Namespace
metadata: {name: fading, labels: {a: b}}
status: {phase: Terminating, conditions: [{type: NamespaceContentRemaining, status: "True", reason: SomeResourcesRemain, message: "Some resources are remaining: pods. has 1 resource instances"}]}
---
apiVersion: v1
kind: Node
metadata: {name: ill-1, labels: {node-role.kubernetes.io/worker: "", node-role.kubernetes.io/db: "", zone: a}, annotations: {a: b}}
spec: {podCIDR: 10.244.9.0/24, podCIDRs: [10.244.9.0/24], providerID: "x://1", unschedulable: true, taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}, {key: dedicated, value: db, effect: NoExecute}, {key: soft, effect: PreferNoSchedule}]}
status:
  capacity: {cpu: "4", memory: 8Gi, pods: "110", ephemeral-storage: 100Gi, hugepages-2Mi: 0, example.com/gpu: "2"}
  allocatable: {cpu: 3900m, memory: 7Gi, pods: "110", ephemeral-storage: "96636764160", hugepages-2Mi: 0, example.com/gpu: "2"}
  addresses: [{type: InternalIP, address: 192.0.2.7}, {type: ExternalIP, address: 198.51.100.7}, {type: Hostname, address: ill-1}]
  conditions:
  - {type: MemoryPressure, status: "True", reason: KubeletHasInsufficientMemory, message: kubelet has insufficient memory available, lastHeartbeatTime: "2026-01-01T00:00:00Z", lastTransitionTime: "2026-01-01T00:00:00Z"}
  - {type: DiskPressure, status: Unknown, reason: NodeStatusUnknown, message: Kubelet stopped posting node status., lastHeartbeatTime: "2026-01-01T00:00:00Z", lastTransitionTime: "2026-01-01T00:00:00Z"}
  - {type: Ready, status: Unknown, reason: NodeStatusUnknown, message: Kubelet stopped posting node status.}
  nodeInfo: {architecture: arm64, bootID: b, containerRuntimeVersion: "containerd://1.7.0", kernelVersion: 6.1.0, kubeProxyVersion: "", kubeletVersion: v1.32.1, machineID: m, operatingSystem: linux, osImage: Debian GNU/Linux 12, systemUUID: s}
  images: [{names: [a, b], sizeBytes: 1234567890}]
---
apiVersion: v1
kind: Node
metadata: {name: ill-2}
spec: {}
status: {conditions: [{type: Ready, status: "False", reason: KubeletNotReady, message: "container runtime is down"}, {type: NetworkUnavailable, status: "True"}], capacity: {cpu: 1500m, memory: 3584Mi}, nodeInfo: {architecture: "", bootID: "", containerRuntimeVersion: "", kernelVersion: "", kubeProxyVersion: "", kubeletVersion: "", machineID: "", operatingSystem: "", osImage: "", systemUUID: ""}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: resizing, labels: {a: b}, annotations: {volume.kubernetes.io/selected-node: ill-1, pv.kubernetes.io/bind-completed: "yes"}}
spec: {accessModes: [ReadWriteOnce, ReadOnlyMany], storageClassName: fast, volumeName: somewhere, resources: {requests: {storage: 2Gi}}, selector: {matchLabels: {x: z}}, dataSourceRef: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: snap}}
status: {phase: Bound, accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, allocatedResources: {storage: 2Gi}, allocatedResourceStatuses: {storage: ControllerResizeInProgress}, conditions: [{type: FileSystemResizePending, status: "True", message: "Waiting for user to (re-)start a pod", lastProbeTime: null, lastTransitionTime: "2026-01-01T00:00:00Z"}, {type: Resizing, status: "True"}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: lost}
spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1.5Gi}}}
status: {phase: Lost}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: released, labels: {a: b}, finalizers: [kubernetes.io/pv-protection]}
spec: {capacity: {storage: 1500Mi}, accessModes: [ReadWriteOnce, ReadWriteMany], persistentVolumeReclaimPolicy: Recycle, storageClassName: slow, mountOptions: [a, b], hostPath: {path: /x, type: DirectoryOrCreate}, claimRef: {namespace: gone, name: claim, uid: "1"}}
status: {phase: Released, message: who knows, reason: Because, lastPhaseTransitionTime: "2026-01-01T00:00:00Z"}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: failed-pv}
spec: {capacity: {storage: 1Ti}, accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Retain, iscsi: {targetPortal: 1.2.3.4, iqn: iqn.2001-04.com.example, lun: 0, fsType: ext4, portals: [a], chapAuthDiscovery: true, secretRef: {name: s}}}
status: {phase: Failed, reason: X}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: used}
spec: {hard: {cpu: "10", memory: 10Gi, pods: "100", count/widgets.fuzz.example.com: "5", requests.nvidia.com/gpu: "4", fast.storageclass.storage.k8s.io/requests.storage: 5Gi}, scopes: [NotTerminating, NotBestEffort]}
status: {hard: {cpu: "10", memory: 10Gi, pods: "100", count/widgets.fuzz.example.com: "5"}, used: {cpu: 9999m, memory: 5Gi, pods: "12", count/widgets.fuzz.example.com: "1"}}
---
apiVersion: v1
kind: Service
metadata: {name: balanced-2, annotations: {a: "multi\\nline", b: ""}}
spec: {type: LoadBalancer, clusterIPs: [10.96.77.7], clusterIP: 10.96.77.7, loadBalancerIP: 192.0.2.77, allocateLoadBalancerNodePorts: false, sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 9}}, selector: {app: odd, tier: x}, externalTrafficPolicy: Cluster, ports: [{name: a, port: 80, targetPort: web}, {name: b, port: 443, protocol: TCP, targetPort: 8443, appProtocol: https}, {name: c, port: 5000, protocol: SCTP}]}
status: {loadBalancer: {ingress: [{ip: 192.0.2.77, ipMode: VIP}, {hostname: lb.example.com, ports: [{port: 80, protocol: TCP}, {port: 81, protocol: UDP, error: MixedProtocol}]}]}}
---
apiVersion: v1
kind: Secret
metadata: {name: bytes, labels: {a: b}}
type: example.com/kind
data: {a: AAEC/w==, empty: "", text: aGVsbG8=}
immutable: true
---
apiVersion: v1
kind: Secret
metadata: {name: robot-token, annotations: {kubernetes.io/service-account.name: robot}}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: ConfigMap
metadata: {name: texts, annotations: {a: b}}
data: {crlf: "a\\r\\nb\\r\\n", tabs: "\\ta\\tb", trailing: "a  \\nb\\n\\n", nonl: "a\\nb", cjk: 漢字, empty: "", json: '{"a": [1, 2]}', lead: "  x\\n y\\n", ctl: "\\u0001\\u001b[31m", dos: "\\r", yaml: "a: b\\nc:\\n- d\\n"}
binaryData: {bin: AAEC/w==, nil: ""}
immutable: true
---
apiVersion: v1
kind: ConfigMap
metadata: {name: void}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: busy-ing, annotations: {nginx.ingress.kubernetes.io/rewrite-target: /, z: ""}}
spec: {tls: [{}, {secretName: s}], rules: [{host: "*.example.com", http: {paths: [{pathType: Prefix, path: /a, backend: {service: {name: balanced-2, port: {name: a}}}}, {pathType: Exact, path: /b, backend: {service: {name: web, port: {number: 80}}}}]}}, {host: none.example.com}]}
status: {loadBalancer: {ingress: [{ip: 192.0.2.8}, {hostname: a.example.com}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: odd-policy}
spec: {podSelector: {matchLabels: {app: odd}, matchExpressions: [{key: t, operator: In, values: [x]}]}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.2.0.0/16]}}], ports: [{protocol: UDP, port: dns}, {}]}, {ports: [{port: 1}]}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: closed}
automountServiceAccountToken: false
secrets: [{name: a}, {name: robot-token}]
---
apiVersion: v1
kind: Event
metadata: {name: counted.1, namespace: default}
involvedObject: {apiVersion: apps/v1, kind: StatefulSet, name: odd, namespace: default, fieldPath: "spec.containers{c}"}
reason: FailedCreate
message: "a message\\nof two lines  "
type: Warning
count: 7
firstTimestamp: "2026-11-20T03:00:00Z"
lastTimestamp: "2026-11-21T03:00:00Z"
source: {component: statefulset-controller, host: ill-1}
---
apiVersion: v1
kind: Event
metadata: {name: fresh.1, namespace: default}
involvedObject: {kind: Pod, name: crashing, namespace: default}
reason: Binding
message: ""
type: Normal
eventTime: "2026-11-20T03:00:00.123456Z"
action: Binding
reportingComponent: my-scheduler
reportingInstance: my-1
series: {count: 4, lastObservedTime: "2026-11-21T02:00:00.000000Z"}
related: {kind: Node, name: ill-1}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: bare-lease}
spec: {}
---
apiVersion: v1
kind: LimitRange
metadata: {name: every}
spec: {limits: [{type: Container, max: {cpu: "2", memory: 2Gi, ephemeral-storage: 1Gi}, min: {memory: 1Mi}, default: {memory: 1Gi}, defaultRequest: {memory: 1Gi}, maxLimitRequestRatio: {memory: 3}}, {type: PersistentVolumeClaim, max: {storage: 10Gi}}]}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: late, annotations: {storageclass.kubernetes.io/is-default-class: "false"}}
provisioner: example.com/late
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: many}
rules: [{apiGroups: ["", apps], resources: [pods, deployments], verbs: [get]}, {apiGroups: [""], resources: [pods], verbs: [list, get, delete]}, {apiGroups: [""], resources: [secrets], resourceNames: [b, a], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: nobody}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
`;

export const ODD_DEFINITIONS = CUSTOM;
export const ODD_OBJECTS = `${WORKLOADS}${REST}`;

/** Container states by name of the Pod; all of them stand still, since no kubelet has them. */
const STATES: Readonly<Record<string, string>> = {
  crashing:
    'phase: Running, startTime: "2026-11-20T03:00:00Z", podIP: 10.9.9.9, podIPs: [{ip: 10.9.9.9}, {ip: "fd00::9"}], hostIP: 192.0.2.7, qosClass: Burstable, conditions: [{type: Ready, status: "False", reason: ContainersNotReady, message: "containers with unready status: [c]"}, {type: PodScheduled, status: "True"}], containerStatuses: [{name: c, image: nginx, imageID: "sha256:1", ready: false, started: false, restartCount: 12, containerID: "containerd://1", state: {waiting: {reason: CrashLoopBackOff, message: "back-off 5m0s restarting failed container"}}, lastState: {terminated: {exitCode: 137, signal: 9, reason: OOMKilled, message: "a\\nb", startedAt: "2026-11-20T03:00:00Z", finishedAt: "2026-11-20T03:00:01Z", containerID: "containerd://0"}}}]',
  "bad-image":
    'phase: Pending, containerStatuses: [{name: c, image: nginx, imageID: "", ready: false, restartCount: 0, state: {waiting: {reason: ImagePullBackOff}}}]',
  "init-failing":
    'phase: Pending, initContainerStatuses: [{name: i, image: busybox, imageID: "", ready: false, restartCount: 3, state: {terminated: {exitCode: 2, reason: Error}}}], containerStatuses: [{name: c, image: nginx, imageID: "", ready: false, restartCount: 0, state: {waiting: {reason: PodInitializing}}}]',
  "init-waiting":
    'phase: Pending, initContainerStatuses: [{name: i, image: busybox, imageID: "", ready: false, restartCount: 0, state: {waiting: {reason: CreateContainerConfigError, message: bad}}}]',
  "init-signal":
    'phase: Pending, initContainerStatuses: [{name: i, image: busybox, imageID: "", ready: false, restartCount: 0, state: {terminated: {exitCode: 0, signal: 15}}}], containerStatuses: []',
  evicted:
    'phase: Failed, reason: Evicted, message: "The node was low on resource: memory. ", startTime: "2026-11-20T03:00:00Z"',
  gone: 'phase: Unknown, reason: NodeLost, conditions: [{type: Ready, status: "Unknown", reason: NodeLost}, {type: DisruptionTarget, status: "True", reason: DeletionByTaintManager, message: "Taint manager: deleting due to NoExecute taint"}]',
  finished:
    'phase: Succeeded, containerStatuses: [{name: c, image: nginx, imageID: x, ready: false, restartCount: 1, state: {terminated: {exitCode: 0, reason: Completed, startedAt: "2026-11-20T03:00:00Z", finishedAt: "2026-11-20T03:10:00Z"}}, lastState: {terminated: {exitCode: 255, finishedAt: "2026-11-19T03:10:00Z", startedAt: null}}}], conditions: [{type: Ready, status: "False", reason: PodCompleted}]',
  signalled:
    "phase: Failed, containerStatuses: [{name: c, image: nginx, imageID: x, ready: false, restartCount: 0, state: {terminated: {exitCode: 0, signal: 11}}}]",
  stateless: "phase: Running, containerStatuses: [{name: c, image: nginx, imageID: x, ready: true, restartCount: 0}]",
  gated:
    'phase: Pending, conditions: [{type: PodScheduled, status: "False", reason: SchedulingGated, message: Scheduling is blocked due to non-empty scheduling gates}]',
  "not-started":
    'phase: Running, containerStatuses: [{name: c, image: nginx, imageID: x, ready: true, started: true, restartCount: 2, state: {running: {startedAt: "2026-11-21T00:00:00Z"}}, lastState: {waiting: {}}}, {name: stranger, image: z, imageID: z, ready: true, restartCount: 5, state: {running: {}}}], conditions: [{type: Ready, status: "False", reason: ReadinessGatesNotReady}], nominatedNodeName: ill-1',
  nominated: "phase: Pending, nominatedNodeName: ill-2, observedGeneration: 4",
  resized:
    'phase: Running, resize: Deferred, qosClass: Guaranteed, containerStatuses: [{name: c, image: nginx, imageID: x, ready: true, restartCount: 0, allocatedResources: {cpu: 1}, resources: {limits: {cpu: 1}, requests: {cpu: 500m, memory: 1Gi}}, state: {running: {startedAt: "2026-11-21T00:00:00Z"}}, allocatedResourcesStatus: [], volumeMounts: [{name: v, mountPath: /x}], user: {linux: {uid: 0, gid: 0}}}], conditions: [{type: PodResizePending, status: "True", reason: Deferred}]',
  ephemeral:
    'phase: Running, ephemeralContainerStatuses: [{name: debugger, image: busybox, imageID: x, ready: false, restartCount: 0, state: {terminated: {exitCode: 1}}}], containerStatuses: [{name: c, image: nginx, imageID: x, ready: true, restartCount: 0, state: {running: {startedAt: "2026-11-21T00:00:00Z"}}}]',
};
const SPECS: Readonly<Record<string, string>> = {
  "init-failing": "initContainers: [{name: i, image: busybox}, {name: side, image: busybox, restartPolicy: Always}], ",
  "init-waiting": "initContainers: [{name: i, image: busybox}], ",
  "init-signal": "initContainers: [{name: i, image: busybox}, {name: j, image: busybox}], ",
  gated: "schedulingGates: [{name: example.com/wait}, {name: example.com/too}], ",
  crashing: "nodeName: ill-1, ",
  finished: "nodeName: ill-1, restartPolicy: Never, ",
  stateless: "nodeName: ill-2, readinessGates: [{conditionType: a/b}], ",
  "not-started": "readinessGates: [{conditionType: a/b}, {conditionType: c/d}], ",
  resized:
    "runtimeClassName: gvisor, securityContext: {runAsUser: 5, seccompProfile: {type: RuntimeDefault}}, hostAliases: [{ip: 1.2.3.4, hostnames: [a]}], ",
  nominated:
    'terminationGracePeriodSeconds: 7, dnsPolicy: None, dnsConfig: {nameservers: [1.1.1.1], searches: [a], options: [{name: ndots, value: "2"}]}, ',
};
const RESOURCES = ", resources: {requests: {cpu: 250m, memory: 64Mi}, limits: {memory: 128Mi, example.com/gpu: 1}}";

export const ODD_PODS = Object.entries(STATES)
  .map(
    ([name, status], i) =>
      `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${i % 2 === 0 ? "odd" : "halfway"}, turn: "${i}"}${i % 3 === 0 ? ", annotations: {kubectl.kubernetes.io/default-container: c}" : ""}}\nspec: {${SPECS[name] ?? ""}containers: [{name: c, image: nginx${i % 4 === 0 ? RESOURCES : ""}, ports: [{containerPort: ${80 + i}}], lifecycle: {preStop: {exec: {command: [a, b]}}}}]}\nstatus: {${status}}\n`,
  )
  .join("");

/** A Pod with volumes of every kind that no node mounts, and PersistentVolumes of them. */
const SOURCES: Readonly<Record<string, string>> = {
  gcePersistentDisk: "{pdName: d, fsType: ext4, partition: 1, readOnly: true}",
  awsElasticBlockStore: "{volumeID: v}",
  glusterfs: "{endpoints: e, path: p}",
  rbd: "{monitors: [a, b], image: i, secretRef: {name: s}}",
  cinder: "{volumeID: v}",
  cephfs: "{monitors: [a], path: /p, secretRef: {name: s}}",
  vsphereVolume: "{volumePath: p}",
  azureDisk: '{diskName: d, diskURI: "https://x", kind: Managed}',
  azureFile: "{secretName: s, shareName: h}",
  fc: "{targetWWNs: [a, b], lun: 2}",
  flexVolume: "{driver: a/b, options: {x: z, a: b}}",
  iscsi: "{targetPortal: 1.2.3.4, iqn: iqn.2001-04.com.example, lun: 0, secretRef: {name: s}}",
  gitRepo: '{repository: "https://x/y"}',
  nfs: "{server: s, path: /p}",
  csi: "{driver: d.example.com, readOnly: true, volumeAttributes: {b: c, a: b}, nodePublishSecretRef: {name: x}}",
};
const IN_PODS_ALONE = ["gitRepo", "csi"];
export const ODD_VOLUMES = `apiVersion: v1
kind: Pod
metadata: {name: volumes}
spec:
  nodeName: ill-1
  containers: [{name: c, image: nginx}]
  volumes:
${Object.entries(SOURCES)
  .map(([name, source]) => `  - {name: ${name.toLowerCase()}, ${name}: ${source}}`)
  .join("\n")}
${Object.entries(SOURCES)
  .filter(([name]) => !IN_PODS_ALONE.includes(name))
  .map(
    ([name, source]) =>
      `---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {name: of-${name.toLowerCase()}}\nspec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], ${name}: ${source}}\n`,
  )
  .join("")}`;
