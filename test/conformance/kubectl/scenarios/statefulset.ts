import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const STATEFULSET: Scenario = {
  name: "a StatefulSet's life",
  files: FILES,
  steps: lines(`
      apply -f web.yaml
      apply -f web.yaml
      rollout status sts/web
      get sts
      get sts web
      get sts -o wide
      get sts web -o name
      get sts web -o jsonpath={.spec.replicas}
      get sts web -o jsonpath='{.spec.template.spec.containers[0].image}{"\\n"}'
      get sts web -o yaml
      get sts web -o json
      get pods
      get po web-0
      get pods web-0 web-1
      get pods web-0 nope
      get pods -l app=nginx
      get pods -l app=none
      get pods -l 'app in (nginx,x)'
      get pods --show-labels
      get pods -L app
      get pods --no-headers
      get pods -o name
      get pods -o wide
      get pods -A --field-selector metadata.namespace=default
      get pods --sort-by=.metadata.name
      get pods --sort-by=.nope
      get pods -o jsonpath='{.items[*].metadata.name}'
      get pods -o jsonpath='{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}'
      get pods -o jsonpath='{.items[0].nope}'
      get svc nginx -o jsonpath='{.spec.ports[5].name}'
      get pods -o jsonpath='{.items[?(@.metadata.name=="web-1")].metadata.name}'
      get pods -o jsonpath='{.items[0:2].metadata.name}'
      get pods -o jsonpath='{.items[-1].metadata.name}'
      get pods -o jsonpath='{.items[*].metadata.labels}'
      get pods -o jsonpath='{.items[*].spec.containers[*].ports[*].containerPort}'
      get pods -o jsonpath='{..podIP}'
      get pods -o jsonpath='{.items[*'
      get pods -o jsonpath='{.items[*].metadata["name"]}'
      get pods -o jsonpath='{.items[*].metadata[name]}'
      get pods -o jsonpath='{.kind}'
      get pods -o jsonpath='{.items[*].metadata.labels.app\\.kubernetes\\.io/x}'
      get pods -o jsonpath
      get pods -o go-template='{{range .items}}{{.metadata.name}} {{end}}'
      get pods -o go-template='{{len .items}}'
      get pods -o go-template='{{.nope}}'
      get pods -o go-template='{{range $i, $p := .items}}{{$i}}={{$p.metadata.name}};{{end}}'
      get pods -o go-template='{{if .items}}some{{else}}none{{end}}'
      get pods -o go-template='{{printf "%s-%d" .kind 3}}'
      get pods -o custom-columns=NAME:.metadata.name,PHASE:.status.phase
      get pods -o custom-columns=NAME:metadata.name,NOPE:.x --no-headers
      get pods -o custom-columns=NAME
      get pods -o custom-columns
      get pods,sts
      get sts,svc,pvc
      get pods/web-0 sts/web
      get svc
      get svc nginx -o yaml
      get pvc
      get pvc www-web-0
      get controllerrevisions
      get endpointslices -o name
      get ep nginx
      get -f web.yaml
      get -f web.yaml -o name
      get all
      get nodes -o name
      get ns
      get sc
      get pods --ignore-not-found nope
      get pod nope --ignore-not-found -o yaml
      get --raw /version
      get --raw /nope
      describe sts web
      describe pod web-0
      describe svc nginx
      describe pvc www-web-0
      describe ns default
      describe sc
      describe pod web
      logs web-0
      exec web-0 -- sh -c 'echo out; echo err >&2; exit 3'
      exec sts/web -- hostname
      scale sts web --replicas=3
      wait --for=condition=Ready pod/web-0 --timeout=10s
      wait --for=jsonpath='{.status.phase}'=Running pod/web-0 --timeout=10s
      wait --for=condition=Ready pod -l app=nginx --timeout=10s
      wait --for=condition=Nope pod/web-0 --timeout=0s
      get sts web
      scale sts web --replicas=2 --current-replicas=7
      scale sts web --replicas=2
      patch sts web -p '{"spec":{"replicas":3}}'
      patch sts web -p '{"spec":{"replicas":3}}'
      patch sts web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":2}]'
      patch sts web --type=json -p '[{"op":"replace","path":"/nope/x","value":2}]'
      patch sts web --type=merge -p '{"spec":{"serviceName":"other"}}'
      patch sts web -p '{"spec":{"replicas":"x"}}'
      patch sts web -p 'spec: {replicas: 2}' -o name
      label sts web tier=db
      label sts web tier=db
      label sts web tier=cache
      label sts web tier=cache --overwrite
      label sts web tier-
      label sts web tier-
      label pods -l app=nginx color=red
      annotate sts web note=hello
      annotate sts web note=bye
      annotate sts web note-
      annotate sts web kubernetes.io/change-cause='first try'
      rollout history sts/web
      rollout history sts/web --revision=1
      apply -f web-v2.yaml
      rollout status sts/web
      rollout history sts/web
      get pods -o custom-columns=N:.metadata.name,I:.spec.containers[0].image
      rollout undo sts/web
      rollout status sts/web
      rollout undo sts/web --to-revision=9
      rollout restart sts/web
      rollout pause sts/web
      rollout status sts/web
      apply view-last-applied sts/web
      delete pod web-0
      delete pod web-1 --wait=false
      delete sts web --cascade=orphan
      get pods -o name
      delete pod web-0 web-1 web-2
      delete -f web.yaml
      delete -f web.yaml --ignore-not-found
      delete pvc --all
      delete pvc www-web-9
      get pvc
    `),
};
