import { describe, expect, it } from "vitest";
import type { Fault } from "../../lib/sandbox/types.ts";
import { pictureOf } from "../cluster-map/model.ts";
import { breakable, faultWords, sameFault } from "./model.ts";

const node = (name: string, controlPlane = false) => ({
  kind: "Node",
  metadata: { name, labels: controlPlane ? { "node-role.kubernetes.io/control-plane": "" } : {} },
  status: { conditions: [{ type: "Ready", status: "True" }] },
});
const objects = [
  node("node-1", true),
  node("node-2"),
  {
    kind: "Pod",
    metadata: { name: "web-0", namespace: "default" },
    spec: { nodeName: "node-2", containers: [{ name: "nginx", image: "nginx:1.27" }] },
    status: { phase: "Running", containerStatuses: [{ name: "nginx", state: { running: {} } }] },
  },
  {
    kind: "Pod",
    metadata: { name: "web-1", namespace: "default" },
    spec: { nodeName: "node-2", containers: [{ name: "nginx", image: "nginx:1.27" }] },
    status: { phase: "Pending", containerStatuses: [{ name: "nginx", state: { waiting: {} } }] },
  },
  {
    kind: "PersistentVolumeClaim",
    metadata: { name: "www-web-0", namespace: "default" },
    spec: { volumeName: "pvc-1" },
    status: { phase: "Bound" },
  },
  { kind: "PersistentVolumeClaim", metadata: { name: "unbound", namespace: "default" }, spec: {} },
];
const picture = pictureOf(objects as never);
const [first, second] = picture.nodes;
const keys = (selection: Parameters<typeof breakable>[0], faults: readonly Fault[] = []) => {
  const { switches, pushes } = breakable(selection, picture, faults);
  return [...switches, ...pushes].map(({ action }) => action.key);
};

describe("breakable", () => {
  it("offers power, links and disk of a node, and the control plane's restart where it is", () => {
    if (first === undefined || second === undefined) throw new Error("two nodes");
    const common = ["faults.do.NodeDown", "faults.do.CutOff", "faults.do.CutFrom", "faults.do.NodeDiskFull"];
    expect(keys({ kind: "node", node: second })).toEqual(common);
    expect(keys({ kind: "node", node: first })).toEqual([...common, "faults.do.ControlPlaneRestart"]);
  });

  it("offers the volume of a claim that is bound, and nothing where there is none", () => {
    const [bound, unbound] = ["www-web-0", "unbound"].map((name) => picture.claims.find((one) => one.name === name));
    if (bound === undefined || unbound === undefined) throw new Error("two claims");
    expect(keys({ kind: "claim", claim: bound })).toEqual([
      "faults.do.VolumeError",
      "faults.do.VolumeFull",
      "faults.do.VolumeDelay",
    ]);
    expect(keys({ kind: "claim", claim: unbound })).toEqual([]);
  });

  it("offers to run out of memory only where something runs", () => {
    const [runs, waits] = ["web-0", "web-1"].map((name) => second?.pods.find((one) => one.name === name));
    if (runs === undefined || waits === undefined) throw new Error("two Pods");
    expect(keys({ kind: "pod", pod: runs })).toEqual(["faults.do.ImageCorrupt", "faults.do.OutOfMemory"]);
    expect(keys({ kind: "pod", pod: waits })).toEqual(["faults.do.ImageCorrupt"]);
    expect(keys({ kind: "pod", pod: runs }, [{ kind: "NodeDown", node: "node-2" }])).toEqual([
      "faults.do.ImageCorrupt",
    ]);
    expect(keys({ kind: "pod", pod: runs }, [{ kind: "NodeDown", node: "node-1" }])).toContain("faults.do.OutOfMemory");
  });

  it("knows what is broken already, from either side of a cut", () => {
    if (first === undefined) throw new Error("a node");
    const faults: Fault[] = [{ kind: "NetworkPartition", node: "node-2", to: "node-1" }];
    const { switches } = breakable({ kind: "node", node: first }, picture, faults);
    expect(switches.filter(({ active }) => active).map(({ fault }) => fault)).toEqual([
      { kind: "NetworkPartition", node: "node-1", to: "node-2" },
    ]);
    expect(
      sameFault(
        { kind: "VolumeDelay", persistentVolume: "a", delayMs: 1 },
        { kind: "VolumeDelay", persistentVolume: "a", delayMs: 2 },
      ),
    ).toBe(true);
    expect(sameFault({ kind: "NodeDown", node: "a" }, { kind: "NodeDiskFull", node: "a" })).toBe(false);
  });
});

describe("faultWords", () => {
  it("calls a volume by the claim that people know", () => {
    expect(faultWords({ kind: "VolumeFull", persistentVolume: "pvc-1" }, picture)).toEqual({
      key: "faults.is.VolumeFull",
      values: { claim: "www-web-0" },
    });
    expect(faultWords({ kind: "VolumeFull", persistentVolume: "other" }, picture).values).toEqual({ claim: "other" });
    expect(faultWords({ kind: "NetworkPartition", node: "node-1", to: "control-plane" }, picture).key).toBe(
      "faults.is.CutOff",
    );
  });
});
