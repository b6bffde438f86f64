/** Flags that all commands have, and commands that were the last to come: reconcile, dump, --record, --server-print. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const RBAC = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r1, labels: {a: b}}
rules: [{apiGroups: [""], resources: [pods, configmaps], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb1}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r1}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount, name: bot, namespace: default}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cr1}
rules: [{apiGroups: [""], resources: [nodes], verbs: [get]}, {nonResourceURLs: [/healthz], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: crb1}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cr1}
subjects: [{kind: Group, name: g, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
`;

export const FLAGS: Scenario = {
  name: "flags of all commands",
  files: {
    ...FILES,
    "rb.yaml": RBAC,
    "rb2.yaml": RBAC.replace("[get, list]", "[watch]")
      .replace("jane", "joe")
      .replace("name: g,", "name: h,")
      .replace("a: b", "c: d"),
    "rb3.yaml": RBAC.replaceAll("name: cr1}", "name: view}").replace("[/healthz]", "[/metrics]"),
    "elsewhere.yaml": RBAC.replace("name: r1, labels", "name: r1, namespace: fresh, labels"),
    "dep.yaml":
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: sub}\nspec:\n  replicas: 0\n  selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: nginx}]}}\nstatus: {replicas: 7}\n",
    "docker.json": '{"auths":{}}',
  },
  steps: lines(`
    auth reconcile
    auth reconcile x
    auth reconcile -f none.yaml
    auth reconcile -f rb.yaml --dry-run=client
    auth reconcile -f rb.yaml --dry-run=server
    auth reconcile -f rb.yaml
    auth reconcile -f rb.yaml
    auth reconcile -f rb2.yaml --dry-run=client
    auth reconcile -f rb2.yaml
    auth reconcile -f rb.yaml --remove-extra-permissions --remove-extra-subjects
    auth reconcile -f rb2.yaml -o yaml --remove-extra-permissions
    auth reconcile -f rb2.yaml -o name
    auth reconcile -f rb2.yaml -o yaml --dry-run=client
    auth reconcile -f cm.yaml
    auth reconcile -f rb3.yaml
    auth reconcile -f elsewhere.yaml
    get role -n fresh -o name
    cluster-info dump --namespaces=kube-public -o jsonpath='{.kind} {.items[*].metadata.name}{"\\n"}'
    cluster-info dump --namespaces=kube-public -o yaml
    cluster-info dump --output-directory=state --namespaces=kube-public,default
    get -f state/default/services.json -o name
    cluster-info dump -o name
    cluster-info dump -o wide
    cluster-info dump --pod-running-timeout=0s
    create clusterrole agg --aggregation-rule=a=b,c=d --dry-run=client -o yaml
    create clusterrole agg --aggregation-rule=a --dry-run=client
    create clusterrole agg --aggregation-rule=a=b --verb=get --resource=pods --dry-run=client
    create clusterrole urls --verb=get --non-resource-url=/x,/y/* --dry-run=client -o yaml
    create clusterrole urls --verb=list --non-resource-url=/x --dry-run=client -o yaml
    create clusterrole urls --verb=get --non-resource-url=/x/*/y --dry-run=client
    create clusterrole urls --verb=get --resource=pods --non-resource-url=/x --resource-name=a --dry-run=client
    create secret docker-registry d --from-file=.dockerconfigjson=docker.json --dry-run=client -o yaml
    create secret docker-registry d --from-file=docker.json --dry-run=client -o yaml
    create secret docker-registry d --dry-run=client
    get ns,nodes,svc --server-print=false
    get cm -A --server-print=false
    get ns --server-print=false --show-labels
    get ns default --server-print=false
    get pods --server-print=false
    get cm --server-print=false --sort-by=.metadata.name
    get ns --server-print=false -o wide
    get ns --server-print=false --no-headers
    get ns --server-print=false -L a
    get ns -w --request-timeout=1s
    get ns --server-print=false -w --request-timeout=1s
    get ns -w --request-timeout=1s --output-watch-events
    get ns -w --request-timeout=1s -o name
    get ns -w --request-timeout=1s -o name --output-watch-events
    get ns -w --request-timeout=1s -o jsonpath='{.metadata.name}{"\\n"}'
    get ns -w --request-timeout=1s -o yaml
    get ns default -w --request-timeout=1s
    get ns default -w --request-timeout=1s -o custom-columns=N:.metadata.name
    get ns nope -w --request-timeout=1s
    get ns --watch-only --request-timeout=1s
    get pods -w --request-timeout=1s
    get ns,pods -w --request-timeout=1s
    get ns default kube-system -w --request-timeout=1s
    get ns -l a=b -w --request-timeout=1s
    get ns --output-watch-events
    get ns --request-timeout=1
    get ns --request-timeout=0
    get ns --request-timeout=0s
    get ns --request-timeout=1m
    get ns --request-timeout=x
    get ns --request-timeout=1ns
    get ns --as=jane
    get ns --as=jane --as-group=system:masters
    get ns --as=jane --as-uid=7 --as-group=system:masters
    auth whoami --as=jane --as-uid=7 --as-group=a --as-group=b
    get ns --as-uid=7
    get ns --as-group=x
    get ns --username=a --password=b
    get ns --token=nope
    get ns --user=nobody
    get ns --cluster=c --user=u
    get ns --match-server-version
    version --match-server-version
    get ns --warnings-as-errors
    get ns --disable-compression
    get ns --cache-dir=cache
    get ns --profile=none
    get ns --log-flush-frequency=1s
    get ns --vmodule=a=1
    get ns --vmodule=a
    get ns -v=x
    get ns -v 1
    get ns -v=6
    get pods -v=7
    get cm nope -v=6
    delete cm nope -v=6
    create cm logged --from-literal=a=b -v=6
    apply -f dep.yaml --subresource=status
    apply -f dep.yaml --record
    get deploy sub -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'
    apply -f dep.yaml --subresource=status --server-side
    apply -f dep.yaml --subresource=status --server-side --force-conflicts
    apply -f dep.yaml --subresource=nope --server-side
    scale deploy sub --replicas=0 --record
    get deploy sub -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'
    patch deploy sub -p '{"spec":{"paused":true}}' --record
    get deploy sub -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'
    label deploy sub x=z --overwrite --record
    get deploy sub -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'
    annotate deploy sub x=y --record
    get deploy sub -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'
    autoscale deploy sub --max=3 --record
    get hpa sub -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'
    expose deploy sub --port=80 --record
    get svc sub -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'
    run recorded --image=busybox --restart=Never --record -- true
    get pod recorded -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'
    create -f cm.yaml --record
    get cm settings -o jsonpath='{.metadata.annotations.kubernetes\\.io/change-cause}'
    label --local -f cm.yaml q=r
    label --local -f cm.yaml q=r -o yaml
    label --local cm settings q=r
    annotate --local -f cm.yaml q=r -o yaml
    set env deploy/sub A=1 --record
    create ns x --dry-run
    create ns x --dry-run=true
    create ns x --dry-run=false
    run x --image=nginx --dry-run
    apply -f cm.yaml --dry-run
  `),
};
