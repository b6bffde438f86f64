/** -o and what goes with it: valid and invalid expressions over fields that objects really have. */
import type { Known, KnownObject } from "./line.ts";
import type { Random } from "./random.ts";

type Step = string | number;

/** A way down into the object, as field names and indices. */
function walk(random: Random, object: unknown, most = 6): Step[] {
  const path: Step[] = [];
  let current = object;
  for (let i = 0; i < most && typeof current === "object" && current !== null; i++) {
    const keys: Step[] = Array.isArray(current) ? current.map((_, at) => at) : Object.keys(current);
    if (keys.length === 0 || (i > 0 && random.chance(0.15))) break;
    // What is under metadata and spec is more telling than kind and apiVersion.
    const step = random.pick(
      keys.length > 2 && random.chance(0.6)
        ? keys.filter((key) => !["kind", "apiVersion", "managedFields"].includes(String(key)))
        : keys,
    );
    path.push(step);
    current = (current as Record<string, unknown>)[String(step)];
  }
  return path;
}

const escaped = (name: string): string => name.replaceAll(".", "\\.");

function steps(random: Random, path: readonly Step[]): string {
  return path
    .map((step, i) => {
      if (typeof step === "number")
        return random.pick([
          `[${step}]`,
          `[${step}]`,
          "[*]",
          `[${-1 - step}]`,
          "[0:2]",
          "[::2]",
          `[${step}:]`,
          "[0,1]",
          "[-1:]",
          "[5]",
          "[0:9]",
          "[3:1]",
          "[::0]",
        ]);
      const form = random.below(24);
      if (form < 14) return /^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `.${escaped(step)}`;
      if (form < 17) return `['${step}']`;
      if (form === 17) return `["${step}"]`;
      if (form === 18) return ".*";
      if (form === 19) return i > 0 ? `..${escaped(step)}` : `.${escaped(step)}`;
      if (form === 20) return `['${step}','kind']`;
      if (form === 21) return `.${step.toUpperCase()}`;
      if (form === 22) return `[${step}]`;
      return `.${step}`;
    })
    .join("");
}

const VALUES = [
  "'odd'",
  '"odd"',
  "1",
  "0.5",
  "true",
  "-1",
  "''",
  "@.name",
  "nope",
  "$.kind",
  "'a b'",
  '"it\'s"',
  "1e3",
  "null",
];
const OPERATORS = ["==", "!=", "<", ">", "<=", ">=", "=~", "=", " == ", " in "];

function filter(random: Random): string {
  const left = random.pick([
    "@.name",
    "@.type",
    "@",
    "@.metadata.name",
    "@.status",
    "@['name']",
    "@.spec.replicas",
    ".name",
    "1",
    "'a'",
    "@.ports[0].port",
    "@..name",
    "@.kind",
  ]);
  const form = random.below(6);
  if (form === 0) return `[?(${left})]`;
  if (form === 1)
    return `[?(${left}${random.pick(OPERATORS)}${random.pick(VALUES)})].${random.pick(["name", "status", "metadata.name", "type"])}`;
  if (form === 2) return `[?(${left}${random.pick(["&&", "||"])}${left})]`;
  return `[?(${left}${random.pick(OPERATORS)}${random.pick(VALUES)})]`;
}

function action(random: Random, object: unknown): string {
  const path = walk(random, object);
  const form = random.below(30);
  if (form < 12) return `{${steps(random, path)}}`;
  if (form === 12) return `{$${steps(random, path)}}`;
  if (form === 13) return `{@${steps(random, path)}}`;
  if (form === 14) return `{.items[*]${steps(random, path)}}`;
  if (form === 15) return `{range .items[*]}{${steps(random, path)}}{"\\n"}{end}`;
  if (form === 16) return `{range ${steps(random, path)}}{@}{"\\t"}{end}`;
  if (form === 17) return `{range ${steps(random, path)}[*]}[{.name}]{end}`;
  if (form === 18) return `{.items${filter(random)}}`;
  if (form === 19) return `{.status.conditions${filter(random)}}`;
  if (form === 20) return `{${steps(random, path)}${filter(random)}}`;
  if (form === 21) return `{..${String(path.at(-1) ?? "name")}}`;
  if (form === 22) return `{..}`;
  if (form === 23)
    return `{${random.pick(["'x'", '"\\n"', '"\\u0041"', "1", "1.5", "true", '"a\\"b"', "'it\\'s'", '"', "'", "$", "@", ".", "..", ".*", "[*]", ".[0]", "end", "range", "if", ".a.b[", ".a]", "{.a}", ".a}{", "", " ", ".metadata .name", ".metadata.name.", ".metadata..name", ".kind,.apiVersion", "['kind','apiVersion']", ".items[?(@.kind", ".items[(1)]", ".items[?()]", ".-", ".a-b", ".1", "[-]", "[1:2:3:4]", "[a:b]", "[:]", "[--1]", "[0x1]", "\\", ".kind\\", ".ki\\nd", "é", ".漢字", "99999999999999999999", ".items[99999999999999999999]"])}}`;
  if (form === 24)
    return random.pick([
      "text",
      "a{.kind}b",
      "{{.kind}}",
      "{.kind",
      ".kind}",
      "",
      " ",
      "{}",
      "\\n",
      "{.kind}{.nope}{.apiVersion}",
      '{"a"}{.kind}',
      "{.kind}\\n",
    ]);
  if (form === 25) return steps(random, path);
  if (form === 26) return `{range .items[*]}{.metadata.name}{range .spec.containers[*]}{.image}{end}{end}`;
  if (form === 27) return `{${steps(random, path)}.length}`;
  return `{${steps(random, walk(random, object, 3))}}`;
}

function jsonPath(random: Random, object: unknown): string {
  return Array.from({ length: 1 + (random.chance(0.3) ? random.below(3) : 0) }, () => action(random, object)).join(
    random.pick(["", " ", "\n", "{'\\t'}"]),
  );
}

const FUNCTIONS = [
  "len",
  "print",
  'printf "%v"',
  'printf "%s %d"',
  'printf "%5.2f|%-8s|%x"',
  "html",
  "js",
  "urlquery",
  "not",
  "and",
  "or",
  "eq",
  "ne",
  "lt",
  "ge",
  "index",
  "slice",
  "call",
  "println",
  "base64decode",
  "exists",
  'printf "%q"',
  'printf "%T"',
  "nope",
  "and true",
  "or false",
  "eq 1",
  "index 0",
  'printf "%!"',
  'printf "%[2]d %[1]d" 1',
];

function field(random: Random, path: readonly Step[]): string {
  const simple = path.every((step) => typeof step === "string" && /^[A-Za-z_]\w*$/.test(step));
  if (path.length === 0) return ".";
  if (simple && random.chance(0.9)) return path.map((step) => `.${step}`).join("");
  return `(index . ${path.map((step) => (typeof step === "number" ? step : JSON.stringify(step))).join(" ")})`;
}

function goTemplate(random: Random, object: unknown): string {
  const f = () => field(random, walk(random, object));
  const form = random.below(24);
  if (form < 4) return `{{${f()}}}`;
  if (form === 4) return `{{range ${f()}}}{{.}}{{"\\n"}}{{else}}none{{end}}`;
  if (form === 5) return `{{range .items}}{{.metadata.name}} {{end}}`;
  if (form === 6) return `{{range $k, $v := ${f()}}}{{$k}}={{$v}};{{end}}`;
  if (form === 7) return `{{with ${f()}}}{{.}}{{else}}empty{{end}}`;
  if (form === 8) return `{{if ${f()}}}yes{{else if ${f()}}}maybe{{else}}no{{end}}`;
  if (form < 12) return `{{${random.pick(FUNCTIONS)} ${f()}}}`;
  if (form === 12) return `{{${f()} | ${random.pick(FUNCTIONS)}}}`;
  if (form === 13) return `{{${f()} | ${random.pick(FUNCTIONS)} | ${random.pick(FUNCTIONS)}}}`;
  if (form === 14) return `{{${random.pick(FUNCTIONS)} ${f()} ${f()}}}`;
  if (form === 15) return `{{$x := ${f()}}}{{$x}}{{$x = 1}}{{$x}}`;
  if (form === 16) return `{{define "t"}}[{{.}}]{{end}}{{template "t" ${f()}}}`;
  if (form === 17) return `{{- ${f()} -}} x {{- /* c */ -}} y`;
  if (form === 18) return `{{${f()}.nope.deeper}}`;
  if (form === 19)
    return random.pick([
      "{{",
      "{{.kind",
      "{{end}}",
      "{{if}}",
      "{{range}}",
      "{{else}}",
      "{{.kind}",
      "}}",
      "{{.kind }} {{ }}",
      "{{template}}",
      '{{template "nope"}}',
      "{{block}}",
      "{{$x}}",
      "{{nope}}",
      "{{.kind | }}",
      "{{| .kind}}",
      "{{.a b c}}",
      "{{1 2}}",
      '{{"unterminated}}',
      "{{'a'}}",
      "{{`raw`}}",
      "{{break}}",
      "{{range .items}}{{break}}{{end}}",
      "{{continue}}",
      "{{.}}",
      "{{$}}",
      "{{nil}}",
      "{{true.x}}",
      "{{1.5e3}}",
      "{{0x1F}}",
      "{{1i}}",
      "{{(1)}}",
      "{{(.kind}}",
      "{{.kind)}}",
      "{{.é}}",
      "{{. kind}}",
      "{{.kind.}}",
      "{{..kind}}",
      "{{.-}}",
      "{{and}}",
      "{{len 3}}",
      "{{len nil}}",
      '{{index .metadata "name" "x"}}',
      "{{index .items 99}}",
      "{{slice .kind 1 2}}",
      "{{slice .kind 9}}",
      "{{printf}}",
      '{{print 1 2 "a" "b" 3}}',
      '{{eq .kind "Pod" "List"}}',
      '{{lt 1 "a"}}',
      "{{eq .metadata .metadata}}",
      "{{not}}",
      "{{with $x := .kind}}{{$x}}{{end}}{{$x}}",
      "{{range $i, $e, $f := .items}}{{end}}",
      "{{range 3}}{{.}}{{end}}",
      "{{range .kind}}{{end}}",
      "{{if .kind}}",
      '{{define "x"}}',
      "{{/* comment",
      "{{- }}",
      '{{range .items}}{{.metadata.name}}{{if eq .kind "Pod"}}!{{end}}{{end}}',
      "{{.items.name}}",
      "{{.metadata.labels.app.x}}",
      "{{.metadata.name.x}}",
    ]);
  if (form === 20)
    return `{{range .items}}{{range $i, $c := .spec.containers}}{{if $i}},{{end}}{{$c.name}}{{end}}{{"\\n"}}{{end}}`;
  if (form === 21) return `{{len .items}} {{(index .items 0).metadata.name}}`;
  if (form === 22) return `{{${f()}|len}}{{printf "%v %v" ${f()} ${f()}}}`;
  return `a{{${f()}}}b{{${f()}}}`;
}

export function customColumns(random: Random, object: unknown): string {
  const column = () => {
    const path = steps(random, walk(random, object));
    return random.pick([
      `${random.pick(["N", "NAME", "a b", "", "Ü"])}:${path}`,
      `X:${path}`,
      `X:${path}`,
      `X:{${path}}`,
      `X:${path.replace(/^\./, "")}`,
      `X:${jsonPath(random, object)}`,
      `X`,
      `X:`,
      `:x`,
      `X:.a:b`,
      `X:.spec.containers[*].image`,
      `X:.metadata.labels`,
      `X:${filter(random)}`,
    ]);
  };
  return Array.from({ length: 1 + random.below(3) }, column).join(",");
}

/** The words for one format. `tables`: the command prints tables otherwise (get). */
export function outputArgs(random: Random, known: Known, tables: boolean): string[] {
  const { object }: KnownObject = random.pick(known.objects);
  const flag = (value: string) =>
    random.pick([["-o", value], [`-o${value}`], [`-o=${value}`], ["--output", value], [`--output=${value}`]]);
  const form = random.below(20);
  const extra = random.chance(0.08)
    ? ["--show-managed-fields"]
    : random.chance(0.08)
      ? ["--allow-missing-template-keys=false"]
      : [];
  if (form < 4) return [...flag("yaml"), ...extra];
  if (form < 6) return [...flag("json"), ...extra];
  if (form === 6) return flag("name");
  if (form < 11)
    return [...flag(`${random.chance(0.15) ? "jsonpath-as-json" : "jsonpath"}=${jsonPath(random, object)}`), ...extra];
  if (form < 15)
    return [...flag(`${random.pick(["go-template", "template"])}=${goTemplate(random, object)}`), ...extra];
  if (form < 17 && tables) return flag(`custom-columns=${customColumns(random, object)}`);
  if (form === 17)
    return [
      ...(random.chance(0.5) ? flag(random.pick(["go-template", "jsonpath", "template", "custom-columns"])) : []),
      `--template=${random.chance(0.5) ? goTemplate(random, object) : jsonPath(random, object)}`,
    ];
  if (form === 18)
    return flag(
      random.pick([
        "",
        "nope",
        "YAML",
        "Json",
        "yaml=x",
        "json=",
        "name=x",
        "jsonpath",
        "jsonpath=",
        "go-template=",
        "custom-columns=",
        "custom-columns",
        "wide",
        "jsonpath-file=none",
        "go-template-file=none",
        "custom-columns-file=none",
        "templatefile",
        "wide=1",
        " yaml",
        "kyaml",
        "jsonpath-as-json",
        "NAME",
        "Wide",
        "jsonpath-file",
        "custom-columns-file",
      ]),
    );
  return tables ? flag("wide") : [];
}
