/** The format of a scenario: what a file under `scenarios/` may say. Unknown keys are refused, so that nothing is misspelt into silence. */
import { z } from "zod";

/** "500ms", "30s", "5m", "1h"; ms. */
const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h)$/, 'a duration like "500ms", "30s", "5m" or "1h"')
  .transform((text) => {
    const unit = text.replace(/^\d+/, "") as "ms" | "s" | "m" | "h";
    return Number.parseInt(text, 10) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit];
  });

const text = z.string();
const objectName = z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'kind and name, like "pod/web-0"');

/** A command line of kubectl, in words as a shell would cut them. No pipes, no variables. */
const run = z.strictObject({
  run: z.string().regex(/^kubectl /, "starts with kubectl"),
  stdin: text.optional(),
  /** Expected whole, with masks. */
  stdout: text.optional(),
  stderr: text.optional(),
  exit: z.number().int().default(0),
  /** Passages that stdout must hold, for output that as a whole would be noise (describe, -o yaml). */
  contains: z.array(text).min(1).optional(),
  /** Passages that stderr must hold. */
  complains: z.array(text).min(1).optional(),
  /** Cluster time after which the command is interrupted, for those that do not end by themselves. */
  interrupt: duration.optional(),
});

/** One request to the API. `path` with query; a `body` that is a string goes out as it is. */
const request = z.strictObject({
  request: z.strictObject({
    method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    path: z.string().startsWith("/"),
    body: z.unknown().optional(),
    /** Default application/json. */
    contentType: z.string().optional(),
    accept: z.string().optional(),
    /** Impersonates this user. */
    as: z.string().optional(),
    groups: z.array(z.string()).optional(),
  }),
  status: z.number().int(),
  /** A part of the answer, with masks. */
  body: z.unknown().optional(),
  /** Texts of the Warning headers, all of them in order. */
  warnings: z.array(text).optional(),
});

const manifest = z.strictObject({
  /** Applied with `kubectl apply -f -`, which must succeed. */
  apply: text,
});
const creation = z.strictObject({
  /** Created with `kubectl create -f -`, which must succeed. */
  create: text,
});
/** Lets happen what is going on, until nothing does. */
const settle = z.strictObject({ settle: z.literal(true) });
const advance = z.strictObject({ advance: duration });

/** Lets time pass until a field of an object has a value, or until the object is gone. */
const until = z.strictObject({
  until: z
    .strictObject({
      object: objectName,
      path: z.string().optional(),
      value: z.unknown().optional(),
      gone: z.literal(true).optional(),
      within: duration,
    })
    .refine((value) => (value.path === undefined) !== (value.gone === undefined), "either path and value, or gone"),
});

/** Events about one object, in the order in which they were first told. */
const events = z.strictObject({
  events: z
    .strictObject({
      /** Kind and name, as involvedObject says: "Pod/web-0". The name may hold masks. */
      for: objectName,
      /** "Normal Scheduled: message" with masks; " (x3)" at the end where the count matters. No other events may be there. */
      ordered: z.array(text).optional(),
      /** Like `ordered`, where others may be between. */
      among: z.array(text).min(1).optional(),
      /** The same, without an order: for controllers that upstream runs side by side. */
      unordered: z.array(text).min(1).optional(),
    })
    .refine(
      ({ ordered, among, unordered }) => [ordered, among, unordered].filter((list) => list !== undefined).length === 1,
      "one of ordered, among and unordered",
    ),
});

const object = z.strictObject({
  object: objectName,
  /** A part of the object, with masks; null where a field must be absent. Lists are compared whole. */
  expect: z.record(z.string(), z.unknown()).optional(),
  /** Paths like `status.conditions[type=Ready].status` and their values. */
  values: z.record(z.string(), z.unknown()).optional(),
  gone: z.literal(true).optional(),
});

/** What watchers of a resource saw, condensed. */
const history = z.strictObject({
  history: z.strictObject({
    /** Plural, as in "pods" or "statefulsets". */
    resource: z.string(),
    /** Only objects whose names match this (a regular expression for the whole name). */
    name: z.string().optional(),
    /** Paths whose values make up a line; a change of an object that changes none of them is left out. */
    show: z.array(z.string()).optional(),
    /** "ADDED web-0", "MODIFIED web-0 <values>", "DELETING web-0" (deletion has been asked for), "DELETED web-0". */
    ordered: z.array(text).optional(),
    /** The same, whatever the order between objects; each object's own lines stay in order. */
    perObject: z.array(text).optional(),
  }),
});
/** Later histories begin here. */
const mark = z.strictObject({ mark: z.literal(true) });

/** Opens a watch that goes on in the background. */
const watch = z.strictObject({
  watch: z.strictObject({ name: z.string(), path: z.string().startsWith("/"), accept: z.string().optional() }),
});
/** What a watch has told since the last look: parts of its events, all of them in order. */
const watched = z.strictObject({
  watched: z.strictObject({ name: z.string(), events: z.array(z.unknown()), ended: z.literal(true).optional() }),
});

/** What only an embedded cluster can do. */
const node = z.strictObject({ node: z.strictObject({ name: z.string(), power: z.enum(["on", "off"]) }) });
/** One fault (lib/kubernetes/cluster.types.ts) put on, taken off, or an incident that happens once. */
const broken = z
  .object({
    kind: z.enum([
      "NodeDown",
      "NetworkPartition",
      "VolumeError",
      "VolumeDelay",
      "VolumeFull",
      "NodeDiskFull",
      "ImageCorrupt",
    ]),
  })
  .catchall(z.union([z.string(), z.number()]));
const incident = z.object({ kind: z.enum(["OutOfMemory", "ControlPlaneRestart"]) }).catchall(z.string());
const fault = z.strictObject({
  fault: z.union([
    z.strictObject({ inject: broken }),
    z.strictObject({ heal: broken }),
    z.strictObject({ strike: incident }),
  ]),
});

const step = z.union([
  run,
  request,
  manifest,
  creation,
  settle,
  advance,
  until,
  events,
  object,
  history,
  mark,
  watch,
  watched,
  node,
  fault,
]);
const STEPS = {
  run,
  request,
  apply: manifest,
  create: creation,
  settle,
  advance,
  until,
  events,
  object,
  history,
  mark,
  watch,
  watched,
  node,
  fault,
} as const;

const nodeOptions = z.strictObject({
  name: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  pods: z.number().int().optional(),
  ephemeralStorage: z.string().optional(),
});

/** Codenames all end in " [Conformance]", which need not be repeated. */
const withoutSuffix = (name: string) => name.replace(/ \[Conformance\]$/, "");

const scenario = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "lower-case words with dashes"),
  /** Where upstream defines what is expected: a path in kubernetes/kubernetes, or a page of its documentation. */
  reference: z.string().min(10),
  /** Codenames of upstream's conformance tests that this proves (`test/conformance/upstream/` lists them). */
  conformance: z
    .union([z.string(), z.array(z.string()).min(1)])
    .default([])
    .transform((names) => (typeof names === "string" ? [names] : names).map(withoutSuffix)),
  /** Default one node; only an embedded cluster is made to measure. */
  nodes: z.union([z.number().int().min(1).max(10), z.array(nodeOptions).min(1)]).optional(),
  /** Default "none": what happens takes no time unless it is told to. */
  /** Installed on an embedded cluster. */
  addOns: z.array(z.enum(["volume-snapshots"])).optional(),
  latencies: z.enum(["none", "realistic"]).default("none"),
  /** Why this cannot run on a real cluster. */
  embeddedOnly: z.string().optional(),
  /** Cluster-scoped objects to be deleted afterwards, for real clusters: "storageclass/fast". */
  cleanup: z.array(objectName).optional(),
  /** Files for `kubectl -f`. */
  files: z.record(z.string(), z.string()).optional(),
  steps: z.array(z.unknown()).min(1),
});

export type Step = z.infer<typeof step>;
export type Scenario = Omit<z.infer<typeof scenario>, "steps"> & { readonly steps: readonly Step[] };

/** Expectations that say something: a scenario needs one, and a refusal needs its words. */
function asserts(one: Step): boolean {
  if ("run" in one) return [one.stdout, one.stderr, one.contains, one.complains].some((part) => part !== undefined);
  if ("request" in one) return one.body !== undefined || one.warnings !== undefined;
  return ["until", "events", "object", "history", "watched"].some((key) => key in one);
}

function weakness(one: Step): string | undefined {
  if ("run" in one && one.exit !== 0 && one.stderr === undefined && one.complains === undefined)
    return "a command that fails must say with what words (stderr or complains)";
  if ("request" in one && one.status >= 400 && one.body === undefined)
    return "a refused request must say with what body";
  if ("object" in one && one.expect === undefined && one.values === undefined && one.gone === undefined)
    return "an object needs expect, values or gone";
  if ("history" in one && one.history.ordered === undefined && one.history.perObject === undefined)
    return "a history needs ordered or perObject";
  return undefined;
}

function parseStep(value: unknown): Step {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const known = keys.filter((key): key is keyof typeof STEPS => key in STEPS);
  const [kind] = known;
  if (kind === undefined) throw new Error(`no step is called ${keys.join(", ") || JSON.stringify(value)}`);
  return STEPS[kind].parse(value);
}

/** A scenario, or an error that tells which part of it is wrong. `where` names it in errors. */
export function parseScenario(value: unknown, where: string): Scenario {
  const parsed = scenario.safeParse(value);
  if (!parsed.success) throw new Error(`${where}: ${z.prettifyError(parsed.error)}`);
  const at = `${where}, ${parsed.data.name}`;
  const steps = parsed.data.steps.map((raw, index) => {
    try {
      const one = parseStep(raw);
      const weak = weakness(one);
      if (weak !== undefined) throw new Error(weak);
      return one;
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      throw new Error(`${at}, step ${index + 1}: ${why}`);
    }
  });
  if (!steps.some(asserts)) throw new Error(`${at}: asserts nothing`);
  return { ...parsed.data, steps };
}
