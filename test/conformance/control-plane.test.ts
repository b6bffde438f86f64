import { describe, expect, it } from "vitest";
import { linesOf } from "./compare.ts";
import { readRecording, replay } from "./replay.ts";

/** Recordings, and whether their Pods come and go in an order that is promised. */
const RECORDINGS: Readonly<Record<string, "ordered" | "bursts">> = {
  "sts-create-ordered": "ordered",
  "sts-scale-up-down": "ordered",
  "sts-rolling-update": "ordered",
  "sts-partition-canary": "ordered",
  "sts-broken-rollout-stuck": "ordered",
  "sts-on-delete": "bursts",
  "sts-parallel": "bursts",
  "sts-init-containers": "ordered",
  "sts-not-ready-blocks-creation": "ordered",
  "sts-orphan-and-adopt": "ordered",
  "sts-cascade-false-deprecated": "ordered",
  "sts-delete-background-foreground": "bursts",
  "sts-claims-follow-identity": "bursts",
  "deploy-rolling": "bursts",
  "deploy-recreate": "bursts",
  "deploy-broken-then-undo": "bursts",
  "deploy-delete-orphan": "bursts",
  "rs-shared-claim": "bursts",
  "headless-endpoints": "ordered",
  "pdb-blocks-eviction": "ordered",
  "pv-access-mode-mismatch": "ordered",
  "pv-prebound-volume-name": "ordered",
  "pv-retain-released": "ordered",
  "pv-smallest-fit": "ordered",
  "pvc-in-use-protection": "ordered",
  "pvc-no-class-no-default": "ordered",
  "sc-dynamic-delete": "ordered",
  "sc-wait-for-first-consumer": "ordered",
  "scheduling-messages": "ordered",
};

describe("the control plane does what a real one was recorded doing", () => {
  for (const [name, order] of Object.entries(RECORDINGS))
    it(name, async () => {
      const recording = readRecording(name);
      const { history, test } = await replay(recording);
      expect(linesOf(recording, history, order === "ordered")).toEqual(
        linesOf(recording, recording.history, order === "ordered"),
      );
      expect(test.bugs).toEqual([]);
      test.cluster.close();
    });
});
