import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const SET: Scenario = {
  name: "set",
  files: FILES,
  steps: lines(`
      set image
      set image deploy/web
      create deployment web --image=nginx:1.27
      create configmap settings --from-literal=log.level=debug
      create secret generic pass --from-literal=password=x
      create service clusterip s --tcp=80:8080
      set image deploy/web
      set image deploy/web nginx=nginx:1.28
      set image deploy/web nginx=nginx:1.28
      set image deploy/web other=nginx:1.28
      set image deploy web *=nginx:1.27
      set image deploy web *=nginx:1.27 nginx=b
      set image deploy/web nginx=nginx:1.28 foo
      set image svc/s nginx=nginx:1.28
      set image deploy/nope nginx=nginx:1.28
      set image deploy --all nginx=nginx:1.28 --dry-run=client
      set image deploy/web nginx=nginx:1.28 --dry-run=server
      set image deploy/web nginx=nginx:1.28 --local
      set image -f web.yaml nginx=nginx:1.30 --local -o name
      set image -f web.yaml nginx=nginx:1.30 --local -o jsonpath={.spec.template.spec.containers[0].image}
      rollout status deploy/web
      set env deploy/web
      set env
      set env deploy/web A=1 B=2
      set env deploy/web A=1 B=2
      set env deploy/web --list
      set env deploy/web A- C=3
      set env deploy/web A=1 A-
      set env deploy/web B=9 --overwrite=false
      set env deploy/web --from=configmap/settings --prefix=CFG_
      set env deploy/web --from=secret/pass --keys=password
      set env deploy/web --keys=password
      set env deploy/web --list
      set env deploy/web --list --resolve
      set env deploy/web -c nope X=1
      set env deploy/web 1A=1
      set env deploy/web A=1 foo
      set env svc/s A=1
      set env deploy --all D=4
      set resources deploy/web
      set resources deploy/web --limits=cpu=200m,memory=512Mi --requests=cpu=100m
      get deploy web -o jsonpath={.spec.template.spec.containers[0].resources}
      set resources deploy/web --limits=cpu
      set resources deploy/web --limits=cpu=abc
      set resources deploy/web -c nope --limits=cpu=1
      set resources deploy/web -c ngi* --limits=cpu=1
      set serviceaccount deploy/web default
      set sa deploy web nope
      set serviceaccount
      set serviceaccount svc/s a
      set selector svc s app=web
      set selector svc/s app=web,tier=db
      get svc s -o jsonpath={.spec.selector}
      set selector deploy/web app=web
      set selector
      set selector svc s app=x --resource-version=1
      set image deploy/web nginx=nginx:1.29 --record
    `),
};
