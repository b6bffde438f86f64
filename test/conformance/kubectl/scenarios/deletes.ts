/** delete: what is meant, how it goes, and what is said. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const DELETES: Scenario = {
  name: "delete",
  files: {
    ...FILES,
    "cms.yaml": ["a", "b", "c", "d", "e", "f"]
      .map(
        (name, i) =>
          `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {all: "yes", half: "${i % 2}"}}\n`,
      )
      .join("---\n"),
    "yes.txt": "y\n",
    "no.txt": "n\n",
    "long-yes.txt": "yes\n",
    "empty.txt": "",
    "nested/deep/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
    "nested/y.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"y"}}',
    "nested/notes.txt": "not a manifest\n",
    "kustom/kustomization.yaml": "resources: [x.yaml]\nnamePrefix: k-\n",
    "kustom/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
    "generated.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: some-}\n",
    "list.yaml":
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l1}}\n- {apiVersion: v1, kind: Secret, metadata: {name: l2}}\n",
  },
  steps: lines(`
    create -f cms.yaml
    delete cm a --dry-run=client
    delete cm a --dry-run=server
    delete cm a --dry-run
    delete cm a --dry-run=nope
    delete cm a --dry-run=client -o name
    delete cm a -o json
    delete cm a -o yaml
    delete cm a -o wide
    delete cm a --interactive < no.txt
    delete cm a -i < yes.txt
    delete cm a -i < empty.txt
    delete cm b -i < long-yes.txt
    delete cm b c -i < yes.txt
    delete cm d -i --dry-run=client < yes.txt
    delete cm -l half=1 -i < no.txt
    delete -f cms.yaml -i < no.txt
    get cm
    create -f cms.yaml
    delete cm a -o name
    delete cm/b cm/c
    delete cm/d svc/nope
    delete cm nope e
    delete cm nope none
    delete cm nope e --ignore-not-found
    delete cm nope none --ignore-not-found
    delete cm --all --ignore-not-found=false
    delete cm --all
    delete cm --all
    create -f cms.yaml
    delete cm -l half=1 --dry-run=server
    delete cm -l half=1
    delete cm -l half=1
    delete cm -l half=1 --ignore-not-found=false
    delete cm -l 'half in'
    delete cm --field-selector metadata.name=a
    delete cm --field-selector metadata.name=a
    delete cm --field-selector nope=a
    delete cm --field-selector metadata.name=a -l half=0
    delete cm --all --field-selector metadata.name=c
    delete cm c --field-selector metadata.name=c
    delete cm c -l half=0
    delete cm c --all
    delete cm --all -l half=0
    delete cm c -A
    delete cm -A
    delete cm -l half=0 -A
    delete cm -l half=none -A
    delete cm,secret -l half=0
    create -f cms.yaml
    delete -f cms.yaml --ignore-not-found
    delete -f cms.yaml
    delete -f cms.yaml --ignore-not-found
    delete -f cms.yaml -l half=0
    create -f cms.yaml
    delete -f cms.yaml -l half=0
    delete -f cms.yaml --all
    delete -f cms.yaml cm
    delete cm -f cms.yaml
    delete -f cms.yaml -n nope
    delete -f nope.yaml
    delete -f broken.yaml
    delete -f petset.yaml
    delete -f no-kind.yaml
    delete -f generated.yaml
    delete -f - < cm.yaml
    create -f cm.yaml
    delete -f - < cm.yaml
    create -f list.yaml
    get -f list.yaml -o name
    delete -f list.yaml
    create -R -f nested
    delete -f nested
    delete -R -f nested
    delete -Rf nested
    create -k kustom
    delete -k kustom
    delete -k kustom
    delete -k nope
    delete -k kustom -f cm.yaml
    delete -k kustom -R
    delete -k kustom cm x
    create cm z --from-literal=a=b
    delete --raw /api/v1/namespaces/default/configmaps/z
    delete --raw /api/v1/namespaces/default/configmaps/z
    delete --raw /nope
    delete --raw x
    delete --raw /x cm y
    delete --raw /x -f cm.yaml
    delete --raw /x -R -f cm.yaml
    create --raw /api/v1/namespaces/default/configmaps -f cm.yaml
    create --raw /api/v1/namespaces/default/configmaps -f nested/y.json
    create --raw /api/v1/namespaces/default/configmaps -f nested/y.json
    create --raw /api/v1/namespaces/default/configmaps
    create --raw /api/v1/namespaces/default/configmaps -f cm.yaml -f cms.yaml
    create --raw /api/v1/namespaces/default/configmaps -f nested
    create --raw x -f cm.yaml
    create --raw /api/v1/namespaces/default/configmaps -f cm.yaml -o json
    create --raw /api/v1/namespaces/default/configmaps -f nested/y.json --edit
    create --raw /api/v1/namespaces/default/configmaps -f - < cm.yaml
    replace --raw /api/v1/namespaces/default/configmaps/y -f nested/y.json
    replace --raw /api/v1/namespaces/default/configmaps/none -f nested/y.json
    replace --raw /api/v1/namespaces/default/configmaps/y
    replace --raw x -f nested/y.json
    replace --raw /api/v1/namespaces/default/configmaps/y -f nested/y.json -f cm.yaml
    replace --raw /api/v1/namespaces/default/configmaps/y -f nested/y.json -o name
    get --raw /api/v1/namespaces/default/configmaps/y
    get --raw api/v1
    get --raw /readyz
    get --raw /livez/ping
    get --raw '/readyz?verbose'
    get --raw /healthz
    get --raw /x cm
    get --raw /x -w
    get --raw /x -f cm.yaml
    get --raw /x -o json
    get --raw /x -k kustom
    get --raw /x -l a=b
    delete --raw /api/v1/namespaces/default/configmaps/y -f nested/y.json
    delete --raw /api/v1/namespaces/default/configmaps/y
    apply -f pod.yaml
    wait --for=condition=Ready pod/two --timeout=20s
    delete pod two --grace-period=-1
    apply -f pod.yaml
    wait --for=condition=Ready pod/two --timeout=20s
    delete pod two --now
    apply -f pod.yaml
    delete pod two --now --force
    apply -f pod.yaml
    delete pod two --now --grace-period=1
    delete pod two --force --grace-period=1
    delete pod two --force --grace-period=x
    delete pod two --force
    apply -f pod.yaml
    delete pod two --grace-period=0
    apply -f pod.yaml
    delete pod two --grace-period=0 --force -o name
    apply -f pod.yaml
    delete pod two --grace-period=1 --wait=false
    wait --for=delete pod/two --timeout=10s
    apply -f pod.yaml
    delete pod two --wait=false -o name
    wait --for=delete pod/two --timeout=10s
    apply -f pod.yaml
    delete pod two --timeout=20s
    delete pod two --timeout=x
    delete pod two --wait=x
    create deployment web --image=nginx:1.27
    rollout status deploy/web
    delete deploy web --cascade=orphan
    get rs -l app=web -o jsonpath='{.items[*].metadata.ownerReferences}'
    delete rs -l app=web --cascade=orphan
    get pod -l app=web -o jsonpath='{.items[*].metadata.ownerReferences}'
    delete pod -l app=web --now
    create deployment web --image=nginx:1.27
    delete deploy web --cascade=foreground
    get rs,pod -l app=web
    create deployment web --image=nginx:1.27
    delete deploy web --cascade=background
    create deployment web --image=nginx:1.27
    delete deploy web --cascade
    create deployment web --image=nginx:1.27
    delete deploy web --cascade=true
    create deployment web --image=nginx:1.27
    delete deploy web --cascade=false
    delete rs -l app=web
    delete deploy web --cascade=nope
    delete deploy/web --cascade=orphan --dry-run=server
    create ns doomed
    create cm in --from-literal=a=b -n doomed
    delete ns doomed --wait=false
    wait --for=delete ns/doomed --timeout=10s
    delete ns default
    delete ns kube-system --dry-run=client
    delete node nope
    delete node node-9 --ignore-not-found
    delete svc kubernetes --dry-run=client
    delete all --all --dry-run=client
    delete all --all -n nope
    delete pods,svc x
    delete pods x svc
    delete pods/x svc
    delete pods/
    delete /x
    delete nothing --all
    delete nothing/x
    delete pods --al
    delete
    delete -l a=b
    delete --all
    delete ""
  `),
};
