/** logs of what has no Pod yet, of several Pods at once, and of what never gets one. */
import { FILES } from "./files.ts";
import { lines, type Scenario } from "./scenario.ts";

const workload = (kind: string, group: string, name: string, more: string) => `---
apiVersion: ${group}
kind: ${kind}
metadata: {name: ${name}}
spec: ${more}
`;
const template = (app: string, script: string, more = "") =>
  `template: {metadata: {labels: {app: ${app}}}, spec: {terminationGracePeriodSeconds: 0, ${more}containers: [{name: c, image: busybox, command: [sh, -c, "${script}"]}]}}`;

const WORKLOADS = [
  workload(
    "Deployment",
    "apps/v1",
    "empty",
    `{replicas: 0, selector: {matchLabels: {app: empty}}, ${template("empty", "true")}}`,
  ),
  workload(
    "ReplicaSet",
    "apps/v1",
    "empty",
    `{replicas: 0, selector: {matchLabels: {app: empty}}, ${template("empty", "true")}}`,
  ),
  workload(
    "StatefulSet",
    "apps/v1",
    "empty",
    `{replicas: 0, serviceName: x, selector: {matchLabels: {app: empty}}, ${template("empty", "true")}}`,
  ),
  workload(
    "DaemonSet",
    "apps/v1",
    "empty",
    `{selector: {matchLabels: {app: empty-ds}}, ${template("empty-ds", "true", "nodeSelector: {none: such}, ")}}`,
  ),
  workload("Job", "batch/v1", "empty", `{suspend: true, ${template("empty", "true", "restartPolicy: Never, ")}}`),
  workload(
    "CronJob",
    "batch/v1",
    "empty",
    `{schedule: "0 0 1 1 *", jobTemplate: {spec: {${template("empty", "true", "restartPolicy: Never, ")}}}}`,
  ),
  workload(
    "ReplicationController",
    "v1",
    "empty",
    `{replicas: 0, selector: {app: empty-rc}, ${template("empty-rc", "true")}}`,
  ),
  workload("Service", "v1", "empty", `{selector: {app: nothing}, ports: [{port: 80}]}`),
  workload("Service", "v1", "outside", `{type: ExternalName, externalName: example.com}`),
  workload(
    "Deployment",
    "apps/v1",
    "stuck",
    `{replicas: 1, selector: {matchLabels: {app: stuck}}, ${template("stuck", "true", "nodeSelector: {none: such}, ")}}`,
  ),
  workload(
    "ReplicaSet",
    "apps/v1",
    "three",
    `{replicas: 3, selector: {matchLabels: {app: three}}, ${template("three", "echo one; echo two; sleep 3600")}}`,
  ),
  workload(
    "Job",
    "batch/v1",
    "talk",
    `{parallelism: 2, completions: 2, ${template("talk", "echo done", "restartPolicy: Never, ")}}`,
  ),
].join("");

const NONE = [
  "deploy/empty",
  "rs/empty",
  "sts/empty",
  "ds/empty",
  "job/empty",
  "cronjob/empty",
  "rc/empty",
  "svc/empty",
  "svc/outside",
];

export const LOGS_MORE: Scenario = {
  name: "logs of what is not there yet",
  files: { ...FILES, "workloads.yaml": WORKLOADS },
  steps: lines(`
    create -f workloads.yaml
    wait --for=jsonpath={.status.readyReplicas}=3 rs/three --timeout=20s
    wait --for=condition=complete job/talk --timeout=20s
    wait --for=create rs -l app=stuck --timeout=20s
    ${NONE.flatMap((one) => [
      `logs ${one} --pod-running-timeout=300ms`,
      `logs -f ${one} --pod-running-timeout=300ms`,
      `logs ${one} --all-pods --pod-running-timeout=300ms`,
      `logs -f ${one} --all-pods --pod-running-timeout=300ms`,
    ]).join("\n")}
    logs deploy/empty -c c --pod-running-timeout=300ms
    logs deploy/empty --all-containers --pod-running-timeout=300ms
    logs deploy/empty --prefix --pod-running-timeout=300ms
    logs deploy/empty --ignore-errors --pod-running-timeout=300ms
    logs deploy/empty --previous --pod-running-timeout=300ms
    logs deploy/stuck --pod-running-timeout=300ms
    logs -f deploy/stuck --pod-running-timeout=300ms
    logs deploy/stuck --all-pods
    logs -f deploy/stuck --all-pods
    logs deploy/stuck --ignore-errors
    logs deploy/stuck --all-pods --ignore-errors
    logs ds/empty --request-timeout=1s --pod-running-timeout=300ms
    logs deploy/empty --pod-running-timeout=0
    logs deploy/empty --pod-running-timeout=x
    logs deploy/empty --pod-running-timeout=-3s
    exec deploy/empty --pod-running-timeout=300ms -- ls
    exec svc/empty --pod-running-timeout=300ms -- ls
    exec job/empty --pod-running-timeout=300ms -- ls
    exec deploy/stuck --pod-running-timeout=300ms -- ls
    attach deploy/empty --pod-running-timeout=300ms
    attach sts/empty --pod-running-timeout=300ms
    attach deploy/stuck --pod-running-timeout=300ms
    attach svc/empty --pod-running-timeout=300ms
    port-forward deploy/empty 80 --pod-running-timeout=300ms
    port-forward svc/empty 80 --pod-running-timeout=300ms
    port-forward svc/outside 80 --pod-running-timeout=300ms
    port-forward deploy/stuck 80 --pod-running-timeout=300ms
    ~ logs -l app=three
    ~ logs -l app=three --prefix
    ~ logs -l app=three --all-pods
    ~ logs -l app=three --all-pods --prefix
    ~ logs -l app=three --tail=1 --prefix
    ~ logs -l app=three --max-log-requests=1
    logs -l app=three --max-log-requests=1 -f
    logs -l app=three --max-log-requests=2 -f --prefix
    logs -l app=three --max-log-requests=-1 -f
    logs rs/three --all-pods -f --max-log-requests=2
    ~ logs rs/three --all-pods
    ~ logs rs/three --all-pods --prefix=false
    ~ logs rs/three --all-pods --prefix
    ~ logs rs/three --all-pods --tail=1 --all-containers
    logs rs/three --all-pods -c nope
    logs rs/three -c nope
    ~ logs -l 'app in (three,talk)'
    ~ logs -l 'app in (three,talk)' --prefix --tail=-1
    ~ logs -l app=talk -f
    ~ logs -l app=talk -f --prefix --max-log-requests=2
    logs -l app=talk -f --max-log-requests=1
    ~ logs job/talk -f --all-pods
    ~ logs job/talk -f --all-pods --max-log-requests=2 --prefix=false
    logs -l app=talk --since=1h --since-time=2020-01-01T00:00:00Z
    logs -l app=talk --limit-bytes=3 --tail=1
    logs -l app=stuck --all-containers
    logs -l app=stuck -f
    logs -l app=none --all-pods
    logs -l app=none --prefix -f --max-log-requests=0
    logs -l app=none -n nowhere
    logs deploy/none
    logs -f deploy/none --all-pods
    logs deploy.apps/empty --pod-running-timeout=300ms
    logs deployments.v1.apps/empty --pod-running-timeout=300ms
    logs deployment empty --pod-running-timeout=300ms
    run e4 --image=busybox --restart=Never --attach -- sh -c 'sleep 1; echo done'
    run e5 --image=busybox --restart=Never --attach -q -- sh -c 'sleep 1; echo done'
    run e6 --image=busybox --restart=Never -i -- sh -c 'sleep 1; echo done'
    logs hpa/x
    logs pvc/x
  `),
};
