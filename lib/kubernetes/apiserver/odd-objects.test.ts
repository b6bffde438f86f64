/**
 * Every field of every kind, empty, alone and in a place where nothing else is right: whatever the API server says to
 * it, it is never that something went wrong inside.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResourceDefinition, Schema } from "../api/definition.ts";
import { definitions, schemas } from "../api/index.ts";
import { resolveSchema } from "../machinery/shape.ts";
import { type TestCluster, testCluster } from "../testing/control-plane.ts";

const resolve = (name: string) => schemas.get(name);
/** Schemas within schemas and the like: deeper than this nothing new comes. */
const DEEPEST = 9;

/** Bodies that hold one field each, with `leaf` in it; `inside` makes what is around it. */
function* bodies(schema: Schema, seen: readonly string[] = []): Generator<unknown> {
  const name = schema.$ref;
  if (name !== undefined && seen.filter((each) => each === name).length > 0) return;
  if (seen.length > DEEPEST) return;
  const within = name === undefined ? seen : [...seen, name];
  const target = resolveSchema(schema, resolve);
  if (target.items !== undefined) {
    yield [];
    yield [null];
    for (const item of bodies(target.items, within)) {
      yield [item];
      // Twice: keys of lists are looked at.
      if (typeof item !== "object" || item === null || Object.keys(item).length === 0) yield [item, item];
    }
    return;
  }
  if (target.additionalProperties !== undefined) {
    yield {};
    for (const value of bodies(target.additionalProperties, within)) yield { "": value, "a/b/c": value };
    return;
  }
  if (target.properties === undefined) {
    switch (target.type) {
      case "string":
        yield "";
        yield "é -";
        return;
      case "boolean":
        yield true;
        return;
      case "integer":
      case "number":
        yield 0;
        yield -1;
        return;
      default:
        yield {};
        return;
    }
  }
  yield {};
  for (const [field, property] of Object.entries(target.properties))
    for (const value of bodies(property, within)) yield { [field]: value };
}

const POD = { containers: [{ name: "c", image: "busybox" }] };
const LABELS = { app: "x" };
const TEMPLATE = { metadata: { labels: LABELS }, spec: POD };
const SELECTOR = { matchLabels: LABELS };
/** What is right with these, so that more of it is looked at. */
const RIGHT: Readonly<Record<string, object>> = {
  Pod: { spec: POD },
  PodTemplate: { template: TEMPLATE },
  ReplicationController: { spec: { selector: LABELS, template: TEMPLATE } },
  ReplicaSet: { spec: { selector: SELECTOR, template: TEMPLATE } },
  Deployment: { spec: { selector: SELECTOR, template: TEMPLATE } },
  DaemonSet: { spec: { selector: SELECTOR, template: TEMPLATE } },
  StatefulSet: { spec: { selector: SELECTOR, template: TEMPLATE, serviceName: "x" } },
  Job: { spec: { template: { spec: { ...POD, restartPolicy: "Never" } } } },
  CronJob: {
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec: { ...POD, restartPolicy: "Never" } } } } },
  },
  Service: { spec: { ports: [{ port: 80 }] } },
  PersistentVolumeClaim: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  PersistentVolume: {
    spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/data" } },
  },
};

/** `over` in the place of what `base` has there; the first element of a list is the first element of the other. */
function mixed(base: unknown, over: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(over))
    return over.map((item, at) => (at < base.length ? mixed(base[at], item) : item));
  if (typeof base !== "object" || base === null || typeof over !== "object" || over === null) return over;
  if (Array.isArray(base) || Array.isArray(over)) return over;
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) out[key] = key in out ? mixed(out[key], value) : value;
  return out;
}

const wide = definitions.filter(({ verbs }) => verbs === undefined || verbs.includes("create"));
const encoder = new TextEncoder();

describe("an odd object is answered", () => {
  let at: TestCluster;
  beforeAll(() => {
    at = testCluster();
  });
  afterAll(() => at.cluster.close());

  const ask = async (method: string, path: string, body: unknown, type = "application/json", real = false) => {
    const { status, body: answer } = await at.cluster.handle({
      method,
      path,
      query: new URLSearchParams({ ...(real ? {} : { dryRun: "All" }), fieldManager: "odd" }),
      headers: { authorization: `Bearer ${at.cluster.adminToken}`, "content-type": type, accept: "application/json" },
      body: encoder.encode(JSON.stringify(body)),
    });
    return { status, text: typeof answer === "string" ? answer : new TextDecoder().decode(answer as Uint8Array) };
  };
  const pathOf = ({ group, version, plural, namespaced }: ResourceDefinition) =>
    `${group === "" ? "/api" : `/apis/${group}`}/${version}${namespaced ? "/namespaces/default" : ""}/${plural}`;

  it.each(wide.map((definition) => [definition.kind, definition] as const))("%s", async (kind, definition) => {
    const failed: string[] = [];
    at.bugs.length = 0;
    const apiVersion = definition.group === "" ? definition.version : `${definition.group}/${definition.version}`;
    const head = { apiVersion, kind, metadata: { name: "odd" } };
    const path = pathOf(definition);
    const right = RIGHT[kind];
    if (right !== undefined) {
      const { status, text } = await ask("POST", path, { ...head, ...right });
      expect(`${status} ${status < 300 ? "" : text}`).toBe("201 ");
    }
    const schema = schemas.get(definition.schemaName) as Schema;
    for (const body of bodies({ ...schema, properties: { ...schema.properties, apiVersion: {}, kind: {} } })) {
      for (const base of right === undefined ? [head] : [head, { ...head, ...right }]) {
        const object = mixed(base, body);
        const { text } = await ask("POST", path, object);
        if (text.includes("InternalError")) failed.push(`${JSON.stringify(object)}: ${text}`);
      }
    }
    expect(failed.slice(0, 3)).toEqual([]);
    expect(at.bugs.splice(0)).toEqual([]);
  });

  const PATCHES = ["merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"];
  it.each(wide.filter(({ kind }) => kind in RIGHT).map((definition) => [definition.kind, definition] as const))(
    "%s, as a patch of one that is right",
    async (kind, definition) => {
      const failed: string[] = [];
      at.bugs.length = 0;
      const apiVersion = definition.group === "" ? definition.version : `${definition.group}/${definition.version}`;
      const head = { apiVersion, kind, metadata: { name: "right" } };
      const path = pathOf(definition);
      const { status } = await ask("POST", path, { ...head, ...RIGHT[kind] }, "application/json", true);
      expect(status).toBe(201);
      const schema = schemas.get(definition.schemaName) as Schema;
      for (const body of bodies({ ...schema, properties: { ...schema.properties, apiVersion: {}, kind: {} } }))
        for (const type of PATCHES) {
          const { text } = await ask(
            "PATCH",
            `${path}/right`,
            { ...(body as object), ...(type === "apply-patch+yaml" ? head : {}) },
            `application/${type}`,
          );
          if (text.includes("InternalError")) failed.push(`${type} ${JSON.stringify(body)}: ${text}`);
        }
      expect(failed.slice(0, 3)).toEqual([]);
      expect(at.bugs.splice(0)).toEqual([]);
    },
  );
});
