/** Completion of every command: its first word, kinds, names, flags and their values. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const COMPLETION_MORE: Scenario = {
  name: "Tab after every command",
  files: FILES,
  steps: lines(`
    create -f web.yaml
    create -f cm.yaml
    create -f pod.yaml
    wait pod/two --for=condition=Ready --timeout=20s
    __completeNoDesc annotate ''
    __completeNoDesc api-resources ''
    __completeNoDesc api-versions ''
    __completeNoDesc apply ''
    __completeNoDesc attach ''
    __completeNoDesc auth ''
    __completeNoDesc autoscale ''
    __completeNoDesc certificate ''
    __completeNoDesc cluster-info ''
    __completeNoDesc config ''
    __completeNoDesc cordon ''
    __completeNoDesc cp ''
    __completeNoDesc create ''
    __completeNoDesc debug ''
    __completeNoDesc delete ''
    __completeNoDesc describe ''
    __completeNoDesc diff ''
    __completeNoDesc drain ''
    __completeNoDesc edit ''
    __completeNoDesc events ''
    __completeNoDesc exec ''
    __completeNoDesc explain ''
    __completeNoDesc expose ''
    __completeNoDesc get ''
    __completeNoDesc kustomize ''
    __completeNoDesc label ''
    __completeNoDesc logs ''
    __completeNoDesc patch ''
    __completeNoDesc plugin ''
    __completeNoDesc port-forward ''
    __completeNoDesc proxy ''
    __completeNoDesc replace ''
    __completeNoDesc rollout ''
    __completeNoDesc run ''
    __completeNoDesc scale ''
    __completeNoDesc set ''
    __completeNoDesc taint ''
    __completeNoDesc top ''
    __completeNoDesc uncordon ''
    __completeNoDesc version ''
    __completeNoDesc wait ''
    __completeNoDesc annotate p
    __completeNoDesc annotate pod ''
    __completeNoDesc annotate pod/ 
    __completeNoDesc annotate pod/t
    __completeNoDesc annotate sts web ''
    __completeNoDesc autoscale p
    __completeNoDesc autoscale pod ''
    __completeNoDesc autoscale pod/ 
    __completeNoDesc autoscale pod/t
    __completeNoDesc autoscale sts web ''
    __completeNoDesc delete p
    __completeNoDesc delete pod ''
    __completeNoDesc delete pod/ 
    __completeNoDesc delete pod/t
    __completeNoDesc delete sts web ''
    __completeNoDesc describe p
    __completeNoDesc describe pod ''
    __completeNoDesc describe pod/ 
    __completeNoDesc describe pod/t
    __completeNoDesc describe sts web ''
    __completeNoDesc edit p
    __completeNoDesc edit pod ''
    __completeNoDesc edit pod/ 
    __completeNoDesc edit pod/t
    __completeNoDesc edit sts web ''
    __completeNoDesc expose p
    __completeNoDesc expose pod ''
    __completeNoDesc expose pod/ 
    __completeNoDesc expose pod/t
    __completeNoDesc expose sts web ''
    __completeNoDesc get p
    __completeNoDesc get pod ''
    __completeNoDesc get pod/ 
    __completeNoDesc get pod/t
    __completeNoDesc get sts web ''
    __completeNoDesc label p
    __completeNoDesc label pod ''
    __completeNoDesc label pod/ 
    __completeNoDesc label pod/t
    __completeNoDesc label sts web ''
    __completeNoDesc patch p
    __completeNoDesc patch pod ''
    __completeNoDesc patch pod/ 
    __completeNoDesc patch pod/t
    __completeNoDesc patch sts web ''
    __completeNoDesc scale p
    __completeNoDesc scale pod ''
    __completeNoDesc scale pod/ 
    __completeNoDesc scale pod/t
    __completeNoDesc scale sts web ''
    __completeNoDesc taint p
    __completeNoDesc taint pod ''
    __completeNoDesc taint pod/ 
    __completeNoDesc taint pod/t
    __completeNoDesc taint sts web ''
    __completeNoDesc wait p
    __completeNoDesc wait pod ''
    __completeNoDesc wait pod/ 
    __completeNoDesc wait pod/t
    __completeNoDesc wait sts web ''
    __completeNoDesc debug p
    __completeNoDesc debug pod ''
    __completeNoDesc debug pod/ 
    __completeNoDesc debug pod/t
    __completeNoDesc debug sts web ''
    __completeNoDesc logs p
    __completeNoDesc logs pod ''
    __completeNoDesc logs pod/ 
    __completeNoDesc logs pod/t
    __completeNoDesc logs sts web ''
    __completeNoDesc exec p
    __completeNoDesc exec pod ''
    __completeNoDesc exec pod/ 
    __completeNoDesc exec pod/t
    __completeNoDesc exec sts web ''
    __completeNoDesc attach p
    __completeNoDesc attach pod ''
    __completeNoDesc attach pod/ 
    __completeNoDesc attach pod/t
    __completeNoDesc attach sts web ''
    __completeNoDesc port-forward p
    __completeNoDesc port-forward pod ''
    __completeNoDesc port-forward pod/ 
    __completeNoDesc port-forward pod/t
    __completeNoDesc port-forward sts web ''
    __completeNoDesc cp p
    __completeNoDesc cp pod ''
    __completeNoDesc cp pod/ 
    __completeNoDesc cp pod/t
    __completeNoDesc cp sts web ''
    __completeNoDesc drain p
    __completeNoDesc drain pod ''
    __completeNoDesc drain pod/ 
    __completeNoDesc drain pod/t
    __completeNoDesc drain sts web ''
    __completeNoDesc set p
    __completeNoDesc set pod ''
    __completeNoDesc set pod/ 
    __completeNoDesc set pod/t
    __completeNoDesc set sts web ''
    __completeNoDesc rollout p
    __completeNoDesc rollout pod ''
    __completeNoDesc rollout pod/ 
    __completeNoDesc rollout pod/t
    __completeNoDesc rollout sts web ''
    __completeNoDesc top p
    __completeNoDesc top pod ''
    __completeNoDesc top pod/ 
    __completeNoDesc top pod/t
    __completeNoDesc top sts web ''
    __completeNoDesc explain p
    __completeNoDesc explain pod ''
    __completeNoDesc explain pod/ 
    __completeNoDesc explain pod/t
    __completeNoDesc explain sts web ''
    __completeNoDesc certificate p
    __completeNoDesc certificate pod ''
    __completeNoDesc certificate pod/ 
    __completeNoDesc certificate pod/t
    __completeNoDesc certificate sts web ''
    __completeNoDesc events p
    __completeNoDesc events pod ''
    __completeNoDesc events pod/ 
    __completeNoDesc events pod/t
    __completeNoDesc events sts web ''
    __completeNoDesc set image ''
    __completeNoDesc set image s
    __completeNoDesc set image sts ''
    __completeNoDesc set image sts/web ''
    __completeNoDesc set image sts/w
    __completeNoDesc set env ''
    __completeNoDesc set env s
    __completeNoDesc set env sts ''
    __completeNoDesc set env sts/web ''
    __completeNoDesc set env sts/w
    __completeNoDesc set resources ''
    __completeNoDesc set resources s
    __completeNoDesc set resources sts ''
    __completeNoDesc set resources sts/web ''
    __completeNoDesc set resources sts/w
    __completeNoDesc set serviceaccount ''
    __completeNoDesc set serviceaccount s
    __completeNoDesc set serviceaccount sts ''
    __completeNoDesc set serviceaccount sts/web ''
    __completeNoDesc set serviceaccount sts/w
    __completeNoDesc set selector ''
    __completeNoDesc set selector s
    __completeNoDesc set selector sts ''
    __completeNoDesc set selector sts/web ''
    __completeNoDesc set selector sts/w
    __completeNoDesc set subject ''
    __completeNoDesc set subject s
    __completeNoDesc set subject sts ''
    __completeNoDesc set subject sts/web ''
    __completeNoDesc set subject sts/w
    __completeNoDesc rollout status ''
    __completeNoDesc rollout status s
    __completeNoDesc rollout status sts ''
    __completeNoDesc rollout status sts/web ''
    __completeNoDesc rollout status sts/w
    __completeNoDesc rollout history ''
    __completeNoDesc rollout history s
    __completeNoDesc rollout history sts ''
    __completeNoDesc rollout history sts/web ''
    __completeNoDesc rollout history sts/w
    __completeNoDesc rollout undo ''
    __completeNoDesc rollout undo s
    __completeNoDesc rollout undo sts ''
    __completeNoDesc rollout undo sts/web ''
    __completeNoDesc rollout undo sts/w
    __completeNoDesc rollout restart ''
    __completeNoDesc rollout restart s
    __completeNoDesc rollout restart sts ''
    __completeNoDesc rollout restart sts/web ''
    __completeNoDesc rollout restart sts/w
    __completeNoDesc rollout pause ''
    __completeNoDesc rollout pause s
    __completeNoDesc rollout pause sts ''
    __completeNoDesc rollout pause sts/web ''
    __completeNoDesc rollout pause sts/w
    __completeNoDesc top pod ''
    __completeNoDesc top pod s
    __completeNoDesc top pod sts ''
    __completeNoDesc top pod sts/web ''
    __completeNoDesc top pod sts/w
    __completeNoDesc top node ''
    __completeNoDesc top node s
    __completeNoDesc top node sts ''
    __completeNoDesc top node sts/web ''
    __completeNoDesc top node sts/w
    __completeNoDesc apply view-last-applied ''
    __completeNoDesc apply view-last-applied s
    __completeNoDesc apply view-last-applied sts ''
    __completeNoDesc apply view-last-applied sts/web ''
    __completeNoDesc apply view-last-applied sts/w
    __completeNoDesc apply edit-last-applied ''
    __completeNoDesc apply edit-last-applied s
    __completeNoDesc apply edit-last-applied sts ''
    __completeNoDesc apply edit-last-applied sts/web ''
    __completeNoDesc apply edit-last-applied sts/w
    __completeNoDesc apply set-last-applied ''
    __completeNoDesc apply set-last-applied s
    __completeNoDesc apply set-last-applied sts ''
    __completeNoDesc apply set-last-applied sts/web ''
    __completeNoDesc apply set-last-applied sts/w
    __completeNoDesc config use-context ''
    __completeNoDesc config use-context s
    __completeNoDesc config use-context sts ''
    __completeNoDesc config use-context sts/web ''
    __completeNoDesc config use-context sts/w
    __completeNoDesc config set ''
    __completeNoDesc config set s
    __completeNoDesc config set sts ''
    __completeNoDesc config set sts/web ''
    __completeNoDesc config set sts/w
    __completeNoDesc config set-context ''
    __completeNoDesc config set-context s
    __completeNoDesc config set-context sts ''
    __completeNoDesc config set-context sts/web ''
    __completeNoDesc config set-context sts/w
    __completeNoDesc config set-cluster ''
    __completeNoDesc config set-cluster s
    __completeNoDesc config set-cluster sts ''
    __completeNoDesc config set-cluster sts/web ''
    __completeNoDesc config set-cluster sts/w
    __completeNoDesc config rename-context ''
    __completeNoDesc config rename-context s
    __completeNoDesc config rename-context sts ''
    __completeNoDesc config rename-context sts/web ''
    __completeNoDesc config rename-context sts/w
    __completeNoDesc create deployment ''
    __completeNoDesc create deployment s
    __completeNoDesc create deployment sts ''
    __completeNoDesc create deployment sts/web ''
    __completeNoDesc create deployment sts/w
    __completeNoDesc create secret ''
    __completeNoDesc create secret s
    __completeNoDesc create secret sts ''
    __completeNoDesc create secret sts/web ''
    __completeNoDesc create secret sts/w
    __completeNoDesc create secret generic ''
    __completeNoDesc create secret generic s
    __completeNoDesc create secret generic sts ''
    __completeNoDesc create secret generic sts/web ''
    __completeNoDesc create secret generic sts/w
    __completeNoDesc create service ''
    __completeNoDesc create service s
    __completeNoDesc create service sts ''
    __completeNoDesc create service sts/web ''
    __completeNoDesc create service sts/w
    __completeNoDesc create job ''
    __completeNoDesc create job s
    __completeNoDesc create job sts ''
    __completeNoDesc create job sts/web ''
    __completeNoDesc create job sts/w
    __completeNoDesc create rolebinding ''
    __completeNoDesc create rolebinding s
    __completeNoDesc create rolebinding sts ''
    __completeNoDesc create rolebinding sts/web ''
    __completeNoDesc create rolebinding sts/w
    __completeNoDesc create token ''
    __completeNoDesc create token s
    __completeNoDesc create token sts ''
    __completeNoDesc create token sts/web ''
    __completeNoDesc create token sts/w
    __completeNoDesc auth can-i ''
    __completeNoDesc auth can-i s
    __completeNoDesc auth can-i sts ''
    __completeNoDesc auth can-i sts/web ''
    __completeNoDesc auth can-i sts/w
    __completeNoDesc auth reconcile ''
    __completeNoDesc auth reconcile s
    __completeNoDesc auth reconcile sts ''
    __completeNoDesc auth reconcile sts/web ''
    __completeNoDesc auth reconcile sts/w
    __completeNoDesc auth whoami ''
    __completeNoDesc auth whoami s
    __completeNoDesc auth whoami sts ''
    __completeNoDesc auth whoami sts/web ''
    __completeNoDesc auth whoami sts/w
    __completeNoDesc certificate approve ''
    __completeNoDesc certificate approve s
    __completeNoDesc certificate approve sts ''
    __completeNoDesc certificate approve sts/web ''
    __completeNoDesc certificate approve sts/w
    __completeNoDesc certificate deny ''
    __completeNoDesc certificate deny s
    __completeNoDesc certificate deny sts ''
    __completeNoDesc certificate deny sts/web ''
    __completeNoDesc certificate deny sts/w
    __completeNoDesc cluster-info dump ''
    __completeNoDesc cluster-info dump s
    __completeNoDesc cluster-info dump sts ''
    __completeNoDesc cluster-info dump sts/web ''
    __completeNoDesc cluster-info dump sts/w
    __completeNoDesc plugin list ''
    __completeNoDesc plugin list s
    __completeNoDesc plugin list sts ''
    __completeNoDesc plugin list sts/web ''
    __completeNoDesc plugin list sts/w
    __completeNoDesc autoscale sts/web --max
    __completeNoDesc autoscale sts/web --max ''
    __completeNoDesc autoscale sts/web --
    __completeNoDesc autoscale ''  --m
    __completeNoDesc get --output ''
    __completeNoDesc get -o y
    __completeNoDesc get --sort-by ''
    __completeNoDesc get pods --field-selector ''
    __completeNoDesc logs two -c ''
    __completeNoDesc logs two --container o
    __completeNoDesc exec two -c ''
    __completeNoDesc exec two --container=
    __completeNoDesc attach two -c ''
    __completeNoDesc debug two --profile ''
    __completeNoDesc debug two --target ''
    __completeNoDesc debug --container ''
    __completeNoDesc delete pod two --cascade ''
    __completeNoDesc apply --dry-run ''
    __completeNoDesc apply -f ''
    __completeNoDesc apply -k ''
    __completeNoDesc rollout restart --selector ''
    __completeNoDesc top pod --sort-by ''
    __completeNoDesc wait --for ''
    __completeNoDesc expose --type ''
    __completeNoDesc run --restart ''
    __completeNoDesc create deployment --image ''
    __completeNoDesc set env --from ''
    __completeNoDesc set env --prefix ''
    __completeNoDesc patch --type ''
    __completeNoDesc patch --subresource ''
    __completeNoDesc get --subresource ''
    __completeNoDesc edit --subresource ''
    __completeNoDesc replace --subresource ''
    __completeNoDesc get -n ''
    __completeNoDesc get -n k
    __completeNoDesc --namespace ''
    __completeNoDesc --context ''
    __completeNoDesc --cluster ''
    __completeNoDesc --user ''
    __completeNoDesc --kubeconfig ''
    __completeNoDesc --as ''
    __completeNoDesc --v ''
    __completeNoDesc config view -o ''
    __completeNoDesc version -o ''
    __completeNoDesc api-resources -o ''
    __completeNoDesc api-resources --sort-by ''
    __completeNoDesc api-resources --api-group ''
    __completeNoDesc describe pods --selector ''
    __completeNoDesc label pods two a=b --over
    __completeNoDesc taint node ''
    __completeNoDesc taint nodes node-1 a
    __completeNoDesc cordon node-1 ''
    __completeNoDesc drain --grace
    __completeNoDesc events --for ''
    __completeNoDesc events --types ''
    __completeNoDesc explain pods.
    __completeNoDesc explain sts --api-version ''
    __completeNoDesc port-forward two ''
    __completeNoDesc cp two:
    __completeNoDesc cp default/
    __completeNoDesc cp '' ''
    __completeNoDesc cp two:/tmp ''
    __completeNoDesc certificate approve --
    __completeNoDesc get pods,s
    __completeNoDesc get pods two ''
    __completeNoDesc delete pods two ''
    __completeNoDesc delete pod/two pod/
    __completeNoDesc get all ''
    __completeNoDesc get nope ''
    __completeNoDesc scale sts ''
    __completeNoDesc scale --replicas ''
    __completeNoDesc proxy --port ''
    __completeNoDesc kustomize --output ''
    __completeNoDesc diff --server-side=
    __completeNoDesc set image pods two ''
    __completeNoDesc set image sts/web ''
    __completeNoDesc set image deploy
    __completeNoDesc completion b
    __completeNoDesc help ''
    __completeNoDesc help set ''
    __completeNoDesc help get x
    __completeNoDesc nope ''
    __completeNoDesc get -x ''
  `),
};
