/** logs: which containers of which Pods, how much of what they said, and how it is told apart. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const TALKERS = `apiVersion: v1
kind: Pod
metadata: {name: talk, labels: {app: talk, all: "yes"}}
spec:
  restartPolicy: Never
  initContainers: [{name: before, image: busybox, command: [sh, -c, echo before]}]
  containers:
  - {name: one, image: busybox, command: [sh, -c, "echo 1; echo 2; echo 3; echo four four four"]}
  - {name: two, image: busybox, command: [sh, -c, "echo eins; echo zwei"]}
---
apiVersion: v1
kind: Pod
metadata: {name: chosen, labels: {all: "yes"}, annotations: {kubectl.kubernetes.io/default-container: b}}
spec:
  restartPolicy: Never
  containers:
  - {name: a, image: busybox, command: [sh, -c, echo from a]}
  - {name: b, image: busybox, command: [sh, -c, "echo from b; echo finished"]}
---
apiVersion: v1
kind: Pod
metadata: {name: silent, labels: {all: "yes"}}
spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: ["true"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: waits, labels: {app: waits}}
spec: {nodeSelector: {none: such}, containers: [{name: c, image: busybox}, {name: d, image: busybox}]}
---
apiVersion: v1
kind: Pod
metadata: {name: unpulled, labels: {app: unpulled}}
spec: {containers: [{name: c, image: "registry.example.com/none:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: blocked}
spec:
  restartPolicy: Never
  initContainers: [{name: i, image: busybox, command: [sh, -c, "echo stop; exit 1"]}]
  containers: [{name: c, image: busybox, command: ["true"]}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec:
  completions: 2
  parallelism: 2
  template:
    metadata: {labels: {all: jobs}}
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, echo worked]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: set}
spec:
  serviceName: none
  replicas: 2
  podManagementPolicy: Parallel
  selector: {matchLabels: {app: set}}
  template:
    metadata: {labels: {app: set}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - {name: c, image: busybox, command: [sh, -c, "echo I am here; sleep 3600"]}
      - {name: d, image: busybox, command: [sh, -c, "echo so am I; sleep 3600"]}
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {selector: {app: talk}, ports: [{port: 80}]}
`;

export const LOGS: Scenario = {
  name: "logs",
  files: { ...FILES, "talkers.yaml": TALKERS },
  steps: lines(`
    apply -f talkers.yaml
    wait --for=jsonpath={.status.phase}=Succeeded pod/talk pod/chosen pod/silent --timeout=20s
    wait --for=condition=complete job/work --timeout=20s
    rollout status sts/set --timeout=20s
    wait --for=jsonpath={.status.phase}=Failed pod/blocked --timeout=20s
    logs talk
    logs pod/talk
    logs pods/talk -c one
    logs po talk
    logs talk one
    logs talk two -c one
    logs talk -c two
    logs talk -c before
    logs talk -c nope
    logs talk nope
    logs talk --container=
    ~ logs talk --all-containers
    ~ logs talk --all-containers=false
    logs talk --all-containers -c one
    ~ logs talk --all-containers --prefix
    ~ logs talk --all-containers --tail=1
    ~ logs talk --all-containers --tail=1 --prefix
    logs talk -c one --prefix
    logs talk -c one --tail=2
    logs talk -c one --tail=0
    logs talk -c one --tail=-1
    logs talk -c one --tail=-2
    logs talk -c one --tail=x
    logs talk -c one --tail
    logs talk -c one --tail 1
    logs talk -c one --limit-bytes=3
    logs talk -c one --limit-bytes=0
    logs talk -c one --limit-bytes=-1
    logs talk -c one --limit-bytes=x
    logs talk -c one --timestamps
    logs talk -c one --timestamps --prefix
    logs talk -c one --timestamps --tail=1
    logs talk -c one --since=1h
    logs talk -c one --since=0s
    logs talk -c one --since=-1s
    logs talk -c one --since=1
    logs talk -c one --since=1x
    logs talk -c one --since=1ms
    logs talk -c one --since-time=2020-01-01T00:00:00Z
    logs talk -c one --since-time=2020-01-01T00:00:00+02:00
    logs talk -c one --since-time=2090-01-01T00:00:00Z
    logs talk -c one --since-time=2020-01-01
    logs talk -c one --since-time=yesterday
    logs talk -c one --since=1h --since-time=2020-01-01T00:00:00Z
    logs talk -c one -f
    logs talk -c one -f --tail=1
    logs talk -c one -f --limit-bytes=2
    ~ logs talk -f --all-containers
    ~ logs talk -f --all-containers --prefix
    logs talk -c one -p
    logs talk -p
    logs talk -c one --previous --tail=1
    logs talk -c one --ignore-errors
    logs talk -c one --pod-running-timeout=1
    logs talk -c one --pod-running-timeout=0s
    logs talk -c one --pod-running-timeout=-1s
    logs talk -c one --insecure-skip-tls-verify-backend
    logs talk -c one --max-log-requests=0
    logs talk -c one -f --max-log-requests=0
    logs talk -c one --max-log-requests=x
    logs chosen
    logs chosen -c a
    logs chosen --prefix
    ~ logs chosen --all-containers
    ~ logs chosen --all-containers --prefix --timestamps
    logs chosen --tail=1
    logs silent
    logs silent --prefix
    logs waits
    logs waits -c c
    logs waits -c c -f
    logs waits --all-containers
    logs waits --all-containers --ignore-errors
    wait --for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff pod/unpulled --timeout=20s
    logs unpulled
    logs unpulled -f
    logs unpulled --ignore-errors
    logs unpulled --previous
    logs blocked
    logs blocked -c i
    logs blocked --all-containers
    ~ logs blocked --all-containers --ignore-errors
    ~ logs -l all=yes
    ~ logs -l all=yes --prefix
    ~ logs -l all=yes --all-containers
    ~ logs -l all=yes --all-containers --prefix
    ~ logs -l all=yes --tail=1
    ~ logs -l all=yes --tail=-1 --all-containers
    logs -l all=yes -c one
    logs -l all=yes -c nope --ignore-errors
    ~ logs -l all=yes --since=1h --tail=1
    logs -l all=yes -f --max-log-requests=2
    logs -l all=yes -f --max-log-requests=1 --all-containers
    ~ logs -l all=yes -f --all-containers --max-log-requests=20
    logs -l all=yes talk
    logs -l all=yes pod/talk
    logs -l all=yes -p
    logs -l app=waits
    logs -l app=waits --ignore-errors
    logs -l app=unpulled
    logs -l app=none
    logs -l app=none -f
    logs -l 'app in (talk,waits)' --ignore-errors
    logs -l 'app in'
    logs -l =
    logs -l all=jobs
    logs job/work
    logs job/work --prefix
    ~ logs job/work --all-pods
    ~ logs job/work --all-pods --prefix=false
    logs jobs/work --all-containers
    logs sts/set
    ~ logs sts/set --all-containers
    ~ logs sts/set --all-pods
    ~ logs sts/set --all-pods -c c
    ~ logs sts/set --all-pods --all-containers
    ~ logs sts/set --all-pods --tail=1
    ~ logs sts/set --all-pods --max-log-requests=1
    logs sts/set --all-pods -f --max-log-requests=1
    logs sts set
    logs sts set c
    logs sts/set d
    logs sts/set -c d
    logs sts/set -c nope
    logs pod/talk --all-pods
    logs talk --all-pods -c one
    ~ logs -l app=set --all-pods
    logs --all-pods
    logs svc/front
    logs svc/kubernetes
    logs svc/nope
    logs node/node-1
    logs cm/kube-root-ca.crt
    logs nothing/x
    logs pod/nope
    logs talk/one
    logs talk/
    logs pod/talk/one
    logs /
    logs a b c d
    logs ""
    logs talk silent
    logs pod/talk pod/silent
    logs talk --nope
    logs talk -o json
    logs talk -n nope
    logs talk -n kube-public
    logs -f
    logs -c one
    logs --all-containers
    delete pod talk chosen silent waits unpulled blocked --now
    logs talk
  `),
};
