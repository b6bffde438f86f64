/** What people try once: describe of unusual fields, generators with all their flags, kubeconfigs, wait, diff, cp, auth. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const KINDS = `apiVersion: v1
kind: Pod
metadata: {name: odd, labels: {app: odd}, annotations: {note: "two\\nlines", long: "${"x".repeat(160)}"}}
spec:
  nodeSelector: {none: such, disk: ssd}
  hostNetwork: true
  priority: 0
  terminationGracePeriodSeconds: 0
  schedulerName: none
  readinessGates: [{conditionType: example.com/gate}]
  schedulingGates: [{name: example.com/wait}]
  topologySpreadConstraints: [{maxSkew: 2, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchExpressions: [{key: a, operator: In, values: [b]}]}}]
  tolerations: [{operator: Exists}, {key: k, value: v, effect: NoExecute, tolerationSeconds: 5}, {key: k2, operator: Exists, effect: PreferNoSchedule}]
  initContainers:
  - {name: side, image: busybox, restartPolicy: Always, ports: [{containerPort: 1, hostPort: 1, protocol: UDP}]}
  containers:
  - name: main
    image: busybox
    command: [sh, -c, "echo 'a b'\\nsleep 1"]
    args: [a, "b c", ""]
    env:
    - {name: PLAIN, value: "a\\nb"}
    - {name: EMPTY}
    - {name: FIELD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: RESOURCE, valueFrom: {resourceFieldRef: {containerName: main, resource: limits.cpu, divisor: 1m}}}
    - {name: KEY, valueFrom: {configMapKeyRef: {name: cm, key: k, optional: true}}}
    - {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: k}}}
    envFrom: [{configMapRef: {name: cm, optional: true}, prefix: P_}, {secretRef: {name: s}}]
    resources: {limits: {cpu: "1", memory: 64Mi, ephemeral-storage: 1Gi}, requests: {cpu: 10m}}
    livenessProbe: {exec: {command: [cat, /x]}, initialDelaySeconds: 3, periodSeconds: 7, successThreshold: 1, failureThreshold: 9}
    readinessProbe: {httpGet: {path: /healthz, port: web, scheme: HTTPS, host: example.com}, timeoutSeconds: 2}
    startupProbe: {grpc: {port: 9000, service: s}}
    ports: [{containerPort: 80, name: web}, {containerPort: 81}]
    volumeMounts: [{name: empty, mountPath: /e, subPath: a}, {name: cm, mountPath: /cm, readOnly: true}]
    terminationMessagePolicy: FallbackToLogsOnError
  - {name: tcp, image: busybox, livenessProbe: {tcpSocket: {port: 1}}, volumeDevices: [{name: block, devicePath: /dev/x}]}
  volumes:
  - {name: empty, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - {name: cm, configMap: {name: cm, optional: true, items: [{key: a, path: b}]}}
  - {name: secret, secret: {secretName: s, optional: false}}
  - {name: block, persistentVolumeClaim: {claimName: c, readOnly: true}}
  - {name: host, hostPath: {path: /x, type: Directory}}
  - {name: nfs, nfs: {server: nfs1, path: /p, readOnly: true}}
  - {name: proj, projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 7200}}, {configMap: {name: a}}, {secret: {name: b}}, {downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}}]}}
  - {name: down, downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}, {path: c, resourceFieldRef: {containerName: main, resource: limits.cpu}}]}}
  - {name: csi, csi: {driver: d.example.com, readOnly: true, volumeAttributes: {a: b}}}
  - {name: eph, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Mi}}}}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: c, finalizers: [example.com/keep]}
spec: {accessModes: [ReadWriteMany, ReadOnlyMany], volumeMode: Block, storageClassName: none, selector: {matchLabels: {a: b}}, dataSource: {kind: PersistentVolumeClaim, name: other}, resources: {requests: {storage: 1Gi}}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: odd, annotations: {storageclass.kubernetes.io/is-default-class: "false"}}
provisioner: example.com/p
parameters: {b: c, a: b}
mountOptions: [ro, noatime]
reclaimPolicy: Retain
allowVolumeExpansion: true
volumeBindingMode: WaitForFirstConsumer
allowedTopologies: [{matchLabelExpressions: [{key: zone, values: [a, b]}]}]
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: odd-nfs}
spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteMany], persistentVolumeReclaimPolicy: Retain, mountOptions: [hard], nfs: {server: s, path: /p}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: odd-local}
spec:
  capacity: {storage: 5Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: local
  local: {path: /mnt, fsType: ext4}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [x]}]}]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: odd}
spec:
  suspend: true
  parallelism: 2
  completions: 4
  completionMode: Indexed
  backoffLimitPerIndex: 1
  maxFailedIndexes: 2
  activeDeadlineSeconds: 90
  ttlSecondsAfterFinished: 9
  podReplacementPolicy: Failed
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: odd}
spec:
  schedule: "*/5 1 * * 1-5"
  timeZone: Europe/Berlin
  concurrencyPolicy: Replace
  startingDeadlineSeconds: 30
  suspend: true
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 0
  jobTemplate: {spec: {parallelism: 3, template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: busybox, args: [a]}]}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: odd}
spec:
  replicas: 0
  minReadySeconds: 3
  revisionHistoryLimit: 1
  strategy: {type: Recreate}
  selector: {matchExpressions: [{key: app, operator: In, values: [odd-d, x]}]}
  template: {metadata: {labels: {app: odd-d}}, spec: {serviceAccountName: sa, priorityClassName: system-node-critical, containers: [{name: c, image: busybox}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: odd}
spec:
  replicas: 0
  serviceName: none
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 3}}
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}
  selector: {matchLabels: {app: odd-s}}
  template: {metadata: {labels: {app: odd-s}}, spec: {containers: [{name: c, image: busybox}]}}
  volumeClaimTemplates: [{metadata: {name: d, labels: {l: m}, annotations: {a: b}}, spec: {accessModes: [ReadWriteOnce], storageClassName: x, resources: {requests: {storage: 1Gi}}}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: odd}
spec:
  updateStrategy: {type: OnDelete}
  selector: {matchLabels: {app: odd-ds}}
  template: {metadata: {labels: {app: odd-ds}}, spec: {nodeSelector: {none: such}, containers: [{name: c, image: busybox}]}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
secrets: [{name: one}, {name: two}]
imagePullSecrets: [{name: pull}]
automountServiceAccountToken: false
---
apiVersion: v1
kind: Secret
metadata: {name: s, annotations: {a: b}}
type: example.com/odd
immutable: true
data: {empty: "", k: AAEC}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
immutable: true
data: {empty: "", lines: "a\\nb\\n", tab: "\\tx"}
binaryData: {bin: AAEC}
---
apiVersion: v1
kind: Event
metadata: {name: old.1}
involvedObject: {kind: Pod, name: odd, namespace: default, fieldPath: "spec.containers{main}"}
type: Warning
reason: Strange
message: "two\\nlines"
count: 7
source: {component: me, host: h}
firstTimestamp: "2026-01-01T00:00:00Z"
lastTimestamp: "2026-01-01T00:00:00Z"
---
apiVersion: v1
kind: Event
metadata: {name: bare.1}
involvedObject: {kind: Node, name: gone}
reason: Bare
message: ""
`;

const ODD = [
  "pod",
  "pvc c",
  "sc",
  "pv odd-nfs",
  "pv odd-local",
  "job",
  "cronjob",
  "deploy",
  "sts",
  "ds",
  "sa sa",
  "secret s",
  "cm cm",
];
const named = (what: string) => (what.includes(" ") ? what : `${what} odd`);

export const CORNERS: Scenario = {
  name: "corners",
  files: {
    ...FILES,
    "odd.yaml": KINDS,
    "cm-more.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, annotations: {x: z}}\ndata: {a: '1', more: b}\n",
    "two.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n",
  },
  steps: lines(`
    create -f odd.yaml
    wait --for=create job/odd
    ${ODD.flatMap((what) => [`${/^(secret|cm)/.test(what) ? "~ " : ""}describe ${named(what)}`, `get ${named(what)} -o wide`, `get ${named(what)} --show-labels --no-headers`]).join("\n")}
    describe pod odd --show-events=false
    describe sa default
    describe event old.1
    describe event bare.1
    get events --field-selector reason=Strange
    get events --field-selector reason=Strange -o wide
    get events --field-selector reason=Bare -o wide
    get events --field-selector involvedObject.name=odd,type=Warning -o name
    events --types=Warning
    events --for pod/odd --types=Warning
    events --for node/gone
    events --for=pod
    events --for=/x
    events --for=nope/x
    events -o name --types=Warning
    events -o jsonpath={.items[*].reason} --types=Warning
    events --types=warning -A
    events --no-headers --types=Warning --for pod/odd
    ~ events x
    describe pods/odd deploy/odd --show-events=false
    describe pod/odd deploy
    describe pod odd nope
    describe pod -l app=odd --show-events=false -A
    ~ describe cm cm --show-events
    describe nope odd
    get all -l app=odd
    get pod odd -o jsonpath={.status.qosClass}
    get pod odd -o custom-columns=Q:.status.qosClass,G:.spec.schedulingGates[*].name,T:.spec.tolerations[*].key
    wait pod/odd --for=condition=Ready --timeout=100ms
    wait pod/odd --for=condition=PodScheduled=False --timeout=1s
    wait pod/odd --for=condition=podscheduled=false --timeout=1s
    wait pod/odd --for=condition=Nope --timeout=0
    wait pod/odd --for=condition=Nope --timeout=0s
    wait pod/odd --for=condition= --timeout=100ms
    wait pod/odd --for=condition
    wait pod/odd --for=jsonpath='{.spec.schedulerName}'=none --timeout=1s
    wait pod/odd --for=jsonpath='{.spec.containers[*].name}'=main --timeout=1s
    wait pod/odd --for=jsonpath='{.spec.containers}'=main --timeout=1s
    wait pod/odd --for=jsonpath='{.spec.nope}' --timeout=100ms
    wait pod/odd --for=jsonpath='{.spec.hostNetwork}'=true --timeout=1s
    wait pod/odd --for=jsonpath='{.spec.priority}'=0 --timeout=1s
    wait pod/odd --for=jsonpath=.spec.schedulerName=none --timeout=1s
    wait pod/odd --for=jsonpath='{.spec.schedulerName}=' --timeout=100ms
    wait pod/odd --for=jsonpath= --timeout=100ms
    wait pod/odd --for=jsonpath='{.spec' --timeout=100ms
    wait pod/odd --for=jsonpath='{range .spec.containers[*]}{.name}{end}'=main --timeout=100ms
    wait pod/odd --for=delete --timeout=100ms
    wait pod/none --for=delete --timeout=100ms
    wait pod/odd pod/none --for=delete --timeout=100ms
    wait pod/none --for=condition=Ready --timeout=100ms
    wait pod/none --for=create --timeout=100ms
    wait pod --for=create --timeout=100ms
    wait pod --all --for=create --timeout=1s
    wait pod -l app=odd --for=create --timeout=1s
    wait pod -l app=none --for=create --timeout=100ms
    wait pod -l app=none --for=condition=Ready --timeout=100ms
    wait pod --all --for=jsonpath='{.spec.schedulerName}'=none --timeout=1s -o name
    wait job/odd --for=condition=Suspended --timeout=3s
    wait job/odd --for=condition=complete=false --timeout=100ms
    wait -f odd.yaml --for=create --timeout=1s
    wait deploy/odd --for=condition=Available --timeout=3s -o jsonpath={.metadata.name}
    wait --for=condition=Ready
    wait pod/odd
    diff -f odd.yaml -l app=none
    diff -f cm.yaml
    create -f cm.yaml
    diff -f cm.yaml
    diff -f cm-more.yaml
    diff -f cm-more.yaml --server-side
    diff -f cm-more.yaml --server-side --force-conflicts
    diff -f two.yaml
    diff -f cm.yaml -f none.yaml
    diff -f dir -R
    diff -f broken.yaml
    diff -f cm2.yaml --field-manager=x --concurrency=4
    diff cm settings
    diff
    KUBECTL_EXTERNAL_DIFF=nope diff -f cm2.yaml
    KUBECTL_EXTERNAL_DIFF=diff diff -f cm2.yaml -n nowhere
    cp
    cp a
    cp a b
    cp a b c
    cp nope odd:/x
    cp cm.yaml odd:/x
    cp cm.yaml odd:
    cp odd:/x y
    cp odd: y
    cp odd:/x default/odd:/y
    cp a/b/c:/x y
    cp cm.yaml none:/x
    cp cm.yaml nowhere/none:/x -c main
    cp cm.yaml odd:/x -c nope
    cp :x y
    cp cm.yaml :x
    port-forward
    port-forward odd
    port-forward odd x
    port-forward odd 80
    port-forward pod/odd 0
    port-forward pod/odd 99999
    port-forward pod/odd 80:x
    port-forward pod/odd 80:81:82
    port-forward pod/odd :web
    port-forward pod/odd nope
    port-forward pod/odd 80 --address=nope
    port-forward pod/odd 80 --pod-running-timeout=0s
    port-forward svc/kubernetes 443
    port-forward svc/kubernetes 80
    port-forward svc/kubernetes nope
    port-forward cm/cm 80
    port-forward none/x 80
    port-forward pod/none 80
    explain pod.spec.containers.env.valueFrom
    explain pod.spec.nope.x
    explain pod.kind.x
    explain nope
    explain nope.spec
    explain pods --recursive --output=plaintext-openapiv2x
    explain sts.spec.updateStrategy --api-version=apps/v1beta1
    explain deploy.v1.apps
    explain deployments.apps
    explain cronjob.spec.jobTemplate.spec.template.spec.nope
    explain --recursive
    explain pod/odd
    auth can-i create pods --subresource=exec
    auth can-i get pods --as=nobody
    auth can-i get pods --as=nobody -q
    auth can-i get pods/odd --as=nobody -n kube-system
    auth can-i get nodes --as=nobody -n default
    auth can-i list secrets -A --as=nobody
    auth can-i get /healthz --as=nobody
    auth can-i get /healthz --as=nobody --as-group=system:authenticated
    auth can-i nope pods --as=nobody
    auth can-i get nope --as=nobody
    auth can-i get deploy.v1.apps --as=nobody
    auth can-i use podsecuritypolicies/x
    auth can-i impersonate users
    auth can-i bind clusterroles/admin
    auth can-i --list --as=nobody
    auth can-i --list --as=nobody --as-group=system:authenticated
    auth can-i --list --as=system:kube-scheduler
    auth can-i --list --as=system:serviceaccount:kube-system:statefulset-controller
    auth can-i --list -n kube-system --as=x --as-group=system:masters
    auth can-i --list --no-headers --as=nobody
    auth can-i get pods --as-group=x
    auth can-i get pods --as-uid=x
    auth whoami --as=x --as-group=y --as-group=z
    auth whoami --as=x --as-uid=u --as-user-extra=k=v
    auth whoami --as=x -o yaml
    auth whoami -o jsonpath={.status.userInfo.groups} --as=x --as-group=g
    top
    top pod none
    top pods -A --sort-by=nope
    top node node-1 node-2
    top node --sort-by=cpux
    top pod --containers --sort-by=memory -l app=none
    top pod odd -l a=b
    top node -l none=x
    top pod --sum --no-headers -l none=x
    api-resources --api-group=apps --no-headers
    api-resources --api-group=storage.k8s.io -o wide
    api-resources --namespaced=false --api-group='' --sort-by=name -o name
    api-resources --verbs=create,patch --api-group=batch
    api-resources --verbs=list --namespaced -o name --api-group=autoscaling
    api-resources --categories=all --sort-by=kind
    api-resources --sort-by=nope
    api-resources --cached --api-group=policy
    api-resources -o yaml --api-group=policy
  `),
};
