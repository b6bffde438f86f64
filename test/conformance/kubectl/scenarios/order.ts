/** Where several things are wrong at once: which is told, and whether others are told beside it. */
import { lines, type Scenario } from "./scenario.ts";

const OBJECTS = `apiVersion: v1
kind: Pod
metadata: {name: rich, labels: {app: rich}}
spec: {containers: [{name: main, image: nginx, ports: [{containerPort: 80}], env: [{name: A, value: "1"}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: stuck, labels: {app: stuck}}
spec: {schedulingGates: [{name: a.b/c}], containers: [{name: c, image: nginx}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: zero}
spec: {replicas: 0, selector: {matchLabels: {app: zero}}, template: {metadata: {labels: {app: zero}}, spec: {containers: [{name: c, image: nginx}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: odd}
spec: {replicas: 0, serviceName: odd, selector: {matchLabels: {app: odd}}, template: {metadata: {labels: {app: odd}}, spec: {containers: [{name: c, image: nginx}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: texts}
data: {a: b}
`;
const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.fuzz.example.com}
spec:
  group: fuzz.example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`;
const WIDGET = "apiVersion: fuzz.example.com/v1\nkind: Widget\nmetadata: {name: w}\n";
const SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n";

const SIDE = `apiVersion: v1
kind: Pod
metadata: {name: side}
spec:
  nodeName: node-1
  initContainers:
  - {name: beside, image: busybox, restartPolicy: Always, command: [sleep, "3600"], resources: {requests: {cpu: 10m}, limits: {cpu: 100m}}}
  - {name: before, image: busybox, command: [sleep, "3600"], resources: {requests: {cpu: 50m}}}
  containers:
  - {name: main, image: busybox, command: [sleep, "3600"], resources: {requests: {cpu: 30m, memory: 1Mi}, limits: {cpu: 300m}}}
`;

const FILES = { "objects.yaml": OBJECTS, "definition.yaml": DEFINITION, "widget.yaml": WIDGET, "cm.yaml": SETTINGS };
const MADE = `
    create -f objects.yaml
    create -f definition.yaml
    wait --for=condition=established crd/widgets.fuzz.example.com
    create -f widget.yaml
`;

export const ORDER_OF_CHECKS: Scenario = {
  name: "several things wrong at once",
  files: FILES,
  steps: lines(`${MADE}
    label po rich --all -l a=b x=y
    label po rich --all --field-selector a=b x=y
    label --local x=y
    label --local po rich x=y
    label --local po rich x=y --dry-run=server
    label --local -f cm.yaml x=y --dry-run=server
    label x=y
    label po rich
    label po rich a=b a-
    label po rich a=b a- --list -o name
    label po rich "a=b c"
    label po rich a=b po
    label po rich --overwrite -o nope app=zz --dry-run=client
    label po none -o nope app=zz --dry-run=client
    annotate po rich a=b a-
    annotate po none a=b -o nope
    annotate --local x=y
    annotate --local po rich x=y
    annotate --local x=y -f cm.yaml --dry-run=server
    annotate --local po rich x=y --dry-run=server
    annotate po rich
    annotate
    annotate po rich -A a=b --dry-run=client
    annotate po rich --all -l a=b x=y
    annotate po rich --list -o yaml
    annotate po rich a=b c
    set image
    set image po rich
    set image po rich main=x --all -l a=b
    set image po rich main=x *=y --all -l a=b --local
    set image --local main=x
    set image --local po rich main=x
    set image po none main=x -o nope
    set resources
    set resources po rich
    set resources po none --limits=cpu=1 -o nope
    set resources po rich --limits=cpu
    set resources po rich --limits=cpu=x --dry-run=nope
    set resources --local --limits=cpu=1
    set resources --local po rich --limits=cpu=1
    set serviceaccount
    set serviceaccount x
    set serviceaccount po rich x --local
    set serviceaccount --local x --dry-run=server
    set serviceaccount po none x -o nope
    set selector
    set selector x
    set selector po rich a=b
    set selector po --all a=b
    set selector svc none a=b -o nope
    set selector svc a=b=c
    set selector svc --all 'a in (b)' --dry-run=client
    set env
    set env po rich --list -o yaml
    set env po rich --keys=a
    set env po rich A=1 -o nope --all -l a=b
    set env --local A=1
    set env --local po rich A=1
    set env po rich A=1 --local --dry-run=server
    set subject
    set subject po rich
    set subject po rich --user=x
    set subject rolebinding none --user=x -o nope
    set subject rolebinding --all -l a=b --user=x
    set subject --local --user=x
    set subject --local po x --user=x
    set subject clusterrolebinding --all --serviceaccount=x --dry-run=client
    scale po rich
    scale po rich --replicas=-1 -o nope
    scale po rich --replicas=1 --current-replicas=-2
    scale po rich --replicas=1
    scale po rich sts/odd --replicas=1
    scale po rich stuck --replicas=1 --dry-run=server
    scale sts odd none --replicas=1 --dry-run=server
    scale sts none odd --replicas=1 --dry-run=server
    scale sts --all --replicas=1 --dry-run=server
    scale sts --replicas=1 --dry-run=server
    scale sts odd -o nope --replicas=1 --dry-run=server
    scale widgets --all --replicas=1 --dry-run=server
    autoscale
    autoscale deploy
    autoscale deploy x --max=1 --min=2
    autoscale deploy zero --max=-1 -o nope
    autoscale deploy none --max=1 -o nope
    autoscale deploy zero none --max=1 --dry-run=client
    autoscale deploy none zero --max=1 --dry-run=client
    autoscale po rich --max=1 --dry-run=client
    autoscale po rich --max=1 -o nope --dry-run=client
    autoscale svc x --max=1 --dry-run=nope
    rollout undo deploy zero -o yaml --dry-run=client
    rollout undo deploy none -o nope --dry-run=client
    rollout undo
    rollout history
    rollout history deploy none -o nope
    rollout history deploy zero -o nope
    rollout history deploy zero --revision=-1
    rollout history deploy zero --template={{.kind}}
    rollout history deploy zero --template={{.kind}} --revision=9
    rollout history po rich stuck
    rollout status po rich
    rollout status po rich stuck
    rollout status deploy none zero --watch=false
    rollout status deploy zero --revision=-1
    rollout status widgets --watch=false
    rollout status -l a=b
    rollout status deploy -l a=b
    rollout restart
    rollout restart po rich -o nope
    rollout pause deploy none -o nope
    rollout pause widgets --all
    rollout
    rollout nope
    cordon Pod x
    cordon po/rich
    cordon po/rich node-1
    cordon node/node-1 --dry-run=client
    cordon nodes/node-1 node-2 --dry-run=client
    cordon node-1 none node-2 --dry-run=client
    cordon node-1 --dry-run=client --as=nobody
    cordon a/b/c
    cordon nope/x
    cordon
    cordon --selector=
    cordon -l x=y
    cordon --dry-run=nope
    drain node-1 --pod-selector=( --dry-run=nope
    drain node-1 --pod-selector=(
    drain none --pod-selector=a=b
    top node a/b
    top node %
    top node a%/b
    top po a/b
    top po %
    get po %
    get po .
    get po a%b
    get po/a%b
    describe po %
    describe node .
    delete po % --dry-run=client
    label po % a=b
    scale sts % --replicas=1 --dry-run=client
    get po,svc --user=x
    get po --user=x -n default
    get po/x --user=x -n default
    get po,svc -f none.yaml --user=x -n default
    get po -f none.yaml -f none2.yaml
    get -f none.yaml -f none2.yaml
    get po/x -f none.yaml --user=x -n default
    get -f none.yaml --user=x -n default
    apply -f none.yaml -f none2.yaml
    apply -f none.yaml -f cm.yaml
    delete po
    delete po x --all -l a=b
    delete po x --all -o yaml
    delete po --all -o yaml -l a=b
    delete po rich -o yaml
    delete po none -o yaml
    delete po none --now --grace-period=1 --cascade=nope
    delete po none --force --grace-period=1
    delete po none --dry-run=nope --now --grace-period=2
    delete ns none -n default
    delete ns none -n default -A
    delete ns,no none -n default
    delete no node-1 -n default --dry-run=client
    delete
    delete -f none.yaml -l a=b
    delete --all
    delete po x --raw=/api
    delete --raw=api
    delete --raw=api -o yaml
    delete po none --grace-period=-5 --force --dry-run=client
    replace
    replace x
    replace -f none --force --dry-run=client
    replace -f none --grace-period=1
    replace -f none --timeout=1s
    replace -f cm.yaml --validate=nope --dry-run=nope
    replace -f cm.yaml --dry-run=nope -o nope
    replace -f cm.yaml -o nope --cascade=nope --dry-run=client
    replace -f cm.yaml po x
    patch
    patch po none
    patch po none -p {} --patch-file=x
    patch po none -p {} --type=nope --local
    patch po none --patch-file=none
    patch po none -p {
    patch --local -p {}
    patch --local -p {} --dry-run=server
    patch po none -p {} -o nope
    patch po rich -p {} -o nope --dry-run=client
    patch -f cm.yaml po x -p {}
    apply view-last-applied
    apply view-last-applied po none -o nope
    apply view-last-applied po rich -o nope
    apply view-last-applied po rich
    apply set-last-applied
    apply set-last-applied -f none -o nope
    apply set-last-applied -f cm.yaml
    apply edit-last-applied
    apply edit-last-applied po none
    create
    create x
    create -f none
    create -f cm.yaml x
    create -f cm.yaml -o nope
    create -f cm.yaml --dry-run=nope -o nope
    create -f cm.yaml --validate=nope -o nope --dry-run=nope
    create -f cm.yaml --edit --raw=/x
    create -f cm.yaml --raw=x
    apply
    apply x
    apply -f cm.yaml x
    apply -f cm.yaml --dry-run=nope -o nope
    apply -f cm.yaml --validate=nope -o nope --dry-run=client
    apply -f cm.yaml -o nope --dry-run=client
    apply -f cm.yaml --server-side --dry-run=client
    apply -f cm.yaml --force-conflicts
    apply -f cm.yaml --prune
    apply -f cm.yaml --prune --all -l a=b
    apply -f cm.yaml --prune --applyset=x
    apply -f cm.yaml --applyset=x
    apply -f cm.yaml --server-side --force
    apply -f cm.yaml --prune-allowlist=x
    apply -f cm.yaml --prune --all --prune-allowlist=x
    apply -f cm.yaml --field-manager=
    apply -f cm.yaml --server-side --field-manager=
    apply -f cm.yaml --subresource=status
    apply -k none
    apply -k none -f cm.yaml
    apply -f none.yaml --user=x
    apply -f cm.yaml --grace-period=1
    apply -f cm.yaml --timeout=1s
    apply -f cm.yaml --cascade=nope
    set subject rolebinding x --user=a,b --group= --dry-run=client
    set subject clusterrolebinding view --user=a,b --group= --serviceaccount= --dry-run=client -o yaml
    set subject cm texts --serviceaccount=
    set selector svc x a=b --context=none
    set selector svc x a=b --context=none -n default
    set selector -f none.yaml -f n2 a=b --local --dry-run=server
    set selector svc web a=b --local --dry-run=server
    set selector svc web a=b -f none --local
    wait po x --for=delete --context=none
    wait -f none --for=delete
    wait po x --local --for=delete
    get po x/y/z
    get po/ x
    get po/
    get /x
    get po/x svc
    get po/x -A
    get po/x -l a=b
    get po x -l a=b --user=x
    get po -n a/b
    get po x -n a%b
    get svc -n %
    cluster-info -n other
    cluster-info -n none
    auth can-i get po --no-headers -q
    auth can-i get po --subresource=x --no-headers
    auth can-i get /x --subresource=x --no-headers
    auth can-i --list x
    auth can-i --list -q
    auth can-i
    auth can-i get po --context=none
    auth can-i get nope --context=none
    auth whoami --template=x
    auth whoami x y --context=none
    create cm x --from-literal=a=b --from-literal="a b=c"
    create secret generic x --from-literal="a b=c"
    create secret generic x --from-literal=a=b --from-literal=a=c
    create cm x --from-literal=a=b --from-literal=a=c
    create cm x --from-literal=b=1 --from-literal=a=2 --save-config -o yaml --dry-run=client
    create cm x --from-literal=b=1 --from-literal=a=2 --save-config -o yaml --dry-run=client -n other
    create secret generic x --from-literal=b=1 --from-literal=a=2 --save-config -o json --dry-run=server
    create deploy x --image=a --save-config -o json --dry-run=server
    create svc clusterip x --tcp=80 --save-config -o json --dry-run=server
    create ingress x --rule=a/b=c:80 --save-config -o json --dry-run=server
    create job x --image=a --save-config -o json --dry-run=server
    create role x --verb=get --resource=pods --save-config -o json --dry-run=server
    create rolebinding x --role=a --user=x --save-config -o json --dry-run=server
    create quota x --hard=cpu=1 --save-config -o json --dry-run=server
    create pdb x --selector=a=b --min-available=1 --save-config -o json --dry-run=server
    create sa x --save-config -o json --dry-run=server
    create cj x --image=a --schedule=@daily --save-config -o json --dry-run=server
    run x --image=a --save-config -o json --dry-run=server
    expose po rich --port=80 --save-config -o json --dry-run=server
    autoscale deploy zero --max=3 --save-config -o json --dry-run=server
    taint no node-1 a/b/c=d:NoSchedule
    taint no node-1 =x:NoSchedule
    taint no node-1 a=b:NoSchedule a:NoSchedule- --dry-run=client
    taint no node-1 a=b:NoSchedule a=c:NoSchedule --dry-run=client
    taint no node-1 a=b:Nope --dry-run=client
    taint no node-1 node-2 a=b:NoSchedule --dry-run=client
    taint no node-1 a=b:NoSchedule --all -l a=b --dry-run=client
    taint no a=b:NoSchedule
    taint no --all a=b:NoSchedule --dry-run=client
    taint no -l x a=b:NoSchedule --dry-run=client
    taint a=b:NoSchedule
    taint no node-1
    taint
    taint no po/rich a=b:NoSchedule
    taint no no/node-1 a=b:NoSchedule --dry-run=client
    top po rich --sort-by=x --context=none
    top po x y
    top no x -l a=b
    top po x -l a=b
    top po x --field-selector=a=b
  `),
};

export const PATHS_AND_SORTS: Scenario = {
  name: "paths of explain and what sorts",
  files: {},
  steps: lines(`
    # A path is read as one JSONPath; what stands with its group is another matter.
    explain node..spec
    explain node.spec..x
    explain node..
    explain node...
    explain node.spec..
    explain [node]
    explain node[spec]
    explain node.*
    explain nodes.*
    explain node.spec.a\\.b
    explain nodes...
    explain nodes....
    explain nodes.spec..taints
    explain deployments.apps.spec..x
    explain deployments.appsx.spec
    explain deployments.apps/v1.spec.paused
    explain 'node spec'
    explain node.spec}
    explain node.{spec
    explain node.$
    explain $.node
    explain @
    explain nope..x
    explain node..spec --api-version=v1
    explain node... --api-version=v1
    explain deployments.apps.spec --api-version=apps/v1
    taint node..spec x a=b:NoSchedule
    taint node.spec node-1 a=b:NoSchedule --dry-run=client
    taint po,no node-1 a=b:NoSchedule --dry-run=client
    taint po/x a=b:NoSchedule --dry-run=client
    taint nope node-1 a=b:NoSchedule --dry-run=client
    # Text is sorted by its letters, but for quantities.
    create cm n01 --from-literal=k=x10
    create cm n02 --from-literal=k=x9
    create cm n03 --from-literal=k=x09
    create cm n04 --from-literal=k=x1b
    create cm n05 --from-literal=k=x-1
    create cm n06 --from-literal=k=x.1
    create cm n07 --from-literal=k=10
    create cm n08 --from-literal=k=9
    create cm n09 --from-literal=k=1Gi
    create cm n10 --from-literal=k=2Mi
    create cm n11 --from-literal=k=x0
    create cm n12 --from-literal=k=X2
    create cm n13 --from-literal=k=ä
    create cm n14 --from-literal=k=
    get cm --sort-by=.data.k -o custom-columns=N:.metadata.name,K:.data.k
    get cm --sort-by=.data.k --no-headers
    get cm --sort-by=.metadata.name -o name
  `),
};

export const SELECTORS_READ_HERE: Scenario = {
  name: "selectors that the client reads",
  files: FILES,
  steps: lines(`${MADE}
    create ns other
    set selector svc web a=b=c
    set selector svc web a
    set selector svc web !a
    set selector svc web a!=b
    set selector svc web 'a in (b)'
    set selector svc web 'a in (b'
    set selector svc web 'a in ()'
    set selector svc web 'a in b'
    set selector svc web a,
    set selector svc web ,a
    set selector svc web 'a b'
    set selector svc web =x
    set selector svc web '('
    set selector svc web a/b/c=d
    set selector svc web a=Ünï
    set selector svc web 'a>x'
    set selector svc web 'a>1'
    set selector svc web -a=b
    set selector svc web ''
    set selector svc web a=b,a=c --dry-run=client -o yaml
    create pdb x --selector='a in (b,,c),!d,e,f!=g' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a notin (,)' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='in in (in)' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a==b' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a>1' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a=' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector=' a = b , c = d ' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a in (b) c' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a=b=' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a!b' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a=<b' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='A.b/c=d' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='/c=d' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a/=d' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a in (b c)' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='a in (x_,y-)' --min-available=1 --dry-run=client -o yaml
    create pdb x --selector='b=1,a=2' --min-available=1 --dry-run=client -o yaml
    create -f cm.yaml -l a=b --dry-run=client
    create -f cm.yaml -l a=b=c --dry-run=client
    create -f cm.yaml -l '!a' --dry-run=client
    apply -f cm.yaml -l '(' --dry-run=client
    apply -f cm.yaml -l 'a notin (b)' --dry-run=client
    delete -f cm.yaml -l '(' --dry-run=client
    diff -f cm.yaml -l '('
    get -f cm.yaml -l '('
    label -f cm.yaml -l '(' a=b --dry-run=client
    run x --image=a --save-config -o json --dry-run=server
    run x --image=a --save-config -o json --dry-run=server -n other
    run x --image=a --save-config -o yaml --dry-run=client
  `),
};

export const REFUSED_AT_ONCE: Scenario = {
  name: "what is refused before it begins",
  files: {
    ...FILES,
    "unknown.yaml": "apiVersion: a.b/v1\nkind: X\nmetadata: {name: x}\n",
    "side.yaml": SIDE,
    "kindless.json": '{"apiVersion":\t"v1", "metadata":{"name":[null]}}',
  },
  steps: lines(`${MADE}
    config set-credentials k --exec-env=A
    config set-credentials k --auth-provider-arg=A
    config set-credentials
    config set-cluster
    config set-credentials a b
    config set-context x y
    config get-contexts x y
    config get-contexts x
    config delete-context none
    config rename-context none z
    config unset a.b.c.d
    config set nope x
    wait
    wait po
    wait po none --for=
    wait po none --for=nope
    wait po none --for=jsonpath=x
    wait po none --for=jsonpath={.a}=
    wait po --all --for=condition=Ready -l a=b
    wait svc --all --for=jsonpath={.spec.clusterIP}=None --timeout=1s
    wait -f none --for=delete
    certificate approve none
    certificate approve none --force
    logs
    logs none
    logs rich nope
    logs rich --all-containers -c main
    logs rich --all-containers x
    logs rich --since=1s --since-time=2020-01-01T00:00:00Z
    logs rich --since-time=x
    logs rich --tail=-5
    logs rich --limit-bytes=-1
    logs -l app=nope
    logs -l a=b x
    logs svc/none
    logs nope/x
    logs rich main prepare
    exec
    exec rich
    exec rich --
    exec rich ls
    exec none -- ls
    exec deploy/none -- ls
    exec -f cm.yaml -- ls
    exec rich -f cm.yaml -- ls
    exec po/a/b -- ls
    exec nope/x -- ls
    exec rich --pod-running-timeout=-1s -- ls
    attach
    attach none
    attach rich x y
    port-forward
    port-forward none 80
    port-forward rich
    port-forward svc/none 80
    port-forward rich x/y/z
    cp
    cp a
    cp a b
    cp a:b c:d
    cp :/x y
    cp rich: y
    cp cm.yaml rich:
    debug
    debug rich
    debug none --image=x
    debug rich --image=x --copy-to=y --target=main
    debug rich --image=x --profile=nope
    debug rich --copy-to=y --set-image=a
    debug svc/web --image=x
    debug -f cm.yaml --image=x
    get cm texts kube-root-ca.crt -w --output-watch-events
    get cm texts kube-root-ca.crt -w -o name
    get cm texts nope -w
    get cm texts kube-root-ca.crt --watch-only
    get po,cm -w
    get -n default -w
    get cm texts -w -o jsonpath={.x[0].y} --allow-missing-template-keys=false
    get cm texts -w --output-watch-events -o go-template={{.nope.x|lt}}
    get cm --sort-by={.metadata.name}{.kind} -o name
    get po -n a/b
    create -f kindless.json
    rollout status deploy none zero --watch=false
    rollout undo all --dry-run=client
    delete ns none -n default
    diff x
    diff -f none.yaml
    apply -f cm.yaml --server-side --subresource=status
    get po,nope -w --sort-by=.a
    get ev,po --watch-only
    get ns,bindings
    get ns,bindings --server-print=false -o name
    get pv,cm --server-print=false -l app=none
    get po,cm --sort-by={.metadata.name}{.kind}
    get po,svc --sort-by={
    certificate approve none -f none.yaml --user=nope
    apply -f unknown.yaml --validate=warn
    get cm texts -o go-template='{{range $k, $v := 3}}{{$k}}{{end}}'
    create -f side.yaml
    describe node node-1
  `),
};
