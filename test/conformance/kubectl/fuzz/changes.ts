/** Lines that would change something and are dry. */
import { outputArgs } from "./formats.ts";
import { type Generator, type Line, maybe } from "./line.ts";

const LOCAL = [
  "set image",
  "set resources",
  "set selector",
  "label",
  "annotate",
  "patch",
  "set env",
  "set serviceaccount",
  "wait",
];
/** Changes of existing objects, dry, with results printed in every format. */
export const change: Generator = (random, known): Line => {
  const { resource, name, namespace } = random.pick(known.objects);
  const target = [`${resource.name}/${name}`, ...(namespace === "" ? [] : ["-n", namespace])];
  const dry = `--dry-run=${random.pick(["client", "server"])}`;
  const tail = [dry, ...(random.chance(0.6) ? outputArgs(random, known, false) : [])];
  const command = random.pick([
    "label",
    "annotate",
    "scale",
    "set image",
    "set env",
    "set resources",
    "set selector",
    "set serviceaccount",
    "patch",
    "patch",
    "delete",
    "expose",
    "autoscale",
    "taint",
    "apply view-last-applied",
    "apply set-last-applied",
  ]);
  const what: Readonly<Record<string, readonly string[]>> = {
    label: [
      random.pick(["a=b", "app-", "app=new", "x=1", "kubernetes.io/x=y", "nope-"]),
      ...maybe(random, 0.5, "--overwrite"),
      ...maybe(random, 0.2, "--list"),
    ],
    annotate: [
      random.pick(["a=b c", "a-", "note=1", "x=\n", 'j={"a":1}']),
      ...maybe(random, 0.5, "--overwrite"),
      ...maybe(random, 0.2, "--list"),
    ],
    scale: [
      `--replicas=${random.pick(["0", "2", "9"])}`,
      ...maybe(random, 0.3, `--current-replicas=${random.pick(["3", "1"])}`),
    ],
    "set image": [random.pick(["c=nginx:2", "*=x:1", "a=b b=c"])],
    "set env": [
      random.pick(["A=1", "A-", "A=", "B=x y", "--list", "--from=configmap/texts", "--from=secret/bytes"]),
      ...maybe(random, 0.2, "--overwrite=false"),
      ...maybe(random, 0.2, "-c", "c"),
    ],
    "set resources": [
      `--${random.pick(["limits", "requests"])}=${random.pick(["cpu=1", "cpu=0", "memory=1Gi,cpu=200m"])}`,
    ],
    "set selector": [random.pick(["a=b", "a=b,c=d", "a"])],
    "set serviceaccount": [random.pick(["robot", "none"])],
    patch: [
      "-p",
      random.pick([
        '{"metadata":{"labels":{"a":"b"}}}',
        '{"metadata":{"labels":null}}',
        '{"spec":{"replicas":3}}',
        "spec:\n  paused: false\n",
        '{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"x"}]}}}}',
        '{"metadata":{"finalizers":["a.b/c"]}}',
        '{"nope":1}',
        '{"spec":{"nope":1}}',
        '{"metadata":{"name":"other"}}',
        "{}",
        '{"data":{"a":1}}',
        '{"metadata":{"$patch":"delete"}}',
        '{"spec":{"template":{"spec":{"containers":[{"$patch":"replace"},{"name":"z","image":"q"}]}}}}',
        '[{"op":"test","path":"/kind","value":"Pod"}]',
        '[{"op":"remove","path":"/metadata/labels/none"}]',
        '[{"op":"replace","path":"/spec/replicas","value":"x"}]',
        '[{"op":"nope"}]',
        '{"spec":{"$setElementOrder/ports":[{"port":1}]}}',
      ]),
      ...maybe(random, 0.7, `--type=${random.pick(["json", "merge", "strategic"])}`),
      ...maybe(random, 0.15, `--subresource=${random.pick(["status", "scale"])}`),
    ],
    delete: [
      ...maybe(random, 0.3, "--now"),
      ...maybe(random, 0.3, "--force"),
      ...maybe(random, 0.3, "--grace-period=0"),
      ...maybe(random, 0.3, `--cascade=${random.pick(["orphan", "foreground", "true"])}`),
      ...maybe(random, 0.2, "--ignore-not-found"),
      ...maybe(random, 0.2, "-o", "name"),
    ],
    expose: [
      ...maybe(random, 0.6, `--port=${random.pick(["80", "80,81", "x"])}`),
      ...maybe(random, 0.3, "--name=exposed"),
      ...maybe(random, 0.3, `--type=${random.pick(["NodePort", "LoadBalancer", "Nope"])}`),
      ...maybe(random, 0.3, `--target-port=${random.pick(["http", "8080"])}`),
      ...maybe(random, 0.2, "--cluster-ip=None"),
      ...maybe(random, 0.2, "--session-affinity=ClientIP"),
      ...maybe(random, 0.2, "--selector=a=b"),
    ],
    autoscale: [
      ...maybe(random, 0.9, "--max=5"),
      ...maybe(random, 0.5, "--min=2"),
      ...maybe(random, 0.5, "--cpu-percent=50"),
      ...maybe(random, 0.2, "--name=x"),
    ],
    taint: [
      random.pick(["a=b:NoSchedule", "a:NoExecute", "a-", "dedicated-", "a=b", "a=b:Nope", "soft:PreferNoSchedule-"]),
    ],
  };
  if (command === "taint")
    return { args: [command, "node", random.pick(["ill-1", "ill-2", "none"]), ...(what["taint"] ?? []), ...tail] };
  if (command === "delete") return { args: [command, ...target, ...(what["delete"] ?? []), dry] };
  if (command === "apply view-last-applied")
    return {
      args: [
        "apply",
        "view-last-applied",
        ...target,
        ...maybe(random, 0.5, "-o", random.pick(["json", "yaml", "nope"])),
      ],
    };
  if (command === "apply set-last-applied")
    return {
      args: ["apply", "set-last-applied", "-f", "x.yaml", "--create-annotation", dry],
      files: { "x.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n` },
    };
  const args = [...command.split(" "), ...target, ...(what[command] ?? []), ...tail];
  if (LOCAL.includes(command) && random.chance(0.1)) args.push("--local");
  return { args };
};

const GENERATORS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  configmap: [
    ["--from-literal=a=b"],
    ["--from-file=x.txt"],
    ["--from-env-file=e.env"],
    ["--from-file=k=x.txt"],
    ["--from-file=d"],
    ["--append-hash"],
  ],
  "secret generic": [
    ["--from-literal=a=b"],
    ["--from-file=x.txt"],
    ["--from-env-file=e.env"],
    ["--type=t"],
    ["--append-hash"],
  ],
  deployment: [["--image=nginx"], ["--image=a", "--image=b"], ["--replicas=2"], ["--port=80"]],
  job: [["--image=busybox"], ["--from=cronjob/weekly"], ["--", "sh", "-c", "x y"]],
  cronjob: [["--image=busybox"], ["--schedule=* * * * *"], ["--restart=Never"]],
  role: [["--verb=get"], ["--resource=pods,pods/log"], ["--resource-name=a"], ["--resource=deployments.apps"]],
  rolebinding: [["--clusterrole=view"], ["--user=a"], ["--serviceaccount=a:b"], ["--group=g"], ["--role=r"]],
  clusterrolebinding: [["--clusterrole=view"], ["--user=a"], ["--serviceaccount=a:b"]],
  quota: [["--hard=cpu=1"], ["--scopes=BestEffort"]],
  pdb: [["--selector=a=b"], ["--min-available=1"], ["--max-unavailable=50%"]],
  priorityclass: [["--value=5"], ["--global-default"], ["--description=d"], ["--preemption-policy=Never"]],
  "service clusterip": [["--tcp=80:8080"], ["--clusterip=None"], ["--tcp=5:x"]],
  "service nodeport": [["--tcp=80:8080"], ["--node-port=30123"]],
  "service loadbalancer": [["--tcp=80:8080"], ["--tcp=443"]],
  "service externalname": [["--external-name=a.b"], ["--tcp=80"]],
  serviceaccount: [[]],
  namespace: [[]],
};
export const create: Generator = (random, known) => {
  const kind = random.pick(Object.keys(GENERATORS));
  const chosen = random
    .some(GENERATORS[kind] ?? [], 3)
    .sort((a, b) => Number(a.includes("--")) - Number(b.includes("--")));
  const name = random.chance(0.9)
    ? [random.pick(["x", "x", "texts", "a.b", "1", "Bad_Name", "a".repeat(64), "a".repeat(254)])]
    : [];
  const output = [
    `--dry-run=${random.pick(["client", "server", "server"])}`,
    ...(random.chance(0.7) ? outputArgs(random, known, false) : []),
    ...maybe(random, 0.1, "--save-config"),
    ...maybe(random, 0.1, "-n", random.pick(["other", "none", "fading"])),
  ];
  return {
    args: ["create", ...kind.split(" "), ...name, ...output, ...chosen.flat()],
    files: {
      "x.txt": random.pick(["text\n", "", "\u0000\u0001", "漢字", "a\r\nb"]),
      "e.env": random.pick(["A=1\nB = 2\n", "A\n", "# c\n\nA=x=y\n", "A b=c\n", "=x\n", "\ufeffA=1", "export A=1\n"]),
      "d/one": "1",
      "d/two.txt": "2\n",
    },
  };
};
