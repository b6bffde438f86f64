import type { CheckType, Outcome, SpecOf } from "./check-type.ts";
import { durationMs } from "./duration.ts";
import { CheckError } from "./verdict-of.ts";

/**
 * Forks the cluster, does something to the copy, lets virtual time pass until nothing is going on, and looks. The
 * learner's own cluster notices nothing.
 */
export const experimentCheck: CheckType<SpecOf<"experiment">> = {
  type: "experiment",
  trigger: () => ({ on: "settled" }),
  async evaluate(spec, context): Promise<Outcome> {
    if (!context.sandbox.capabilities.fork)
      throw new CheckError("this check needs a sandbox that can fork: the experiment is made on a copy of the cluster");
    const fork = await context.sandbox.fork();
    try {
      const within = durationMs(spec.within);
      const done = await fork.run(spec.do, { timeoutMs: within, session: "experiment" });
      if (done.timedOut)
        throw new CheckError(`the experiment's script did not finish within ${spec.within} of virtual time`);
      if (done.exitCode !== 0) {
        // The script asks for what the exercise is about: what it cannot find is the learner's to make.
        return {
          status: "fail",
          facts: {},
          observed: (done.stderr || done.stdout).trim().slice(0, 500) || `exit code ${done.exitCode}`,
          message: {
            en: "The experiment could not be carried out on your cluster as it is.",
            zh: "在你的集群目前的状态下无法进行这个实验。",
          },
        };
      }
      const { settled } = await fork.advance({ withinMs: within, untilSettled: true });
      let last: Outcome = { status: "pass", facts: {} };
      for (const check of spec.checks) {
        last = await context.evaluate(check, fork);
        if (last.status !== "pass") break;
      }
      if (last.status === "pass" || settled) return last;
      return {
        ...last,
        observed: `${last.observed ?? ""} (still not settled after ${spec.within} of virtual time)`.trim(),
      };
    } finally {
      await fork.close();
    }
  },
};
