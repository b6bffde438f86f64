import { describe, expect, it } from "vitest";
import changes from "../landing/partitioned-rollout.json" with { type: "json" };
import { framesOf } from "../landing/recording.ts";
import { layoutMap } from "./layout.ts";
import { pictureOf, podState } from "./model.ts";

const frames = framesOf(changes);
const picture = (index: number) => pictureOf(frames.at(index)?.values() ?? []);
const pods = (index: number) => picture(index).nodes.flatMap((node) => node.pods);

describe("the picture of a partitioned rollout", () => {
  it("numbers the revisions, so that those above the partition can be told from those below", () => {
    const half = frames.findIndex((_, index) => {
      const updated = pods(index).filter((pod) => pod.revision === 2 && pod.ready);
      return updated.length === 2;
    });
    const byName = Object.fromEntries(pods(half).map((pod) => [pod.name, pod.revision]));
    expect(byName).toEqual({ "web-0": 1, "web-1": 1, "web-2": 1, "web-3": 2, "web-4": 2 });
  });

  it("ends with everybody on the new revision", () => {
    expect(pods(-1).every((pod) => pod.revision === 2 && pod.ready)).toBe(true);
  });

  it("knows ordinals, DNS names and claims", () => {
    expect(pods(-1).find((pod) => pod.name === "web-3")).toMatchObject({
      ordinal: 3,
      dns: "web-3.nginx",
      claims: ["www-web-3"],
    });
  });

  it("draws one binding for each Pod with a claim, and nothing over another thing", () => {
    const layout = layoutMap(picture(-1), 720);
    expect(layout.bindings).toHaveLength(5);
    const boxes = [...layout.pods, ...layout.claims];
    for (const [index, a] of boxes.entries()) {
      for (const b of boxes.slice(index + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart, `${a.item.name} and ${b.item.name}`).toBe(true);
      }
    }
  });

  it("keeps everything inside of a narrow window", () => {
    const layout = layoutMap(picture(-1), 320);
    for (const box of [...layout.pods, ...layout.claims, ...layout.nodes]) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(320);
    }
  });
});

describe("the state of a Pod in one word", () => {
  const spec = { nodeName: "node-1", containers: [{ image: "nginx:1.27" }] };

  it("is Pending before it has a node, then starting, then ready", () => {
    expect(podState({ status: { phase: "Pending" } })).toMatchObject({ key: "map.state.Pending" });
    expect(podState({ spec, status: { phase: "Pending" } })).toMatchObject({ key: "map.state.Scheduled" });
    const conditions = [{ type: "Ready", status: "True" }];
    expect(podState({ spec, status: { phase: "Running", conditions } })).toMatchObject({ meaning: "ready" });
  });

  it("is Kubernetes' own reason where something is wrong", () => {
    const containerStatuses = [{ state: { waiting: { reason: "ImagePullBackOff" } } }];
    expect(podState({ spec, status: { phase: "Pending", containerStatuses } })).toEqual({
      meaning: "failed",
      reason: "ImagePullBackOff",
    });
  });

  it("counts init containers", () => {
    const initContainers = [{}, {}];
    const initContainerStatuses = [{ state: { terminated: { exitCode: 0, reason: "Completed" } } }, { state: {} }];
    expect(
      podState({ spec: { ...spec, initContainers }, status: { phase: "Pending", initContainerStatuses } }),
    ).toMatchObject({ key: "map.state.Init", values: { done: 1, total: 2 } });
  });
});
