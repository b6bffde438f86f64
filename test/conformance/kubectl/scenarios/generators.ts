import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const GENERATORS: Scenario = {
  name: "generators without a server",
  files: FILES,
  steps: lines(`
      create deployment web --image=nginx --dry-run=client
      create deployment web --image=nginx --dry-run=client -o yaml
      create deployment web --image=nginx --dry-run=client -o json
      create deployment web --image=nginx --port=80 --replicas=3 --dry-run=client -o yaml
      create deployment web --image=nginx --image=redis:7 --dry-run=client -o yaml
      create deployment web --image=busybox --dry-run=client -o yaml -- sleep 10
      create deployment web --image=nginx --dry-run=client -o name
      create deployment web --image=nginx --dry-run=client -o jsonpath={.spec.replicas}
      create deployment web --image=nginx --dry-run=client -n other -o yaml
      create job j --image=busybox --dry-run=client -o yaml -- echo hi
      create job j --dry-run=client
      create cronjob c --image=busybox --schedule='*/5 * * * *' --dry-run=client -o yaml -- date
      create cronjob c --image=busybox --dry-run=client
      create namespace n --dry-run=client -o yaml
      create ns n --dry-run=client
      create configmap c --from-literal=a=1 --from-literal=b='x y' --dry-run=client -o yaml
      create configmap c --from-literal=a --dry-run=client
      create configmap c --from-file=cm.yaml --dry-run=client -o yaml
      create configmap c --from-file=k=cm.yaml --dry-run=client -o json
      create configmap c --from-file=dir --dry-run=client -o yaml
      create configmap c --from-file=nope --dry-run=client
      create cm c --from-literal=a=1 --from-literal=a=2 --dry-run=client
      create secret generic s --from-literal=p=secret --dry-run=client -o yaml
      create secret generic s --from-literal=p=secret --type=x/y --dry-run=client -o json
      create service clusterip s --tcp=80:8080 --dry-run=client -o yaml
      create service clusterip s --clusterip=None --dry-run=client -o yaml
      create service clusterip s --dry-run=client
      create service nodeport s --tcp=80 --node-port=30080 --dry-run=client -o yaml
      create service externalname s --external-name=example.com --dry-run=client -o yaml
      create svc loadbalancer s --tcp=80:80 --dry-run=client -o json
      create serviceaccount sa --dry-run=client -o yaml
      create quota q --hard=pods=3,cpu=1 --dry-run=client -o yaml
      create pdb p --selector=app=web --min-available=1 --dry-run=client -o yaml
      create pdb p --selector=app=web --max-unavailable=50% --dry-run=client -o yaml
      create pdb p --dry-run=client
      create priorityclass pc --value=10 --dry-run=client -o yaml
      create role r --verb=get,list --resource=pods --dry-run=client -o yaml
      create role r --resource=pods --dry-run=client
      create rolebinding rb --role=r --user=u --serviceaccount=default:sa --dry-run=client -o yaml
      create clusterrole cr --verb=get --resource=nodes --dry-run=client -o yaml
      create clusterrolebinding crb --clusterrole=cr --group=g --dry-run=client -o yaml
      create -f cm.yaml --dry-run=client
      create -f cm.yaml --dry-run=client -o yaml
      create -f web.yaml --dry-run=client
      create -f web.yaml --dry-run=client -o name
      run x --image=nginx --dry-run=client
      run x --image=nginx --dry-run=client -o yaml
      run x --image=nginx --port=80 --env=A=b --labels=a=b --dry-run=client -o yaml
      run x --image=busybox --restart=Never --dry-run=client -o yaml -- echo hi
      run x --image=busybox --command --dry-run=client -o json -- echo hi
      apply -f cm.yaml --dry-run=client
      apply -f web.yaml --dry-run=client
      apply -f cm.yaml --dry-run=server
      apply -f cm.yaml --dry-run=client -o yaml
    `),
};
