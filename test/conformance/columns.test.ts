/** Columns of server-side printing against what a real API server (1.23) sent; what 1.34 prints differently is listed. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { definitions } from "../../lib/kubernetes/api/index.ts";

interface Recorded {
  readonly columns: readonly { name: string; type: string; format: string; priority: number }[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs: readonly string[];
  readonly namespaced: boolean;
  readonly plural: string;
}

const recorded = JSON.parse(readFileSync(new URL("./recordings/tables.json", import.meta.url), "utf8")) as Record<
  string,
  Recorded
>;

/** Columns that came after 1.23: they are left out of the comparison, and must be there. */
const ADDED: Readonly<Record<string, readonly string[]>> = {
  // VolumeAttributesClass, 1.29.
  PersistentVolume: ["VolumeAttributesClass"],
  PersistentVolumeClaim: ["VolumeAttributesClass"],
  // Time zones, 1.30.
  CronJob: ["Timezone"],
  // Status of Jobs, 1.31.
  Job: ["Status"],
  PriorityClass: ["PreemptionPolicy"],
};

/** Columns that have moved to the end since. */
const MOVED: Readonly<Record<string, string>> = { ResourceQuota: "Age" };

const all = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

describe("columns, names and verbs", () => {
  for (const definition of definitions) {
    const { group, version, kind } = definition;
    const key = `${group === "" ? version : `${group}/${version}`} ${kind}`;
    const theirs = recorded[key];
    if (theirs === undefined) continue;
    it(key, () => {
      const added = ADDED[kind] ?? [];
      const ours = definition.columns.map(({ name, type, format = "", priority }) => ({
        name,
        type,
        format,
        priority,
      }));
      const then = theirs.columns.map(({ name, type, format, priority }) => ({ name, type, format, priority }));
      const moved = then.filter(({ name }) => name === MOVED[kind]);
      expect(ours.filter(({ name }) => !added.includes(name))).toEqual([
        ...then.filter((column) => !moved.includes(column)),
        ...moved,
      ]);
      for (const name of added) expect(ours.map((column) => column.name)).toContain(name);
      expect(definition.shortNames ?? []).toEqual(theirs.shortNames ?? []);
      expect(definition.categories ?? []).toEqual(theirs.categories ?? []);
      expect([...(definition.verbs ?? all)].sort()).toEqual(theirs.verbs);
      expect(definition.namespaced).toBe(theirs.namespaced);
      expect(definition.plural).toBe(theirs.plural);
    });
  }
});
