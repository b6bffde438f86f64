import { toCel } from "../cel.ts";
import { readObject } from "../objects.ts";
import type { CheckType, SpecOf } from "./check-type.ts";
import { outcomeOf } from "./verdict-of.ts";

/** One object must exist and satisfy an expression. */
export const objectCheck: CheckType<SpecOf<"object">> = {
  type: "object",
  trigger: (spec) => ({ on: "objects", kinds: [spec.object.kind] }),
  async evaluate(spec, { sandbox, namespace }) {
    const { kind, name } = spec.object;
    const subject = {
      kind,
      name,
      namespace: spec.object.namespace ?? namespace,
      ...(spec.field === undefined ? {} : { field: spec.field }),
    };
    const object = await readObject(sandbox, spec.object, namespace);
    if (object === undefined) {
      return {
        status: "fail",
        facts: { exists: false, object: {} },
        subject,
        observed: `no ${kind} ${name}`,
        message: { en: `There is no ${kind} named ${name} yet.`, zh: `还没有名为 ${name} 的 ${kind}。` },
      };
    }
    return { ...outcomeOf(spec.that, { exists: true, object: toCel(object) }), subject };
  },
};
