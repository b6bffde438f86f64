import { toCel } from "../cel.ts";
import type { CheckType, SpecOf } from "./check-type.ts";
import { durationMs } from "./duration.ts";
import { CheckError, outcomeOf } from "./verdict-of.ts";

/** What an address inside the cluster answers. */
export const httpCheck: CheckType<SpecOf<"http">> = {
  type: "http",
  trigger: () => ({ on: "settled" }),
  async evaluate(spec, { sandbox }) {
    const seconds = Math.max(1, Math.ceil(durationMs(spec.timeout) / 1000));
    const result = await sandbox.run(
      `curl -s -m ${seconds} -w '\\n%{http_code}' '${spec.url.replaceAll("'", "%27")}'`,
      {
        timeoutMs: durationMs(spec.timeout) + 1000,
        session: "grading",
      },
    );
    if (result.exitCode === 127) throw new CheckError("this sandbox's shell has no curl");
    const end = result.stdout.lastIndexOf("\n");
    const status = Number(result.stdout.slice(end + 1)) || 0;
    const body = result.stdout.slice(0, Math.max(0, end));
    const observed =
      status === 0 ? `no answer (curl: exit code ${result.exitCode})` : `${status}: ${body.trim().slice(0, 200)}`;
    return { ...outcomeOf(spec.that, { response: toCel({ status, body }) }), observed };
  },
};
