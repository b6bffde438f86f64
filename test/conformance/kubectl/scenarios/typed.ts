/** Which results are of upstream's structs, with their empty fields, and which are as the server or a file has them. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: d, labels: {app: d}}
spec:
  replicas: 1
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec:
      containers:
      - {name: c, image: nginx}
      - {name: e, image: busybox, command: [sleep, "1"]}
      initContainers:
      - {name: i, image: busybox}
`;
const CRON = `apiVersion: batch/v1
kind: CronJob
metadata: {name: cj}
spec:
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: c, image: busybox}]
`;
const JOB = `apiVersion: batch/v1
kind: Job
metadata: {name: jj}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: busybox}]
`;
const DAEMON = DEPLOYMENT.replace("Deployment", "DaemonSet").replace("  replicas: 1\n", "");
const POD = `apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: p}}
spec:
  containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: s}
spec: {selector: {app: d}, ports: [{port: 80}]}
`;
const REPLICA_SET = DEPLOYMENT.replace("Deployment", "ReplicaSet");
const BINDING = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
`;
const ODD = `apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
spec: {a: 1}
`;
const LIST = `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: l1}}
- {apiVersion: v1, kind: Secret, metadata: {name: l2}}
`;

const KINDS = ["d", "cj", "jj", "ds", "p", "s", "rs", "web", "cm", "rb"];
const WORKLOADS = ["d", "cj", "jj", "ds", "p", "rs", "web"];
const all = (names: readonly string[], line: (name: string) => string): string => names.map(line).join("\n");
const FORMATS = ["yaml", "json"];
const both = (line: string): string => FORMATS.map((format) => `${line} -o ${format}`).join("\n");

export const TYPED: Scenario = {
  name: "results of structs and results as they are",
  files: {
    ...FILES,
    "d.yaml": DEPLOYMENT,
    "cj.yaml": CRON,
    "jj.yaml": JOB,
    "ds.yaml": DAEMON,
    "p.yaml": POD,
    "s.yaml": SERVICE,
    "live.yaml": DEPLOYMENT.replace("replicas: 1", "replicas: 0"),
    "rs.yaml": REPLICA_SET,
    "rb.yaml": BINDING,
    "w.yaml": ODD,
    "l.yaml": LIST,
  },
  steps: lines(`
    ${all(KINDS, (name) => both(`label --local -f ${name}.yaml x=y`))}
    ${all(KINDS, (name) => both(`annotate --local -f ${name}.yaml x=y`))}
    ${all(KINDS, (name) => both(`patch --local -f ${name}.yaml -p '{"metadata":{"labels":{"x":"y"}}}'`))}
    ${all(["d", "cm"], (name) => both(`patch --local -f ${name}.yaml --type=merge -p '{"metadata":{"labels":{"x":"y"}}}'`))}
    ${all(["d", "cm"], (name) => both(`patch --local -f ${name}.yaml --type=json -p '[{"op":"add","path":"/metadata/annotations","value":{"x":"y"}}]'`))}
    patch --local -f d.yaml -p '{"spec":{"replicas":3}}'
    patch --local -f w.yaml --type=merge -p '{"spec":{"a":3}}' -o yaml
    label --local -f w.yaml x=y -o yaml
    annotate --local -f w.yaml x=y -o yaml
    label --local -f l.yaml x=y -o yaml
    label --local -f l.yaml x=y -o json
    annotate --local -f l.yaml x=y -o yaml
    patch --local -f l.yaml -p '{"metadata":{"labels":{"x":"y"}}}' -o yaml
    ${all(WORKLOADS, (name) => both(`set image --local -f ${name}.yaml c=busybox:2`))}
    ${all(WORKLOADS, (name) => both(`set env --local -f ${name}.yaml A=b`))}
    ${all(WORKLOADS, (name) => both(`set resources --local -f ${name}.yaml --limits=cpu=1 --requests=memory=1Gi`))}
    ${all(WORKLOADS, (name) => both(`set serviceaccount --local -f ${name}.yaml sa`))}
    ${both("set selector --local -f s.yaml app=x")}
    ${both("set subject --local -f rb.yaml --user=joe")}
    ${both("set subject --local -f rb.yaml --serviceaccount=a:b --group=g")}
    set image --local -f d.yaml c=x
    set image --local -f w.yaml c=x -o yaml
    set image --local -f l.yaml c=x -o yaml
    set env --local -f cm.yaml A=b -o yaml
    ${all(KINDS, (name) => both(`create -f ${name}.yaml --dry-run=client`))}
    ${both("create -f l.yaml --dry-run=client")}
    ${all(["d", "p", "s", "cm"], (name) => both(`create -f ${name}.yaml --dry-run=server`))}
    ${all(["d", "p", "s", "cm", "web"], (name) => both(`apply -f ${name}.yaml --dry-run=client`))}
    ${all(["d", "p", "s", "cm"], (name) => both(`apply -f ${name}.yaml --dry-run=server`))}
    ${both("apply -f l.yaml --dry-run=client")}
    ${both("apply --server-side -f d.yaml --dry-run=server")}
    ${both("create deployment x --image=nginx --dry-run=client")}
    ${both("create deployment x --image=nginx --dry-run=server")}
    ${both("create deployment x --image=nginx --port=80 --replicas=2 --dry-run=server")}
    ${both("create service clusterip x --tcp=80 --dry-run=server")}
    ${both("create service externalname x --external-name=a --dry-run=server")}
    ${both("create configmap x --from-literal=a=b --dry-run=server")}
    ${both("create secret generic x --from-literal=a=b --dry-run=server")}
    ${both("create secret docker-registry x --docker-server=a --docker-username=b --docker-password=c --dry-run=server")}
    ${both("create serviceaccount x --dry-run=server")}
    ${both("create namespace x --dry-run=server")}
    ${both("create quota x --hard=pods=1 --dry-run=server")}
    ${both("create pdb x --selector=a=b --min-available=1 --dry-run=server")}
    ${both("create priorityclass x --value=1 --dry-run=server")}
    ${both("create job x --image=busybox --dry-run=server")}
    ${both("create cronjob x --image=busybox --schedule=* --dry-run=client")}
    ${both("create cronjob x --image=busybox --schedule='* * * * *' --dry-run=server")}
    ${both("create role x --verb=get --resource=pods --dry-run=server")}
    ${both("create clusterrole x --verb=get --resource=pods --dry-run=server")}
    ${both("create clusterrole x --aggregation-rule=a=b --dry-run=client")}
    ${both("create rolebinding x --role=a --user=b --dry-run=server")}
    ${both("create clusterrolebinding x --clusterrole=a --user=b --dry-run=server")}
    ${both("create ingress x --rule=a/b=c:80 --dry-run=server")}
    create token default --duration=1h -o jsonpath={.spec}{.status.expirationTimestamp}{.kind}
    ${both("run x --image=nginx --dry-run=client")}
    ${both("run x --image=nginx --dry-run=server")}
    ${both("run x --image=nginx --port=80 --expose --dry-run=client")}
    ${both("run x --image=nginx --port=80 --expose --dry-run=server")}
    ${both(`run x --image=nginx --env=a=b --labels=c=d --restart=Never --overrides='{"spec":{"hostNetwork":true}}' --dry-run=client`)}
    ${["client", "server"].map((dry) => both(`taint node --all a=b:NoSchedule --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`cordon node-1 --dry-run=${dry}`)).join("\n")}
    apply -f live.yaml
    apply -f web.yaml
    apply -f cm.yaml
    apply -f s.yaml
    apply -f p.yaml
    apply -f rb.yaml
    apply -f cj.yaml
    ${all(
      [
        "image deploy/d c=x",
        "env deploy/d A=b",
        "resources deploy/d --limits=cpu=1",
        "serviceaccount deploy/d sa",
        "selector svc/s a=b",
        "subject rolebinding/rb --user=x",
        "image cj/cj c=x",
        "image pod/p c=x",
      ],
      (line) => ["client", "server"].map((dry) => both(`set ${line} --dry-run=${dry}`)).join("\n"),
    )}
    ${["client", "server"].map((dry) => both(`expose deploy/d --port=80 --name=x --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`expose svc/s --port=80 --name=x --type=ClusterIP --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`autoscale deploy/d --max=3 --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`autoscale sts/web --max=3 --min=2 --cpu-percent=50 --name=x --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`label deploy/d x=y --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`annotate svc/s x=y --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`patch deploy/d -p '{"spec":{"replicas":2}}' --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`patch deploy/d --subresource=scale --type=merge -p '{"spec":{"replicas":2}}' --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`scale deploy/d --replicas=2 --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`replace -f cm.yaml --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`rollout undo deploy/d --dry-run=${dry}`)).join("\n")}
    ${both("rollout pause deploy/d")}
    ${both("rollout resume deploy/d")}
    rollout restart deploy/d -o yaml
    ${both("rollout history deploy/d --revision=1")}
    ${both("rollout history sts/web --revision=1")}
    ${["client", "server"].map((dry) => both(`create job y --from=cj/cj --dry-run=${dry}`)).join("\n")}
    ${["client", "server"].map((dry) => both(`delete cm/settings --dry-run=${dry}`)).join("\n")}
    ${both("scale sts/web --replicas=2")}
    ${both("set image cj/cj c=busybox:2")}
    ${both("label svc/s q=r")}
    ${both(`patch svc/s -p '{"metadata":{"labels":{"q":"s"}}}'`)}
    ${both("autoscale deploy/d --max=3")}
    ${both("expose deploy/d --port=80")}
    ${both("auth reconcile -f rb.yaml --dry-run=client")}
    ${both("auth reconcile -f rb.yaml")}
    ${both("auth whoami")}
    ${both("apply view-last-applied deploy/d")}
    ${both("apply set-last-applied -f cm.yaml --dry-run=client")}
    ${both("apply set-last-applied -f cm.yaml")}
    ${both("version")}
    ${both("version --client")}
    ${both("api-resources")}
  `),
};
