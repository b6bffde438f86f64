import { toCel } from "../cel.ts";
import type { CheckType, SpecOf } from "./check-type.ts";
import { durationMs } from "./duration.ts";
import { outcomeOf } from "./verdict-of.ts";

/** What a command says inside a container. */
export const execCheck: CheckType<SpecOf<"exec">> = {
  type: "exec",
  trigger: () => ({ on: "settled" }),
  async evaluate(spec, { sandbox, namespace }) {
    const target = {
      namespace: spec.namespace ?? namespace,
      pod: spec.pod,
      ...(spec.container === undefined ? {} : { container: spec.container }),
    };
    const result = await sandbox.exec(target, spec.run, durationMs(spec.timeout));
    const subject = { kind: "Pod", name: spec.pod, namespace: target.namespace };
    if (result.timedOut) {
      return {
        status: "fail",
        facts: { result: toCel(result) },
        subject,
        observed: `no answer within ${spec.timeout}`,
        message: {
          en: `The command did not finish within ${spec.timeout}.`,
          zh: `命令没有在 ${spec.timeout} 内结束。`,
        },
      };
    }
    const outcome = outcomeOf(spec.that, { result: toCel(result) });
    const said = (result.exitCode === 0 ? result.stdout : result.stderr || result.stdout).trim();
    return {
      ...outcome,
      subject,
      observed: said === "" ? `exit code ${result.exitCode}, no output` : said.slice(0, 500),
    };
  },
};
