/** What people try who know kubectl well. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const HOSTILE: Scenario = {
  name: "what people try who know it well",
  files: FILES,
  steps: lines(`
    create ingress i --rule=a.com/=s:80,tls=s,x=y --dry-run=client -o yaml
    create ingress i --rule=a.com/=s:80,tls=s --dry-run=client -o yaml
    create ingress i --rule=a.com/=s:80,tls --dry-run=client -o yaml
    create ingress i --rule=a.com/=s:80,tls= --dry-run=client -o yaml
    create ingress i --rule=a.com/=s:80,x=y --dry-run=client -o yaml
    create ingress i --rule=a.com/=s:80,tls=a,tls=b --dry-run=client -o yaml
    create ingress i --rule=a.com/*=s:80 --rule=b.com/x=t:http,tls=q --default-backend=d:1 --class=c --annotation=a=b --dry-run=client -o yaml
    create ingress i --rule=/=s:80 --dry-run=client -o yaml
    create ingress i --rule=s:80 --dry-run=client -o yaml
    create ingress i --rule=a.com/path=s --dry-run=client -o yaml
    create ingress i --rule=a.com/p*th=s:80 --dry-run=client -o yaml
    create ingress i --rule=a.com=s:80 --dry-run=client -o yaml
    create ingress i --rule=a.com/=s:80:90 --dry-run=client -o yaml
    create ingress i --rule=a.com/=s:80, --dry-run=client -o yaml
    create ingress i --rule='a.com/=s:80, tls=x' --dry-run=client -o yaml
    create ingress i --default-backend=d --dry-run=client -o yaml
    create ingress i --default-backend=d:x --dry-run=client -o yaml
    create ingress i --dry-run=client
    create ingress i --annotation=a --rule=/=s:80 --dry-run=client -o yaml
    create ingress i --class= --rule=/=s:80 --dry-run=client -o yaml
    create clusterrole c --verb=use --resource=podsecuritypolicies --dry-run=client -o yaml
    create clusterrole c --verb=use --resource=podsecuritypolicies.policy --dry-run=client -o yaml
    create clusterrole c --verb=use --resource=pods --dry-run=client -o yaml
    create clusterrole c --verb=bind,escalate --resource=clusterroles --dry-run=client -o yaml
    create clusterrole c --verb=impersonate --resource=users,groups,serviceaccounts --dry-run=client -o yaml
    create clusterrole c --verb=sign,approve --resource=signers --dry-run=client -o yaml
    create clusterrole c --verb=nope --resource=pods --dry-run=client -o yaml
    create clusterrole c --verb=get --resource=nope --dry-run=client -o yaml
    create clusterrole c --verb=get --resource=nope.x --dry-run=client -o yaml
    create clusterrole c --verb=get --resource=pods/log,deployments.apps/scale --dry-run=client -o yaml
    create clusterrole c --verb=get --resource=pods/nope --dry-run=client -o yaml
    create clusterrole c --verb=* --resource=* --dry-run=client -o yaml
    create clusterrole c --verb=* --resource=*.apps --dry-run=client -o yaml
    create clusterrole c --verb=*,get --resource=pods --dry-run=client -o yaml
    create clusterrole c --verb=get --resource=pods,deploy,deployments.apps --resource-name=a --resource-name=b --dry-run=client -o yaml
    create clusterrole c --verb=get --non-resource-url=/healthz --non-resource-url=/x/* --dry-run=client -o yaml
    create clusterrole c --verb=list --non-resource-url=/healthz --dry-run=client -o yaml
    create clusterrole c --verb=get --non-resource-url=healthz --dry-run=client -o yaml
    create clusterrole c --verb=get --non-resource-url=/a*b --dry-run=client -o yaml
    create clusterrole c --verb=get --non-resource-url=/a --resource=pods --dry-run=client -o yaml
    create clusterrole c --verb=get --non-resource-url=/a --resource-name=pods --dry-run=client -o yaml
    create clusterrole c --aggregation-rule=a=b,c=d --dry-run=client -o yaml
    create clusterrole c --aggregation-rule=a=b --verb=get --resource=pods --dry-run=client -o yaml
    create clusterrole c --verb=get --dry-run=client -o yaml
    create clusterrole c --resource=pods --dry-run=client -o yaml
    create role r --verb=use --resource=podsecuritypolicies --dry-run=client -o yaml
    create role r --verb=get --resource=nodes --dry-run=client -o yaml
    create role r --verb=get --resource=pods.v1. --dry-run=client -o yaml
    create role r --verb=get --resource= --dry-run=client -o yaml
    create role r --verb= --resource=pods --dry-run=client -o yaml
    create role r --verb=get --resource=pods/ --dry-run=client -o yaml
    create role r --verb=get --resource=/log --dry-run=client -o yaml
    create -f web.yaml
    create -f cm.yaml
    create -f pod.yaml
    wait pod/two --for=condition=Ready --timeout=10s
    ~ describe -f web.yaml -l a=b
    ~ describe -f web.yaml -l app=nginx
    ~ describe -f cm.yaml -l team=blue
    ~ describe cm -l team=blue
    ~ describe cm -l team=red
    ~ describe cm settin
    ~ describe cm nope
    ~ describe cm/settings svc/nginx
    ~ describe cm settings nope
    ~ describe -f cm.yaml cm settings
    describe -f none.yaml
    describe -f petset.yaml
    describe nope x
    ~ describe cm settings --show-events=false
    ~ describe cm -A -l team=blue
    ~ describe cm settings -n kube-system
    ~ describe cm --chunk-size=1
    describe
    ~ describe cm --nope
    diff -f cm.yaml
    diff -f cm2.yaml
    diff -f cm2.yaml --prune
    diff -f prune -l app=pr --prune
    diff -f prune --prune --all
    diff -f prune --prune -l app=pr --prune-allowlist=core/v1/ConfigMap
    diff -f prune --prune -l app=pr --prune-allowlist=x
    diff -f prune --prune --prune-allowlist=core/v1/ConfigMap
    diff -f cm2.yaml --server-side
    diff -f cm2.yaml --server-side --force-conflicts
    diff -f cm2.yaml --force-conflicts
    diff -f cm2.yaml --server-side --field-manager=x
    diff -f cm2.yaml --concurrency=4
    diff -f cm2.yaml --concurrency=-1
    + diff -f cm2.yaml --show-managed-fields
    diff -f broken.yaml
    diff -f none.yaml
    diff -f petset.yaml
    diff -f unknown-field.yaml
    diff
    diff cm
    diff -k dir
    diff -f dir
    diff -f prune/b.yaml
    diff -f web-v2.yaml
    KUBECTL_EXTERNAL_DIFF=cmp diff -f cm2.yaml
    KUBECTL_EXTERNAL_DIFF=false diff -f cm2.yaml
    KUBECTL_EXTERNAL_DIFF=nope diff -f cm2.yaml
    KUBECTL_EXTERNAL_DIFF='diff -u -N -q' diff -f cm2.yaml
    KUBECTL_EXTERNAL_DIFF='diff -N;ls' diff -f cm2.yaml
    KUBECTL_EXTERNAL_DIFF='echo' diff -f cm.yaml
    diff -f cm2.yaml -l team=blue
    diff -f cm2.yaml -l team=red
    diff -f cm2.yaml -n other
    diff -f - < cm2.yaml
    autoscale sts/web --max
    autoscale sts/web
    autoscale sts/web --min=3 --max=2
    autoscale sts/web --min=0 --max=2
    autoscale sts/web --max=0
    autoscale sts/web --max=-1
    autoscale sts/web --max=3 --cpu-percent=-5 --dry-run=client -o yaml
    autoscale sts/web --max=3 --cpu-percent=500 --dry-run=client -o yaml
    autoscale cm/settings --max=3
    autoscale -f web.yaml --max=3
    autoscale sts/web --max=3
    autoscale sts/web --max=3
    autoscale sts/nope --max=3
    run r1 --image=busybox --rm --attach --restart=Always -- sh -c 'sleep 2; exit 1'
    run r4 --image=busybox --rm -i --restart=Never --quiet -- sh -c 'sleep 2; echo hi'
    run r5 --image=busybox --attach --restart=Never -- sh -c 'sleep 2; echo hi'
  `),
};

/** Sets of applied objects, what was applied last, and replacing. */
export const APPLIED: Scenario = {
  name: "what was applied, and replacing it",
  files: FILES,
  steps: lines(`
    create ns teama
    apply -f prune/a.yaml
    apply -f prune/b.yaml
    ~ apply -f prune --prune --applyset=mine
    ~ KUBECTL_APPLYSET=true apply -f prune --prune --applyset=mine
    ~ KUBECTL_APPLYSET=true apply -f prune --prune --applyset=mine -n default
    ~ KUBECTL_APPLYSET=true apply -f prune --prune --applyset=secret/mine -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine -n default
    get secret mine -o jsonpath={.metadata.labels}{.metadata.annotations} -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=configmap/mine -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=configmap/mine -n default
    KUBECTL_APPLYSET=true apply -f prune/a.yaml --applyset=mine -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine -l a=b -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine --all -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine --prune-allowlist=core/v1/Pod -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine --force -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=pods/mine -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=nope/mine -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=a/b/c -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset= -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=UPPER -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine --dry-run=client -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine --dry-run=server -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine --server-side -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=mine --server-side -n default
    ~ KUBECTL_APPLYSET=true apply -f prune/b.yaml --prune --applyset=mine -n teama
    KUBECTL_APPLYSET=true apply -f member.yaml --prune --applyset=mine -n default
    KUBECTL_APPLYSET=true apply -f member.yaml --prune --applyset=mine -n default --validate=false
    get secret mine -n default -o jsonpath={.metadata.annotations}
    annotate secret mine applyset.kubernetes.io/tooling=helm/v3 --overwrite
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine -n default
    annotate secret mine applyset.kubernetes.io/tooling=kubectl/v1.2 --overwrite
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine -n default
    annotate secret mine applyset.kubernetes.io/contains-group-kinds-
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine -n default
    label secret mine applyset.kubernetes.io/id=wrong --overwrite
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine -n default
    label secret mine applyset.kubernetes.io/id-
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=mine -n default
    create secret generic plain
    ~ KUBECTL_APPLYSET=true apply -f prune/a.yaml --prune --applyset=plain -n default
    ~ apply -f prune -l app=pr --prune
    ~ apply -f prune --prune
    ~ apply -f prune --prune --all --prune-allowlist=core/v1/ConfigMap
    ~ apply -f prune/a.yaml --prune -l app=pr --prune-allowlist=core/v1/ConfigMap --prune-allowlist=core/v1/Secret
    ~ apply -f prune --prune -l app=pr --all
    apply -f prune --all
    apply -f cm.yaml
    apply view-last-applied cm settings
    apply view-last-applied cm/settings -o json
    apply view-last-applied -f cm.yaml
    apply view-last-applied cm settings -o nope
    apply view-last-applied cm -l team=blue
    apply view-last-applied cm --all
    apply view-last-applied cm plain
    apply view-last-applied secret plain
    apply view-last-applied
    apply view-last-applied nope
    apply view-last-applied cm nope
    apply set-last-applied -f cm2.yaml
    apply view-last-applied cm/settings
    apply set-last-applied -f cm2.yaml
    apply set-last-applied -f cm2.yaml --dry-run=server
    apply set-last-applied -f cm2.yaml -o name
    apply set-last-applied -f none.yaml
    apply set-last-applied
    apply set-last-applied -f web.yaml
    apply set-last-applied -f web.yaml --create-annotation
    create cm bare --from-literal=a=b
    apply set-last-applied -f dir/a.yaml
    apply set-last-applied -f prune/a.yaml --create-annotation=false
    annotate cm settings kubectl.kubernetes.io/last-applied-configuration-
    apply set-last-applied -f cm2.yaml
    apply set-last-applied -f cm2.yaml --create-annotation
    EDITOR=true apply edit-last-applied cm/settings
    EDITOR=true apply edit-last-applied cm/bare
    EDITOR=true apply edit-last-applied cm/nope
    EDITOR=true apply edit-last-applied -f cm.yaml
    EDITOR='sed -i s/blue/green/' apply edit-last-applied cm/settings
    EDITOR='sed -i s/blue/green/' apply edit-last-applied cm/settings -o json
    apply view-last-applied cm/settings
    EDITOR=false apply edit-last-applied cm/settings
    replace -f cm.yaml
    replace -f dir/a.yaml
    replace --force -f dir/a.yaml
    replace --force -f dir/a.yaml --grace-period=0
    replace --force -f pod.yaml --wait=false
    replace --force -f pod.yaml --timeout=30s
    replace --force -f none.yaml
    replace --grace-period=5 -f cm.yaml
    replace --timeout=5s -f cm.yaml
    replace --cascade=orphan -f cm.yaml
    replace --cascade=nope --force -f cm.yaml
    replace --force --dry-run=client -f cm.yaml
    replace --force --dry-run=server -f cm.yaml
    replace --dry-run=server -f cm.yaml
    replace --dry-run=client -f cm.yaml
    replace --raw /api/v1/namespaces/default/configmaps/settings -f cm.yaml
    replace --raw /api/v1/namespaces/default/configmaps/nope -f cm.yaml
    replace --raw /api/v1/namespaces/default/configmaps/settings -f cm.yaml -f cm2.yaml
    replace --raw /api/v1/namespaces/default/configmaps/settings
    replace --raw nope -f cm.yaml
    replace --raw /api/v1/namespaces/default/configmaps/settings -f dir
    replace --raw /api/v1/namespaces/default/configmaps/settings --force -f cm.yaml
    replace --raw /api/v1/namespaces/default/configmaps/settings -f - < cm.yaml
    replace --subresource=status -f pod.yaml
    replace --subresource=scale -f web.yaml
    replace --subresource=nope -f cm.yaml
    replace --save-config -f cm.yaml
    replace -f unknown-field.yaml
    replace -f unknown-field.yaml --validate=warn
    replace -f unknown-field.yaml --validate=nope
    replace
    replace cm
    replace -f dir -R
    replace -f dir --dry-run=nope
  `),
};

/** Copies, nodes, waits, usage, certificates, debugging and rights. */
export const PODS_AND_NODES: Scenario = {
  name: "what people try of Pods and nodes",
  files: FILES,
  steps: lines(`
    create -f pod.yaml
    create -f web.yaml
    create -f cm.yaml
    wait pod/two --for=condition=Ready --timeout=20s
    wait --for=jsonpath={.status.phase}=Running pod/two --timeout=5s
    cp two:/etc/hostname -c one out1
    cp two:/etc -c one outdir
    cp cm.yaml two:/tmp/x -c one
    exec two -c one -- cat /tmp/x
    cp cm.yaml two:/nodir/x -c one
    cp dir two:/tmp/ -c one
    exec two -c one -- ls /tmp/dir
    cp dir/. two:/tmp/flat -c one
    cp nofile two:/tmp/x -c one
    cp two:/tmp/x two:/tmp/y -c one
    cp a b
    cp two:/tmp/x
    cp two: x
    cp :x y
    cp two:/tmp/x /nodir/y -c one
    cp cm.yaml two:/tmp/x -c nope
    cp cm.yaml nope:/tmp/x
    cp cm.yaml other/two:/tmp/x
    cp cm.yaml default/two:/tmp/z -c one
    cp default/two:/tmp/z back -c one
    exec two -c one -- ln -s /etc/hostname /tmp/link
    cp two:/tmp/link linked -c one
    exec two -c one -- ln -s /tmp/dir /tmp/dirlink
    cp two:/tmp/dirlink dl -c one
    cp two:/tmp/dir back2 -c one --retries=2
    cp cm.yaml two:/tmp/x -c one --no-preserve
    cp -n default cm.yaml two:/tmp/x -c one
    cp C:/x two:/tmp/x
    cp two:/tmp/../etc/hostname h2 -c one
    drain nope
    drain
    drain node-1 node-2 --dry-run=client
    drain node-1 --dry-run=server --ignore-daemonsets
    drain --selector=a=b
    drain node-1 --selector=a=b
    drain node-1 --pod-selector=app=
    drain node-1 --pod-selector=a=b,,c
    drain node-1 --grace-period=x
    drain node-1 --chunk-size=-1
    drain --all
    drain node-1 --delete-local-data
    drain node-1 --skip-wait-for-delete-timeout=-1
    cordon node-1 node-2
    cordon node-1
    uncordon node-1 node-2
    uncordon node-1
    cordon nope
    cordon -l nope=x
    uncordon -l kubernetes.io/os=linux
    wait
    wait pod/two
    wait pod/two --for=x
    wait pod/two --for=condition
    wait pod/two --for=condition=Ready=nope --timeout=1s
    wait pod/two --for=condition=nope --timeout=1s
    wait pod/two --for=jsonpath
    wait pod/two --for=jsonpath=
    wait pod/two --for=jsonpath={.status.phase} --timeout=2s
    wait pod/two --for=jsonpath='{.status.phase}'=Nope --timeout=1s
    wait pod/two --for=jsonpath={.nope}=x --timeout=1s
    wait pod/two --for=jsonpath='{.status.containerStatuses[*].ready}'=true --timeout=1s
    wait pod/two --for=create --timeout=1s
    wait pod/nope --for=create --timeout=1s
    wait pod/nope --for=delete --timeout=1s
    wait pod/nope --for=condition=Ready --timeout=1s
    wait pod -l app=two --for=condition=Ready --timeout=2s
    wait pod -l app=none --for=condition=Ready --timeout=1s
    wait pod --all --for=condition=Ready --timeout=1s
    wait pod --for=condition=Ready
    wait pod/two cm/settings --for=condition=Ready --timeout=1s
    wait -f cm.yaml --for=delete --timeout=1s
    wait pod/two --for=delete --timeout=0
    wait pod/two --for=condition=Ready --timeout=-1s
    wait --for=condition=Ready pod/two -o yaml --timeout=1s --template=x
    wait --for=condition=Ready pod/two -o name --timeout=1s
    top
    top pods
    top pod two --containers
    top pods --sum
    top pods --sum --containers
    top pods --sort-by=cpu
    top pods --sort-by=nope
    top pods -l app=none
    top pods -A --sum
    top pod two -l app=two
    top pod nope
    top pods --field-selector=metadata.name=two
    top pods --no-headers
    top nodes
    top node node-1
    top node nope
    top nodes --sort-by=memory
    top nodes --sort-by=x
    top nodes --show-capacity
    top nodes --use-protocol-buffers
    top nodes -l nope=x
    top node node-1 -l x=y
    certificate
    certificate approve
    certificate approve nope
    certificate deny nope
    certificate approve -f csr.yaml
    certificate approve nope --force
    plugin
    plugin list
    plugin nope
    debug
    debug two
    debug two --image=busybox --copy-to=two2 --profile=nope
    debug two -it
    debug two --set-image=one=nginx
    debug two --set-image=one --copy-to=x
    debug two --copy-to=x --same-node --replace
    debug two --image=busybox --attach=false --stdin=false --tty
    debug two --image=busybox --container=one
    debug two --image=busybox --custom=nope.json
    debug two --image='bad image'
    debug node/node-1
    debug node/nope --image=busybox
    debug cm/settings --image=busybox
    debug -f cm.yaml --image=busybox
    auth reconcile
    auth reconcile -f cm.yaml
    auth reconcile -f none.yaml
    auth reconcile -f web.yaml --dry-run=server
    auth can-i
    auth can-i get
    auth can-i get pods --list
    auth can-i --list -n default --no-headers
    auth can-i get pods/log --subresource=x
    auth can-i get /healthz
    auth can-i nope nope
    auth can-i '*' '*'
    auth can-i get pods -q
    auth can-i get pods two
    auth can-i get pods/two
    auth can-i get pods --as=jane
    auth can-i get pods --as=jane -q
    auth can-i create deployments.apps --subresource=scale --as=jane
    auth can-i list nodes -n default
  `),
};
