/** cp, diff, and what port-forward and proxy refuse: the two go on until they are stopped, so that the rest of them is tested in test/integration. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const FORWARDED = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports:
  - {port: 8000, targetPort: http, name: main}
  - {port: 81, targetPort: 81, name: other}
  - {port: 53, protocol: UDP, name: dns}
---
apiVersion: v1
kind: Service
metadata: {name: without}
spec: {ports: [{port: 8000}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: nginx, image: "nginx:1.27", ports: [{containerPort: 80, name: http}, {containerPort: 53, protocol: UDP, name: dns}]}
---
apiVersion: v1
kind: Pod
metadata: {name: done}
spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: ["true"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: empty}
spec: {containers: [{name: c, image: "registry.k8s.io/pause:3.10"}]}
`;
const SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {a: one, b: two}\n";

export const STREAMS: Scenario = {
  name: "streams",
  files: {
    ...FILES,
    "forwarded.yaml": FORWARDED,
    "forwarded-v2.yaml": FORWARDED.replace("replicas: 1", "replicas: 2").replace('"nginx:1.27"', '"nginx:1.28"'),
    "secret.yaml": SECRET,
    "secret-v2.yaml": SECRET.replace("one", "three").replace("b: two", "c: four"),
    "both.yaml": `${SECRET}---\n${FORWARDED}`,
    "elsewhere.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: nowhere}\n",
    "site/index.html": "hello\n",
    "site/deep/er/page.html": "deeper\n",
    "note.txt": "a note\n",
  },
  steps: lines(`
    apply -f forwarded.yaml
    rollout status deploy/web
    wait --for=condition=Ready pod/empty --timeout=5s
    port-forward
    port-forward web
    port-forward nope 80
    port-forward deploy/nope 80
    port-forward nothing/x 80
    port-forward deploy/web x
    port-forward deploy/web 0
    port-forward deploy/web a:80
    port-forward deploy/web 80:
    port-forward deploy/web 99999
    port-forward deploy/web -80
    port-forward done 80
    port-forward svc/web 9
    port-forward svc/web nope
    port-forward svc/web 53
    port-forward svc/web dns
    port-forward deploy/web :dns
    port-forward svc/web :8000 --address 1.2.3
    port-forward svc/web :8000 --address localhost,nowhere
    port-forward deploy/web :80 --address 8.8.8.8
    port-forward svc/without 8000
    port-forward node/node-1 80
    port-forward cm/kube-root-ca.crt 80
    port-forward deploy/web 80 --pod-running-timeout=0s
    port-forward deploy/web 80 --pod-running-timeout=soon
    exec svc/without -- ls
    exec node/node-1 -- ls
    exec deploy/web -- nothing-like-it
    exec empty -- sh
    proxy --port abc
    proxy --port 99999
    proxy --address 8.8.8.8
    proxy --nope
    apply -f pod.yaml
    wait --for=condition=Ready pod/two --timeout=5s
    cp
    cp note.txt
    cp note.txt other.txt
    cp note.txt two:/tmp extra
    cp two:/a two:/b
    cp note.txt two:
    cp two: here
    cp note.txt :/tmp
    cp note.txt a/b/c:/tmp
    cp nope.txt two:/tmp
    cp note.txt nope:/tmp
    cp note.txt nowhere/two:/tmp
    cp note.txt done:/tmp
    cp note.txt empty:/tmp
    cp empty:/etc/passwd here
    cp empty:/etc/passwd here --retries=1
    cp note.txt two:/tmp/note.txt -c nope
    cp note.txt two:/tmp/note.txt
    exec two -c one -- cat /tmp/note.txt
    cp note.txt two:/tmp -c other
    exec two -c other -- cat /tmp/note.txt
    cp note.txt default/two:/tmp/renamed -c one
    exec two -c one -- cat /tmp/renamed
    cp note.txt two:relative.txt -c one
    exec two -c one -- cat /relative.txt
    cp note.txt two:/no/such/folder/file -c one
    cp site two:/srv -c one
    exec two -c one -- find /srv
    cp site/ two:/tmp/new -c one
    exec two -c one -- find /tmp/new
    cp two:/tmp/new back -c one
    cp back two:/tmp/again -c one
    exec two -c one -- find /tmp/again
    exec two -c one -- cat /tmp/again/deep/er/page.html
    cp two:/tmp/note.txt . -c one
    cp two:/tmp/note.txt note.txt/below -c one
    cp two:tmp/note.txt copied.txt -c one
    cp copied.txt two:/tmp/third -c one
    exec two -c one -- cat /tmp/third
    cp two:/etc/../tmp/note.txt other -c one
    diff
    diff --nope
    diff x
    diff -f nope.yaml
    diff -f broken.yaml
    diff -f petset.yaml
    diff -f elsewhere.yaml
    diff -f web.yaml --force-conflicts
    diff -f forwarded.yaml
    diff -f forwarded-v2.yaml
    diff -f secret.yaml --show-managed-fields
    diff -f forwarded-v2.yaml --server-side
    diff -f forwarded-v2.yaml --server-side --force-conflicts
    diff -f forwarded-v2.yaml -l app=none
    KUBECTL_EXTERNAL_DIFF=nothing-like-it diff -f forwarded-v2.yaml
    KUBECTL_EXTERNAL_DIFF=echo diff -f forwarded-v2.yaml
    KUBECTL_EXTERNAL_DIFF=false diff -f forwarded-v2.yaml
    KUBECTL_EXTERNAL_DIFF='diff -N' diff -f forwarded-v2.yaml
    diff -f cm.yaml
    diff -f secret.yaml
    apply -f secret.yaml
    diff -f secret.yaml
    diff -f secret-v2.yaml
    diff -f both.yaml
    diff -f cm.yaml -k site
    diff -f dir
    diff -f - < cm.yaml
  `),
};
