import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const EXPOSE_REPLACE: Scenario = {
  name: "expose and replace",
  files: FILES,
  steps: lines(`
      expose
      expose deploy/nope --port=80
      create deployment web --image=nginx:1.27 --port=80
      create deployment bare --image=nginx:1.27
      expose deploy/web --dry-run=client -o yaml
      expose deploy/web
      expose deploy/web
      expose deploy web --name=two --port=8080 --target-port=80 --type=NodePort
      expose deploy web --name=three --port=80,81 --dry-run=client -o json
      expose deploy/bare
      expose deploy/bare --cluster-ip=None
      expose svc/web --name=four --labels=a=b
      expose svc/web --name=five --selector=x=y --session-affinity=ClientIP
      expose svc/web --name=six --session-affinity=no
      expose cm/kube-root-ca.crt --port=80
      get svc
      replace
      replace -f cm.yaml
      create -f cm.yaml
      replace -f cm2.yaml
      replace -f cm2.yaml --dry-run=server
      get cm settings -o jsonpath={.data}
      replace -f cm.yaml --grace-period=1
      replace -f cm.yaml --timeout=1s
      replace -f cm.yaml --force
      replace -f cm2.yaml --force --grace-period=0
      replace -f pod.yaml --force
      replace -f pod.yaml --force
      replace -f broken.yaml
      get pods
    `),
};
