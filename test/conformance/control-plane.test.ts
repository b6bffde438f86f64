import { describe, expect, it } from "vitest";
import { type Comparison, linesOf } from "./compare.ts";
import { readRecording, replay } from "./replay.ts";

const ordered: Comparison = { ordered: true };
const bursts: Comparison = { ordered: false };
/** Immediate binding: Pods wait for their claims and are tried again, which took the recorded machine longer than the recorder waited. */
const loose: Comparison = { ordered: false, looseSteps: true };

const RECORDINGS: Readonly<Record<string, Comparison>> = {
  "sts-create-ordered": ordered,
  "sts-scale-up-down": ordered,
  "sts-rolling-update": ordered,
  "sts-partition-canary": ordered,
  "sts-broken-rollout-stuck": ordered,
  "sts-on-delete": bursts,
  "sts-parallel": bursts,
  "sts-init-containers": ordered,
  "sts-not-ready-blocks-creation": ordered,
  "sts-orphan-and-adopt": bursts,
  "sts-cascade-false-deprecated": bursts,
  "sts-delete-background-foreground": bursts,
  "sts-claims-follow-identity": loose,
  "deploy-rolling": bursts,
  "deploy-recreate": bursts,
  "deploy-broken-then-undo": bursts,
  "deploy-delete-orphan": bursts,
  "rs-shared-claim": bursts,
  "headless-endpoints": ordered,
  "job-complete": bursts,
  "pdb-blocks-eviction": ordered,
  "pv-access-mode-mismatch": ordered,
  "pv-prebound-volume-name": loose,
  "pv-retain-released": ordered,
  "pv-smallest-fit": ordered,
  "pvc-in-use-protection": ordered,
  "pvc-no-class-no-default": ordered,
  "sc-dynamic-delete": ordered,
  "sc-wait-for-first-consumer": ordered,
  "scheduling-messages": bursts,
};

describe("the control plane does what a real one was recorded doing", () => {
  for (const [name, how] of Object.entries(RECORDINGS))
    it(name, async () => {
      const recording = readRecording(name);
      const { history, test } = await replay(recording);
      expect(linesOf(recording, history, how)).toEqual(linesOf(recording, recording.history, how));
      expect(test.bugs).toEqual([]);
      test.cluster.close();
    });

  it("names revisions of a StatefulSet by the very same hashes", async () => {
    const recording = readRecording("sts-rolling-update");
    const { history, test } = await replay(recording);
    const revisions = (entries: typeof history) =>
      entries
        .filter(({ kind }) => kind === "ControllerRevision")
        .map(({ type, name, ...rest }) => [type, name, rest["revision"]]);
    expect(revisions(history)).toEqual(revisions(recording.history));
    test.cluster.close();
  });
});
