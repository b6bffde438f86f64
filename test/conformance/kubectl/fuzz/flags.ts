/** Any command with any of its flags, and values of every sort. */
import { FIELD_SELECTORS, type Generator, type Known, type Line, objectArgs, SELECTORS } from "./line.ts";
import type { Random } from "./random.ts";

const FLAG_VALUES: Readonly<Record<string, readonly string[]>> = {
  output: ["yaml", "json", "name", "wide", "nope", "jsonpath={.metadata.name}"],
  "dry-run": ["client", "server", "nope", "none"],
  selector: SELECTORS,
  "field-selector": FIELD_SELECTORS,
  "sort-by": ["cpu", "memory", "name", "nope", ".metadata.name", "kind"],
  replicas: ["0", "3", "-1", "x", "99999999999"],
  timeout: ["1s", "0", "x", "-1s", "1"],
  for: [
    "condition=Ready",
    "delete",
    "jsonpath={.status.phase}=Running",
    "create",
    "nope",
    "condition=Ready=False",
    "jsonpath={.x",
    "jsonpath=.a",
    "condition=",
    "jsonpath='{.metadata.name}'=odd",
  ],
  type: ["json", "merge", "strategic", "nope", "ClusterIP", "NodePort"],
  patch: [
    '{"metadata":{"labels":{"a":"b"}}}',
    "{",
    "x: y",
    '[{"op":"add","path":"/metadata/labels/z","value":"1"}]',
    "null",
    "[]",
    '{"spec":null}',
    "",
  ],
  filename: ["none.yaml", "-", ""],
  subresource: ["status", "scale", "nope"],
  containers: ["c", "*", "none", "main"],
  container: ["c", "none", "", "main"],
  image: ["nginx", "", "bad image", "nginx:1"],
  limits: ["cpu=1", "cpu", "cpu=x", "memory=1Gi,cpu=2"],
  requests: ["cpu=1m", "memory", "x=y"],
  validate: ["strict", "warn", "ignore", "true", "false", "nope"],
  cascade: ["background", "orphan", "foreground", "nope", "true", "false"],
  "api-group": ["apps", "", "fuzz.example.com", "nope", "core"],
  categories: ["all", "toys", "nope", "all,toys"],
  verbs: ["get,list", "nope", "create", "proxy"],
  namespaced: ["true", "false", "x"],
  since: ["1h", "x", "-1s"],
  tail: ["1", "-1", "x", "0"],
  "since-time": ["2020-01-01T00:00:00Z", "x"],
  "label-columns": ["app", "x,y"],
  "resource-version": ["1", "x", ""],
  "current-replicas": ["3", "1", "-2"],
  "grace-period": ["0", "1", "-1", "x"],
  min: ["1", "0", "9"],
  max: ["5", "-1", "0"],
  "cpu-percent": ["80", "0", "x"],
  port: ["80", "x", "0", "99999", "80,81"],
  "target-port": ["http", "81", "x y"],
  protocol: ["TCP", "UDP", "nope"],
  revision: ["1", "0", "-1", "9"],
  "to-revision": ["1", "0", "-1", "9"],
  "from-literal": ["a=b", "a", "=b", "a=b=c", "A_b.c-d=e", "a b=c"],
  "from-file": ["none", "a=none", "=", "/etc"],
  overrides: ["{}", "{", '{"spec":{"replicas":2}}', '{"kind":"Nope"}', "x"],
  "override-type": ["merge", "json", "strategic", "nope"],
  namespace: ["default", "other", "none", "kube-system", "Bad_Name", ""],
  context: ["c", "none"],
  "request-timeout": ["5s", "x", "0", "3"],
  as: ["nobody", "system:serviceaccount:default:robot", ""],
  "as-group": ["system:masters", "x"],
  "as-uid": ["1"],
  "chunk-size": ["1", "0", "x"],
  "max-unavailable": ["1", "50%", "x"],
  "min-available": ["1", "50%", "x", "-1"],
  verb: ["get", "*", "fly", "get,list"],
  resource: ["pods", "deployments.apps", "nope", "pods/log", "*"],
  hard: ["pods=1", "cpu=x", "pods", "a=b=c"],
  scopes: ["BestEffort", "Nope", "Terminating,BestEffort"],
  schedule: ["@daily", "* * * * *", "x", ""],
  restart: ["Never", "Always", "Nope"],
  tcp: ["80", "80:http", "x", "80:81:82", "99999"],
  "node-port": ["30999", "1", "x"],
  duration: ["10m", "1s", "-1s", "x", "9999h"],
  value: ["1", "-1", "2000000001", "x"],
  aggregation: ["a=b"],
  serviceaccount: ["default:robot", "x", "a:b:c", "robot"],
  clusterrole: ["view", "none", ""],
  role: ["reader", "none", ""],
  from: ["cronjob/weekly", "configmap/texts", "secret/bytes", "cronjob/none", "pod/x", "weekly"],
  "default-backend": ["a:80", "a", "a:b:c"],
  rule: ["a.example.com/x=svc:80", "/*=svc:http", "a/b", "*.a/=s:1,tls=x"],
  template: ["{{.kind}}", "{.kind}", "{{"],
};

/** Endless by themselves, in an editor, or about to change what both sides share. */
const LEFT_OUT = [
  "port-forward",
  "proxy",
  "attach",
  "edit",
  "apply edit-last-applied",
  "exec",
  "cp",
  "debug",
  "completion",
  "plugin",
  "plugin list",
  "kustomize",
  "config",
  "certificate approve",
  "certificate deny",
  "cluster-info dump",
  "wait",
  "auth reconcile",
  "rollout status",
  "rollout restart",
  "rollout pause",
  "rollout resume",
  "rollout undo",
  "logs",
  "drain",
  "top",
  "version",
  "create token",
  "run",
  "config set",
  "config set-cluster",
  "config set-context",
  "config set-credentials",
  "config unset",
  "config use-context",
  "config rename-context",
  "config delete-cluster",
  "config delete-context",
  "config delete-user",
];
const TWICE = [
  "watch",
  "watch-only",
  "stdin",
  "tty",
  "edit",
  "raw",
  "follow",
  "v",
  "profile",
  "profile-output",
  "vmodule",
  "cache-dir",
  "kustomize",
  "log-flush-frequency",
  "wait",
  "interactive",
  "attach",
  "rm",
];

function value(random: Random, name: string, kind: string): string {
  const known = FLAG_VALUES[name];
  if (known !== undefined && random.chance(0.9)) return random.pick(known);
  if (kind === "bool") return random.pick(["true", "false", "x", "1", "T"]);
  if (kind === "int") return random.pick(["0", "1", "-1", "x", "1.5", "0x10", "99999999999999999999", ""]);
  if (kind === "duration") return random.pick(["1s", "0", "x", "5", "-1s", "1h1m", ""]);
  return random.pick(["", "x", "a=b", "a,b", "'", "nope", "1"]);
}

const CHANGES =
  /^(create|expose|run|set|delete|scale|autoscale|taint|cordon|uncordon|label|annotate|patch|replace|apply)/;

/** Endless even where each side has a cluster of its own, or in an editor, or of words of our own. */
const LEFT_OUT_ANYWHERE = [
  "port-forward",
  "proxy",
  "attach",
  "edit",
  "apply edit-last-applied",
  "completion",
  "plugin",
  "plugin list",
  "kustomize",
  "options",
  "cluster-info dump",
];

/** What commands of `config` are about. */
const CONFIG_ARGS = [
  [],
  ["c"],
  ["x"],
  ["c", "y"],
  ["none", "y"],
  ["contexts.c.namespace", "other"],
  ["contexts.c.namespace"],
  ["users.u.token", "abc"],
  ["clusters.c.insecure-skip-tls-verify", "true"],
  ["clusters.c.certificate-authority-data", "x"],
  ["current-context", "none"],
  ["current-context"],
  ["nope.a.b", "x"],
  ["users.u.client-certificate-data"],
  ["preferences.colors", "true"],
] as const;

/** Any command with any of its flags (and sometimes with one of another's), dry where it would change something. */
export const flags: Generator = (random, known) => anyOf(random, known, LEFT_OUT, true);

/** The same, but for few commands, and not dry. */
export const wild: Generator = (random, known) => anyOf(random, known, LEFT_OUT_ANYWHERE, random.chance(0.3));

function anyOf(random: Random, known: Known, leftOut: readonly string[], dry: boolean): Line {
  const commands = Object.keys(known.flags).filter((command) => command !== "" && !leftOut.includes(command));
  const command = random.pick(commands);
  const own = (known.flags[command] ?? []).filter(([name]) => !TWICE.includes(name));
  const args: string[] = [...command.split(" ")];
  const stranger = random.pick(Object.values(known.flags).flat());
  const chosen = [
    ...random.some(own, 3),
    ...random.some(
      known.globalFlags.filter(([name]) =>
        ["namespace", "context", "request-timeout", "as", "as-group", "user", "cluster", "warnings-as-errors"].includes(
          name,
        ),
      ),
      1,
    ),
  ];
  if (stranger !== undefined && random.chance(0.05) && !TWICE.includes(stranger[0])) chosen.push(stranger);
  const words: string[] = [];
  for (const [name, letter, , kind] of chosen) {
    if (name === "dry-run") continue;
    const text = value(random, name, kind);
    if (kind === "bool" && random.chance(0.8)) words.push(`--${name}`);
    else if (letter !== "" && random.chance(0.4))
      words.push(...random.pick([[`-${letter}`, text], [`-${letter}${text}`], [`-${letter}=${text}`]]));
    else words.push(...random.pick([[`--${name}`, text], [`--${name}=${text}`], [`--${name}=${text}`]]));
  }
  const objects = command.startsWith("config ")
    ? random.pick(CONFIG_ARGS)
    : command.startsWith("create") ||
        ["run", "api-resources", "api-versions", "cluster-info", "auth whoami"].includes(command)
      ? random.pick([["x"], ["x"], [], ["x", "y"], ["Bad_Name"], ["x.y"]])
      : objectArgs(random, known);
  args.push(...objects, ...words);
  if (/^(label|annotate|taint|set env)/.test(command) && random.chance(0.9))
    args.push(
      random.pick([
        "a=b",
        "app-",
        "a=",
        "=b",
        "a",
        "a=b c=d".split(" ")[0] ?? "",
        "x/y/z=1",
        "app=new",
        "a=Ünï",
        "a=b:NoSchedule",
        "dedicated:NoExecute-",
        "dedicated-",
        "A=1",
        "A-",
      ]),
    );
  if (command === "set image" && random.chance(0.9))
    args.push(random.pick(["c=nginx:2", "*=x", "none=x", "c", "c=", "=x"]));
  if (command === "exec" || (command === "debug" && random.chance(0.5))) args.push("--", "echo", "x");
  if (dry && CHANGES.test(command)) args.push(random.chance(0.5) ? "--dry-run=server" : "--dry-run=client");
  return { args };
}
