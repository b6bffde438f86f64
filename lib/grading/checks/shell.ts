import { untranslated } from "../../course/index.ts";
import { toCel } from "../cel.ts";
import type { CheckType, SpecOf } from "./check-type.ts";
import { durationMs } from "./duration.ts";

/** A bash script in the learner's environment: exit 0 passes, a line `FAIL: message` says why not. */
export const shellCheck: CheckType<SpecOf<"shell">> = {
  type: "shell",
  trigger: () => ({ on: "settled" }),
  async evaluate(spec, { sandbox }) {
    const result = await sandbox.run(spec.script, { timeoutMs: durationMs(spec.timeout), session: "grading" });
    const facts = { result: toCel(result) };
    if (result.timedOut) {
      return {
        status: "fail",
        facts,
        observed: `not finished after ${spec.timeout}`,
        message: {
          en: `The check's script did not finish within ${spec.timeout}.`,
          zh: `检查脚本没有在 ${spec.timeout} 内结束。`,
        },
      };
    }
    if (result.exitCode === 0) return { status: "pass", facts };
    const failure = /^FAIL:\s*(.+)$/m.exec(result.stdout)?.[1];
    const said = (result.stderr || result.stdout).trim().slice(-500);
    return {
      status: "fail",
      facts,
      observed: said === "" ? `exit code ${result.exitCode}` : said,
      ...(failure === undefined ? {} : { message: untranslated(failure) }),
    };
  },
};
