import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const files = {
  ...FILES,
  "custom.yaml": "env:\n- {name: A, value: other}\n- {name: B, value: b}\nsecurityContext: {runAsUser: 0}\n",
  "custom.json": '{"resources":{"limits":{"cpu":"1"}},"image":"nginx"}',
  "secure.yaml": `apiVersion: v1
kind: Pod
metadata: {name: secure, labels: {app: secure}, annotations: {note: kept}}
spec:
  securityContext: {runAsUser: 1000}
  terminationGracePeriodSeconds: 0
  initContainers:
  - {name: first, image: busybox, command: ["true"]}
  containers:
  - name: one
    image: busybox
    command: [sh, -c, sleep 3600]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
    livenessProbe: {exec: {command: ["true"]}}
    readinessProbe: {exec: {command: ["true"]}}
    startupProbe: {exec: {command: ["true"]}}
  - {name: two, image: busybox, command: [sleep, "3600"]}
`,
};
const PROFILES = ["legacy", "general", "baseline", "restricted", "netadmin", "sysadmin"];
const SPEC =
  "-o jsonpath='{.metadata.labels} {.metadata.annotations.note} {.spec.shareProcessNamespace} {.spec.securityContext} {.spec.initContainers[*].name}{range .spec.containers[*]} [{.name} {.image} {.command} {.args} {.env} {.securityContext} {.livenessProbe} {.readinessProbe} {.startupProbe} {.stdin} {.tty} {.imagePullPolicy}]{end}'";

export const DEBUG: Scenario = {
  name: "debug",
  files,
  steps: lines(`
    apply -f pod.yaml -f secure.yaml
    wait --for=condition=Ready pod/two pod/secure --timeout=20s
    debug
    debug two
    debug --image=busybox
    debug two --image=Bad
    debug two --image=busybox --profile=nope
    debug two --image=busybox --replace
    debug two --image=busybox --same-node
    debug two --image=busybox --set-image=one=nginx
    debug two --set-image=nginx
    debug two --env=a --image=busybox
    debug two --copy-to=x
    debug two --copy-to=x -- true
    debug two --copy-to=x --image=busybox --target=one
    debug two --copy-to=x --set-image=one=BAD
    debug two --image=busybox -t
    debug two --attach
    debug two --image=busybox --image-pull-policy=Sometimes
    debug two --image=busybox --custom=nope.yaml
    debug two --image=busybox --custom=custom.json
    debug nope --image=busybox --profile=general
    debug deploy/nope --image=busybox --profile=general
    debug svc/kubernetes --image=busybox --profile=general
    debug nothing/x --image=busybox --profile=general
    debug node/nope --image=busybox --profile=general
    debug two --image=busybox -c plain -- sleep 100
    debug two --image=busybox -c plain --profile=general
    debug two --image=busybox -c aimed --target=one --profile=general --env=B=2 --image-pull-policy=Never -- sleep 100
    debug two --image=busybox -c customised --custom=custom.yaml --env=A=1 --profile=baseline -q --arguments-only -- sleep 3600
    ${PROFILES.map((profile) => `debug secure --image=busybox -c p-${profile} --profile=${profile} -- sleep 1`).join("\n")}
    get pod two secure -o jsonpath='{range .items[*].spec.ephemeralContainers[*]}{@}{end}'
    describe pod two
    ${PROFILES.map(
      (profile) => `
        debug secure --image=busybox --copy-to=copy-${profile} -c extra --profile=${profile} -- sleep 1
        get pod copy-${profile} ${SPEC}
        debug secure --image=nginx:1.27 --copy-to=same-${profile} -c one --profile=${profile} -- sleep 100
        get pod same-${profile} ${SPEC}`,
    ).join("\n")}
    debug two --copy-to=images --set-image=*=nginx:1.27,one=nginx:1.28 --profile=general
    get pod images ${SPEC}
    debug secure --copy-to=kept --image=busybox -c extra --keep-labels --keep-annotations --keep-liveness --keep-readiness --keep-startup --keep-init-containers=false --share-processes=false --profile=general --same-node
    get pod kept ${SPEC}
    debug two --copy-to=two --image=busybox -c extra --profile=general
    debug secure --copy-to=instead --image=busybox -c extra --profile=baseline --replace -- sleep 100
    get pod secure
    delete pod --all --force --grace-period=0
    get pods
  `),
};
