/** What reads objects, where a template, a path, a column or an order makes no sense of them. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const OBJECTS = `apiVersion: v1
kind: ConfigMap
metadata: {name: a, labels: {n: "10", team: blue}, annotations: {rank: "3"}}
data: {k: "1", text: "x"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, labels: {n: "9"}}
data: {k: "22"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: one, labels: {app: one}}
spec:
  replicas: 0
  selector: {matchLabels: {app: one}}
  template: {metadata: {labels: {app: one}}, spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}, {name: d, image: "busybox:1.36"}]}}
---
apiVersion: v1
kind: Service
metadata: {name: s1}
spec: {ports: [{port: 80, targetPort: http}, {port: 9, name: x, targetPort: 9}], selector: {a: b}}
---
apiVersion: v1
kind: Service
metadata: {name: s2}
spec: {ports: [{port: 443, targetPort: 8443}], selector: {a: b}}
`;

const WATCHED = [
  "json",
  "yaml",
  "name",
  "wide",
  "jsonpath={.type}",
  "jsonpath-as-json={.metadata.name}",
  "go-template={{.kind}}",
  "custom-columns=N:.metadata.name",
];

export const READS: Scenario = {
  name: "templates and orders that make no sense",
  files: { ...FILES, "objects.yaml": OBJECTS },
  steps: lines(`
    + apply -f objects.yaml
    wait --for=create deploy/one
    ${[
      "{range .items[*]}{.metadata.name}",
      "{range .items[*]}{.metadata.name} {end}{range .items[*]}x",
      "{range}{end}",
      "{range .items[*]",
      "{range .items[*]}{range .data}{end}",
      "{end}{end}",
      "{.items[?(@.x)}",
      "{.items[?(@.x==)]}",
      "{.items[?(==1)]}",
      "{.items[?()]}",
      "{.items[?(@.data.k==22)].metadata.name}",
      '{.items[?(@.data.k=="1")].metadata.name}',
      '{.items[?(@.data.k>="1")].metadata.name}',
      '{.items[?(@.data.k<"2")].metadata.name}',
      '{.items[?(@.data.k<="1")].metadata.name}',
      '{.items[?(@.metadata==\\"a\\")].metadata.name}',
      "{.items[?(@.metadata.name==@.kind)].metadata.name}",
      "{.items[?(@.data=={})]}",
      "{.items[?(@.metadata.name=~a)]}",
      "{.items[?(@.data.k==true)]}",
      "{.items[?(@.data.k==1.5)]}",
      "{.items[?(@.data.k=1)]}",
      "{.items[?(@.metadata.labels>1)]}",
      "{.items[*].data.k[0]}",
      "{.items[0].metadata.labels[*]}",
      "{.items[0].metadata[name]}",
      "{.items[0]['metadata']['name']}",
      "{.items[0]['metadata.name']}",
      "{.items[1:0]}",
      "{.items[0:99].metadata.name}",
      "{.items[-1].metadata.name}",
      "{.items[-9].metadata.name}",
      "{.items[-9:].metadata.name}",
      "{.items[::-1].metadata.name}",
      "{.items[::0].metadata.name}",
      "{.items[:1].metadata.name}",
      "{.items[0:1:2:3]}",
      "{.items[x]}",
      "{.items[]}",
      "{.items[,]}",
      "{.items[0,1,].metadata.name}",
      "{.items[*",
      "{.items",
      "{.items}}",
      "{{.items}}",
      "{.kind",
      "{.}",
      "{...}",
      "{*}",
      "{.kind.x}",
      "{.kind[0]}",
      "{.kind[*]}",
      "{.metadata..resourceVersion}",
      "{ .kind }",
      "{.kind .apiVersion}",
      "{.kind, .apiVersion}",
      "{.kind}{.nope}{.apiVersion}",
      "{nope}",
      "{true} {false} {null}",
      "{1.5} {-3} {1e3}",
      "{1x}",
      "{\\'quoted\\'}",
      '{"a\\\\tb"}',
      '{"a}',
      "{'a}",
      "{#}",
      "{/}",
      "{$}",
      "{$x}",
      "{@.kind}",
      "{@@}",
      "{.items[0].data.k}-{.items[1].data.k}",
      "{range .kind}x{end}",
      "{range .items[0].metadata.labels}{@}{end}",
      "{range .items[*].metadata}{.name}{','}{end}",
      "{range .items[?(@.data)]}{.metadata.name}{end}",
    ]
      .map((path) => `get cm -o "jsonpath=${path.replaceAll('"', "'")}"`)
      .join("\n")}
    get cm -o jsonpath='{.items[?(@.metadata.name==\\"a\\")].kind}'
    get cm -o jsonpath='{.items[?(@.metadata.name=="a" && @.kind=="ConfigMap")].kind}'
    get cm -o jsonpath='{.items[?(!@.data)].metadata.name}'
    get cm -o jsonpath='{.items[?(@.metadata.annotations.rank)].metadata.name}'
    get svc s1 -o jsonpath='{.spec.ports[?(@.port==80)].targetPort}'
    get svc s1 -o jsonpath='{.spec.ports[?(@.port>80)].targetPort}'
    get svc s1 -o jsonpath='{.spec.ports[?(@.port>"80")].targetPort}'
    get svc s1 -o jsonpath='{.spec.ports[?(@.port==80.0)].targetPort}'
    get svc s1 -o jsonpath='{.spec.ports[?(@.targetPort=="http")].port}'
    get svc s1 -o jsonpath='{.spec.ports[?(@.targetPort==9)].port}'
    get svc s1 -o jsonpath='{.spec.ports[*].nope}'
    get svc s1 -o jsonpath='{.spec.ports[*].nope}' --allow-missing-template-keys=false
    get svc s1 -o jsonpath='{range .spec.ports[*]}{.name}{end}' --allow-missing-template-keys=false
    get svc -o jsonpath-as-json='{.items[*].spec.ports}'
    get svc -o jsonpath-as-json='{.items[*].spec.ports[*].port}'
    get svc -o jsonpath-as-json='{.items[*].metadata.name}{.kind}'
    get svc -o jsonpath-as-json='text'
    get svc -o jsonpath-as-json='{range .items[*]}{.metadata.name}{end}'
    get svc -o jsonpath-as-json='{range .items[*]}{.metadata.name}'
    get svc -o jsonpath-as-json='{.items[9]}'
    get svc -o jsonpath-as-json=
    get svc -o jsonpath-as-json
    get svc -o jsonpath-as-json='{"x"}'
    get svc -o jsonpath-as-json='{.items[*].spec.selector}'
    get svc --sort-by=.spec.ports[0].targetPort
    get svc --sort-by=.spec.ports[0].targetPort -o name
    get svc --sort-by=.spec.ports[*].port -o name
    get svc --sort-by=.spec.ports -o name
    get svc --sort-by=.spec -o name
    get svc --sort-by=.spec.ports[1].port -o name
    get svc --sort-by=.spec.ports[5].port
    get svc --sort-by=.spec.type -o name
    get svc --sort-by=.status -o name
    get svc --sort-by='{.nope.more}' -o name
    get svc --sort-by=nope
    get svc --sort-by=.
    get svc --sort-by=..
    get svc --sort-by=
    get svc --sort-by='.metadata.name}'
    get svc --sort-by='{.metadata.name'
    get svc --sort-by=.metadata.creationTimestamp -o name
    get cm --sort-by=.data.k -o name
    get cm --sort-by=.data.text -o name
    get cm --sort-by=.metadata.annotations.rank -o name
    get cm --sort-by=.metadata.labels.n -o jsonpath={.items[*].metadata.name}
    get cm --sort-by=.metadata.labels -o name
    get cm,svc --sort-by=.metadata.name -o name
    get cm,svc --sort-by=.spec.type -o name
    get cm,svc --sort-by=.kind
    get deploy --sort-by=.spec.replicas
    ~ get deploy,svc --sort-by=.metadata.uid -o name --no-headers
    get cm -o custom-columns=A:.nope.more
    get cm -o custom-columns=A:{
    get cm -o custom-columns=A:}
    get cm -o custom-columns='A:{.metadata.name}{.kind}'
    get cm -o custom-columns=A:.data[0]
    get cm -o custom-columns=A:.data[*]
    get cm -o custom-columns=A:.data[?]
    get cm -o custom-columns=:.kind
    get cm -o custom-columns=A:.kind,
    get cm -o custom-columns=,A:.kind
    get cm -o custom-columns=A:kind
    get cm -o custom-columns=A:metadata.name,B:{.kind}
    get cm -o custom-columns=A:.kind:x
    get cm -o 'custom-columns=A B:.kind'
    get cm -o 'custom-columns=A:.kind,    B:.metadata.name'
    get cm a -o custom-columns=A:.metadata.labels,B:.data.k --no-headers
    get svc -o custom-columns=P:.spec.ports[*].port,T:.spec.ports[*].targetPort
    get svc -o custom-columns=P:.spec.ports
    get svc -o custom-columns=P:.spec.ports[0],X:.spec.selector
    get svc -o custom-columns=P:.spec.nothing[*].x
    get svc -o custom-columns=P:..port
    get svc -o custom-columns=X:.spec.sessionAffinity,Y:.spec.clusterIPs[0:1].x
    get deploy -o custom-columns=R:.spec.replicas,P:.spec.template.spec.containers[*].ports[*].containerPort
    get cm -o go-template='{{range .items}}'
    get cm -o go-template='{{range .items}}{{.metadata.name}}{{end}}{{end}}'
    get cm -o go-template='{{.items.x}}'
    get cm -o go-template='{{range .items}}{{.data.k.x}}{{end}}'
    get cm -o go-template='{{index .items 7}}'
    get cm -o go-template='{{index .items "a"}}'
    get cm -o go-template='{{len .nope}}'
    get cm -o go-template='{{len 3}}'
    get cm -o go-template='{{printf "%d" .kind}}'
    get cm -o go-template='{{printf "%s" .items | len}}'
    get cm -o go-template='{{lt .kind 3}}'
    get cm -o go-template='{{eq .kind .items}}'
    get cm -o go-template='{{eq .kind}}'
    get cm -o go-template='{{.kind | nope}}'
    get cm -o go-template='{{template "x"}}'
    get cm -o go-template='{{define "x"}}'
    get cm -o go-template='{{if}}x{{end}}'
    get cm -o go-template='{{if .kind}}x{{else}}y{{else}}z{{end}}'
    get cm -o go-template='{{else}}'
    get cm -o go-template='{{$x}}'
    get cm -o go-template='{{.kind "x"}}'
    get cm -o go-template='{{"a" "b"}}'
    get cm -o go-template='{{3 | printf}}'
    get cm -o go-template='{{.}} {{nil}}'
    get cm -o go-template='{{nil}}'
    get cm -o go-template='{{call .kind}}'
    get cm -o go-template='{{slice .kind 0 99}}'
    get cm -o go-template='{{range $a, $b, $c := .items}}{{end}}'
    get cm -o go-template='{{"unclosed}}'
    get cm -o go-template='{{ .kind'
    get cm -o go-template='}}'
    get cm -o go-template='{{/* open'
    get cm -o go-template='{{.metadata.nope.name}}' --allow-missing-template-keys=false
    get svc s1 -o go-template='{{range .spec.ports}}{{.port}}/{{.targetPort}} {{end}}'
    get svc s1 -o go-template='{{(index .spec.ports 0).nope.x}}'
    get svc s1 -o go-template='{{printf "%T %v %05d" (index .spec.ports 0).port .spec.ports 7}}'
    get cm -o go-template
    get cm -o go-template=
    get cm -o template
    get cm -o templatefile
    ${["cm a", "cm", "cm a svc/s1", "svc s1 s2", "deploy one"].flatMap((what) => ["json", "yaml"].map((format) => `get ${what} -o ${format} --show-managed-fields`)).join("\n")}
    get cm a -o jsonpath='{.metadata.managedFields[*].manager}'
    get cm a -o jsonpath='{.metadata.managedFields[*].manager}' --show-managed-fields
    get cm a -o go-template='{{len .metadata.managedFields}}'
    get cm a --show-managed-fields
    get cm a -o wide --show-managed-fields
    + label cm a x=y --show-managed-fields -o yaml
    + annotate cm b x=y --show-managed-fields -o jsonpath={.metadata.managedFields[*].operation}
    ${WATCHED.flatMap((format) => [
      `get cm a -w --request-timeout=1s --output-watch-events -o ${format}`,
      `get svc -w --request-timeout=1s --output-watch-events -o ${format}`,
      `get svc -w --watch-only --request-timeout=1s --output-watch-events -o ${format}`,
    ]).join("\n")}
    get cm a -w --request-timeout=1s --output-watch-events
    get cm a -w --request-timeout=1s --output-watch-events --no-headers
    get cm a -w --request-timeout=1s --output-watch-events -L team --show-labels
    get cm a -w --request-timeout=1s --output-watch-events -o wide --show-kind
    get svc -w --request-timeout=1s --sort-by=.metadata.name
    get svc -A -w --request-timeout=1s --output-watch-events
    get -f objects.yaml -w --request-timeout=1s
    get cm/a svc/s1 -w --request-timeout=1s
    get svc -w --chunk-size=1 --request-timeout=1s -o name
    get svc -w --ignore-not-found --request-timeout=1s -l none=such
    get cm none -w --ignore-not-found --request-timeout=1s
    get --raw /api/v1/namespaces/default/configmaps -w
    label cm a --list x=z
    ~ label cm a --list x-
    ~ label cm a --list --overwrite x=z
    ~ label cm a --list x=y
    ~ label cm a b --list
    ~ label cm --all --list
    label cm none --list
    label cm a --list -o yaml
    label cm a --list -o name
    ~ label cm a --list --dry-run=client
    ~ label cm a --list --resource-version=1
    ~ label cm -l team --list
    ~ label -f cm.yaml --list
    ~ label -f objects.yaml --list --local
    label -f objects.yaml q=r --local
    label -f objects.yaml q=r --local -o name
    label -f cm.yaml q=r --local -o yaml
    annotate cm a --list rank=z
    ~ annotate cm a --list x-
    ~ annotate cm a --list -o json
    ~ annotate cm a b --list
    ~ annotate cm c --list
    annotate -f cm.yaml q=r --local -o yaml
    apply set-last-applied -f cm.yaml
    apply set-last-applied -f objects.yaml
    create -f cm.yaml
    apply set-last-applied -f cm.yaml
    apply set-last-applied -f cm.yaml --create-annotation
    apply set-last-applied -f cm.yaml --create-annotation --dry-run=client
    apply set-last-applied -f cm.yaml --create-annotation -o yaml
    apply set-last-applied -f cm.yaml --create-annotation -o name
    apply set-last-applied -f cm2.yaml --dry-run=server -o yaml
    apply set-last-applied -f cm2.yaml --create-annotation=false
    apply set-last-applied -f cm2.yaml
    apply set-last-applied -f cm2.yaml
    apply set-last-applied -f none.yaml
    apply set-last-applied -f dir --create-annotation
    apply set-last-applied
    apply set-last-applied cm settings
    apply view-last-applied cm/settings
    apply view-last-applied cm/settings -o json
    apply view-last-applied cm/settings -o name
    apply view-last-applied cm settings a
    apply view-last-applied cm --all
    apply view-last-applied -f cm.yaml
    apply view-last-applied -l team=blue
    apply view-last-applied cm -l team=blue
    apply edit-last-applied cm none
  `),
};
