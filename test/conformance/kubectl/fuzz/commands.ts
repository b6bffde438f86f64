/** Lines that change nothing: they read, or are dry. */
import { customColumns, outputArgs } from "./formats.ts";
import { FIELD_SELECTORS, type Generator, maybe, objectArgs, SELECTORS, typeWord } from "./line.ts";

const SORTS = [
  ".metadata.name",
  "metadata.name",
  "{.metadata.name}",
  ".metadata.creationTimestamp",
  ".status.phase",
  ".spec.replicas",
  ".nope",
  ".metadata",
  ".metadata.labels",
  ".spec.containers[0].name",
  ".status.containerStatuses[0].restartCount",
  ".metadata.labels.app",
  "{.metadata.annotations}",
  ".spec.capacity.storage",
  ".status.capacity.memory",
  "[0]",
  ".items",
  "{",
  "",
  ".kind",
  ".spec.ratio",
  ".lastTimestamp",
  ".count",
  "{.spec.containers[*].name}",
  ".data",
  "{.metadata.name}{.kind}",
  ".status.startTime",
  ".spec.ports[0].port",
  ".spec.suspend",
  ".involvedObject.name",
];

export const get: Generator = (random, known) => ({
  args: [
    "get",
    ...objectArgs(random, known),
    ...(random.chance(0.6) ? outputArgs(random, known, true) : []),
    ...maybe(random, 0.12, `--sort-by=${random.pick(SORTS)}`),
    ...maybe(random, 0.06, "--show-labels"),
    ...maybe(random, 0.06, "--show-kind"),
    ...maybe(random, 0.06, "-L", random.pick(["app", "app,tier", "nope", "a/b", "", "app,,x"])),
    ...maybe(random, 0.05, "--no-headers"),
    ...maybe(random, 0.05, "-A"),
    ...maybe(random, 0.05, "--ignore-not-found"),
    ...maybe(random, 0.05, "--server-print=false"),
    ...maybe(random, 0.05, `--chunk-size=${random.pick(["1", "2", "0", "-1", "500"])}`),
    ...maybe(random, 0.06, "-l", random.pick(SELECTORS)),
    ...maybe(random, 0.05, `--field-selector=${random.pick(FIELD_SELECTORS)}`),
    ...maybe(random, 0.03, `--subresource=${random.pick(["status", "scale", "nope", "", "log"])}`),
  ],
});

/** Formats over whole lists and single objects: nothing but the format differs. */
export const format: Generator = (random, known) => {
  const { resource, name, namespace } = random.pick(known.objects);
  const scope = namespace === "" ? [] : ["-n", namespace];
  const words = random.pick([
    [resource.name, name],
    [resource.name, name],
    [resource.name],
    [`${resource.name}/${name}`, `${resource.name}/${name}`],
  ]);
  const own = {
    ...known,
    objects: known.objects.filter((one) => one.resource === resource && (words.length < 2 || one.name === name)),
  };
  return { args: ["get", ...words, ...scope, ...outputArgs(random, random.chance(0.9) ? own : known, true)] };
};

export const sort: Generator = (random, known) => ({
  args: [
    "get",
    random.pick([
      typeWord(random, random.pick(known.resources)),
      "pods",
      "events",
      "pv",
      "widgets",
      "nodes",
      "pods,svc",
      "deploy,sts,ds",
    ]),
    ...maybe(random, 0.5, "-A"),
    `--sort-by=${random.pick(SORTS)}`,
    ...maybe(
      random,
      0.3,
      "-o",
      random.pick([
        "wide",
        "name",
        "yaml",
        "jsonpath={.items[*].metadata.name}",
        `custom-columns=${customColumns(random, random.pick(known.objects).object)}`,
      ]),
    ),
    ...maybe(random, 0.1, "--no-headers"),
  ],
});

export const describe: Generator = (random, known) => ({
  args: [
    "describe",
    ...objectArgs(random, known),
    ...maybe(random, 0.1, "--show-events=false"),
    ...maybe(random, 0.03, "-A"),
    ...maybe(random, 0.03, "-l", random.pick(SELECTORS)),
    ...maybe(random, 0.03, "--chunk-size=1"),
  ],
});

export const events: Generator = (random, known) => {
  const { resource, name } = random.pick(known.objects);
  return {
    args: [
      "events",
      ...maybe(
        random,
        0.5,
        "--for",
        random.pick([
          `${resource.name}/${name}`,
          `${typeWord(random, resource)}/${name}`,
          "pod/crashing",
          "sts/odd",
          "nope/x",
          "pod",
          "pod/",
          "/x",
          "a/b/c",
          "",
          "statefulsets.apps/odd",
          "StatefulSet/odd",
          "pod,crashing",
        ]),
      ),
      ...maybe(
        random,
        0.3,
        `--types=${random.pick(["Warning", "Normal", "warning", "Nope", "Warning,Normal", "", "Warning,Nope"])}`,
      ),
      ...maybe(random, 0.3, "-A"),
      ...maybe(random, 0.15, "--no-headers"),
      ...maybe(random, 0.15, "--chunk-size=1"),
      ...(random.chance(0.4) ? outputArgs(random, known, false) : []),
      ...maybe(random, 0.05, "extra"),
      ...maybe(random, 0.1, "-n", random.pick(["kube-system", "none"])),
    ],
  };
};

const SUFFIXES = [
  "",
  "",
  "",
  ".spec",
  ".status",
  ".metadata",
  ".metadata.labels",
  ".spec.template.spec.containers",
  ".spec.containers.resources.limits",
  ".nope",
  ".spec.nope.deeper",
  ".",
  "..spec",
  ".spec.",
  ".spec.containers[0]",
  ".metadata.ownerReferences.uid",
  ".metadata.managedFields.fieldsV1",
  ".spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution.labelSelector",
  ".data",
  ".kind",
  ".apiVersion",
  ".metadata.creationTimestamp",
  ".spec.parts",
  ".spec.parts.port",
  ".spec.color",
  ".spec.settings",
  ".spec.deep.x",
  ".spec.tags",
  ".spec.versions.schema.openAPIV3Schema",
  ".spec.versions.schema.openAPIV3Schema.properties",
  ".rules.verbs",
  ".subsets.addresses.ip",
  ".spec.metrics.resource.target",
  ".status.capacity",
  ".spec.ports.targetPort",
  ".metadata.labels.app",
  ".spec.replicas.x",
];
export const explain: Generator = (random, known) => {
  const resource = random.pick(known.resources);
  return {
    args: [
      "explain",
      `${random.chance(0.95) ? typeWord(random, resource) : random.pick(["nope", "", "pods.nope", ".", "Pods", "pod/x"])}${random.pick(SUFFIXES)}`,
      ...maybe(random, 0.25, "--recursive"),
      ...maybe(
        random,
        0.15,
        `--api-version=${random.pick(["v1", "apps/v1", `${resource.group === "" ? "" : `${resource.group}/`}${resource.version}`, "nope/v1", "autoscaling/v1", "fuzz.example.com/v1alpha1", "v9", "a/b/c", ""])}`,
      ),
      ...maybe(random, 0.2, `--output=${random.pick(["plaintext", "json", "nope", "", "html", "md"])}`),
      ...maybe(random, 0.03, "extra"),
    ],
  };
};

/** kubectl create's generators, rollouts that only look, and the like. */
export const rollout: Generator = (random, known) => {
  const verb = random.pick(["history", "history", "status", "undo"]);
  const objects = objectArgs(random, known, ["deployments", "statefulsets", "daemonsets", "replicasets"]);
  const args = ["rollout", verb, ...objects];
  if (verb === "history")
    args.push(
      ...maybe(random, 0.4, `--revision=${random.pick(["1", "0", "2", "-1", "3"])}`),
      ...(random.chance(0.3) ? outputArgs(random, known, false) : []),
    );
  if (verb === "status")
    args.push(
      random.chance(0.8) ? "--watch=false" : "--timeout=1s",
      ...maybe(random, 0.2, `--revision=${random.pick(["1", "-1", "5"])}`),
    );
  if (verb === "undo")
    args.push(
      `--dry-run=${random.pick(["client", "server"])}`,
      ...maybe(random, 0.4, `--to-revision=${random.pick(["1", "0", "9", "-1"])}`),
      ...(random.chance(0.3) ? outputArgs(random, known, false) : []),
    );
  return { args };
};

/** Watches of a cluster where nothing happens: what is there at the beginning, and how they are refused. */
export const watch: Generator = (random, known) => ({
  args: [
    "get",
    ...objectArgs(random, known),
    random.pick(["-w", "--watch", "--watch-only"]),
    ...maybe(random, 0.5, "--output-watch-events"),
    ...(random.chance(0.5) ? outputArgs(random, known, true) : []),
    ...maybe(random, 0.15, `--sort-by=${random.pick(SORTS)}`),
    ...maybe(random, 0.1, "--no-headers"),
    ...maybe(random, 0.1, "--show-labels"),
    ...maybe(random, 0.1, "--show-kind"),
  ],
  endless: 900,
});

export const apiResources: Generator = (random) => ({
  args: [
    "api-resources",
    ...maybe(random, 0.3, `--api-group=${random.pick(["apps", "", "fuzz.example.com", "nope", "core"])}`),
    ...maybe(random, 0.3, `--categories=${random.pick(["all", "toys", "nope", "all,toys"])}`),
    ...maybe(random, 0.3, `--verbs=${random.pick(["get,list", "nope", "create", "proxy"])}`),
    ...maybe(random, 0.3, `--namespaced=${random.pick(["true", "false", "x"])}`),
    ...maybe(random, 0.3, `--sort-by=${random.pick(["name", "kind", "nope", ""])}`),
    ...maybe(random, 0.4, "-o", random.pick(["wide", "name", "json", "yaml", "nope", ""])),
    ...maybe(random, 0.2, "--no-headers"),
    ...maybe(random, 0.2, "--cached"),
    ...maybe(random, 0.05, "extra"),
  ],
});

const VERBS = ["get", "list", "create", "delete", "*", "nope", "use", "impersonate", "update", "Get"];
export const access: Generator = (random, known) => ({
  args: [
    "auth",
    "can-i",
    random.pick(VERBS),
    random.pick([
      typeWord(random, random.pick(known.resources)),
      "pods/log",
      "deploy/x",
      "nope",
      "*",
      "/healthz",
      "pods.apps",
      "*.*",
      "pods.",
      "all",
      "secrets",
    ]),
    ...maybe(random, 0.2, "name"),
    ...maybe(random, 0.3, `--as=${random.pick(["nobody", "system:serviceaccount:default:robot", "jane"])}`),
    ...maybe(random, 0.2, `--subresource=${random.pick(["log", "scale", "x"])}`),
    ...maybe(random, 0.2, "-A"),
    ...maybe(random, 0.2, "-q"),
    ...maybe(random, 0.1, "--list"),
    ...maybe(random, 0.2, "-n", random.pick(["other", "none"])),
    ...maybe(random, 0.1, "--no-headers"),
  ],
});
