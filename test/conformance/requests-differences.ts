import { expect } from "vitest";

/** Where the answers are otherwise than the recorded ones of 1.23, and why; what must hold instead. */
interface Difference {
  readonly why: string;
  /** The recorded body as 1.34 would have written it. */
  readonly adapt?: (body: unknown) => unknown;
  /** Our body without what the recording cannot have. */
  readonly ours?: (body: unknown) => unknown;
  /** What must be in the answer, where the recorded one is about something that is not there in this test. */
  readonly expected?: Readonly<Record<string, unknown>>;
}

/** Replaces text wherever it is. */
const reworded =
  (from: RegExp, to: string) =>
  (body: unknown): unknown =>
    JSON.parse(JSON.stringify(body).replace(from, to));

const NO_CONTROLLERS = "the recorded cluster had controllers, this test has none";
const JSON_VALUES = "since 1.33 field errors show values that are no scalars as JSON";

interface Resources {
  resources: { name: string; singularName?: string; shortNames?: string[] }[];
}

/** Singular names came with 1.27; the rest of the list must be as recorded, but for resources that came or went. */
const resourcesIn = (names: readonly string[]) => (body: unknown) => ({
  ...(body as Resources),
  apiVersion: "v1",
  resources: (body as Resources).resources
    .filter((resource) => !names.includes(resource.name))
    .map(({ singularName: _singular, ...resource }) => resource),
});

interface Status {
  message: string;
  details: { causes: { field: string; message: string }[] };
}

/** Upstream goes through a Go map: its order is no order. */
const byField = (body: unknown) => {
  const status = body as Status;
  const causes = [...status.details.causes].sort((a, b) => (a.field < b.field ? -1 : 1));
  const list = causes.map((cause) => `${cause.field}: ${cause.message}`).join(", ");
  return {
    ...status,
    message: status.message.replace(/\[.*\]$/, () => `[${list}]`),
    details: { ...status.details, causes },
  };
};

const deployment = (labels: string) => ({
  status: 200,
  body: { kind: "Deployment", metadata: { name: "d", labels: { q: labels } }, spec: { replicas: 1 } },
});

export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  "not acceptable": {
    why: "go-restful 3.9 and newer list what is available",
    expected: { status: 406, body: { reason: "NotAcceptable", message: expect406() } },
  },
  "json patch": { why: NO_CONTROLLERS, expected: deployment("r") },
  "patch type error": {
    why: `${NO_CONTROLLERS}; the message shows the whole object with its status`,
    expected: {
      status: 422,
      body: { reason: "Invalid", details: { causes: [{ reason: "FieldValueInvalid", field: "patch" }] } },
    },
  },
  "selector immutable": {
    why: JSON_VALUES,
    adapt: reworded(
      /v1\.LabelSelector\{.*?LabelSelectorRequirement\(nil\)\}/g,
      '{\\\\\\"matchLabels\\\\\\":{\\\\\\"a\\\\\\":\\\\\\"b\\\\\\",\\\\\\"z\\\\\\":\\\\\\"z\\\\\\"}}'.replaceAll(
        "\\\\\\",
        "\\",
      ),
    ),
  },
  "scale get": {
    why: NO_CONTROLLERS,
    expected: { status: 200, body: { kind: "Scale", spec: { replicas: 1 }, status: { replicas: 0, selector: "a=b" } } },
  },
  "status ignores spec": {
    why: NO_CONTROLLERS,
    expected: { status: 200, body: { spec: { replicas: 2 }, status: { observedGeneration: 3 } } },
  },
  "dry run bad": { why: JSON_VALUES, adapt: reworded(/\[\]string\{(\\"Some\\")\}/g, "[$1]") },
  "defaulted by limits": {
    why: `${NO_CONTROLLERS}, so that the quota is not used up yet`,
    expected: {
      status: 201,
      body: { spec: { containers: [{ resources: { limits: { cpu: "200m" }, requests: { cpu: "100m" } } }] } },
    },
  },
  "over quota": {
    why: `${NO_CONTROLLERS}: one Pod is there instead of two`,
    adapt: reworded(/used: pods=2/, "used: pods=1"),
  },
  "quota status": { why: NO_CONTROLLERS, expected: { status: 200, body: { spec: { hard: { pods: "1" } } } } },
  "pod update forbidden": {
    why: "the Pod was not admitted when this was recorded, here it was",
    expected: {
      status: 422,
      body: { message: expectPodUpdate(), details: { name: "p1", kind: "Pod", causes: [{ field: "spec" }] } },
    },
  },
  "pod image allowed": {
    why: "the Pod was not admitted when this was recorded, here it was",
    expected: { status: 200, body: { spec: { containers: [{ image: "z:2" }] } } },
  },
  "sa list pods allowed": {
    why: NO_CONTROLLERS,
    expected: { status: 200, body: { kind: "PodList", items: [{ metadata: { name: "p1" } }] } },
  },
  "cr bad": { why: "the order of the recorded errors is that of a Go map", adapt: byField },
  "cr table": {
    why: "the documentation moved",
    adapt: reworded(
      /http:\/\/kubernetes\.io\/docs\/user-guide\/identifiers#names/g,
      "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
    ),
  },
  "core v1 resources": {
    why: "some subresources came after 1.23",
    adapt: resourcesIn([
      "nodes/proxy",
      "services/proxy",
      "pods/proxy",
      "replicationcontrollers/scale",
      "pods/ephemeralcontainers",
    ]),
    ours: resourcesIn([
      "pods/ephemeralcontainers",
      "pods/resize",
      "pods/proxy",
      "services/proxy",
      "nodes/proxy",
      "replicationcontrollers/scale",
    ]),
  },
  "apps resources": {
    why: "singular names came with 1.27",
    adapt: resourcesIn(["daemonsets/status"]),
    ours: resourcesIn(["daemonsets/status"]),
  },
};

function expect406(): string {
  return "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf";
}

/** The beginning of the message; the difference of the two specs follows. */
function expectPodUpdate(): unknown {
  return expect.stringContaining(
    'Pod "p1" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
  );
}
