/** Objects about as large as an API server takes them, each of its own kind of large. */

interface LargeObject {
  readonly name: string;
  /** Of the collection. */
  readonly path: string;
  readonly object: { readonly metadata: { readonly name: string } };
  /** The object with one value changed to `value`. */
  change(object: unknown, value: string): unknown;
}

const numbered = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const named = (count: number, value: (index: number) => string) =>
  Object.fromEntries(numbered(count, (i) => [`key-${i}`, value(i)]));

type Json = Record<string, unknown>;
const changed =
  (...at: readonly (string | number)[]) =>
  (object: unknown, value: string): unknown => {
    const copy = structuredClone(object) as Json;
    let part = copy;
    for (const step of at.slice(0, -1)) part = part[step] as Json;
    part[at.at(-1) as string] = value;
    return copy;
  };

const LEGACY = "/api/v1/namespaces/default";
const APPS = "/apis/apps/v1/namespaces/default";
/** No node has such a label: a Pod of it stays where it is. */
const nowhere = { "no-such": "node" };

const podSpec = (more: Json, container: Json = {}): Json => ({
  nodeSelector: nowhere,
  containers: [{ name: "main", image: "nginx", ...container }],
  ...more,
});

export const LARGE_OBJECTS = (): readonly LargeObject[] => [
  {
    name: "keys: ConfigMap of 20,000 keys",
    path: `${LEGACY}/configmaps`,
    object: { metadata: { name: "keys" }, ...{ data: named(20_000, (i) => `value ${i} `.repeat(2)) } },
    change: changed("data", "key-7"),
  },
  {
    name: "tiny: ConfigMap of 30,000 keys",
    path: `${LEGACY}/configmaps`,
    object: { metadata: { name: "tiny" }, ...{ data: Object.fromEntries(numbered(30_000, (i) => [`${i}`, ""])) } },
    change: changed("data", "7"),
  },
  {
    name: "labels: ConfigMap of 10,000 labels",
    path: `${LEGACY}/configmaps`,
    object: { ...{ data: { a: "b" } }, metadata: { name: "labels", ...{ labels: named(10_000, (i) => `v${i}`) } } },
    change: changed("data", "a"),
  },
  {
    name: "one: Secret of one value of 1 MiB",
    path: `${LEGACY}/secrets`,
    object: { metadata: { name: "one" }, ...{ data: { a: "YWJj".repeat(260_000), b: "YWJj" } } },
    change: (object, value) => changed("data", "b")(object, Buffer.from(value).toString("base64")),
  },
  {
    name: "env: Deployment of 10,000 environment variables",
    path: `${APPS}/deployments`,
    object: {
      metadata: { name: "env" },
      ...{
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: "env" } },
          template: {
            metadata: { labels: { app: "env" } },
            spec: podSpec({}, { env: numbered(10_000, (i) => ({ name: `NAME_${i}`, value: `value ${i}` })) }),
          },
        },
      },
    },
    change: changed("spec", "template", "spec", "containers", 0, "env", 7, "value"),
  },
  {
    name: "containers: Pod of 2,000 containers",
    path: `${LEGACY}/pods`,
    object: {
      metadata: { name: "containers" },
      ...{ spec: podSpec({ containers: numbered(2_000, (i) => ({ name: `c${i}`, image: "nginx" })) }) },
    },
    change: changed("spec", "containers", 7, "image"),
  },
  {
    name: "volumes: Pod template of 4,000 volumes and mounts",
    path: `${LEGACY}/podtemplates`,
    object: {
      metadata: { name: "volumes" },
      ...{
        template: {
          metadata: { labels: { a: "b" } },
          spec: podSpec(
            { volumes: numbered(4_000, (i) => ({ name: `v${i}`, configMap: { name: `m${i}` } })) },
            { volumeMounts: numbered(4_000, (i) => ({ name: `v${i}`, mountPath: `/mnt/${i}` })) },
          ),
        },
      },
    },
    change: changed("template", "spec", "containers", 0, "image"),
  },
  {
    name: "selector: PodDisruptionBudget with a selector of 20,000 values",
    path: "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
    object: {
      metadata: { name: "selector" },
      ...{
        spec: {
          maxUnavailable: 1,
          selector: { matchExpressions: [{ key: "app", operator: "In", values: numbered(20_000, (i) => `app-${i}`) }] },
        },
      },
    },
    change: changed("spec", "selector", "matchExpressions", 0, "key"),
  },
  {
    name: "rules: Role of 5,000 rules",
    path: "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
    object: {
      metadata: { name: "rules" },
      ...{
        rules: numbered(5_000, (i) => ({ apiGroups: [""], resources: [`r${i}`], verbs: ["get", "list", "watch"] })),
      },
    },
    change: changed("rules", 7, "resources", 0),
  },
  {
    name: "policy: NetworkPolicy of 10,000 peers",
    path: "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
    object: {
      metadata: { name: "policy" },
      ...{
        spec: {
          podSelector: {},
          ingress: [{ from: numbered(10_000, (i) => ({ ipBlock: { cidr: `10.${(i >> 8) & 255}.${i & 255}.0/24` } })) }],
        },
      },
    },
    change: (object, value) =>
      changed("spec", "ingress", 0, "from", 7, "ipBlock", "cidr")(object, `10.0.0.${value.length}/32`),
  },
  {
    name: "schema: CustomResourceDefinition of 8,000 fields",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    object: {
      metadata: { name: "wides.example.com" },
      ...{
        spec: {
          group: "example.com",
          names: { plural: "wides", singular: "wide", kind: "Wide", listKind: "WideList" },
          scope: "Namespaced",
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: {
                  type: "object",
                  properties: {
                    spec: {
                      type: "object",
                      properties: Object.fromEntries(
                        numbered(8_000, (i) => [
                          `field${i}`,
                          { type: "string", maxLength: 100, description: "A field of many." },
                        ]),
                      ),
                    },
                  },
                },
              },
            },
          ],
        },
      },
    },
    change: changed("spec", "versions", 0, "schema", "openAPIV3Schema", "description"),
  },
];

/** Defines `Thing` (`example.com/v1`), whose `spec.items` is a list of objects and `spec.names` one that is a map. */
export const THINGS = {
  metadata: { name: "things.example.com" },
  spec: {
    group: "example.com",
    names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  items: {
                    type: "array",
                    items: {
                      type: "object",
                      properties: { name: { type: "string" }, port: { type: "integer" } },
                    },
                  },
                  names: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: {
                      type: "object",
                      required: ["name"],
                      properties: { name: { type: "string" }, port: { type: "integer" } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
} as const;

const thing = (id: string, spec: Json) => ({
  apiVersion: "example.com/v1",
  kind: "Thing",
  metadata: { name: id },
  ...{ spec },
});

export const LARGE_THINGS = (): readonly LargeObject[] => [
  {
    name: "list: custom resource with a list of 20,000 objects",
    path: "/apis/example.com/v1/namespaces/default/things",
    object: thing("list", { items: numbered(20_000, (i) => ({ name: `item-${i}`, port: i })) }),
    change: changed("spec", "items", 7, "name"),
  },
  {
    name: "map: custom resource with a list map of 8,000 objects",
    path: "/apis/example.com/v1/namespaces/default/things",
    object: thing("map", { names: numbered(8_000, (i) => ({ name: `item-${i}`, port: i })) }),
    change: changed("spec", "names", 7, "name"),
  },
];
