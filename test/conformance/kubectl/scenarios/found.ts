/** What generated lines found (../fuzz), one cause after the other. */
import { ODD_VOLUMES } from "../fuzz/odd-objects.ts";
import { lines, type Scenario } from "./scenario.ts";

const OBJECTS = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: half}
spec: {maxUnavailable: 50%, selector: {matchExpressions: [{key: b, operator: Exists}, {key: a, operator: NotIn, values: [z, x, y]}, {key: a, operator: DoesNotExist}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: anywhere}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{}, {protocol: UDP, port: dns}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: placed}
spec: {type: LoadBalancer, loadBalancerIP: 192.0.2.77, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: digits}
data: {"10": ten, "9": nine, "-x": y, a: b}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: batch/v1
kind: Job
metadata: {name: idle}
spec: {suspend: true, template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: none}
spec: {replicas: 0, selector: {matchLabels: {app: none}}, template: {metadata: {labels: {app: none}}, spec: {containers: [{name: c, image: nginx}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: still}
spec: {replicas: 0, serviceName: still, selector: {matchLabels: {app: still}}, template: {metadata: {labels: {app: still}}, spec: {containers: [{name: c, image: nginx}]}}}
`;
const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: boxes, singular: box, kind: Box, shortNames: [bx]}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`;
const BOX = `apiVersion: example.com/v1
kind: Box
metadata: {name: full}
deep: [1, [2, {"true": null}], [d], {a: [b, {c: 1.5}]}]
`;

export const FOUND: Scenario = {
  name: "found by generation",
  files: {
    "objects.yaml": OBJECTS,
    "definition.yaml": DEFINITION,
    "box.yaml": BOX,
    "short.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"digits"}} x',
    "volumes.yaml": ODD_VOLUMES,
  },
  steps: lines(`
    create -f objects.yaml
    create -f definition.yaml
    wait --for=condition=established crd/boxes.example.com
    create -f box.yaml
    create -f volumes.yaml
    # Sources of volumes that no node mounts.
    describe pod volumes
    describe pv
    # Selectors: by key, values in order.
    describe pdb half
    describe netpol anywhere
    describe svc placed
    # Lists within lists of custom objects.
    describe box full
    # A Deployment without ReplicaSets, and kinds without a history.
    rollout history rs/none
    rollout history job/idle
    rollout history box/full
    rollout history cm/digits
    rollout history sts/still --revision=7
    rollout undo sts/still
    rollout undo sts/still --to-revision=-1 --dry-run=client
    rollout undo rs/none
    rollout undo cm/digits
    rollout status job/idle
    rollout status rs/none
    rollout status sts/still rs/none --watch=false
    # Names and types that are empty.
    get ,
    describe ,
    get pods ''
    get cm '' digits
    describe cm ''
    rollout history ''
    # What is shared by all namespaces may be named with -A.
    get node/node-1 -A -o name
    get crd boxes.example.com -A -o name
    get cm/digits -A
    # Kinds that kubectl has no Go type for.
    set image box/full c=x
    set env box/full A=1
    set serviceaccount box/full robot
    rollout restart box/full
    # The cause of no error.
    apply view-last-applied cm digits
    apply view-last-applied -f box.yaml
    # Labels that are not there are told of where something is sent.
    label cm digits nope- --dry-run=client
    label cm digits nope- --dry-run=server
    label cm digits nope- -o yaml --dry-run=server
    label cm digits nope- --resource-version=x --dry-run=client
    # Scaling looks at nothing when it is dry.
    scale cm/digits --replicas=3 --dry-run=client
    scale sts/still --replicas=3 --current-replicas=9 --dry-run=client
    scale sts/still --replicas=3 --current-replicas=9
    scale -f box.yaml --replicas=3 --dry-run=client
    # Selectors that are none, of what has none.
    set selector svc/placed '*' --dry-run=client
    set selector sts/still a --dry-run=client
    set selector svc/placed 'a in (b)' --dry-run=client
    annotate cm digits a=b --local
    # Something short behind JSON is no YAML.
    annotate -f short.json a=b
    # Patches that are none.
    patch cm digits --dry-run=client -p '{'
    patch cm digits --dry-run=client -p '[]'
    patch cm digits --dry-run=client -p 'null'
    patch cm digits --dry-run=client --type=merge -p '[]'
    patch cm digits --dry-run=client --type=json -p '{'
    patch cm digits --dry-run=client --type=json -p '{}'
    patch cm digits --dry-run=client --type=json -p '"x"'
    patch cm digits --dry-run=client --type=json -p '["x"]'
    patch cm digits --dry-run=client --type=json -p '[{"op":"x"}]'
    patch cm digits --dry-run=client --type=json -p '[{"op":"add"}]'
    patch cm digits --dry-run=client --type=json -p '[{"op":"add","path":"x","value":1}]'
    patch cm digits --dry-run=client --type=json -p '[{"op":"remove","path":""}]'
    patch cm digits --dry-run=client --type=json -p '[{"op":"replace","path":"/data/nope","value":"x"}]'
    patch cm digits --dry-run=client --type=json -p '[{"op":"test","path":"/nope/a","value":"x"}]'
    patch cm digits --dry-run=client --type=json -p '[{"op":"move","path":"/data/x"}]'
    patch cm digits --dry-run=client --type=json -p '[{"op":"copy","path":"/data/x","from":"/data/nope"}]'
    patch sts still --dry-run=client --type=json -p '[{"op":"add","path":"/spec/template/spec/containers/9","value":{}}]'
    patch sts still --dry-run=client --type=json -p '[{"op":"add","path":"/spec/template/spec/containers/x","value":{}}]'
    patch sts still --dry-run=server -p '{"spec":{"replicas":2,"Spec":1,"a":2}}'
    patch sts still --dry-run=server -p 'spec: {replicas: 2, Spec: 1, a: 2}'
    # Paths that explain cannot follow.
    explain .spec
    explain 'pods.spec.containers[0]'
    explain pods.spec --api-version=a/b/c
    explain sts --api-version=v1
    explain sts --api-version=nope/v1
    explain ''
    explain boxes
    explain crd.spec.versions.schema.openAPIV3Schema.properties
    # Events about something that is not said well.
    events --for a/b/c
    events --for /x
    events --for pod -o name=x
    events --for cm/digits -o yaml
    # Formats that come too early, or with flags that are about tables.
    get cm digits --show-labels -o name
    get cm digits --sort-by=.nope -o name
    get -l 'a in b' cm -w
    get -l 'a in b' cm -o template={{.x.y}}
    get ev -n none
    create job x --dry-run=client -o nope
    create role x --dry-run=client -o wide
    create service loadbalancer x --validate=nope --dry-run=client
    # Keys that are numbers stay in the order of their letters.
    get cm digits -o jsonpath={.data}
    get cm digits -o json
    certificate nope
    delete cm -Rfalse
  `),
};
