import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const OBJECTS: Scenario = {
  name: "objects and a Deployment",
  files: FILES,
  steps: lines(`
      create -f cm.yaml
      create -f cm.yaml
      apply -f cm.yaml
      apply -f cm2.yaml
      get cm settings -o yaml
      describe cm settings
      apply -f dir
      apply -f dir -o name
      get -f dir
      delete -f dir
      apply --server-side -f cm.yaml
      apply --server-side -f cm.yaml --force-conflicts
      create ns other
      create ns other
      create cm c --from-literal=a=1 -n other
      get cm -n other
      get cm -n nope
      get cm c -n other -o jsonpath={.data.a}
      delete ns other
      create secret generic s --from-literal=p=secret
      get secret s
      get secret s -o jsonpath={.data.p}
      get secret s -o go-template='{{.data.p | base64decode}}'
      describe secret s
      create sa robot
      describe sa robot
      create deployment web --image=nginx:1.27 --replicas=2
      rollout status deploy/web
      get deploy
      get deploy web -o wide
      get rs
      get deploy,rs
      describe deploy web
      describe rs
      rollout history deploy/web
      rollout restart deploy/web
      rollout status deploy/web
      rollout history deploy/web
      rollout history deploy/web --revision=1
      rollout undo deploy/web
      rollout status deploy/web
      rollout pause deploy/web
      rollout pause deploy/web
      rollout resume deploy/web
      rollout resume deploy/web
      scale deploy/web --replicas=1
      scale deploy web nope --replicas=1
      scale --replicas=2 deploy -l app=web
      logs deploy/web
      logs deploy/web --tail=1
      apply -f pod.yaml
      wait --for=condition=Ready pod/two --timeout=10s
      logs two
      logs two -c other
      logs two other
      logs two -c nope
      logs -l app=two
      logs -l app=none
      logs two --previous
      describe pod two
      delete pod two --force
      delete pod two --grace-period=0
      create job j --image=busybox -- echo done
      wait --for=condition=complete job/j --timeout=10s
      get jobs
      describe job j
      logs job/j
      delete job j
      run x --image=busybox --restart=Never -- sh -c 'echo hi'
      get pod x
      logs x
      delete pod x
      create service clusterip s --tcp=80:8080
      describe svc s
      create pdb p --selector=app=web --min-available=1
      get pdb
      describe pdb p
      create quota q --hard=pods=30
      get quota
      get nodes
      get events -o name --field-selector reason=Nope
      get deploy web --show-labels
      get deploy -o custom-columns=NAME:.metadata.name,READY:.status.readyReplicas
      delete deploy web
      delete all --all
      api-resources --api-group=apps
      api-resources --namespaced=false --api-group=storage.k8s.io -o wide
      api-resources -o name --api-group=batch
      api-versions
      version
      cluster-info
    `),
};
