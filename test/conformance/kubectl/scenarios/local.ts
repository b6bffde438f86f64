/** set --local and its kin: files are decoded into Go's types, and what does not fit is told. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

interface Parts {
  readonly metadata?: string;
  readonly spec?: string;
  readonly pod?: string;
  readonly container?: string;
}
const deployment = ({ metadata = "", spec = "replicas: 1", pod = "", container = "" }: Parts): string =>
  `apiVersion: apps/v1
kind: Deployment
metadata: {name: d${metadata}}
spec:
  ${spec}
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      ${pod}
      containers:
      - {name: c, image: i${container}}
`;

export const LOCAL: Scenario = {
  name: "files decoded into types",
  files: {
    ...FILES,
    "replicas.yaml": deployment({ spec: "replicas: 'two'" }),
    "right.yaml": deployment({ spec: "replicas: 2" }),
    "flags.yaml": deployment({ spec: "paused: 'yes'", pod: "hostNetwork: 1" }),
    "service.yaml":
      "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: 1}, ports: [{port: '80'}]}\n",
    "binding.yaml":
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r}\nroleRef: {kind: Role, name: 5}\nsubjects: [{kind: User, name: 1}]\n",
    "label.yaml": deployment({ metadata: ", labels: {a: 1}" }),
    "labels.yaml": deployment({ metadata: ", labels: [a]" }),
    "half.yaml": deployment({ spec: "replicas: 1.5" }),
    "unknown.yaml": deployment({ spec: "nope: 1", pod: "unknown: x", container: ", strange: 1" }),
    "grace.yaml": deployment({ pod: "terminationGracePeriodSeconds: '30'" }),
    "port.yaml": deployment({ container: ", ports: [{containerPort: '80'}]" }),
    "variable.yaml": deployment({ container: ", env: [{name: X, value: 1}]" }),
    "quantity.yaml": deployment({ container: ", resources: {limits: {cpu: [1]}}" }),
    "probe.yaml": deployment({ container: ", livenessProbe: {httpGet: {port: http}, periodSeconds: x}" }),
    "time.yaml": deployment({ metadata: ", creationTimestamp: yesterday" }),
    "twice.yaml": deployment({ pod: "containers: []" }),
    "strategy.yaml": deployment({ spec: "strategy: Recreate" }),
    "args.yaml": deployment({ container: ", args: [a, 1], command: x" }),
    "template.yaml": deployment({}).replace("metadata: {labels: {a: b}}", "metadata: {labels: {a: 1}}"),
    "list.yaml": deployment({}).replace("- {name: c, image: i}", "{name: c, image: i}"),
    "item.yaml": deployment({}).replace("- {name: c, image: i}", "- c"),
    "surge.yaml": deployment({ spec: "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 20%}}" }),
    "amounts.yaml": deployment({ container: ", resources: {limits: {cpu: 1, memory: 1.5Gi}}" }),
    "cron.yaml":
      "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec: {schedule: 5, suspend: 'no', jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: i}]}}}}}\n",
  },
  steps: lines(`
    apply -f web.yaml
    set image -f web.yaml --local nginx=x -o yaml
    set image -f replicas.yaml --local c=x -o yaml
    set image -f replicas.yaml --local c=x -o json
    set env -f replicas.yaml --local A=b -o yaml
    set env -f right.yaml --local A=b -o yaml
    set resources -f replicas.yaml --local --limits=cpu=1 -o yaml
    set resources -f flags.yaml --local --limits=cpu=1 -o yaml
    set selector -f service.yaml --local a=b -o yaml
    set selector -f service.yaml --local a=b
    set serviceaccount -f replicas.yaml --local sa -o yaml
    set subject -f binding.yaml --local --user=x -o yaml
    set image -f label.yaml --local c=x -o yaml
    set image -f labels.yaml --local c=x -o yaml
    set image -f half.yaml --local c=x -o yaml
    set image -f unknown.yaml --local c=x -o yaml
    set image -f grace.yaml --local c=x -o yaml
    set image -f port.yaml --local c=x -o yaml
    set env -f variable.yaml --local A=b -o yaml
    set env -f variable.yaml --local --list
    set env -f variable.yaml --local A- -o yaml
    set env -f variable.yaml --local --env=B=1 -o name
    set image -f replicas.yaml --local c=x --dry-run=client
    set image -f replicas.yaml --local c=x --dry-run=server
    set image -f replicas.yaml --local c=x
    set image -f quantity.yaml --local c=x -o yaml
    set image -f probe.yaml --local c=x -o yaml
    set image -f time.yaml --local c=x -o yaml
    set image -f twice.yaml --local c=x -o yaml
    set image -f strategy.yaml --local c=x -o yaml
    annotate -f replicas.yaml --local a=b -o yaml
    label -f replicas.yaml --local a=b -o yaml
    label -f label.yaml --local a=b -o yaml
    patch -f replicas.yaml --local -p '{"spec":{"replicas":"x"}}' -o yaml
    patch -f replicas.yaml --local --type=merge -p '{"spec":{"replicas":"x"}}' -o yaml
    create -f replicas.yaml --dry-run=client -o yaml
    taint -f replicas.yaml a=b:NoSchedule
    set image -f args.yaml --local c=x -o yaml
    set image -f template.yaml --local c=x -o yaml
    set image -f list.yaml --local c=x -o yaml
    set image -f item.yaml --local c=x -o yaml
    set image -f surge.yaml --local c=x -o yaml
    set image -f amounts.yaml --local c=x -o yaml
    set image -f cron.yaml --local c=x -o yaml
    set image -f cron.yaml -f right.yaml --local c=x -o name
    expose -f service.yaml --port=80 --dry-run=client -o name
    rollout status -f replicas.yaml
    rollout history -f replicas.yaml
    autoscale -f replicas.yaml --max=2 --dry-run=client -o name
    scale -f replicas.yaml --replicas=2
    run x --image=y --overrides='{"spec":{"hostNetwork":"yes"}}' --dry-run=client -o yaml
  `),
};
