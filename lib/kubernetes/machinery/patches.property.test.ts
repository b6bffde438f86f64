/** Laws of strategic merge and of server-side apply, over random objects. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Schema } from "../api/definition.ts";
import { clone } from "./clone.ts";
import { difference, fromFieldsV1, intersection, isEmpty, toFieldsV1, union } from "./fields/field-set.ts";
import { compare, fieldSetOf, merge, prune } from "./fields/typed.ts";
import { mergePatch } from "./merge-patch.ts";
import { strategicMerge } from "./strategic-merge.ts";

const ITEM: Schema = { type: "object", properties: { name: { type: "string" }, value: { type: "string" } } };
const SCHEMA: Schema = {
  type: "object",
  properties: {
    replicas: { type: "integer" },
    labels: { type: "object", additionalProperties: { type: "string" } },
    args: { type: "array", items: { type: "string" } },
    finalizers: {
      type: "array",
      items: { type: "string" },
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-list-type": "set",
    },
    env: {
      type: "array",
      items: ITEM,
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
  },
};
const none = () => undefined;

type Json = Record<string, unknown>;
const word = fc.constantFrom("a", "b", "c", "d");
const object = fc.record(
  {
    replicas: fc.integer({ min: 0, max: 3 }),
    labels: fc.dictionary(word, word, { minKeys: 1 }),
    args: fc.array(word, { minLength: 1, maxLength: 3 }),
    finalizers: fc.uniqueArray(word, { minLength: 1 }),
    env: fc.uniqueArray(fc.record({ name: word, value: word }), { selector: (item) => item.name, minLength: 1 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Json>;

const names = (list: unknown) => ((list ?? []) as { name: string }[]).map((item) => item.name);

describe("strategic merge", () => {
  it("changes nothing with an empty patch", () => {
    fc.assert(
      fc.property(object, (value) => {
        expect(strategicMerge(clone(value), {}, SCHEMA, none)).toEqual(value);
      }),
    );
  });
  it("is idempotent", () => {
    fc.assert(
      fc.property(object, object, (value, patch) => {
        const once = strategicMerge(clone(value), clone(patch), SCHEMA, none);
        expect(strategicMerge(clone(once), clone(patch), SCHEMA, none)).toEqual(once);
      }),
    );
  });
  it("holds everything the patch holds, and every keyed item of the object", () => {
    fc.assert(
      fc.property(object, object, (value, patch) => {
        const merged = strategicMerge(clone(value), clone(patch), SCHEMA, none);
        expect(new Set(names(merged["env"]))).toEqual(new Set([...names(value["env"]), ...names(patch["env"])]));
        for (const item of (patch["env"] ?? []) as Json[]) expect(merged["env"]).toContainEqual(item);
        if (patch["args"] !== undefined) expect(merged["args"]).toEqual(patch["args"]);
      }),
    );
  });
  it("deletes exactly the item that is named", () => {
    fc.assert(
      fc.property(object, word, (value, name) => {
        const merged = strategicMerge(clone(value), { env: [{ name, $patch: "delete" }] }, SCHEMA, none);
        expect(names(merged["env"])).toEqual(names(value["env"]).filter((item) => item !== name));
      }),
    );
  });
  it("puts the patch's items into the order asked for", () => {
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1 }), fc.uniqueArray(word, { minLength: 1 }), (own, order) => {
        const env = own.map((name) => ({ name, value: "x" }));
        const patch = {
          "$setElementOrder/env": order.map((name) => ({ name })),
          env: order.map((name) => ({ name, value: "y" })),
        };
        const merged = strategicMerge({ env }, patch, SCHEMA, none);
        expect(names(merged["env"]).filter((name) => (order as string[]).includes(name))).toEqual(order);
      }),
    );
  });
});

describe("merge patch", () => {
  it("is what RFC 7386 says of nulls and repetition", () => {
    fc.assert(
      fc.property(object, object, (value, patch) => {
        const once = mergePatch(value, patch);
        expect(mergePatch(once, patch)).toEqual(once);
        const gone = mergePatch(value, { labels: null }) as Json;
        expect("labels" in gone).toBe(false);
      }),
    );
  });
});

describe("field sets", () => {
  const set = object.map((value) => fieldSetOf(value, SCHEMA, none));
  it("are sets", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(toFieldsV1(union(a, b))).toEqual(toFieldsV1(union(b, a)));
        expect(isEmpty(intersection(difference(a, b), b))).toBe(true);
        expect(toFieldsV1(union(difference(a, b), intersection(a, b)))).toEqual(toFieldsV1(a));
      }),
    );
  });
  it("survive being written and read", () => {
    fc.assert(
      fc.property(set, (a) => {
        const text = JSON.parse(JSON.stringify(toFieldsV1(a)));
        expect(toFieldsV1(fromFieldsV1(text))).toEqual(text);
      }),
    );
  });
});

describe("apply", () => {
  it("makes the applied fields what was applied and keeps the others", () => {
    fc.assert(
      fc.property(object, object, (live, config) => {
        const merged = merge(live, config, SCHEMA, none) as Json;
        const again = merge(merged, config, SCHEMA, none);
        expect(again).toEqual(merged);
        expect(isEmpty(compare(merged, again, SCHEMA, none).modified)).toBe(true);
        for (const key of Object.keys(live)) expect(key in merged).toBe(true);
      }),
    );
  });
  it("takes back exactly what it gave when nobody else wants it", () => {
    fc.assert(
      fc.property(object, object, (live, config) => {
        const mine = fieldSetOf(config, SCHEMA, none);
        const theirs = fieldSetOf(live, SCHEMA, none);
        const merged = merge(live, config, SCHEMA, none);
        const pruned = prune(merged, mine, theirs, SCHEMA, none) as Json;
        const left = fieldSetOf(pruned, SCHEMA, none);
        // Nothing of mine is left that is not theirs.
        expect(isEmpty(difference(intersection(left, mine), theirs))).toBe(true);
        expect(new Set(names(pruned["env"]))).toEqual(new Set(names(live["env"])));
      }),
    );
  });
  it("sees no change where there is none, and every change where there is one", () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        const same = compare(a, clone(a), SCHEMA, none);
        expect(isEmpty(union(union(same.added, same.modified), same.removed))).toBe(true);
        const changes = compare(a, b, SCHEMA, none);
        const none_ = isEmpty(union(union(changes.added, changes.modified), changes.removed));
        if (none_) expect(sorted(b)).toEqual(sorted(a));
      }),
    );
  });
});

/** Order of keyed lists and sets does not count as a change. */
function sorted(value: Json): Json {
  const copy = clone(value) as { env?: { name: string }[]; finalizers?: string[] } & Json;
  copy.env?.sort((a, b) => (a.name < b.name ? -1 : 1));
  copy.finalizers?.sort();
  return copy;
}
