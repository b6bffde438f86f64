import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { persistentVolumeClaims, persistentVolumes } from "../../api/resources.ts";
import type { PersistentVolume } from "../../api/types.ts";
import { isStatusError } from "../../machinery/status.ts";
import { testCluster } from "../../testing/control-plane.ts";

const MODES = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"] as const;
const modes = fc.uniqueArray(fc.constantFrom(...MODES), { minLength: 1 });
const step = fc.oneof(
  fc.record({ kind: fc.constant("volume" as const), id: fc.nat(4), size: fc.integer({ min: 1, max: 5 }), modes }),
  fc.record({ kind: fc.constant("claim" as const), id: fc.nat(4), size: fc.integer({ min: 1, max: 5 }), modes }),
  fc.record({ kind: fc.constantFrom("dropVolume" as const, "dropClaim" as const, "free" as const), id: fc.nat(4) }),
  fc.record({ kind: fc.constant("wait" as const), id: fc.constant(0) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function live(steps: readonly Step[]): Promise<string[]> {
  const { cluster, clock, bugs } = testCluster();
  const { client } = cluster;
  const broken: string[] = [];
  await cluster.ready();
  const check = () => {
    const users = new Map<string, string>();
    for (const claim of client.list(persistentVolumeClaims, "default")) {
      const volume = claim.spec?.volumeName;
      if (!volume || claim.status?.phase !== "Bound") continue;
      const other = users.get(volume);
      if (other !== undefined) broken.push(`${volume} is bound to ${other} and ${claim.metadata.name}`);
      users.set(volume, claim.metadata.name ?? "");
    }
  };
  cluster.onTimeline(check);
  for (const action of steps) {
    try {
      apply(client, action);
    } catch (error) {
      if (!isStatusError(error)) throw error;
    }
    await clock.advance(action.kind === "wait" ? 16_000 : 10);
  }
  await clock.advance(40_000);
  check();
  for (const volume of client.list(persistentVolumes)) {
    const claim = client
      .list(persistentVolumeClaims, "default")
      .find(({ spec, status }) => spec?.volumeName === volume.metadata.name && status?.phase === "Bound");
    if (claim !== undefined && volume.status?.phase !== "Bound")
      broken.push(`${volume.metadata.name} is in use but ${volume.status?.phase}`);
    if (
      claim !== undefined &&
      sizeOf(volume) < Number.parseInt(claim.spec?.resources?.requests?.["storage"] ?? "0", 10)
    )
      broken.push(`${volume.metadata.name} is too small for ${claim.metadata.name}`);
  }
  broken.push(...bugs.map(String));
  cluster.close();
  return broken;
}

const sizeOf = (volume: PersistentVolume) => Number.parseInt(volume.spec?.capacity?.["storage"] ?? "0", 10);

function apply(client: ReturnType<typeof testCluster>["cluster"]["client"], action: Step): void {
  switch (action.kind) {
    case "volume":
      client.create(persistentVolumes, {
        metadata: { name: `v${action.id}` },
        spec: {
          capacity: { storage: `${action.size}Gi` },
          accessModes: action.modes,
          storageClassName: "manual",
          persistentVolumeReclaimPolicy: "Retain",
          hostPath: { path: "/tmp/v" },
        },
      });
      return;
    case "claim":
      client.create(persistentVolumeClaims, {
        metadata: { name: `c${action.id}`, namespace: "default" },
        spec: {
          accessModes: action.modes,
          storageClassName: "manual",
          resources: { requests: { storage: `${action.size}Gi` } },
        },
      });
      return;
    case "dropVolume":
      client.delete(persistentVolumes, undefined, `v${action.id}`);
      return;
    case "dropClaim":
      client.delete(persistentVolumeClaims, "default", `c${action.id}`);
      return;
    case "free":
      client.modify(persistentVolumes, undefined, `v${action.id}`, (volume) => {
        if (volume.status?.phase === "Released") delete volume.spec?.claimRef;
      });
      return;
    case "wait":
      return;
  }
}

describe("the volume binder", () => {
  it("never binds a volume to two claims, nor one that is too small, whatever comes and goes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        expect(await live(steps)).toEqual([]);
      }),
      { numRuns: 40, seed: 2 },
    );
  });
});
