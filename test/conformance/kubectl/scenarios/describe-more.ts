/** describe and get of kinds that are seldom looked at, and completion with descriptions. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const KINDS = `apiVersion: storage.k8s.io/v1
kind: VolumeAttachment
metadata: {name: attach}
spec: {attacher: disk.example.com, nodeName: node-x, source: {persistentVolumeName: zonal}}
---
apiVersion: storage.k8s.io/v1
kind: CSINode
metadata: {name: node-x}
spec: {drivers: [{name: disk.example.com, nodeID: x, topologyKeys: [zone], allocatable: {count: 9}}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: pol}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]}
  validations: [{expression: "object.spec.replicas <= 50", message: "too many"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: bind}
spec: {policyName: pol, validationActions: [Deny]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open}
spec: {podSelector: {matchExpressions: [{key: a, operator: Exists}]}, ingress: [{}], egress: [{}], policyTypes: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: bare}
spec: {defaultBackend: {service: {name: x, port: {name: http}}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: lonely}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: none}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: zonal, labels: {zone: a}}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  volumeMode: Block
  storageClassName: slow
  csi: {driver: disk.example.com, volumeHandle: v, readOnly: true}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a, b]}, {key: x, operator: Exists}]}, {matchExpressions: [{key: y, operator: DoesNotExist}]}]}}
---
apiVersion: v1
kind: Service
metadata: {name: dual}
spec: {ipFamilyPolicy: SingleStack, internalTrafficPolicy: Local, trafficDistribution: PreferClose, ports: [{port: 1, name: a, appProtocol: http}, {port: 2, name: b, protocol: UDP}], selector: {a: b}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: agg}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}
rules: []
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: q}
spec: {hard: {requests.storage: 10Gi, services: "5"}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: l}
spec: {limits: [{type: Container, max: {memory: 1Gi}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: zero}
spec: {minAvailable: 0, selector: {matchLabels: {a: b}}}
`;

export const DESCRIBE_MORE: Scenario = {
  name: "kinds seldom seen",
  files: { ...FILES, "kinds2.yaml": KINDS },
  steps: lines(`
    apply -f kinds2.yaml
    describe va attach
    describe csinode node-x
    describe validatingadmissionpolicy pol
    describe validatingadmissionpolicybinding bind
    describe validatingwebhookconfiguration hook
    describe mutatingwebhookconfiguration mhook
    describe flowschema
    describe csistoragecapacity
    describe networkpolicy open
    describe ingress bare
    describe hpa lonely
    describe pv zonal
    describe svc dual
    describe clusterrole agg
    describe quota q
    describe limitrange l
    describe pdb zero
    describe csr
    describe node none-1 none-2 --show-events=false
    describe ns
    describe pods --all-namespaces -l app=none
    describe -l app=none pods
    describe deploy,rs
    describe cm --chunk-size=1 -l none=x
    describe all -l app=none
    get va,csinode,validatingadmissionpolicy,validatingadmissionpolicybinding
    get netpol,ing,hpa,pdb,quota,limits
    get pv zonal -o wide
    __completeNoDesc describe va ""
    __completeNoDesc logs --
    __completeNoDesc wait --for
    __complete rollout ""
    __complete rollout status ""
    __complete rollout status deploy ""
    __complete config ""
    __complete config use-context ""
    __complete set ""
    __complete auth ""
    __complete create ""
    __complete create secret ""
    __complete apply ""
    __complete top ""
    __complete cluster-info ""
    __completeNoDesc auth reconcile --
    __completeNoDesc cluster-info dump --
    __completeNoDesc config set-credentials --
    __completeNoDesc config set-cluster --
    __completeNoDesc run --
    __completeNoDesc apply --s
  `),
};
