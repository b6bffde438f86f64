import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { humanDuration } from "../../../encoding/index.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import { definitions } from "../index.ts";
import type { Pod } from "../types.ts";
import { formatLabelSelector } from "./columns.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

function row(kind: string, object: unknown): Record<string, unknown> {
  const definition = definitions.find((candidate) => candidate.kind === kind);
  return Object.fromEntries((definition?.columns ?? []).map(({ name, cell }) => [name, cell(object as never, now)]));
}

describe("ages", () => {
  it.each([
    [-5, "<invalid>"],
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [200, "3m20s"],
    [600, "10m"],
    [3 * 3600 - 1, "179m"],
    [3 * 3600, "3h"],
    [5 * 3600 + 60, "5h1m"],
    [47 * 3600, "47h"],
    [49 * 3600, "2d1h"],
    [9 * 86400, "9d"],
    [800 * 86400, "2y70d"],
    [9 * 365 * 86400, "9y"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(humanDuration(seconds * 1000)).toBe(text);
  });
});

describe("Pods", () => {
  const running = { name: "c", ready: true, restartCount: 0, image: "i", imageID: "", state: { running: {} } };
  const pod = (status: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
    ({
      metadata: { name: "p", creationTimestamp: ago(65) },
      spec: { containers: [{ name: "c" }], initContainers: [{ name: "i" }, { name: "j" }] },
      status,
      ...rest,
    }) as unknown as Pod;
  const done = { name: "i", restartCount: 0, state: { terminated: { exitCode: 0, reason: "Completed" } } };
  const waiting = (reason: string) => ({ ...running, ready: false, state: { waiting: { reason } } });

  it.each([
    ["Pending", { phase: "Pending" }],
    [
      "SchedulingGated",
      { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] },
    ],
    ["Init:0/2", { phase: "Pending", initContainerStatuses: [{ ...done, state: { running: {} } }] }],
    [
      "Init:1/2",
      {
        phase: "Pending",
        initContainerStatuses: [done, { ...done, name: "j", state: { waiting: { reason: "PodInitializing" } } }],
      },
    ],
    [
      "Init:CrashLoopBackOff",
      { phase: "Pending", initContainerStatuses: [{ ...done, state: { waiting: { reason: "CrashLoopBackOff" } } }] },
    ],
    [
      "Init:Error",
      {
        phase: "Pending",
        initContainerStatuses: [{ ...done, state: { terminated: { exitCode: 1, reason: "Error" } } }],
      },
    ],
    [
      "Init:ExitCode:3",
      { phase: "Pending", initContainerStatuses: [{ ...done, state: { terminated: { exitCode: 3 } } }] },
    ],
    [
      "PodInitializing",
      {
        phase: "Pending",
        initContainerStatuses: [done, { ...done, name: "j" }],
        containerStatuses: [waiting("PodInitializing")],
      },
    ],
    ["ImagePullBackOff", { phase: "Pending", containerStatuses: [waiting("ImagePullBackOff")] }],
    ["Running", { phase: "Running", containerStatuses: [running] }],
    ["CrashLoopBackOff", { phase: "Running", containerStatuses: [waiting("CrashLoopBackOff")] }],
    [
      "Completed",
      {
        phase: "Succeeded",
        containerStatuses: [{ ...running, ready: false, state: { terminated: { exitCode: 0, reason: "Completed" } } }],
      },
    ],
    [
      "Signal:9",
      {
        phase: "Failed",
        containerStatuses: [{ ...running, ready: false, state: { terminated: { exitCode: 137, signal: 9 } } }],
      },
    ],
    ["Evicted", { phase: "Failed", reason: "Evicted" }],
  ])("shows %s", (text, status) => {
    expect(row("Pod", pod(status))["Status"]).toBe(text);
  });

  it("shows Terminating, or Unknown where the node is lost", () => {
    const metadata = { name: "p", deletionTimestamp: ago(1) };
    expect(row("Pod", pod({ phase: "Running", containerStatuses: [running] }, { metadata }))["Status"]).toBe(
      "Terminating",
    );
    expect(row("Pod", pod({ phase: "Running", reason: "NodeLost" }, { metadata }))["Status"]).toBe("Unknown");
    expect(row("Pod", pod({ phase: "Failed", reason: "Error" }, { metadata }))["Status"]).toBe("Error");
  });

  it("counts restarts, and says when the last one was", () => {
    const restarted = { ...running, restartCount: 3, lastState: { terminated: { exitCode: 1, finishedAt: ago(5) } } };
    expect(row("Pod", pod({ phase: "Running", containerStatuses: [restarted] }))).toMatchObject({
      Ready: "1/1",
      Restarts: "3 (5s ago)",
      Age: "65s",
      IP: "<none>",
      "Readiness Gates": "<none>",
    });
  });
});

describe("other kinds", () => {
  it("shows three endpoints and how many more there are", () => {
    const addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"].map((ip) => ({ ip }));
    expect(row("Endpoints", { metadata: {}, subsets: [{ addresses, ports: [{ port: 80 }] }] })["Endpoints"]).toBe(
      "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...",
    );
    expect(row("Endpoints", { metadata: {} })["Endpoints"]).toBe("<none>");
  });

  it("marks the default storage class", () => {
    const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
    expect(row("StorageClass", { metadata: { name: "fast", annotations }, provisioner: "x" })["Name"]).toBe(
      "fast (default)",
    );
  });

  it("shows node ports, and <pending> where no balancer has answered", () => {
    const spec = {
      type: "LoadBalancer",
      clusterIPs: ["10.96.0.1"],
      ports: [{ port: 80, nodePort: 30420, protocol: "TCP" }],
    };
    expect(row("Service", { metadata: {}, spec })).toMatchObject({
      "Port(s)": "80:30420/TCP",
      "External-IP": "<pending>",
    });
  });

  it("shows what a node is for and whether it takes Pods", () => {
    const labels = { "node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "worker" };
    const object = {
      metadata: { labels },
      spec: { unschedulable: true },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    };
    expect(row("Node", object)).toMatchObject({ Status: "Ready,SchedulingDisabled", Roles: "control-plane,worker" });
  });

  it("shows capacity and modes of a claim only once it is bound", () => {
    const status = { phase: "Bound", capacity: { storage: "1Gi" }, accessModes: ["ReadWriteMany", "ReadWriteOnce"] };
    expect(row("PersistentVolumeClaim", { metadata: {}, spec: { volumeName: "v" }, status })).toMatchObject({
      Capacity: "1Gi",
      "Access Modes": "RWO,RWX",
      VolumeAttributesClass: "<unset>",
    });
    expect(row("PersistentVolumeClaim", { metadata: {}, spec: {}, status })["Capacity"]).toBe("");
  });
});

describe("selectors", () => {
  it("are written in order of their keys", () => {
    const selector = {
      matchLabels: { b: "2" },
      matchExpressions: [
        { key: "a", operator: "In", values: ["y", "x"] },
        { key: "c", operator: "DoesNotExist" },
      ],
    };
    expect(formatLabelSelector(selector)).toBe("a in (x,y),b=2,!c");
    expect(formatLabelSelector({})).toBe("<none>");
  });

  const labels = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("x", "y", "z"));

  it("match the labels they are made of, and more labels never make them match less", () => {
    fc.assert(
      fc.property(labels, labels, (wanted, others) => {
        expect(selectorMatches({ matchLabels: wanted }, { ...others, ...wanted })).toBe(true);
      }),
    );
  });

  it("In and NotIn, Exists and DoesNotExist are opposites", () => {
    fc.assert(
      fc.property(
        labels,
        fc.constantFrom("a", "b", "c"),
        fc.array(fc.constantFrom("x", "y", "z"), { minLength: 1 }),
        (given, key, values) => {
          const one = (operator: string, list?: string[]) =>
            selectorMatches(
              { matchExpressions: [{ key, operator, ...(list === undefined ? {} : { values: list }) }] },
              given,
            );
          expect(one("In", values)).toBe(!one("NotIn", values));
          expect(one("Exists")).toBe(!one("DoesNotExist"));
        },
      ),
    );
  });
});
