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
    diff -f cm2.yaml --show-managed-fields
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
    run r1 --image=busybox --rm --attach --restart=Always -- sh -c 'exit 1'
    run r4 --image=busybox --rm -i --restart=Never --quiet -- echo hi
    run r5 --image=busybox --attach --restart=Never -- echo hi
  `),
};
