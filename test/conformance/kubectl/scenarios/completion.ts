import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const COMPLETION: Scenario = {
  name: "completion",
  files: FILES,
  steps: lines(`
    apply -f web.yaml
    rollout status sts/web --timeout=30s
    apply -f pod.yaml
    wait --for=condition=Ready pod/two
    create -f cm.yaml
    create deployment api --image=nginx:1.27 --dry-run=client
    __completeNoDesc ""
    __completeNoDesc ge
    __completeNoDesc co
    __completeNoDesc get ""
    __completeNoDesc get po
    __completeNoDesc get pod ""
    __completeNoDesc get pods web
    __completeNoDesc get pods,svc ""
    __completeNoDesc get pods,s
    __completeNoDesc get pod/
    __completeNoDesc get pod/we
    __completeNoDesc get pod/web-0 ""
    __completeNoDesc get pod/web-0 po
    __completeNoDesc get pod/web-0 pod/
    __completeNoDesc get sts ""
    __completeNoDesc get statefulsets.apps w
    __completeNoDesc get cm ""
    __completeNoDesc get pod web-0 ""
    __completeNoDesc get pod nope ""
    __completeNoDesc get nothing ""
    __completeNoDesc get -
    __completeNoDesc get --
    __completeNoDesc get --n
    __completeNoDesc get --namespace ""
    __completeNoDesc get -n ""
    __completeNoDesc get -n kube
    __completeNoDesc get --namespace=kube
    __completeNoDesc -n ku
    __completeNoDesc -n kube-system get cm ""
    __completeNoDesc get pod -n kube-public ""
    __completeNoDesc get cm -n kube-public ""
    __completeNoDesc get -o ""
    __completeNoDesc get -o j
    __completeNoDesc get --output=y
    __completeNoDesc get --output y
    __completeNoDesc get pods -l ""
    __completeNoDesc get pods --sort-by ""
    __completeNoDesc get --subresource ""
    __completeNoDesc get -f ""
    __completeNoDesc get -A ""
    __completeNoDesc get --foo ""
    __completeNoDesc get pods --watch ""
    __completeNoDesc get -w -
    __completeNoDesc logs ""
    __completeNoDesc logs web
    __completeNoDesc logs two ""
    __completeNoDesc logs two -c ""
    __completeNoDesc logs two one ""
    __completeNoDesc logs sts/
    __completeNoDesc logs -f ""
    __completeNoDesc logs nope ""
    __completeNoDesc exec ""
    __completeNoDesc exec two -c ""
    __completeNoDesc exec two -c o
    __completeNoDesc exec nope -c ""
    __completeNoDesc exec two -- ""
    __completeNoDesc exec two ""
    __completeNoDesc exec -it ""
    __completeNoDesc attach ""
    __completeNoDesc attach two ""
    __completeNoDesc port-forward ""
    __completeNoDesc port-forward svc/
    __completeNoDesc port-forward two ""
    __completeNoDesc cp ""
    __completeNoDesc cp two
    __completeNoDesc cp kube-system/
    __completeNoDesc config ""
    __completeNoDesc config use-context ""
    __completeNoDesc config use-context c ""
    __completeNoDesc config delete-user ""
    __completeNoDesc config delete-cluster ""
    __completeNoDesc config delete-context ""
    __completeNoDesc config rename-context ""
    __completeNoDesc config get-contexts ""
    __completeNoDesc config set-cluster ""
    __completeNoDesc config set-context ""
    __completeNoDesc config set-credentials ""
    __completeNoDesc config set ""
    __completeNoDesc config unset ""
    __completeNoDesc config view ""
    __completeNoDesc config current-context ""
    __completeNoDesc --context ""
    __completeNoDesc --user ""
    __completeNoDesc --cluster ""
    __completeNoDesc --server ""
    __completeNoDesc rollout ""
    __completeNoDesc rollout st
    __completeNoDesc rollout status ""
    __completeNoDesc rollout status sts ""
    __completeNoDesc rollout status sts/
    __completeNoDesc rollout status sts web ""
    __completeNoDesc rollout history ""
    __completeNoDesc rollout undo ""
    __completeNoDesc rollout pause ""
    __completeNoDesc rollout resume ""
    __completeNoDesc rollout restart ""
    __completeNoDesc rollout restart sts ""
    __completeNoDesc rollout nope ""
    __completeNoDesc scale ""
    __completeNoDesc scale sts ""
    __completeNoDesc scale --replicas=1 ""
    __completeNoDesc scale --replicas=1 sts ""
    __completeNoDesc autoscale ""
    __completeNoDesc autoscale --max=2 deploy ""
    __completeNoDesc apply ""
    __completeNoDesc apply -f ""
    __completeNoDesc apply -k ""
    __completeNoDesc apply view-last-applied ""
    __completeNoDesc apply view-last-applied cm ""
    __completeNoDesc apply set-last-applied ""
    __completeNoDesc apply edit-last-applied cm ""
    __completeNoDesc create ""
    __completeNoDesc create -f ""
    __completeNoDesc create secret ""
    __completeNoDesc create service ""
    __completeNoDesc create deployment ""
    __completeNoDesc create deployment x ""
    __completeNoDesc create configmap ""
    __completeNoDesc create token ""
    __completeNoDesc create token d
    __completeNoDesc create role ""
    __completeNoDesc create role x --
    __completeNoDesc create job ""
    __completeNoDesc create nothing ""
    __completeNoDesc set ""
    __completeNoDesc set image ""
    __completeNoDesc set image sts ""
    __completeNoDesc set env ""
    __completeNoDesc set resources ""
    __completeNoDesc set selector ""
    __completeNoDesc set serviceaccount ""
    __completeNoDesc set subject ""
    __completeNoDesc drain ""
    __completeNoDesc drain node-1 ""
    __completeNoDesc cordon node
    __completeNoDesc cordon node-1 ""
    __completeNoDesc uncordon ""
    __completeNoDesc taint ""
    __completeNoDesc taint nodes ""
    __completeNoDesc taint node node-1 ""
    __completeNoDesc top ""
    __completeNoDesc top pod ""
    __completeNoDesc top pod two ""
    __completeNoDesc top node ""
    __completeNoDesc top node node-1 ""
    __completeNoDesc label ""
    __completeNoDesc label pod ""
    __completeNoDesc label pod two ""
    __completeNoDesc annotate cm ""
    __completeNoDesc describe ""
    __completeNoDesc describe node ""
    __completeNoDesc describe -o ""
    __completeNoDesc delete ""
    __completeNoDesc delete pod two ""
    __completeNoDesc delete pod/two pod/
    __completeNoDesc delete -f ""
    __completeNoDesc edit ""
    __completeNoDesc edit cm ""
    __completeNoDesc patch ""
    __completeNoDesc patch pod ""
    __completeNoDesc replace ""
    __completeNoDesc replace -f ""
    __completeNoDesc diff ""
    __completeNoDesc kustomize ""
    __completeNoDesc explain ""
    __completeNoDesc expose ""
    __completeNoDesc expose svc ""
    __completeNoDesc expose svc/
    __completeNoDesc run ""
    __completeNoDesc run x ""
    __completeNoDesc run x --image=busybox ""
    __completeNoDesc debug ""
    __completeNoDesc debug pod/
    __completeNoDesc debug node ""
    __completeNoDesc wait ""
    __completeNoDesc wait pod ""
    __completeNoDesc wait --for ""
    __completeNoDesc auth can-i ""
    __completeNoDesc auth whoami ""
    __completeNoDesc events ""
    __completeNoDesc help ""
    __completeNoDesc help roll
    __completeNoDesc help rollout ""
    __completeNoDesc version ""
    __completeNoDesc version -
    __completeNoDesc api-resources ""
    __completeNoDesc api-resources -
    __completeNoDesc api-versions ""
    __completeNoDesc plugin ""
    __completeNoDesc plugin list ""
    __completeNoDesc certificate ""
    __completeNoDesc certificate approve ""
    __completeNoDesc completion ba
    __completeNoDesc completion bash ""
    __completeNoDesc proxy ""
    __completeNoDesc alpha ""
    __completeNoDesc nothing ""
    __completeNoDesc annotate --
    __completeNoDesc api-versions --
    __completeNoDesc apply view-last-applied --
    __completeNoDesc attach --
    __completeNoDesc auth can-i --
    __completeNoDesc auth whoami --
    __completeNoDesc autoscale --
    __completeNoDesc certificate approve --
    __completeNoDesc config set --
    __completeNoDesc config set-context --
    __completeNoDesc config get-contexts --
    __completeNoDesc config unset --
    __completeNoDesc cordon --
    __completeNoDesc cp --
    __completeNoDesc create --
    __completeNoDesc create clusterrolebinding --
    __completeNoDesc create configmap --
    __completeNoDesc create cronjob --
    __completeNoDesc create deployment --
    __completeNoDesc create ingress --
    __completeNoDesc create job --
    __completeNoDesc create namespace --
    __completeNoDesc create poddisruptionbudget --
    __completeNoDesc create priorityclass --
    __completeNoDesc create quota --
    __completeNoDesc create role --
    __completeNoDesc create rolebinding --
    __completeNoDesc create secret generic --
    __completeNoDesc create service clusterip --
    __completeNoDesc create service externalname --
    __completeNoDesc create service loadbalancer --
    __completeNoDesc create service nodeport --
    __completeNoDesc create serviceaccount --
    __completeNoDesc create token --
    __completeNoDesc debug --
    __completeNoDesc delete --
    __completeNoDesc describe --
    __completeNoDesc diff --
    __completeNoDesc drain --
    __completeNoDesc edit --
    __completeNoDesc events --
    __completeNoDesc exec --
    __completeNoDesc explain --
    __completeNoDesc expose --
    __completeNoDesc kustomize --
    __completeNoDesc label --
    __completeNoDesc logs --
    __completeNoDesc patch --
    __completeNoDesc plugin list --
    __completeNoDesc port-forward --
    __completeNoDesc proxy --
    __completeNoDesc replace --
    __completeNoDesc rollout history --
    __completeNoDesc rollout pause --
    __completeNoDesc rollout restart --
    __completeNoDesc rollout resume --
    __completeNoDesc rollout status --
    __completeNoDesc rollout undo --
    __completeNoDesc run --
    __completeNoDesc scale --
    __completeNoDesc set env --
    __completeNoDesc set image --
    __completeNoDesc set resources --
    __completeNoDesc set selector --
    __completeNoDesc set serviceaccount --
    __completeNoDesc set subject --
    __completeNoDesc taint --
    __completeNoDesc top node --
    __completeNoDesc top pod --
    __completeNoDesc uncordon --
    __completeNoDesc version --
  `),
};
