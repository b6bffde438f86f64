/** Manifests that are not what they should be: what each field may hold, and go-yaml's and encoding/json's own words. */
import { lines, type Scenario } from "./scenario.ts";

/** One document each, and what is odd about it. */
const MANIFESTS: Readonly<Record<string, string>> = {
  "items-text.yaml": 'kind: List\nitems: "80"\n---\nx',
  "list-no-version.yaml": "kind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: texts}\n",
  "name-number.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 1}\n",
  "label-number.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a: 1}}\n",
  "time-word.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, creationTimestamp: x}\n",
  "time-number.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, creationTimestamp: 5, generation: x}\n",
  "finalizers-text.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, ownerReferences: [{uid: 5}], finalizers: x}\n",
  "generation-fraction.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, generation: 1.5}\n",
  "annotations-text.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: [a], annotations: x}\n",
  "no-kind-2.yaml": "apiVersion: v1\nmetadata: {name: a}\n",
  "kind-list.yaml": "apiVersion: 5\nkind: [a]\nmetadata: {name: a}\n",
  "word.yaml": "x\n",
  "only-list.yaml": "- a\n",
  "number.yaml": "5\n",
  "second-broken.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\n---\na: [\n",
  "second-unknown.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\n---\nkind: x\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: bytes}\n",
  "grace-text.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts, managedFields: 4, deletionGracePeriodSeconds: a}\n",
  "three-parts.yaml": "apiVersion: a/b/c\nkind: ConfigMap\nmetadata: {name: texts}\n",
  "no-metadata.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n",
  "namespace-number.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts, namespace: 7}\n",
  "item-number.yaml": "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: texts}\n- 5\n",
  "empty-list.yaml": "apiVersion: v1\nkind: List\nitems: []\n",
  "separator-comment.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\n--- # c\napiVersion: v1\nkind: Secret\nmetadata: {name: bytes}\n",
  "separator-word.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\n--- x\napiVersion: v1\nkind: Secret\nmetadata: {name: bytes}\n",
  "json-then-word.yaml": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"texts"}} {"a":1} x',
  "json-then-yaml.yaml":
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"texts"}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: bytes}\n',
  "json-comma.yaml": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"texts"},}',
  "json-quotes.yaml": '{"apiVersion":"v1", \'kind\':"ConfigMap","metadata":{"name":"texts"}}',
  "json-open.yaml": '{"apiVersion":"v1", "kind":"ConfigMap","metadata":{"name":"texts"}',
  "json-escape.yaml": '{"apiVersion":"v1", "kind":"ConfigMap","metadata":{"name":"te\\qxts"}}',
  "json-pair.yaml": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"texts" "a":1}}',
  "json-literal.yaml": '{"apiVersion":"v1","kind":tru}',
};

/** Texts that are YAML, in all ways of writing values. */
const VALUES: Readonly<Record<string, string>> = {
  "scalars.yaml":
    "apiVersion: fuzz/v1\nkind: X\nmetadata: {name: a}\nint: [0x1F, 0o17, 017, 08, 1_000, +1, -0, 0b11, 9223372036854775808, 99999999999999999999]\nfloat: [1.0, 1e3, 1., .5, 12e03, -1.5e-3]\ntext: [0x, 1e, 1:30, 2001-01-01, .., 0.1e400, 1__0x, \"1\", 'yes']\nbool: [y, Yes, on, n, No, off, TRUE]\nnone: [~, null, Null, ]\n",
  "anchors.yaml":
    "apiVersion: fuzz/v1\nkind: X\nmetadata: {name: a}\nbase: &b {x: 1, y: 2}\nmerged: {<<: *b, y: 3}\nlate: {y: 3, <<: *b}\nboth: {<<: [*b, {x: 5, z: 6}]}\nalias: *b\n",
  "blocks.yaml":
    "apiVersion: fuzz/v1\nkind: X\nmetadata: {name: a}\nkeep: |+\n  a\n\n  b\n\nstrip: |-\n  a\nfolded: >\n  a\n  b\n\n  c\n   d\n  e\nindented: |2\n   a\nplain: a\n  b\n\n  c\nquoted: \"a\\x41\\\n  b\n\n  c\"\nsingle: 'it''s\n  two'\n1: x\ntrue: y\n1.5: z\n",
};

/** Texts that are none, as the rest of an object's manifest. */
const BROKEN: Readonly<Record<string, string>> = {
  "tab-indent.yaml": "a:\n\tb: 1\n",
  "template.yaml": "a: {{ .Values.x }}\n",
  "unclosed-quote.yaml": "a: 'x\nb: 1\n",
  "colon-twice.yaml": "a: b: c\n",
  "dash-after-key.yaml": "a: - b\n",
  "bad-indent.yaml": "a:\n  b: 1\n c: 2\n",
  "no-colon.yaml": "a: 1\nb\nc: 2\n",
  "no-anchor.yaml": "a: *b\n",
  "self.yaml": "a: &a [*a]\n",
  "at-sign.yaml": "a: @x\n",
  "backtick.yaml": "a: 1\nb: `x`\n",
  "bad-escape.yaml": 'a: 1\nb: "\\q"\n',
  "unclosed-flow.yaml": "a: [1, 2\nb: 3\n",
  "wrong-close.yaml": "a: {b: 1]\n",
  "binary.yaml": "a: !!binary '*'\n",
  "not-int.yaml": "a: !!int x\n",
  "merge-text.yaml": "a: {<<: x}\n",
  "null-key.yaml": "~: x\n",
  "nan.yaml": "a: .nan\n",
  "list-in-map.yaml": "a: 1\n- b\n",
  "map-in-list.yaml": "- b\na: 1\n",
  "percent.yaml": "a: %x\n",
  "tag-handle.yaml": "a: !x!y z\n",
  "yaml-1-2.yaml": "%YAML 1.2\n---\na: 1\n",
  "control.yaml": "a: \u0007\n",
  "zero-indicator.yaml": "a: |0\n  x\n",
  "key-list.yaml": "[a]: b\n",
  "anchor-no-name.yaml": "a: & b\n",
};
const HEAD = "apiVersion: fuzz/v1\nkind: X\nmetadata: {name: a}\n";
const beginsAnew = (text: string): boolean => text.startsWith("%") || text.startsWith("- ");

export const MANIFEST_TEXTS: Scenario = {
  name: "manifests that are not what they should be",
  files: {
    ...MANIFESTS,
    ...VALUES,
    ...Object.fromEntries(Object.entries(BROKEN).map(([name, text]) => [name, beginsAnew(text) ? text : HEAD + text])),
    "crlf.yaml": "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n  name: a\r\ndata:\r\n  x: |\r\n    a\r\n    b\r\n",
    "bom.yaml": "\ufeffapiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
  },
  steps: lines(`
    ${Object.keys(MANIFESTS)
      .flatMap((name) => [
        `create --dry-run=client -f ${name}`,
        `create --dry-run=client --validate=false -f ${name}`,
        `get -o name -f ${name}`,
      ])
      .join("\n")}
    ${[...Object.keys(VALUES), ...Object.keys(BROKEN)].map((name) => `label --local x=y -o json -f ${name}`).join("\n")}
    label --local x=y -o yaml -f crlf.yaml
    label --local x=y -o yaml -f bom.yaml
    get -f second-broken.yaml
    describe -f word.yaml
    describe -f items-text.yaml
    describe -f label-number.yaml
    get -f label-number.yaml
    apply -f label-number.yaml
    apply -f second-broken.yaml
    get cm texts
  `),
};
