import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const PATCH_RUN: Scenario = {
  name: "missing namespaces, patch and run",
  files: FILES,
  steps: lines(`
    get pod rich -n nope
    get pod rich -n nope -o yaml
    get pod/rich -n nope -o name
    get pods -n nope
    label pod rich a=b -n nope
    scale deploy x --replicas=1 -n nope
    delete pod x -n nope
    patch pod x -p {} -n nope
    rollout status deploy/x -n nope
    rollout history deploy/x -n nope
    rollout restart deploy/x -n nope
    rollout undo deploy/x -n nope
    logs x -n nope
    exec x -n nope -- true
    expose deploy x -n nope --port=1
    autoscale deploy x -n nope --max=3
    set image deploy/x a=b -n nope
    annotate pod x a=b -n nope
    wait --for=delete pod/x -n nope
    wait --for=condition=Ready pod/x -n nope --timeout=1s
    get cm x -n kube-public
    taint node x a=b:NoSchedule -n nope
    apply -f cm.yaml -n nope
    apply view-last-applied cm x -n nope
    replace -f cm.yaml -n nope
    edit cm x -n nope
    set env deploy/x A=b -n nope
    port-forward pod/x 80 -n nope
    attach x -n nope
    debug x --image=busybox --profile=general -n nope
    events -n nope
    top pod x -n nope
    create deployment web --image=nginx:1.27
    create -f cm.yaml
    patch deploy web -p '{"spec":{"replicas":3}}' --dry-run=client
    patch deploy web -p '{"spec":{"replicas":3}}' --dry-run=client -o jsonpath={.spec.replicas}
    patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","env":[{"name":"A","value":"1"}]},{"name":"two","image":"busybox"}]}}}}' --dry-run=client -o jsonpath='{.spec.template.spec.containers}'
    patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","$patch":"delete"}]}}}}' --dry-run=client -o jsonpath='{.spec.template.spec.containers}'
    patch deploy web --type=merge -p '{"metadata":{"labels":{"app":null,"x":"y"}}}' --dry-run=client -o jsonpath={.metadata.labels}
    patch deploy web --type=json -p '[{"op":"add","path":"/metadata/labels/z","value":"1"},{"op":"remove","path":"/metadata/labels/app"}]' --dry-run=client -o jsonpath={.metadata.labels}
    patch deploy web --type=json -p '[{"op":"remove","path":"/metadata/labels/none"}]' --dry-run=client
    patch deploy web --type=json -p '[{"op":"test","path":"/spec/replicas","value":7}]' --dry-run=client
    patch deploy web --type=json -p '[{"op":"test","path":"/spec/replicas","value":7}]'
    patch deploy web --type=json -p '{"spec":{}}'
    patch deploy web --type=json -p '{"spec":{}}' --dry-run=client
    patch deploy web -p '[]' 
    patch deploy web --type=nope -p '{}'
    patch deploy web -p '{'
    patch deploy web -p 'spec: [}'
    patch deploy web --patch-file=nope.yaml
    patch deploy web --patch-file=cm.yaml --dry-run=client
    patch deploy web -p '{}' --patch-file=cm.yaml
    patch -f cm.yaml -p '{"data":{"b":"2"}}'
    patch -f cm.yaml -p '{"data":{"b":"2"}}' --local -o yaml
    patch -f cm.yaml -p '{"data":{"b":"2"}}' --dry-run=server
    patch -f cm.yaml -f pod.yaml -p '{"metadata":{"labels":{"q":"r"}}}'
    patch deploy web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'
    patch deploy web --subresource=status --type=merge -p '{"status":{"replicas":9}}' -o name
    patch deploy web --subresource=nope --type=merge -p '{"spec":{"replicas":2}}'
    get deploy web --subresource=scale
    get deploy web --subresource=scale -o yaml
    get deploy web --subresource=status -o name
    get deploy web --subresource=nope
    get deploy --subresource=status
    get deploy web cm settings --subresource=status
    patch nothing x -p '{}'
    patch deploy -p '{}'
    patch -p '{}'
    run x --image=busybox --dry-run=client -o json --overrides='{"spec":{"nodeName":"n"}}'
    run x --image=busybox --dry-run=client -o yaml --override-type=strategic --overrides='{"spec":{"containers":[{"name":"x","tty":true}]}}'
    run x --image=busybox --dry-run=client -o yaml --override-type=json --overrides='[{"op":"add","path":"/spec/nodeName","value":"n"}]'
    run x --image=busybox --dry-run=client --override-type=nope --overrides='{}'
    run x --image=busybox --dry-run=client --overrides='{'
    run x --image=BUSY
    run x
    run
    run x --image=busybox -it --dry-run=client
    run x --image=busybox --rm
    run x --image=busybox --restart=Nope
    run x --image=busybox --port=x
    run x --image=busybox --env=A
    run x --image=busybox --labels=a
    run x --image=busybox --expose --dry-run=client
    run x --image=busybox --expose --port=80 --dry-run=client
    run x --image=busybox --expose --port=80 --dry-run=client -o yaml
    run y --image=nginx:1.27 --expose --port=80
    get svc y -o jsonpath={.spec.selector}
    run y --image=busybox
    run z --image=busybox --annotations=a=b --labels=c=d,e=f --env=A=1 --env=B= --port=80 --image-pull-policy=Never --privileged --dry-run=client -o yaml --command -- sh -c 'sleep 1'
    run z --image=busybox --grace-period=5
    run z --image=busybox --pod-running-timeout=x
    run z --image=busybox --leave-stdin-open --stdin --dry-run=client
    expose deploy web --port=80 --overrides='{"spec":{"type":"NodePort"}}' --dry-run=client -o yaml
    expose deploy web --port=80 --override-type=strategic --overrides='{"spec":{"ports":[{"port":80,"name":"x"}]}}' --dry-run=client -o jsonpath={.spec.ports}
  `),
};
