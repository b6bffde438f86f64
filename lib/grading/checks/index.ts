import type { CheckSpec } from "../../course/index.ts";
import type { CheckType } from "./check-type.ts";
import { dnsCheck } from "./dns.ts";
import { execCheck } from "./exec.ts";
import { experimentCheck } from "./experiment.ts";
import { fileCheck } from "./file.ts";
import { httpCheck } from "./http.ts";
import { objectCheck } from "./object.ts";
import { objectsCheck } from "./objects.ts";
import { quizCheck } from "./quiz.ts";
import { shellCheck } from "./shell.ts";
import { timelineCheck } from "./timeline.ts";

const types = {
  object: objectCheck,
  objects: objectsCheck,
  timeline: timelineCheck,
  exec: execCheck,
  shell: shellCheck,
  file: fileCheck,
  http: httpCheck,
  dns: dnsCheck,
  quiz: quizCheck,
  experiment: experimentCheck,
} as const satisfies { readonly [Type in CheckSpec["type"]]: CheckType<Extract<CheckSpec, { type: Type }>> };

/** The implementation of a check's type. */
export function checkType(spec: CheckSpec): CheckType {
  // Each entry accepts exactly the specs of its own type, which the key guarantees and the type system cannot follow.
  return types[spec.type] as unknown as CheckType;
}
