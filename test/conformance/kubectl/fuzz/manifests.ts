/** Manifests with mutations of their values and of their text, and the commands that read them. */
import { stringify } from "yaml";
import { outputArgs } from "./formats.ts";
import { type Generator, type Known, maybe } from "./line.ts";
import type { Random } from "./random.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const BASES: readonly Json[] = [
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "texts-2", labels: { a: "b" } },
    data: { a: "1", b: "two\nlines\n" },
  },
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: {
      containers: [
        {
          name: "c",
          image: "nginx",
          ports: [{ containerPort: 80 }],
          env: [{ name: "A", value: "1" }],
          resources: { limits: { cpu: "1" } },
        },
      ],
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "s" },
    spec: {
      serviceName: "s",
      replicas: 2,
      selector: { matchLabels: { a: "s" } },
      template: { metadata: { labels: { a: "s" } }, spec: { containers: [{ name: "c", image: "nginx" }] } },
      volumeClaimTemplates: [
        {
          metadata: { name: "d" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "zero" },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "zero" } },
      template: {
        metadata: { labels: { app: "zero" } },
        spec: { containers: [{ name: "c", image: "nginx:2", livenessProbe: { httpGet: { path: "/", port: 80 } } }] },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s" },
    type: "Opaque",
    data: { a: "YQ==" },
    stringData: { b: "c" },
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "c" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
  {
    apiVersion: "fuzz.example.com/v1",
    kind: "Widget",
    metadata: { name: "w" },
    spec: {
      replicas: 2,
      ratio: 0.5,
      parts: [{ name: "a", size: 1, port: 80 }],
      tags: ["a", "b"],
      settings: { x: "y" },
      deep: { any: [1, null, { a: "b" }] },
    },
  },
  {
    apiVersion: "fuzz.example.com/v1",
    kind: "Widget",
    metadata: { name: "full" },
    spec: { color: "green", nothing: null },
  },
  { apiVersion: "fuzz.example.com/v1beta1", kind: "Planet", metadata: { name: "earth" }, moons: ["luna", "x"] },
  {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j" },
    spec: {
      backoffLimit: 1,
      template: {
        spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox", command: ["sh", "-c", "x"] }] },
      },
    },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "n" },
    spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "many" },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  },
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "new-ns" } },
  {
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "in-list" } },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "in-list" } },
    ],
  },
  {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "busy" },
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "zero" } },
  },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "half" },
    spec: { minAvailable: "50%", selector: { matchLabels: { app: "odd" } } },
  },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.x.io" },
    spec: {
      group: "x.io",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  },
];

const VALUES: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1234567890123456,
  "",
  "x",
  "1",
  "true",
  [],
  {},
  ["x"],
  [null],
  { a: "b" },
  [{ name: "z" }],
  "a\nb\n",
  "漢字",
  "👍",
  "~",
  "yes",
  "0o17",
  "2001-01-01",
  " a ",
  "a: b",
  "1e3",
  2147483648,
  "a".repeat(70),
  "\t",
  "- a",
  "80",
];
const FIELDS = [
  "nope",
  "replicas",
  "Spec",
  "name",
  "namespace",
  "generateName",
  "uid",
  "status",
  "labels",
  "image",
  "kubectl.kubernetes.io/x",
  "",
  "annotations",
  "resourceVersion",
  "creationTimestamp",
  "é",
  "1",
];

interface Place {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string;
}
function places(value: Json, into: Place[] = []): Place[] {
  if (typeof value !== "object" || value === null) return into;
  for (const key of Object.keys(value)) {
    into.push({ holder: value, key });
    places((value as Record<string, Json>)[key] ?? null, into);
  }
  return into;
}

/** One change of a value somewhere in the object. */
function mutate(random: Random, object: Json): void {
  const all = places(object);
  if (all.length === 0) return;
  const { holder, key } = random.pick(all);
  const record = holder as Record<string, Json>;
  const form = random.below(10);
  if (form < 5) record[key] = structuredClone(random.pick(VALUES));
  else if (form < 7) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete record[key];
  } else if (form < 9) {
    if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)] ?? null));
    else record[random.pick(FIELDS)] = structuredClone(random.pick(VALUES));
  } else if (!Array.isArray(holder)) {
    record[random.pick([key.toUpperCase(), `${key}s`, key.toLowerCase()])] = record[key] ?? null;
    delete record[key];
  }
}

const RAW = [
  "0x1F",
  "0o17",
  "017",
  "1_000",
  "yes",
  "No",
  "on",
  "~",
  "null",
  "Null",
  ".inf",
  "-.Inf",
  ".NaN",
  "1e3",
  "1.0",
  "+1",
  "-0",
  "2001-01-01",
  "2001-01-01T00:00:00Z",
  "1:30",
  "!!str 1",
  '!!int "1"',
  "!!binary YQ==",
  "!custom x",
  "&a x",
  "*a",
  "*none",
  "<<",
  "=",
  "|\n  x\n   y\n",
  ">-\n  x\n  y\n",
  "'it''s'",
  '"a\\x41\\u0042\\n"',
  '"\\q"',
  "'unterminated",
  "[a, b",
  "{a: b",
  "a: b",
  "- a",
  "@x",
  "`x`",
  "%x",
  "? x",
  "#c",
  "x #c",
  "x#c",
  '"a" b',
  "99999999999999999999",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775809",
  "0.1e400",
  "[]",
  "{}",
  "''",
  "TRUE",
  "y",
  "n",
  "0b11",
  "1.",
  ".5",
  "0.",
  "1e",
  "12e03",
  "0x",
  "08",
  "1__0",
  "190:20:30",
  "\\",
  "a\\nb",
  "\ta",
  "x\ty",
  "!!null x",
  "!!bool yes",
  "!!float 1",
  "!!map {}",
  "!!set {a}",
  "!<tag:yaml.org,2002:str> 1",
  "<<: *a",
  "*a : b",
];

/** One change of the text: what no object could say. */
function distort(random: Random, text: string): string {
  const lines = text.split("\n");
  const at = random.below(Math.max(1, lines.length - 1));
  const line = lines[at] ?? "";
  const colon = line.indexOf(": ");
  const form = random.below(26);
  const replaced = (...new_: string[]) => [...lines.slice(0, at), ...new_, ...lines.slice(at + 1)].join("\n");
  if (form < 8)
    return colon === -1
      ? replaced(`${line} ${random.pick(RAW)}`)
      : replaced(`${line.slice(0, colon)}: ${random.pick(RAW)}`);
  if (form === 8) return replaced(line, line);
  if (form === 9) return replaced(`\t${line}`);
  if (form === 10) return replaced(line.replace(/^ */, (blanks) => `${blanks} `));
  if (form === 11) return replaced(line.replace(/^ {2}/, ""));
  if (form === 12) return text.replaceAll("\n", "\r\n");
  if (form === 13) return `\ufeff${text}`;
  if (form === 14) return `---\n${text}---\n`;
  if (form === 15) return `${text}---\n---\n${text}`;
  if (form === 16) return `# comment\n\n${text}...\n`;
  if (form === 17) return replaced(`${line} # comment`);
  if (form === 18) return `%YAML 1.1\n---\n${text}`;
  if (form === 19) return text.slice(0, random.below(text.length));
  if (form === 20)
    return `${text}---\n${random.pick(["x", "- a", "null", "{}", "a: b", "[", "\t", "kind: X", "42", '"s"', "# only a comment"])}\n`;
  if (form === 21) return replaced(line.replace(/^( *)([^:\s-][^:]*):/, "$1$2: &anchor"));
  if (form === 22) return replaced(line.replace(":", ""));
  if (form === 23)
    return `${text}${random.pick(["nope: 1", "data: {a: b}", "<<: {spec: {}}", "\u0000", "\u0007", "metadata: {}", "kind: Other", " x: y", "}", "1: 2", "true: x", "? [a]\n: b", "null: x", '"": x'])}\n`;
  if (form === 24) return replaced(`${line}\n\n\n`);
  return `${text.trimEnd()}${random.pick(["", "\n\n\n", " ", "\n---", "\n...", "\n--- \n", "\n---x\n", "\n  ---\n", "\n---\n\n---\n"])}`;
}

function toJsonText(random: Random, object: Json): string {
  const text = JSON.stringify(object, null, random.pick([0, 2]));
  const form = random.below(10);
  if (form === 0) return text.slice(0, -1);
  if (form === 1) return `${text}\n${text}`;
  if (form === 2) return text.replace(/,/, ",,");
  if (form === 3) return text.replace(/}$/, ',"kind":"Other"}');
  if (form === 4) return `${text} x`;
  if (form === 5) return text.replace(/"/, "'");
  if (form === 6) return `// c\n${text}`;
  if (form === 7) return text.replace(/:("?)/, ":\t$1");
  return text;
}

function manifest(random: Random): string {
  const object = structuredClone(random.pick(BASES));
  for (let n = random.below(3); n > 0; n--) mutate(random, object);
  if (random.chance(0.12)) return toJsonText(random, object);
  let text = stringify(object, { lineWidth: 0, ...(random.chance(0.1) ? { collectionStyle: "flow" as const } : {}) });
  for (let n = random.below(3); n > 0; n--) text = distort(random, text);
  return text;
}

const COMMANDS: readonly (readonly string[])[] = [
  ["apply"],
  ["apply"],
  ["apply"],
  ["create"],
  ["create"],
  ["replace"],
  ["delete"],
  ["apply", "--server-side"],
  ["apply", "--server-side", "--force-conflicts"],
  ["get"],
  ["describe"],
  ["label", "x=y"],
  ["annotate", "x=y"],
  ["scale", "--replicas=2"],
  ["patch", "-p", '{"metadata":{"labels":{"p":"q"}}}'],
  ["set", "image", "c=x"],
  ["apply", "set-last-applied", "--create-annotation"],
  ["expose", "--port=80"],
  ["autoscale", "--max=3"],
];
const LOOKS = new Set(["get", "describe"]);

export const file: Generator = (random, known: Known) => {
  const command = random.pick(COMMANDS);
  const tail: string[] = [];
  if (!LOOKS.has(command[0] ?? ""))
    tail.push(command.includes("--server-side") || random.chance(0.55) ? "--dry-run=server" : "--dry-run=client");
  if (["apply", "create", "replace"].includes(command[0] ?? "") && command[1] !== "set-last-applied")
    tail.push(...maybe(random, 0.5, `--validate=${random.pick(["strict", "warn", "ignore", "true", "false"])}`));
  if (command[0] !== "describe" && command[0] !== "delete" && random.chance(0.5))
    tail.push(
      ...random.pick([["-o", "yaml"], ["-o", "json"], ["-o", "name"], outputArgs(random, known, command[0] === "get")]),
    );
  if (random.chance(0.06)) tail.push("-n", random.pick(["other", "none", "fading"]));
  if (command[0] === "create" || command[0] === "replace") tail.push(...maybe(random, 0.1, "--save-config"));
  const text = manifest(random);
  const stdin = random.chance(0.2);
  return {
    args: [...command, "-f", stdin ? "-" : "m.yaml", ...tail],
    files: { "m.yaml": text },
    ...(stdin ? { stdin: "m.yaml" } : {}),
  };
};

/** Patches and overrides as files and text, malformed too. */
export const patchText: Generator = (random, known) => {
  const { resource, namespace, name } = random.pick(known.objects);
  const type = random.pick(["json", "merge", "strategic", "strategic"]);
  const body: Json =
    type === "json"
      ? [
          {
            op: random.pick(["add", "remove", "replace", "move", "copy", "test", "x"]),
            path: random.pick([
              "/metadata/labels/a",
              "/spec/replicas",
              "/nope/x",
              "metadata",
              "",
              "/metadata/labels/-",
              "/spec/containers/0/image",
              "/spec/containers/-",
              "/spec/containers/9",
              "/metadata/annotations/a~1b",
              "/spec/~2",
            ]),
            ...(random.chance(0.7) ? { value: structuredClone(random.pick(VALUES)) } : {}),
            ...(random.chance(0.2) ? { from: "/metadata/name" } : {}),
          },
        ]
      : {
          metadata: { labels: { a: "b" } },
          spec: { replicas: 2, template: { spec: { containers: [{ name: "c", image: "y" }] } } },
        };
  for (let n = random.below(3); n > 0; n--) mutate(random, body);
  let text = random.chance(0.7) ? JSON.stringify(body) : stringify(body);
  if (random.chance(0.2)) text = distort(random, text);
  return {
    args: [
      "patch",
      resource.name,
      name,
      ...(namespace === "" ? [] : ["-n", namespace]),
      ...maybe(random, 0.9, `--type=${type}`),
      ...(random.chance(0.3) ? ["--patch-file=p.yaml"] : ["-p", text]),
      `--dry-run=${random.pick(["client", "server", "server"])}`,
      ...(random.chance(0.4) ? ["-o", random.pick(["yaml", "json", "name"])] : []),
    ],
    files: { "p.yaml": text },
  };
};

const SCALARS = [
  ...RAW,
  "x",
  "a b",
  "1",
  "true",
  "",
  "&b",
  "!!str",
  '"',
  "'",
  "# c",
  "a#b",
  "-",
  "?",
  ":",
  "- ",
  "? ",
  "|",
  ">",
  "|+",
  "|-2",
  ">+1",
  "|0",
  "{a: 1, b}",
  "[a, [b, c]]",
  "{a: [}",
  "{? a : b}",
  "[a: b, c]",
  "[? x]",
  "{a, b: }",
  "a:b",
  "http://x/y?z#w",
  '"a\\\n  b"',
  "'a\n\n  b'",
  "{{ .Values.x }}",
  "[{{ x }}]",
  "%",
  "a: b: c",
  "\t",
  "x\t# c",
  "'a'b",
  "[a]b",
  "*b",
  "{<<: *b, c: d}",
  "\u00a0",
  "\u2028",
  "\u0085",
  "漢: 字",
  "👍",
  ",a",
  "]",
  "}",
  "a, b",
  "a]",
  "!!seq [a]",
  "!!map [a]",
  "!x!y z",
  "!<x> y",
  "&a [*a]",
  "12e3",
  "1e400",
  "-9223372036854775808",
  "18446744073709551615",
  "18446744073709551616",
  "+12",
  "-0x1F",
  "0o8",
  "0b2",
  "1_000.5",
  "2001-1-1",
  "2001-01-01 10:10:10",
  "2001-13-45",
  "1:2:3",
];

/** YAML of any sort, put together from lines. */
function yamlText(random: Random): string {
  const lines: string[] = [];
  let indent = 0;
  for (let n = 1 + random.below(7); n > 0; n--) {
    indent = Math.max(0, indent + random.pick([0, 0, 0, 2, 2, -2, 1, -1, -4]));
    const scalar = random.pick(SCALARS).replaceAll("\n", `\n${" ".repeat(indent)}`);
    lines.push(
      " ".repeat(indent) +
        random.pick([
          `k${n}: ${scalar}`,
          `k${n}: ${scalar}`,
          `k${n}:`,
          `- ${scalar}`,
          `- k: ${scalar}`,
          scalar,
          `${scalar}: v`,
          `? ${scalar}`,
          `: ${scalar}`,
          `- - ${scalar}`,
          `k${n}:\t${scalar}`,
          `"k${n}" : ${scalar}`,
          "",
          "# c",
          `k${n}: |\n${" ".repeat(indent + 2)}${scalar}`,
          `k${n}: >-\n\n   ${scalar}\n ${scalar}`,
        ]),
    );
  }
  return lines.join("\n");
}

/** YAML as it is read, without a server. */
export const yaml: Generator = (random) => {
  const body = yamlText(random);
  const head = "apiVersion: fuzz/v1\nkind: X\nmetadata: {name: a}\n";
  const text = random.chance(0.3)
    ? `${head}${body}\n`
    : `${head}body:\n${body.replace(/^/gm, random.pick(["  ", "  ", " ", ""]))}${random.pick(["", "\n", "\n\n", "\r\n"])}`;
  return {
    args: ["label", "--local", "-f", "m.yaml", "x=y", "-o", random.pick(["json", "yaml"])],
    files: { "m.yaml": random.chance(0.05) ? text.replaceAll("\n", "\r\n") : text },
  };
};
