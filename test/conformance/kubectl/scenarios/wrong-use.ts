import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const WRONG_USE: Scenario = {
  name: "wrong use",
  files: FILES,
  steps: lines(`
      get
      get --foo
      get pods -Z
      get pods -o
      get pods --output
      get pods -o nope
      get nothing
      get nothing.apps
      get pods nope
      get pods/nope
      get pod/nope svc/nope
      get pods a b --selector x=y
      get pods a -A
      get pods,svc a
      get deploy,sts
      get pods -l 'a in'
      describe
      describe pod nope
      describe nothing x
      delete
      delete pod
      delete pod nope
      delete pod nope --ignore-not-found
      delete pods --all
      delete pods -l a=b
      delete pods --all --selector a=b
      delete pod x --cascade=nope
      delete pod x --now --grace-period=3
      apply
      apply -f nope.yaml
      apply -f petset.yaml
      apply -f broken.yaml
      apply -f tab.yaml
      apply -f colon.yaml
      apply -f unknown-field.yaml
      apply -f unknown-field.yaml --validate=false
      apply -f no-kind.yaml
      apply -f no-selector.yaml
      apply -f web.yaml extra
      apply -f web.yaml --force-conflicts
      apply -f web.yaml --dry-run=client --server-side
      create
      create -f petset.yaml
      create -f no-selector.yaml
      create deployment
      create deployment a b
      create deployment web
      create nope
      scale
      scale sts web
      scale sts web --replicas=2
      scale sts web --replicas=x
      scale sts web --replicas=-1
      patch pod x
      patch pod x -p '{}' --type=nope
      patch pod x -p '{}'
      patch pod x -p '{a'
      label pod x
      label pod x a=b
      label pods --all a=b
      label a=b
      annotate pod x a=b
      logs
      logs nope
      logs nope --tail=abc
      logs a b c
      exec
      exec nope
      exec nope -- ls
      exec nope ls
      rollout foo
      rollout status
      rollout status sts/nope
      rollout status pod/nope
      rollout undo deploy/nope
      wait
      wait pod/nope
      wait pod/nope --for=nope
      wait pod/nope --for=condition=Ready --timeout=1s
      wait pod/nope --for=delete --timeout=1s
      run
      run x
      run x --image=BAD
      run x --image=busybox -t
      run x --image=busybox --rm
      run x --image=busybox --restart=Sometimes
      version --client
      explain
      explain nope
      explain sts
      explain sts.spec
      explain sts.spec.nope
      explain sts.spec.updateStrategy
      explain pod.spec.containers.image
      explain pod.spec.containers
      explain cm.data
      explain sts.spec.replicas
      explain pvc.spec --recursive
      explain sts --recursive
      cordon
      cordon node-9
      cordon node-2
      cordon node-2
      uncordon node-2
      uncordon node-2
      version -o nope
      config current-context
      config get-contexts
      config get-contexts nope
      config use-context nope
      config view
      config view --minify
      config view -o jsonpath={.contexts[*].name}
      api-resources --sort-by=nope
      api-versions
    `),
};
