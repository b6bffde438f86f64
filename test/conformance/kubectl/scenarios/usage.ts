import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const files = {
  ...FILES,
  "bin/kubectl-hello": "#!/bin/sh\necho hello\n",
  "bin/kubectl-get-all": "#!/bin/sh\necho all\n",
};

export const USAGE: Scenario = {
  name: "top, autoscale and plugins",
  files,
  steps: lines(`
    top foo
    top node
    top nodes --no-headers
    top node node-1
    top node nope
    top node node-1 node-2
    top node -l a=b
    top node --sort-by=x
    top node --sort-by=cpu --show-capacity
    top node node-1 -l a=b
    top pod
    top pod nope
    top pod -l app=none
    top pod -A --sort-by=nope
    create deployment web --image=nginx:1.27 --replicas=2
    apply -f pod.yaml
    rollout status deploy/web
    wait --for=condition=Ready pod/two
    top pod
    top pods two
    top pod two --containers
    top po two --containers --no-headers
    top pod --containers --sum
    top pod --sum -l app=two
    top pod -l app=two -n default
    top pod -l app==
    top pod two -l app=two
    top pod --containers --sort-by=memory -l app=two
    top pod -n nope
    top pod -n nope two
    top pod --use-protocol-buffers=false two
    top pod --foo
    autoscale
    autoscale --max=2
    autoscale deploy --max=2
    autoscale deploy web
    autoscale deploy web --max=0
    autoscale deploy web --max=1 --min=2
    autoscale deploy web --max=x
    autoscale deploy web --max=3 --dry-run=client
    autoscale deploy web --max=3 --dry-run=client -o yaml
    autoscale deploy web --max=3 --min=2 --cpu-percent=50 --dry-run=client -o json
    autoscale deploy web --max=3 --min=2 --cpu-percent=50 --dry-run=server -o yaml
    autoscale deploy web --max=3 --dry-run=nope
    autoscale deploy web --max=3 --min=2 --cpu-percent=50
    autoscale deploy web --max=3 --min=2 --cpu-percent=50
    autoscale deploy/web --max=3 --name=other --save-config -o jsonpath={.metadata.annotations}
    autoscale deploy/web --max=3 --name=Bad_name
    autoscale deploy nope --max=2
    autoscale svc/kubernetes --max=2
    autoscale node/node-1 --max=4
    autoscale rc,deploy web --max=3
    autoscale -f web.yaml --max=4
    get hpa web -o jsonpath={.spec}
    delete hpa web other
    plugin foo
    PATH=dir plugin list
    PATH=bin plugin list
    PATH=bin plugin list --name-only
    PATH=nowhere plugin list
    hello
    completion
    completion nope
    completion bash zsh
    alpha
    alpha foo
    kuberc
    kuberc view
  `),
};
