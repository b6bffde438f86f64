import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const NODES: Scenario = {
  name: "nodes",
  files: FILES,
  steps: lines(`
      describe node node-2
    taint
      taint nodes
      taint nodes node-1
      taint nodes node-1 a=b:NoSchedule
      taint nodes node-1 a=b:NoSchedule
      taint nodes node-1 a=c:NoSchedule --overwrite
      taint nodes node-1 a=c:Never
      taint nodes node-1 a=c
      taint nodes node-1 a:NoSchedule-
      taint nodes node-1 a-
      taint nodes node-1 a=b:NoSchedule a-
      taint nodes node-1 b:NoSchedule c=d:PreferNoSchedule
      taint nodes node-1 b- c- e=f:NoSchedule
      taint nodes --all e-
      taint nodes -l nope=x e-
      taint pods x a=b:NoSchedule
      taint nodes nope a=b:NoSchedule
      taint nodes node-2 k=v:NoSchedule --dry-run=client
      drain
      drain nope
      cordon node-1 node-3
      apply -f web.yaml
      scale sts/web --replicas=1
      apply -f pod.yaml
      wait --for=condition=Ready pod/two
      drain node-2 --dry-run=client --pod-selector=app=nginx
      drain node-2 --pod-selector=app=two
      drain node-2 --pod-selector=app=two --force --dry-run=server
      drain node-2 --pod-selector=app=two --force
      drain node-2 --pod-selector=app=nginx
      get pods
      uncordon node-1 node-2 node-3
      delete -f web.yaml
      drain node-3 --pod-selector=app=nginx
      get node node-3 -o jsonpath={.spec}
      uncordon node-3
    `),
};
