/** create, expose, rollout, label, annotate, taint, scale, explain and auth in what they refuse, and in states that are seldom met. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const CREATES: Scenario = {
  name: "refusals of commands that change",
  files: {
    ...FILES,
    "env.txt": "A=1\n# note\n\n B=2\nC\nD=e=f\n",
    "env-bad.txt": "1 A=1\n",
    "note.txt": "hello\n",
    "cert.pem": "not a certificate\n",
    "ssa.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {a: '1', b: '1'}\n",
    "ssa2.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {a: '2', b: '2'}\n",
    "immutable.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fixed}\nimmutable: true\ndata: {a: '1'}\n",
    "immutable2.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fixed}\nimmutable: true\ndata: {a: '2'}\n",
    "generated.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: some-}\n",
  },
  steps: lines(`
    create cm
    create cm a b
    create cm Bad_Name
    create cm c --from-literal
    create cm c --from-literal=a
    create cm c --from-literal==b
    create cm c --from-literal=a=b --from-literal=a=c
    create cm c --from-file=none
    create cm c --from-file==x
    create cm c --from-file=k=
    create cm c --from-file=a=b=c
    create cm c --from-file=dir --dry-run=client -o yaml
    create cm c --from-file=k=dir
    create cm c --from-file=note.txt --from-literal=note.txt=x
    create cm c --from-env-file=env.txt --dry-run=client -o yaml
    create cm c --from-env-file=env-bad.txt
    create cm c --from-env-file=none
    create cm c --from-env-file=env.txt --from-literal=a=b
    create cm c --from-literal='bad key=x'
    create cm c --append-hash --from-literal=a=b --dry-run=client -o name
    create secret
    create secret nope
    create secret generic
    create secret generic s --from-literal=a
    create secret generic s --from-literal=a=b --from-literal=a=c
    create secret generic s --type=kubernetes.io/basic-auth --from-literal=x=y
    create secret tls t
    create secret tls t --cert=cert.pem
    create secret tls t --cert=cert.pem --key=cert.pem
    create secret tls t --cert=none --key=none
    create secret docker-registry d --docker-username=u --docker-password=p --docker-email=e --docker-server=s --dry-run=client -o yaml
    create deployment d --image=
    create deployment d --image=a --image=b --dry-run=client -o yaml
    create deployment d --image=a --image=b -- sh
    create deployment d --image=nginx --replicas=-1
    create deployment d --image=nginx --replicas=x
    create deployment d --image=nginx --port=99999
    create deployment d --image=nginx --port=80 --dry-run=client -o jsonpath={.spec.template.spec.containers}
    create deployment d --image=nginx --dry-run=client -o yaml -- sleep 1
    create deployment d_x --image=nginx
    create job
    create job j
    create job j --image=a --from=cronjob/x
    create job j --from=cronjob/none
    create job j --from=deploy/none
    create job j --from=x
    create job j --from=cronjob/none -- date
    create job j --image=busybox --dry-run=client -o yaml -- date
    create cronjob c
    create cronjob c --image=busybox
    create cronjob c --image=busybox --schedule=
    create cronjob c --image=busybox --schedule=x
    create cronjob c --image=busybox --schedule='0 3 * * *' --restart=Never --dry-run=client -o yaml -- date
    create cronjob c --image=busybox --schedule='0 3 * * *'
    create job j --from=cronjob/c --dry-run=client -o jsonpath={.metadata.annotations}
    create job j --from=cronjob/c
    create ingress
    create ingress i
    create ingress i --rule=
    create ingress i --rule=foo
    create ingress i --rule=a.example.com/x=svc
    create ingress i --rule=a.example.com/x*=svc:80,tls=secret --annotation=a=b --class=c --dry-run=client -o yaml
    create ingress i --default-backend=svc:http --dry-run=client -o yaml
    create ingress i --default-backend=svc
    create ingress i --annotation=a --rule=a/b=c:1
    create ns
    create ns Bad_Name
    create ns default
    create pdb
    create pdb p --min-available=1
    create pdb p --selector=a=b
    create pdb p --selector=a=b --min-available=1 --max-unavailable=1
    create pdb p --selector=a=b --min-available=x
    create pdb p --selector=a=b --min-available=50% --dry-run=client -o yaml
    create pdb p --selector='a in' --min-available=1
    create priorityclass p
    create pc p --value=5 --global-default --description=x --preemption-policy=Never --dry-run=client -o yaml
    create pc p --value=x
    create pc p --value=5 --preemption-policy=Maybe
    create pc system-x --value=5
    create quota q --hard=
    create quota q --hard=pods
    create quota q --hard=pods=x
    create quota q --hard=pods=1 --scopes=BestEffort,NotTerminating --dry-run=client -o yaml
    create quota q --hard=pods=1 --scopes=Nope
    create role r
    create role r --verb=get
    create role r --resource=pods
    create role r --verb=get --resource=nothing
    create role r --verb=fly --resource=pods
    create role r --verb=get --resource=pods --resource=deployments.apps/scale --resource-name=a --dry-run=client -o yaml
    create role r --verb='*' --resource=pods,svc --dry-run=client -o yaml
    create role r --verb=get --resource=pods.v2
    create rolebinding r
    create rolebinding r --role=a --clusterrole=b
    create rolebinding r --role=a --serviceaccount=x
    create rolebinding r --role=a --user=u --user=v --group=g --serviceaccount=a:b --dry-run=client -o yaml
    create clusterrolebinding r
    create clusterrolebinding r --clusterrole=x --serviceaccount=a
    create clusterrolebinding r --clusterrole=x --user=u --dry-run=client -o yaml
    create sa
    create sa a b
    create sa Bad_Name
    create service
    create service clusterip
    create service clusterip s --tcp=x
    create service clusterip s --tcp=80:y:z
    create service clusterip s --tcp=99999
    create service clusterip s --clusterip=None --tcp=80 --dry-run=client -o yaml
    create service clusterip s --clusterip=1.2.3 --tcp=80
    create service nodeport s --tcp=80 --node-port=1
    create service nodeport s
    create service loadbalancer s
    create service externalname s
    create service externalname s --external-name='bad name'
    create service externalname s --external-name=example.com --tcp=80 --dry-run=client -o yaml
    create token
    create token none
    create token default --duration=1s
    create token default --duration=x
    create token default --bound-object-kind=Pod
    create token default --bound-object-kind=Nope --bound-object-name=x
    create token default --bound-object-uid=x
    create token default --audience=a -o name
    apply -f generated.yaml
    create -f cm.yaml -f cm.yaml
    create -f cm.yaml -o wide
    create -f nope -f cm.yaml
    create -f dir -l a=b
    apply -f immutable.yaml
    apply -f immutable2.yaml
    apply -f immutable2.yaml --force
    replace -f immutable.yaml
    apply --server-side -f ssa.yaml --field-manager=one
    apply --server-side -f ssa2.yaml --field-manager=two
    apply --server-side -f ssa2.yaml --field-manager=two --dry-run=server
    apply --server-side -f ssa2.yaml --field-manager=two --force-conflicts
    apply --server-side -f ssa.yaml --field-manager=one
    apply -f ssa.yaml
    apply --server-side -f ssa.yaml
    apply -f ssa.yaml -f none.yaml
    apply -k none
    apply -f cm.yaml -k dir
    apply -f cm.yaml --validate=nope
    apply -f unknown-field.yaml --validate=warn
    apply -f unknown-field.yaml --validate=ignore
    apply -f unknown-field.yaml --server-side
    apply -f cm.yaml --overwrite=false
    apply -f cm.yaml --cascade=nope
    apply -f cm.yaml --grace-period=x
    apply view-last-applied
    apply view-last-applied cm none
    label
    label cm
    label cm settings
    label cm settings a
    label cm settings a=b c
    label cm settings a=b a-
    label cm settings a=b a=c
    label cm settings 'a b=c'
    label cm settings a='b c'
    label cm settings a=b/c
    label cm settings -a
    label cm none a=b
    label cm settings a=b --dry-run=client
    label cm settings a=b --dry-run=server -o name
    ~ label cm settings --list
    label cm settings a=b --resource-version=1
    label cm settings owned a=b --resource-version=1
    label cm -l team=blue x=y
    label cm -l team=none x=y
    label cm --all x=y -A --dry-run=client
    label cm --field-selector metadata.name=settings z=1
    label -f cm.yaml f=1
    label nothing x a=b
    annotate
    annotate cm settings
    annotate cm settings a
    annotate cm settings a=b a-
    annotate cm settings 'bad key=c'
    annotate cm settings a=1
    annotate cm settings a=2
    annotate cm settings a=2 --overwrite
    annotate cm settings a=2
    annotate cm settings a-
    annotate cm settings none-
    annotate cm settings --list
    annotate cm --all q=r --dry-run=client
    annotate cm settings a=b --resource-version=1
    annotate -f cm.yaml f=1 -o jsonpath={.metadata.annotations.f}
    scale
    scale deploy
    scale deploy none --replicas=1
    scale cm settings --replicas=1
    scale node node-1 --replicas=1
    create deployment web --image=nginx:1.27
    scale deploy web --replicas=2 --current-replicas=9
    scale deploy web --replicas=2 --timeout=20s
    scale deploy/web sts/none --replicas=1
    scale deploy web --replicas=1 --dry-run=client
    scale deploy web --replicas=1 --dry-run=server -o name
    scale deploy --all --replicas=0
    rollout
    rollout status
    rollout status deploy
    rollout status deploy none
    rollout status svc/kubernetes
    rollout status deploy/web --watch=false
    rollout status deploy/web --revision=1
    rollout status deploy/web --revision=9
    rollout status deploy/web --revision=-1
    rollout status deploy/web --timeout=1s
    rollout status deploy/web --timeout=x
    rollout status -f none.yaml
    rollout status deploy -l app=web
    rollout status deploy -l app=none
    rollout history deploy/web
    rollout history deploy/web --revision=1
    rollout history deploy/web --revision=7
    rollout history deploy/web -o yaml --revision=9
    rollout history deploy/web -o name
    rollout history svc/kubernetes
    rollout undo deploy/web
    rollout undo deploy/web --to-revision=7
    rollout undo deploy/web --to-revision=1
    rollout pause svc/kubernetes
    rollout pause deploy/web
    rollout undo deploy/web
    rollout restart deploy/web
    rollout status deploy/web --watch=false
    rollout resume deploy/web
    rollout resume deploy/web
    rollout restart svc/kubernetes
    rollout restart deploy/web --field-manager=x -o name
    rollout restart deploy none
    rollout restart deploy -l app=none
    explain pods.spec.nothing
    explain pods --api-version=v9
    explain pods --api-version=v1
    explain deploy --api-version=apps/v1 --recursive=false
    explain pods --output=nope
    explain a b
    explain pods.
    explain pods..spec
    auth can-i
    auth can-i get
    auth can-i get pods x
    auth can-i get pods --list
    auth can-i --list -A
    auth can-i --list --no-headers --as=system:serviceaccount:default:default
    auth can-i get pods/log
    auth can-i get pods/x --subresource=log
    auth can-i get pod.apps
    auth can-i '*' '*'
    auth can-i '*' '*' -A
    auth can-i get /api --subresource=x
    auth whoami x
    auth whoami -o nope
    certificate
    certificate approve
    certificate approve none
    certificate deny none --force
    taint node
    taint node node-1 a=b
    taint node node-1 a=b:Nope
    taint node node-1 =b:NoSchedule
    taint node node-1 'a b=c:NoSchedule'
    taint node node-1 a=b:NoSchedule a=c:NoSchedule
    taint node node-1 none-
    taint node node-1 none:NoSchedule-
    taint node -l none=x a=b:NoSchedule
    taint node --all
    taint node node-1 --all a=b:NoSchedule
    cordon none
    cordon -l none=x
    cordon node-1 -l a=b
    uncordon
    drain node-1 -l a=b
    drain node-1 --pod-selector='a in'
    drain node-1 --skip-wait-for-delete-timeout=x
    drain -l none=x
    api-resources --sort-by=kind --api-group=batch
    api-resources --verbs=nope
    api-resources --categories=all -o name --api-group=apps
    api-resources --api-group=nope
    api-resources x
    api-resources --no-headers --api-group=policy
    api-resources -o json
    api-versions x
    version --client -o json
    version --client -o yaml
    version --output=nope
    version x
    plugin
    plugin list
    plugin nope
    nope
    gett pods
    creat
    deploy
    lgos
    get pods --lable=a
    get pods --show-label
    get pods -Q
    get pods -lapp=x -owide
    get pods -n
    get pods --
    -n default get pods
    kustomize none
    diff -k none
    events --for=x
    events --for=pod/none --types=Warning
    events --types=Normal,Nope
    events -o nope
    events --all-namespaces --no-headers --for=pod/none
  `),
};
