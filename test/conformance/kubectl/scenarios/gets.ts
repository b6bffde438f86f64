/** get: every format on lists, single objects and mixed kinds; sorting, chunks, templates. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const OBJECTS = `apiVersion: v1
kind: ConfigMap
metadata: {name: a, labels: {n: "10", team: blue, example.com/role: x}, annotations: {rank: "3"}}
data: {k: "1", multi: "one\\ntwo\\n", empty: "", "yes": "no", colon: "a: b", hash: "# x", unicode: "grün 世界", quote: "it's \\"so\\""}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, labels: {n: "9", team: red}, annotations: {rank: "1"}}
data: {k: "22"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, labels: {n: "100"}}
data: {k: "3"}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
type: Opaque
data: {p: c2VjcmV0}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: small}
spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 500Mi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: large}
spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 2Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: one, labels: {app: one}}
spec:
  replicas: 0
  selector: {matchLabels: {app: one}}
  template: {metadata: {labels: {app: one}}, spec: {containers: [{name: c, image: nginx}, {name: d, image: "busybox:1.36"}]}}
`;
const T = {
  kind: '{{.kind}}{{"\\n"}}',
};

export const GETS: Scenario = {
  name: "get in every format",
  files: {
    ...FILES,
    "objects.yaml": OBJECTS,
    "columns.txt": "NAME            KIND\nmetadata.name   kind\n",
    "columns-bad.txt": "NAME KIND\nmetadata.name\n",
    "columns-one.txt": "NAME\n",
    "template.tpl": "{{range .items}}{{.metadata.name}};{{end}}",
    "path.txt": "{range .items[*]}{.metadata.name}{';'}{end}",
  },
  steps: lines(`
    apply -f objects.yaml
    wait --for=create deploy/one
    ${[
      "json",
      "yaml",
      "name",
      "wide",
      "jsonpath={.kind}",
      "jsonpath-as-json={.kind}",
      "go-template={{.kind}}",
      "custom-columns=K:.kind",
    ]
      .flatMap((format) =>
        ["cm a", "cm a b", "cm -l team", "cm,secret", "cm/a secret/s", "cm none", "cm -l none"].map(
          (what) => `get ${what} -o ${format}`,
        ),
      )
      .join("\n")}
    get cm -o custom-columns-file=columns.txt
    get cm a -o custom-columns-file=columns.txt
    get cm -o custom-columns-file=columns-bad.txt
    get cm -o custom-columns-file=columns-one.txt
    get cm -o custom-columns-file=nope.txt
    get cm -o custom-columns-file
    get cm -o custom-columns=
    get cm -o custom-columns=A
    get cm -o custom-columns=A:
    get cm -o custom-columns=A:.metadata.name,A:.kind
    get cm -o custom-columns=A:.metadata.labels
    get cm -o custom-columns=A:.metadata.labels.team,B:.metadata.annotations.rank
    get cm -o custom-columns='A:.metadata.labels.example\\.com/role'
    get cm -o custom-columns=A:.data
    get cm a -o custom-columns=A:.data.multi
    get cm a -o custom-columns=A:.data.k,B:.nope
    get cm a -o custom-columns=A:.data.unicode,B:.metadata.name
    get deploy one -o custom-columns=A:.spec.template.spec.containers[*].image
    get deploy one -o custom-columns=A:.spec.template.spec.containers[0].image
    get deploy one -o custom-columns=A:.spec.template.spec.containers[9].image
    get deploy one -o custom-columns='A:{.spec.replicas}'
    get deploy one -o custom-columns='A:.spec.template.spec.containers[?(@.name=="d")].image'
    get cm -o custom-columns=A:.metadata.name --sort-by=.data.k
    get cm -o custom-columns=A:[
    get cm -o go-template-file=template.tpl
    get cm -o templatefile=template.tpl
    get cm -o go-template-file=nope
    get cm -o go-template-file
    get cm --template=x
    get cm --template='{{.kind}}'
    get cm -o template --template='{{.kind}}'
    get cm -o go-template --template='{{.kind}}'
    get cm -o jsonpath-file=path.txt
    get cm -o jsonpath-file=nope
    get cm -o jsonpath --template='{.kind}'
    get cm -o json --template='{.kind}'
    get cm a -o go-template='{{index .data "k"}}'
    get cm a -o go-template='{{index .metadata.labels "example.com/role"}}'
    get cm a -o go-template='{{range $k, $v := .metadata.labels}}{{$k}}={{$v}},{{end}}'
    get cm a -o go-template='{{with .metadata}}{{.name}}{{end}}'
    get cm a -o go-template='{{with .nope}}{{.name}}{{else}}none{{end}}'
    get cm a -o go-template='{{if and .data .metadata}}both{{end}}'
    get cm a -o go-template='{{if or .nope .metadata}}one{{end}}'
    get cm a -o go-template='{{not .nope}}'
    get cm a -o go-template='{{eq .kind "ConfigMap"}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 1}}'
    get cm a -o go-template='{{printf "%q %v %d %5s|%-5s|" .metadata.name .kind 3 "a" "b"}}'
    get cm a -o go-template='{{print 1 2 "x" "y" 3}}'
    get cm a -o go-template='{{println .kind}}'
    get cm a -o go-template='{{html "<a>"}} {{js "it is"}} {{urlquery "a b&c"}}'
    get cm a -o go-template='{{len .metadata.name}} {{slice .metadata.name 0 1}}'
    get cm a -o go-template='{{.data.k | printf "%s!"}}'
    get cm a -o go-template='{{/* note */}}{{- .kind -}}  x'
    get cm a -o go-template='{{define "t"}}[{{.}}]{{end}}{{template "t" .kind}}'
    get cm a -o go-template='{{$x := .kind}}{{$x}}{{$x = "y"}}{{$x}}'
    get cm a -o go-template='{{block "b" .}}{{.kind}}{{end}}'
    get cm a -o go-template='{{exists . "data" "k"}} {{exists . "nope"}}'
    get secret s -o go-template='{{.data.p | base64decode}}'
    get cm a -o go-template='{{.data.k | base64decode}}'
    get cm a -o go-template='{{.nope.more}}'
    get cm a -o go-template='{{.nope}}' --allow-missing-template-keys=false
    get cm a -o go-template='{{.kind.x}}'
    get cm a -o go-template='{{nope}}'
    get cm a -o go-template='{{.kind'
    get cm a -o go-template='{{end}}'
    get cm a -o go-template='{{range .items}}'
    get cm a -o go-template='{{index .data}}'
    get cm a -o go-template='{{index .data "a" "b"}}'
    get cm a -o go-template='{{range .kind}}x{{end}}'
    get cm a -o go-template='{{break}}'
    get cm -o go-template='{{range .items}}{{if eq .metadata.name "b"}}{{break}}{{end}}{{.metadata.name}}{{end}}'
    get cm -o go-template='{{range .items}}{{if eq .metadata.name "b"}}{{continue}}{{end}}{{.metadata.name}} {{end}}'
    get cm -o go-template='{{range $i, $e := .items}}{{if $i}},{{end}}{{$e.metadata.name}}{{end}}'
    get cm -o go-template='{{(index .items 0).metadata.name}}'
    get cm a -o jsonpath='{.data}'
    get cm a -o jsonpath='{.data.multi}'
    get cm a -o jsonpath='{@}'
    get cm a -o jsonpath='{$.kind}'
    get cm a -o jsonpath='{.metadata.labels.example\\.com/role}'
    get cm a -o jsonpath='{.metadata.labels["team"]}'
    get cm a -o jsonpath="{.metadata.labels['team']}"
    get cm a -o jsonpath='{.metadata["name","namespace"]}'
    get cm a -o jsonpath='{["kind","apiVersion"]}'
    get cm a -o jsonpath='{"text"} {.kind} {3} {true}'
    get cm a -o jsonpath='{.kind}{"\\t"}{.metadata.name}{"\\n"}'
    get cm a -o jsonpath='{..name}'
    get cm -o jsonpath='{..k}'
    get cm -o jsonpath='{.items[1:3].metadata.name}'
    get cm -o jsonpath='{.items[::2].metadata.name}'
    get cm -o jsonpath='{.items[-2:].metadata.name}'
    get cm -o jsonpath='{.items[0,2].metadata.name}'
    get cm -o jsonpath='{.items[9].metadata.name}'
    get cm -o jsonpath='{.items[?(@.data.k=="22")].metadata.name}'
    get cm -o jsonpath='{.items[?(@.data.k!="22")].metadata.name}'
    get cm -o jsonpath='{.items[?(@.metadata.labels.team)].metadata.name}'
    get cm -o jsonpath='{.items[?(@.data.k>"2")].metadata.name}'
    get cm -o jsonpath='{.items[?(@.metadata.name=="a"||@.metadata.name=="b")].metadata.name}'
    get cm -o jsonpath='{.items[?(@.nope=="a")].metadata.name}'
    get cm -o jsonpath='{range .items[?(@.data.k)]}{.metadata.name}={.data.k}{"\\n"}{end}'
    get cm -o jsonpath='{range .items[*]}[{.metadata.name}, {.metadata.labels.team}]{end}'
    get cm -o jsonpath='{range .items[*]}{range .metadata}{.name}{end}{end}'
    get cm -o jsonpath='{.items[*]["metadata"]["name"]}'
    get cm -o jsonpath='{.items.*.metadata.name}'
    get cm -o jsonpath='{.nope}' --allow-missing-template-keys=false
    get cm -o jsonpath='{.items[9]}' --allow-missing-template-keys=false
    get cm -o jsonpath='{.items[a]}'
    get cm -o jsonpath='{end}'
    get cm -o jsonpath='{"unclosed}'
    get cm -o jsonpath='kind'
    get cm -o jsonpath='.kind'
    get cm -o jsonpath={}
    get cm -o jsonpath=''
    get deploy one -o jsonpath='{.spec.template.spec.containers[*].image}'
    get deploy one -o jsonpath='{.spec.template.spec.containers[*]["name","image"]}'
    get deploy one -o jsonpath-as-json='{.spec.template.spec.containers[*].image}'
    get deploy one -o jsonpath-as-json='{.spec.replicas}'
    get deploy one -o jsonpath-as-json='{.spec.selector}'
    get deploy one -o jsonpath-as-json='{.nope}'
    get deploy one -o jsonpath-as-json='{range .spec.template.spec.containers[*]}{.name}{end}'
    get cm --sort-by=.data.k
    get cm --sort-by=.metadata.name
    get cm --sort-by='{.metadata.name}'
    get cm --sort-by=metadata.name
    get cm --sort-by=.metadata.labels.n
    get cm --sort-by=.metadata.annotations.rank
    get cm --sort-by=.nope
    get cm --sort-by=.nope -o name
    get cm --sort-by='{.metadata'
    get cm --sort-by=.metadata.labels
    get cm --sort-by=.data -o name
    get cm a --sort-by=.data.k
    get cm,secret --sort-by=.metadata.name
    get pvc --sort-by=.spec.resources.requests.storage
    get pvc --sort-by=.spec.resources.requests.storage -o name
    get nodes --sort-by=.status.capacity.cpu -o name
    get cm -o jsonpath='{.items[*].metadata.name}' --sort-by=.metadata.labels.n
    get cm -o yaml --sort-by=.metadata.name
    get cm --chunk-size=1
    get cm --chunk-size=1 -o name
    get cm --chunk-size=0 -o name
    get cm --chunk-size=-1 -o name
    get cm --chunk-size=2 --sort-by=.metadata.name
    get cm --chunk-size=x
    get cm -L team
    get cm -L team,n
    get cm -L team -L example.com/role
    get cm --show-labels
    get cm --show-labels -L team --no-headers
    get cm --show-kind
    get cm --show-kind -o name
    get cm -A --field-selector metadata.name=a
    get cm --field-selector metadata.name!=a -o name
    get cm --field-selector metadata.name=a,metadata.namespace=default -o name
    get cm --field-selector nope=a
    get cm --field-selector a
    get cm -l team!=red -o name
    get cm -l 'team notin (red)' -o name
    get cm -l '!team' -o name
    get cm -l team=blue,n=10 -o name
    get cm -l 'n>50' -o name
    get cm -l 'n>x'
    get cm -l 'team=(red)'
    get cm -l team=blue -l n=10 -o name
    get deploy one --subresource=scale -o yaml
    get deploy one --subresource=status -o name
    get cm a --subresource=status
    get -f objects.yaml -o name
    get -f objects.yaml
    get -f objects.yaml -l team=red -o name
    get -f objects.yaml -o custom-columns=N:.metadata.name --no-headers
    get -f nope.yaml
    get -f dir -R -o name
    get -f objects.yaml --ignore-not-found -o name
    get cm none --ignore-not-found
    get cm none a --ignore-not-found -o name
    get cm none -o name
    get cm a none -o name
    get cm a none -o yaml
    get cm a -o YAML
    get cm a -o json=x
    get cm a -ojson -oname
    get cm a -o name --show-managed-fields
    get cm a -o yaml --show-managed-fields
    get cm a -o json --show-managed-fields=false
    get cm a --output=wide --no-headers
    get configmap/a configmaps/b cm/c -o name
    get cm.v1 a
    get cm.v1. a
    get configmaps.v1. a
    get deploy.v1.apps one
    get deployments.apps one
    get deployments.v1.apps/one
    get deploy.extensions one
    get Deployment one
    get deployment,Service
    get all -l app=one
    get all,cm -l team=blue
    get cm a -n default
    get cm a -n nope
    get cm a --namespace nope --ignore-not-found
    get events --sort-by=.lastTimestamp -o name --field-selector involvedObject.name=none
    ${Object.values(T)
      .flatMap((template) => ["cm a", "cm", "deploy,cm"].map((what) => `get ${what} -o go-template='${template}'`))
      .join("\n")}
  `),
};
