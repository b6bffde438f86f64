import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const EDIT: Scenario = {
  name: "edit",
  files: FILES,
  steps: lines(`
    create -f cm.yaml
    KUBE_EDITOR=true edit cm settings
    KUBE_EDITOR=false edit cm settings
    KUBE_EDITOR="sed -i /^.a:/s/1/9/" edit cm settings
    KUBE_EDITOR="sed -i s/one/ONE/" edit cm settings
    get cm settings -o jsonpath={.data}
    KUBE_EDITOR="sed -i s/ONE/one/" edit cm settings -o json
    KUBE_EDITOR="sed -i s/one/two/" edit cm settings --output-patch
    KUBE_EDITOR="sed -i d" edit cm settings
    KUBE_EDITOR="sed -i s/data:/datas:/" edit cm settings
    KUBE_EDITOR="sed -i s/two/three/" edit cm/settings -o name
    KUBE_EDITOR="sed -i s/three/four/" edit cm/settings -o yaml
    KUBE_EDITOR="sed -i s/four/five/" edit cm nope
    KUBE_EDITOR="sed -i s/four/five/" edit nothing nope
    KUBE_EDITOR="sed -i s/four/five/" edit cm
    KUBE_EDITOR="sed -i s/four/five/" edit
    KUBE_EDITOR="sed -i s/line/zeile/" edit -f cm.yaml
    KUBE_EDITOR="sed -i s/blue/red/" edit cm settings --save-config
    get cm settings -o yaml
    KUBE_EDITOR=true apply edit-last-applied cm settings
    KUBE_EDITOR=true apply edit-last-applied
    KUBE_EDITOR=true apply edit-last-applied cm nope
    create cm bare --from-literal=a=1
    KUBE_EDITOR=true apply edit-last-applied cm/bare
    apply edit-last-applied cm/bare -o yaml
    apply -f cm.yaml
    KUBE_EDITOR="sed -i s/one/uno/" apply edit-last-applied cm/settings
    apply view-last-applied cm settings
    KUBE_EDITOR="sed -i s/uno/due/" apply edit-last-applied -f cm.yaml
    apply view-last-applied -f cm.yaml
    apply view-last-applied -f cm.yaml -o json
    apply view-last-applied cm --all
    apply view-last-applied cm -l team=blue -o yaml
    apply view-last-applied cm/settings -o name
    apply view-last-applied cm
    apply set-last-applied -f cm.yaml
    apply set-last-applied -f cm2.yaml
    apply set-last-applied -f cm2.yaml --dry-run=client
    apply set-last-applied -f cm2.yaml -o yaml
    apply set-last-applied -f no-kind.yaml
    apply set-last-applied -f nope.yaml
    apply set-last-applied
    create cm new --from-literal=a=1 --dry-run=client
    apply -f web.yaml
    KUBE_EDITOR="sed -i /replicas:/s/2/1/" edit sts web
    get sts web -o jsonpath={.spec.replicas}
    KUBE_EDITOR="sed -i /replicas:/s/1/x/" edit sts web
    KUBE_EDITOR="sed -i /serviceName:/s/nginx/other/" edit sts web
    KUBE_EDITOR="sed -i /replicas:/s/1/2/" edit sts web --subresource=scale
    KUBE_EDITOR="sed -i /^..name:/s/web/other/" edit sts web
    KUBE_EDITOR="sed -i s/replicas:/replicas/" edit sts web
    KUBE_EDITOR="sed -i s/nginx/x/" edit svc,cm nginx
    get sts web -o jsonpath={.spec.replicas}
    edit sts web --subresource=nope
    KUBE_EDITOR="sed -i s/uno/tre/" create --edit -f cm2.yaml
    delete cm settings
    KUBE_EDITOR=true create --edit -f cm2.yaml
    KUBE_EDITOR="sed -i /a:/s/2/7/" create --edit -f cm2.yaml
    KUBE_EDITOR="sed -i /a:/s/2/7/" create --edit -f cm2.yaml -o yaml
    get cm settings -o jsonpath={.data}
    KUBE_EDITOR='sed -i "s/blue/two words/"' edit cm settings
    KUBE_EDITOR=nosuch edit cm settings
    edit sts web --windows-line-endings=x
  `),
};
