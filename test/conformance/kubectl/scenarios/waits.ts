/** wait: what is waited for, how long, and what is said about it. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const FORMS = [
  "condition",
  "condition=",
  "=Ready",
  "condition=Ready=",
  "condition=Ready=maybe",
  "delete=x",
  "create=x",
];
const PATHS = [
  "jsonpath=",
  "jsonpath",
  "jsonpath={.status.phase}",
  "jsonpath='{.status.phase}'",
  "jsonpath={.status.phase}=",
  "jsonpath={.status.phase}=Running",
  "jsonpath={status.phase}=Running",
  "jsonpath=status.phase=Running",
  "jsonpath=.status.phase=Running",
  "jsonpath=$.status.phase=Running",
  "jsonpath={.status.phase}=running",
  "jsonpath={.status.phase}==Running",
  "jsonpath={.status.phase}=Run=ning",
  "jsonpath={.status.nope}=x",
  "jsonpath={.status.nope}",
  "jsonpath={.status.conditions[*].type}=Ready",
  "jsonpath={.status.conditions[0].status}=True",
  'jsonpath={.status.conditions[?(@.type=="Ready")].status}=True',
  'jsonpath={.status.conditions[?(@.type=="None")].status}=True',
  "jsonpath={.spec.containers}=x",
  "jsonpath={.spec.containers}",
  "jsonpath={.spec.terminationGracePeriodSeconds}=0",
  "jsonpath={.spec.enableServiceLinks}=true",
  "jsonpath={.metadata.labels}=x",
  "jsonpath={.metadata.labels.app}=two",
  "jsonpath={.status.phase",
  "jsonpath={.status.phase}{.metadata.name}=x",
  "jsonpath={range .items[*]}{end}=x",
  "jsonpath={}=x",
  "jsonpath={..name}=x",
  "JSONPATH={.status.phase}=Running",
];

export const WAITS: Scenario = {
  name: "wait",
  files: {
    ...FILES,
    "held.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.com/hold], labels: {h: i}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: held2, finalizers: [example.com/hold], labels: {h: i}}\n",
  },
  steps: lines(`
    wait
    wait --for=condition=Ready
    wait --for=delete
    wait pod
    wait pod two
    wait pod/two
    wait pod/two --for=
    wait --for=create pod/two --timeout=1s
    wait --for=create pod/two --timeout=0s
    wait --for=create pod --all --timeout=1s
    wait --for=create pod -l app=two --timeout=1s
    wait --for=create -f pod.yaml --timeout=1s
    apply -f pod.yaml -f web.yaml
    wait --for=create pod/two --timeout=1s
    wait --for=create pod/two sts/web --timeout=1s
    wait --for=create -f pod.yaml
    wait --for=create -f pod.yaml -f web.yaml -o name
    wait --for=Create pod/two --timeout=1s
    wait --for=DELETE pod/two --timeout=0s
    wait --for=condition=Ready pod/two --timeout=20s
    wait --for=condition=ready pod/two
    wait --for=condition=READY pod/two
    wait --for=condition=Ready=true pod/two
    wait --for=condition=Ready=True pod/two
    wait --for=condition=Ready=false pod/two --timeout=0s
    wait --for=condition=Ready=Unknown pod/two --timeout=1s
    wait --for condition=Ready pod two
    wait --for condition=Ready pod two web-0
    wait --for condition=Ready pods two nope
    wait --for condition=Ready pod/two pod/nope
    wait --for condition=Ready pod/nope --timeout=1s
    wait --for condition=Ready pod/two -o name
    wait --for condition=Ready pod/two -o jsonpath={.metadata.name}
    wait --for condition=Ready pod/two -o go-template='{{.kind}}'
    wait --for condition=Ready pod/two -o wide
    wait --for condition=Ready pod/two -o nope
    wait --for condition=Ready pod/two pod/web-0 -o name
    wait --for condition=Ready pod --all
    wait --for condition=Ready pods -l app=two
    wait --for condition=Ready pods -l app=none
    wait --for condition=Ready pods -l app=none --timeout=0s
    wait --for condition=Ready pods -l 'app in'
    wait --for condition=Ready pod/two -l app=two
    wait --for condition=Ready pod two --all
    wait --for condition=Ready pods --all -l app=two
    wait --for condition=Ready pods --field-selector metadata.name=two
    wait --for condition=Ready pods --field-selector nope=two
    wait --for condition=Ready pods,sts --all --timeout=1s
    wait --for condition=Ready -f pod.yaml
    wait --for condition=Ready -f pod.yaml pod/two
    wait --for condition=Ready -f nope.yaml
    wait --for condition=Ready nodes --all
    wait --for condition=Ready nodes --all -A
    wait --for condition=Ready node/node-1 -n nope
    wait --for condition=Ready pod -A -l app=two
    wait --for condition=Ready pod two -A
    wait --for condition=Ready svc/nginx --timeout=1s
    wait --for condition=Ready cm/kube-root-ca.crt --timeout=0s
    wait --for condition=Ready sts/web --timeout=0s
    wait --for condition=Ready nothing/x
    wait --for condition=Ready nothing --all
    wait --for condition=Ready pod/two --timeout=-1s
    wait --for condition=Ready pod/two --timeout=soon
    wait --for condition=Ready pod/two --timeout=1
    wait --for condition=Ready pod/two --allow-missing-template-keys=false
    wait --for condition=Ready pod/two --local
    wait --for condition=Ready pod/two --nope
    ${FORMS.map((form) => `wait --for=${form} pod/two --timeout=1s`).join("\n")}
    ${PATHS.map((form) => `wait --for=${form.includes("'") || form.includes('"') ? `'${form.replaceAll("'", "")}'` : form} pod/two --timeout=1s`).join("\n")}
    wait --for=jsonpath={.status.readyReplicas}=2 sts/web --timeout=20s
    wait --for=jsonpath={.status.readyReplicas}=2.0 sts/web --timeout=0s
    wait --for=jsonpath={.status.readyReplicas}=3 sts/web --timeout=1s
    wait --for=jsonpath={.status.readyReplicas} sts/web
    wait --for=jsonpath={.spec.clusterIP}=None svc/nginx
    wait --for=jsonpath={.spec.clusterIP}=None svc/nginx svc/kubernetes --timeout=1s
    wait --for=delete pod/nope
    wait --for=delete pod/nope pod/none
    wait --for=delete pod -l app=none
    wait --for=delete pod --all --timeout=0s
    wait --for=delete pod/two --timeout=0s
    wait --for=delete pod/two --timeout=1s
    wait --for=delete pod/two pod/nope --timeout=1s
    wait --for=delete pod -l app=two --timeout=1s
    wait --for=delete -f pod.yaml --timeout=1s
    wait --for=delete -f cm.yaml --timeout=1s
    wait --for=delete svc,pod --all --timeout=0s
    wait --for=delete nothing/x
    wait --for=delete pod/two -n nope
    delete pod two --wait=false
    wait --for=delete pod/two --timeout=10s
    wait --for=delete pod/two
    apply -f held.yaml
    delete -f held.yaml --wait=false
    delete cm held --timeout=1s
    delete cm -l h=i --timeout=1s
    delete -f held.yaml --timeout=1s
    wait --for=delete cm/held --timeout=0s
    wait --for=create cm -l h=i --timeout=1s
    wait --for=jsonpath={.metadata.deletionTimestamp} cm/held
    wait --for=jsonpath={.metadata.finalizers[0]}=example.com/hold cm/held cm/held2
    patch cm held -p '{"metadata":{"finalizers":null}}'
    patch cm held2 --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'
    wait --for=delete cm/held cm/held2 --timeout=5s
    create deployment d --image=nginx:1.27 --replicas=2
    wait --for=condition=Available deploy/d --timeout=20s
    wait --for=condition=Available deploy d
    wait --for=condition=Progressing deploy -l app=d
    wait --for=condition=ReplicaFailure deploy/d --timeout=0s
    create job j --image=busybox -- true
    wait --for=condition=complete job/j --timeout=20s
    wait --for=condition=Complete job/j job/none
    wait --for=condition=failed job/j --timeout=1s
    wait --for=condition=SuccessCriteriaMet job/j
    create ns gone
    wait --for=jsonpath={.status.phase}=Active ns/gone
    wait --for=create ns/gone --timeout=1s
    delete ns gone --wait=false
    wait --for=delete ns/gone --timeout=10s
    wait --for=condition=established crd --all --timeout=1s
  `),
};
