/** What 1.34's Jobs do beside counting: limits of each index, success policies, replacement, other managers. */
import { afterEach, describe, expect, it } from "vitest";
import { events, jobs, pods } from "../../api/resources.ts";
import type { Job, Pod } from "../../api/types.ts";
import { isStatusError, type StatusError } from "../../machinery/status.ts";
import { type TestCluster, testCluster } from "../../testing/control-plane.ts";

const opened: TestCluster[] = [];
async function boot() {
  const test = testCluster({ nodes: [{ name: "node-1" }] });
  opened.push(test);
  await test.cluster.ready();
  const { client } = test.cluster;
  const create = (spec: Partial<NonNullable<Job["spec"]>>, image = "busybox:forever") =>
    client.create(jobs, {
      metadata: { name: "j", namespace: "default" },
      spec: {
        ...spec,
        template: { spec: { containers: [{ name: "c", image }], restartPolicy: "Never" } },
      } as NonNullable<Job["spec"]>,
    });
  const job = () => client.get(jobs, "default", "j");
  return {
    ...test,
    client,
    create,
    job,
    conditions: () =>
      (job().status?.conditions ?? []).map(({ type, reason, message }) => `${type} ${reason}: ${message}`),
    told: () =>
      client
        .list(events, "default")
        .map(({ reason, message, involvedObject }) => `${involvedObject.kind} ${reason} ${message}`),
    members: () => [...client.list(pods, "default")].sort((a, b) => indexOf(a) - indexOf(b)),
  };
}
afterEach(() => {
  for (const { cluster, bugs } of opened.splice(0)) {
    cluster.close();
    expect(bugs).toEqual([]);
  }
});
const indexOf = (pod: Pod) => Number(pod.metadata.annotations?.["batch.kubernetes.io/job-completion-index"] ?? 0);

/** Ends a running Pod by hand. */
function end({ client }: Awaited<ReturnType<typeof boot>>, pod: Pod | undefined, exitCode: number): void {
  client.modify(
    pods,
    "default",
    pod?.metadata.name ?? "",
    (next) => {
      next.status = {
        ...next.status,
        phase: exitCode === 0 ? "Succeeded" : "Failed",
        containerStatuses: (next.status?.containerStatuses ?? []).map((status) => ({
          ...status,
          ready: false,
          state: {
            terminated: {
              exitCode,
              reason: exitCode === 0 ? "Completed" : "Error",
              finishedAt: next.metadata.creationTimestamp ?? "",
            },
          },
        })),
      };
    },
    "status",
  );
}

/** Until stand-in nodes have Pods running, ms. */
const SOON = 400;

describe("backoffLimitPerIndex", () => {
  it("tries each index again by itself, and fails the Job when every index has ended", async () => {
    const test = await boot();
    test.create({ completions: 2, parallelism: 2, completionMode: "Indexed", backoffLimitPerIndex: 1 });
    await test.clock.advance(SOON);
    const [first, second] = test.members();
    expect(first?.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]).toBe("0");
    end(test, second, 0);
    end(test, first, 1);
    await test.clock.advance(SOON);
    expect(test.job().status).toMatchObject({ succeeded: 1, completedIndexes: "1", failedIndexes: "" });
    expect(test.members().filter((pod) => indexOf(pod) === 0)).toHaveLength(1);
    await test.clock.advance(10_000);
    const again = test.members().find((pod) => indexOf(pod) === 0 && pod.status?.phase !== "Failed");
    expect(again?.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]).toBe("1");
    end(test, again, 1);
    await test.clock.advance(SOON);
    expect(test.conditions()).toEqual([
      "FailureTarget FailedIndexes: Job has failed indexes",
      "Failed FailedIndexes: Job has failed indexes",
    ]);
    expect(test.job().status).toMatchObject({ failed: 2, succeeded: 1, failedIndexes: "0", completedIndexes: "1" });
    expect(test.told()).toContain("Job FailedIndexes Job has failed indexes");
  });

  it("ends the Job at once past maxFailedIndexes; FailIndex gives an index up without trying again", async () => {
    const test = await boot();
    test.create({
      completions: 3,
      parallelism: 3,
      completionMode: "Indexed",
      backoffLimitPerIndex: 5,
      maxFailedIndexes: 1,
      podFailurePolicy: { rules: [{ action: "FailIndex", onExitCodes: { operator: "In", values: [42] } }] },
    });
    await test.clock.advance(SOON);
    const [first, second] = test.members();
    end(test, first, 42);
    await test.clock.advance(SOON);
    expect(test.job().status?.failedIndexes).toBe("0");
    expect(test.conditions()).toEqual([]);
    end(test, second, 42);
    await test.settle();
    expect(test.conditions()).toEqual([
      "FailureTarget MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes",
      "Failed MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes",
    ]);
    expect(test.job().status).toMatchObject({ failedIndexes: "0,1" });
  });
});

describe("successPolicy", () => {
  it("ends the Job when its indexes have succeeded; what still runs is deleted and is no failure", async () => {
    const test = await boot();
    test.create({
      completions: 4,
      parallelism: 4,
      completionMode: "Indexed",
      successPolicy: { rules: [{ succeededIndexes: "0,2-3", succeededCount: 2 }] },
    });
    await test.clock.advance(SOON);
    const members = test.members();
    end(test, members[1], 0);
    await test.clock.advance(SOON);
    expect(test.conditions()).toEqual([]);
    end(test, members[0], 0);
    end(test, members[3], 0);
    await test.settle();
    expect(test.conditions()).toEqual([
      "SuccessCriteriaMet SuccessPolicy: Matched rules at index 0",
      "Complete SuccessPolicy: Matched rules at index 0",
    ]);
    expect(test.job().status).toMatchObject({ succeeded: 3, completedIndexes: "0,1,3" });
    expect(test.job().status?.failed).toBeUndefined();
    expect(test.told()).toContain("Job Completed Job completed");
  });
});

describe("a Job that fails", () => {
  it("is Failed only when its last Pod has gone, and counts the Pods it deletes", async () => {
    const test = await boot();
    test.create({ completions: 2, parallelism: 2, backoffLimit: 0 });
    await test.clock.advance(SOON);
    const [first] = test.members();
    end(test, first, 1);
    await test.clock.advance(5);
    expect(test.conditions()).toEqual([
      "FailureTarget BackoffLimitExceeded: Job has reached the specified backoff limit",
    ]);
    expect(test.job().status).toMatchObject({ terminating: 1, failed: 2 });
    await test.settle();
    expect(test.conditions()).toHaveLength(2);
    expect(test.job().status?.terminating).toBe(0);
  });
});

describe("podReplacementPolicy", () => {
  it("replaces a Pod that is being deleted at once, or only when it has gone", async () => {
    for (const [podReplacementPolicy, expected] of [
      ["TerminatingOrFailed", 2],
      ["Failed", 1],
    ] as const) {
      const test = await boot();
      test.create({ podReplacementPolicy });
      await test.clock.advance(SOON);
      const [first] = test.members();
      test.client.delete(pods, "default", first?.metadata.name ?? "");
      await test.clock.advance(100);
      expect(test.members().length, podReplacementPolicy).toBe(expected);
    }
  });
});

describe("managedBy", () => {
  it("leaves a Job to who manages it", async () => {
    const test = await boot();
    test.create({ managedBy: "acme.io/jobs" });
    await test.settle();
    expect(test.members()).toEqual([]);
    expect(test.job().status).toEqual({});
  });
});

describe("validation", () => {
  it("says what fits together", async () => {
    const test = await boot();
    const refusal = (spec: Partial<NonNullable<Job["spec"]>>) => {
      try {
        test.create(spec);
      } catch (error) {
        if (isStatusError(error)) return (error as StatusError).message.replace('Job.batch "j" is invalid: ', "");
        throw error;
      }
      return "";
    };
    expect(refusal({ backoffLimitPerIndex: 1 })).toBe(
      "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
    );
    const indexed = { completions: 3, completionMode: "Indexed" };
    expect(refusal({ ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 4 })).toBe(
      "spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions",
    );
    expect(refusal({ ...indexed, successPolicy: { rules: [{}] } })).toBe(
      "spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified",
    );
    expect(refusal({ ...indexed, successPolicy: { rules: [{ succeededIndexes: "1-5" }] } })).toBe(
      'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "1-5": error parsing succeededIndexes: too large index: "5"',
    );
    expect(refusal({ managedBy: "me" })).toBe(
      'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
    );
  });
});
