/** Generators with all their flags, kubeconfigs, rollouts, set and completion, where they are seldom tried. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const KINDS = ["deploy", "sts", "ds", "rs", "job", "cronjob", "pod"];

export const CORNERS_MORE: Scenario = {
  name: "generators, kubeconfigs and rollouts seldom tried",
  files: {
    ...FILES,
    "env.txt": "A=1\nB= two \nC='x'\nD=\n",
    "docker.json": '{"auths":{"r.example.com":{"auth":"dTpw"}}}',
    kc: "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: k, user: u, namespace: n1}}, {name: d, context: {cluster: none, user: none}}]\nclusters: [{name: k, cluster: {server: 'https://example.com', insecure-skip-tls-verify: true}}]\nusers: [{name: u, user: {token: secret}}]\n",
    kc2: "apiVersion: v1\nkind: Config\nclusters: [{name: k2, cluster: {server: 'https://two.example.com'}}]\n",
  },
  steps: lines(`
    create deployment d --image=nginx --replicas=3 --port=80 -o yaml --dry-run=client -n other
    create deployment d --image=nginx:1 --image=busybox:2 -o json --dry-run=client
    create deployment d --image=r.example.com/a/b@sha256:abc -o jsonpath={.spec.template.spec.containers[*].name} --dry-run=client
    create deployment d --image=nginx --validate=strict --save-config --dry-run=client -o yaml
    create deployment d --image=nginx --dry-run
    create deployment d --image=nginx --dry-run=nope
    create cm c --from-env-file=env.txt --dry-run=client -o yaml
    create cm c --from-file=a=env.txt --from-file=cm.yaml --dry-run=client -o yaml
    create cm c --from-literal=a="x y" --from-literal=b='"q"' --from-literal=c= --dry-run=client -o yaml
    create cm c --from-literal=a=b --append-hash --dry-run=client -o yaml
    create secret generic s --from-env-file=env.txt --type=x --dry-run=client -o yaml
    create secret generic s --from-literal=a=b --append-hash --dry-run=client -o yaml
    create secret docker-registry s --from-file=.dockerconfigjson=docker.json --dry-run=client -o yaml
    create secret docker-registry s --from-file=docker.json --dry-run=client -o yaml
    create secret docker-registry s --docker-username=a
    create secret docker-registry s --docker-username=a --docker-password=b --append-hash --dry-run=client -o yaml
    create job j --image=busybox --dry-run=client -o yaml -- sh -c 'echo a'
    create cronjob c --image=busybox --schedule='@daily' --restart=OnFailure --dry-run=client -o yaml
    create cronjob c --image=busybox --schedule='@daily' --restart=Always --dry-run=client -o yaml
    create ingress i --rule='/x=svc:80' --rule='*.a.example.com/*=svc:http,tls' --default-backend=d:1 --dry-run=client -o yaml
    create ingress i --rule='a/b=c:80,tls=' --dry-run=client -o yaml
    create ingress i --class='' --rule='a=c:80' --dry-run=client -o yaml
    create pdb p --selector=a=b,c=d --max-unavailable=0 --dry-run=client -o yaml
    create pdb p --selector='a in (b,c)' --min-available=101% --dry-run=client -o yaml
    create pdb p --selector=a --min-available=101%
    create pc p --value=-5 --dry-run=client -o yaml
    create pc p --value=99999999999 --dry-run=client -o yaml
    create pc p --value=2000000000
    create quota q --hard=cpu=1,memory=1Gi,pods=2,requests.storage=5G --dry-run=client -o yaml
    create quota q --hard=pods=2 --scopes=Terminating,BestEffort
    create role r --verb=get,list,get --resource=pods,pods/log,deployments.apps --dry-run=client -o yaml
    create role r --verb=get --resource=pods --resource-name=a --resource-name=b --dry-run=client -o yaml
    create role r --verb=get --resource=pods,nope.example.com
    create clusterrole r --verb=get --non-resource-url=/logs/* --dry-run=client -o yaml
    create clusterrole r --verb=fly --non-resource-url=/x
    create clusterrole r --verb=get --non-resource-url=x
    create clusterrole r --verb=get --non-resource-url=/x --resource=pods
    create clusterrole r --aggregation-rule=a=b,c=d --dry-run=client -o yaml
    create clusterrole r --aggregation-rule=a=b --verb=get
    create clusterrole r --aggregation-rule=a
    create clusterrole r --verb='*' --resource='*' --dry-run=client -o yaml
    create rolebinding r --clusterrole=view --user=a --user=a --group=b --serviceaccount=n:s -n other --dry-run=client -o yaml
    create clusterrolebinding r --clusterrole=view --serviceaccount=n:s --group=g --dry-run=client -o yaml
    create clusterrolebinding r --clusterrole=
    create service clusterip s --tcp=80:8080 --tcp=443:https --dry-run=client -o yaml
    create service clusterip s --clusterip=None --dry-run=client -o yaml
    create service nodeport s --tcp=80 --node-port=30080 --dry-run=client -o yaml
    create service nodeport s --tcp=80 --tcp=81 --node-port=30081 --dry-run=client -o yaml
    create service loadbalancer s --tcp=80:http --dry-run=client -o yaml
    create service externalname s --external-name=a.example.com --tcp=80:1 --dry-run=client -o json
    create sa s --dry-run=client -o yaml
    create ns n --dry-run=server -o yaml --save-config
    create token default --duration=10m --bound-object-kind=Secret --bound-object-name=none
    create token default --bound-object-kind=Node --bound-object-name=node-1 -o jsonpath={.kind}
    create token default --audience=a --audience=b -o jsonpath={.spec.audiences}
    create token default --duration=-1s
    run p --image=nginx --port=80 --expose --dry-run=client -o yaml
    run p --image=nginx --env=A=1 --env=B --dry-run=client -o yaml
    run p --image=nginx --labels=a=b,c=d --annotations=x=y --annotations=z= --dry-run=client -o yaml
    run p --image=nginx --labels=a --dry-run=client -o yaml
    run p --image=nginx --command --dry-run=client -o yaml -- sh -c x
    run p --image=nginx --command --dry-run=client
    run p --image=nginx --restart=Sometimes
    run p --image='bad image'
    run p --image=nginx --overrides='{"spec":{"nodeName":"x"}}' --dry-run=client -o yaml
    run p --image=nginx --overrides='{"spec":' --dry-run=client
    run p --image=nginx --overrides='{"apiVersion":"v1","spec":{"containers":[{"name":"p","tty":true}]}}' --override-type=strategic --dry-run=client -o yaml
    run p --image=nginx --overrides='[{"op":"add","path":"/metadata/labels/x","value":"y"}]' --override-type=json --dry-run=client -o yaml
    run p --image=nginx --override-type=nope --overrides='{}' --dry-run=client
    run p --image=nginx --privileged --dry-run=client -o yaml
    run p --image=nginx --image-pull-policy=Never --dry-run=client -o yaml
    run p --image=nginx --image-pull-policy=Nope
    run p --image=nginx --rm
    run p --image=nginx -it --dry-run=client
    run p --image=nginx --expose
    run Bad_Name --image=nginx
    run p q --image=nginx --dry-run=client -o yaml
    run p --image=nginx --timeout=1s --wait=false --dry-run=client
    KUBECONFIG=kc config view
    KUBECONFIG=kc config view --raw
    KUBECONFIG=kc config view --minify
    KUBECONFIG=kc config view --minify --context=d
    KUBECONFIG=kc config view --minify --context=nope
    KUBECONFIG=kc config view --flatten
    KUBECONFIG=kc config view -o jsonpath={.users[*].name}
    KUBECONFIG=kc config view -o json
    KUBECONFIG=kc config view -o name
    KUBECONFIG=kc:kc2 config view
    ~ KUBECONFIG=kc2:kc config get-clusters
    KUBECONFIG=kc2 config view --minify
    KUBECONFIG=kc2 config current-context
    KUBECONFIG=none config view
    KUBECONFIG=none config get-contexts
    KUBECONFIG=none config current-context
    KUBECONFIG=kc config get-contexts
    KUBECONFIG=kc config get-contexts d nope
    KUBECONFIG=kc config get-contexts --no-headers
    KUBECONFIG=kc config get-contexts -o name
    KUBECONFIG=kc config get-contexts -o json
    KUBECONFIG=kc config get-users
    KUBECONFIG=kc config use-context nope
    KUBECONFIG=kc config use-context d
    KUBECONFIG=kc config current-context
    KUBECONFIG=kc config rename-context d e
    KUBECONFIG=kc config rename-context nope e
    KUBECONFIG=kc config rename-context c e
    KUBECONFIG=kc config current-context
    KUBECONFIG=kc config set-context --current --namespace=z
    KUBECONFIG=kc config set-context new --cluster=k --user=u --namespace=q
    KUBECONFIG=kc config set-context
    KUBECONFIG=kc config set-context a --current
    KUBECONFIG=kc config set-cluster k --server=https://x --certificate-authority=none
    KUBECONFIG=kc config set-cluster k --insecure-skip-tls-verify=true --certificate-authority=kc
    KUBECONFIG=kc config set-cluster k --tls-server-name=t --proxy-url=http://p
    KUBECONFIG=kc config set-credentials u --token=a --username=b
    KUBECONFIG=kc config set-credentials u --username=b --password=c
    KUBECONFIG=kc config set-credentials x --client-certificate=none --embed-certs
    KUBECONFIG=kc config set-credentials x --exec-command=cmd --exec-arg=a --exec-env=K=V --exec-api-version=client.authentication.k8s.io/v1
    KUBECONFIG=kc config set-credentials x --exec-command=cmd
    KUBECONFIG=kc config set-credentials x --auth-provider=oidc --auth-provider-arg=a=b
    KUBECONFIG=kc config set clusters.k.server https://y
    KUBECONFIG=kc config set clusters.k.nope y
    KUBECONFIG=kc config set contexts.new.namespace r
    KUBECONFIG=kc config set users.x.token t --set-raw-bytes
    KUBECONFIG=kc config set nope x
    KUBECONFIG=kc config unset users.x
    KUBECONFIG=kc config unset contexts.nope
    KUBECONFIG=kc config unset current-context
    KUBECONFIG=kc config delete-context c
    KUBECONFIG=kc config delete-context c
    KUBECONFIG=kc config delete-cluster nope
    KUBECONFIG=kc config delete-user nope
    KUBECONFIG=kc config view --raw
    config view --merge=false
    config view --kubeconfig=kc2
    get pods --kubeconfig=none
    get pods --context=nope
    get pods --cluster=nope
    get pods --user=nope
    get pods --token=bad
    create deployment web --image=nginx
    create -f web.yaml
    wait --for=create rs -l app=web --timeout=3s
    rollout status deploy/web --timeout=10s
    ${KINDS.flatMap((kind) => ["status", "history", "undo", "pause", "resume", "restart"].map((verb) => `rollout ${verb} ${kind}/none`)).join("\n")}
    rollout pause sts/web
    rollout resume sts/web
    rollout undo sts/web
    rollout undo sts/web --to-revision=5
    rollout history sts/web --revision=1
    rollout history sts/web -o jsonpath={.spec.replicas}
    rollout history deploy/web sts/web
    rollout history deploy,sts
    rollout history deploy -l app=web --revision=1
    rollout undo deploy/web --dry-run=client
    rollout undo deploy/web --dry-run=server
    rollout undo deploy/web --to-revision=-1
    rollout status deploy,sts --timeout=3s --watch=false
    rollout status deploy/web --revision=1 --timeout=1s
    rollout restart pod/web-0
    rollout nope deploy/web
    set image deploy/web '*=nginx:3' --dry-run=server -o jsonpath={.spec.template.spec.containers[*].image}
    set image deploy/web nope=nginx:3
    set image deploy/web nginx=
    set image deploy/web nginx
    set image deploy/web sts/web nginx=x:1 --dry-run=client
    set image deploy --all nginx=x:1 --local
    set image deploy/web nginx=nginx
    set image svc/nginx nginx=x
    set env deploy/web A=1 B=2 --dry-run=client -o jsonpath={.spec.template.spec.containers[0].env}
    set env deploy/web A- --dry-run=client
    set env deploy/web --list
    set env deploy/web A=1 A-
    set env deploy/web 1A=x
    set env deploy/web A=1 -c nope
    set env deploy/web --from=configmap/none
    set env deploy/web --from=nope/x
    set env deploy/web --from=configmap/kube-root-ca.crt --prefix=P_ --keys=x --dry-run=client
    set env deploy/web -e A=1 --overwrite=false
    set resources deploy/web --limits=cpu=1,memory=1Gi --requests=cpu=1m --dry-run=client -o jsonpath={.spec.template.spec.containers[0].resources}
    set resources deploy/web --limits=cpu=x
    set resources deploy/web --limits=nope=1
    set resources deploy/web --limits=cpu
    set resources deploy/web
    set resources deploy/web -c=none --limits=cpu=1
    set selector svc/nginx a=b --dry-run=client -o yaml
    set selector svc/nginx 'a in (b)'
    set selector svc/nginx a=b --resource-version=1
    set selector deploy/web a=b
    set sa deploy/web x --dry-run=client -o jsonpath={.spec.template.spec.serviceAccountName}
    set sa deploy/web
    set sa svc/nginx x
    set subject rolebinding none --user=x
    set subject rolebinding --user=x
    __complete get po
    __complete get pods,
    __complete get deploy/
    __complete rollout undo sts/
    __complete scale sts
    __complete set image deploy/
    __complete create role --verb=
    __complete get -o ""
    __complete get -o js
    __complete get --output=
    __complete config use-context x
    __complete config set-cluster ""
    __complete delete pod/
    __complete describe sts web ""
    __complete logs web-0 -c ""
    __complete logs sts/
    __complete exec web-0 -c ""
    __complete port-forward svc/
    __complete top pod ""
    __complete top node ""
    __complete drain ""
    __complete taint node ""
    __complete wait pod/
    __complete explain sts.
    __complete explain pod
    __complete api-resources --api-group=
    __complete cp ""
    __complete debug ""
    __complete annotate pod ""
    __complete help ro
    __complete --namespace=k
    __complete get pods -n kube-
    __complete get pods --context=
    __complete nope ""
    __complete get nope ""
    __complete get pods --sort-by=
    __complete apply -f ""
    __complete certificate approve ""
    __complete expose ""
  `),
};
