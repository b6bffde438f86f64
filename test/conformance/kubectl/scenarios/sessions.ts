/** exec and attach: which Pod, which container, and what comes back. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

export const SESSIONS: Scenario = {
  name: "exec and attach",
  files: FILES,
  steps: lines(`
    apply -f pod.yaml -f web.yaml
    wait --for=condition=Ready pod/two pod/web-0 --timeout=5s
    exec
    exec two
    exec two ls
    exec two --
    exec two -- echo hi
    exec two -- sh -c 'exit 7'
    exec two -q -- echo hi
    exec two -c other -- echo hi
    exec two -c nope -- echo hi
    exec pod/two -- echo hi
    exec pods/two -c one -- echo hi
    exec po two -- echo hi
    exec sts/web -- hostname
    exec service/nginx -- hostname
    exec svc/nope -- hostname
    exec nope/x -- hostname
    exec -f pod.yaml -- echo hi
    exec -f web.yaml -- echo hi
    exec -f cm.yaml -- echo hi
    exec two -it -- echo hi
    exec two -t -c one -- echo hi
    exec two -i -c one -- cat < cm.yaml
    exec two -c one -- nope
    exec two -c one --pod-running-timeout=0s -- ls
    exec two -c one -- cat /nope
    exec two --nope
    exec two -c one -- sh -c 'echo err >&2'
    exec two -c one -- printenv HOSTNAME
    exec two -n kube-system -- ls
    attach
    attach two a b
    attach nope
    attach pod/nope
    attach two -c nope
    attach deploy/nope
    attach cm/settings
    attach two --pod-running-timeout=0s
  `),
};
