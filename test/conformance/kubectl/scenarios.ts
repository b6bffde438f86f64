/** The command lines that both kubectls run, in order, by scenario. `wait` lets the cluster come to rest first. */

export interface Step {
  readonly args: readonly string[];
  readonly input?: string;
}
export interface Scenario {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** Words as a shell splits them, with quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g)].map((match) =>
    match[0].replace(
      /'([^']*)'|"([^"]*)"/g,
      (_, single: string | undefined, double: string | undefined) => single ?? double ?? "",
    ),
  );
}
const lines = (text: string): Step[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ args: words(line) }));

const WEB = `apiVersion: v1
kind: Service
metadata:
  name: nginx
  labels: {app: nginx}
spec:
  clusterIP: None
  selector: {app: nginx}
  ports:
  - {name: web, port: 80}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
spec:
  serviceName: nginx
  replicas: 2
  selector:
    matchLabels: {app: nginx}
  template:
    metadata:
      labels: {app: nginx}
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        ports:
        - {containerPort: 80, name: web}
        volumeMounts:
        - {name: www, mountPath: /usr/share/nginx/html}
        env:
        - {name: MODE, value: plain}
        resources:
          requests: {cpu: 50m, memory: 32Mi}
  volumeClaimTemplates:
  - metadata: {name: www}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
`;
const FILES: Readonly<Record<string, string>> = {
  "web.yaml": WEB,
  "web-v2.yaml": WEB.replace("nginx:1.27", "nginx:1.28")
    .replace("{name: MODE, value: plain}", "{name: MODE, value: other}")
    .replace("replicas: 2", "replicas: 3"),
  "no-selector.yaml": WEB.replace("  selector:\n    matchLabels: {app: nginx}\n  template", "  template"),
  "petset.yaml": "apiVersion: apps/v1alpha1\nkind: PetSet\nmetadata:\n  name: rd\nspec: {}\n",
  "broken.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n data:\n  x: y\n",
  "tab.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n",
  "colon.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a: b\n",
  "unknown-field.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndatas:\n  x: y\n",
  "no-kind.yaml": "apiVersion: v1\nmetadata:\n  name: a\n",
  "cm.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  labels: {team: blue}\ndata:\n  a: '1'\n  long: |\n    line one\n    line two\n",
  "cm2.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  labels: {team: blue}\ndata:\n  a: '2'\n",
  "pod.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: two\n  labels: {app: two}\nspec:\n  terminationGracePeriodSeconds: 0\n  containers:\n  - {name: one, image: busybox, command: [sh, -c, 'echo hello; sleep 3600']}\n  - {name: other, image: busybox, command: [sh, -c, 'echo other; sleep 3600']}\n",
  "dir/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dir-a}\n",
  "dir/b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dir-b}\n",
};

export const SCENARIOS: readonly Scenario[] = [
  {
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
  },
  {
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
  },
  {
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
      get pods -o jsonpath='{.items[5].metadata.name}'
      get pods -o jsonpath='{.items[?(@.metadata.name=="web-1")].metadata.name}'
      get pods -o jsonpath='{.items[0:2].metadata.name}'
      get pods -o jsonpath='{.items[-1].metadata.name}'
      get pods -o jsonpath='{.items[*].metadata.labels}'
      get pods -o jsonpath='{.items[*].spec.containers[*].ports[*].containerPort}'
      get pods -o jsonpath='{..image}'
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
  },
  {
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
      logs two --all-containers
      logs two --all-containers --prefix
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
      describe node node-2
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
  },
  {
    name: "set",
    files: FILES,
    steps: lines(`
      set image
      set image deploy/web
      create deployment web --image=nginx:1.27
      create configmap settings --from-literal=log.level=debug --from-literal=b=2
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
  },
  {
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
  },
  {
    name: "nodes",
    files: FILES,
    steps: lines(`
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
  },
  {
    name: "auth and events",
    files: FILES,
    steps: lines(`
      auth whoami
      auth whoami -o jsonpath={.status.userInfo.groups}
      auth can-i
      auth can-i get pods
      auth can-i get nodes
      auth can-i list deployments.apps --subresource=scale
      auth can-i fly pods
      auth can-i get nothings
      auth can-i get nothings.example.com
      auth can-i get /healthz
      auth can-i delete pods/web-0 -A
      auth can-i get pods --as=system:serviceaccount:default:default
      auth can-i get pods --as=nobody -q
      auth can-i --list --as=system:serviceaccount:default:default
      auth can-i --list x
      auth can-i get pods --no-headers
      events
      events --types=Nope
      events --for=pod
      apply -f pod.yaml
      wait --for=condition=Ready pod/two
      events --for=pod/two
      events --for pod/two --types=Warning
      events --for pod/two --no-headers
      events --for nothing/two
    `),
  },
];

export const countLines = (): number => SCENARIOS.reduce((sum, scenario) => sum + scenario.steps.length, 0);
