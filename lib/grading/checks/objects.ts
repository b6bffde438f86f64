import { toCel } from "../cel.ts";
import { readObjects } from "../objects.ts";
import type { CheckType, SpecOf } from "./check-type.ts";
import { outcomeOf } from "./verdict-of.ts";

/** A set of objects must satisfy an expression. */
export const objectsCheck: CheckType<SpecOf<"objects">> = {
  type: "objects",
  trigger: (spec) => ({ on: "objects", kinds: [spec.objects.kind] }),
  async evaluate(spec, { sandbox, namespace }) {
    const objects = await readObjects(sandbox, spec.objects, namespace);
    const subject = { kind: spec.objects.kind, namespace: spec.objects.namespace ?? namespace };
    return { ...outcomeOf(spec.that, { objects: toCel(objects) }), subject };
  },
};
