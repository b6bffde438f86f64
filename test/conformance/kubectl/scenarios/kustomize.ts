/** kustomize, and -k of the commands that take files. */
import { lines, type Scenario } from "./scenario.ts";

const BASE = `apiVersion: v1
kind: Service
metadata: {name: web, labels: {tier: front}}
spec:
  clusterIP: None
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: web
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: runner
      initContainers:
      - {name: init, image: busybox}
      containers:
      - name: nginx
        image: nginx:1.27
        ports: [{containerPort: 80, name: http}]
        envFrom: [{configMapRef: {name: settings}}]
        env:
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: keys, key: password}}}
        - {name: MODE, value: plain}
        volumeMounts: [{name: data, mountPath: /data}, {name: conf, mountPath: /conf}]
      - {name: side, image: "registry.example.com:5000/tools/side:1.0", args: [a, b]}
      volumes:
      - name: conf
        projected: {sources: [{configMap: {name: settings}}, {secret: {name: keys}}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;
const EXTRAS = `apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [configmaps], resourceNames: [settings], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: runner, namespace: default}, {kind: ServiceAccount, name: default, namespace: other}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: viewers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: runner, namespace: default}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: web}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  tls: [{hosts: [a.b], secretName: keys}]
  rules: [{host: a.b, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tidy}
spec:
  schedule: "0 0 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox:1.36, envFrom: [{configMapRef: {name: settings}}]}]}}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: cli}}}]}]}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: thing}
spec: {list: [{name: a, x: 1}, {name: b}], yes: yes, mode: 0644, text: "on"}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim}
spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: x
---
apiVersion: v1
kind: Pod
metadata: {name: job}
spec: {containers: [{name: c, image: "busybox@sha256:0123456789abcdef"}], volumes: [{name: v, persistentVolumeClaim: {claimName: claim}}]}
`;
const GENERATORS = `configMapGenerator:
- name: settings
  literals: [a=1, 'b="two"', c=]
- name: files
  files: [conf.txt, renamed=conf.txt, binary.dat]
- name: env
  envs: [settings.env]
secretGenerator:
- name: keys
  literals: [password=hunter2]
- name: tls
  type: kubernetes.io/tls
  files: [tls.crt=conf.txt, tls.key=long.txt]
`;
const on = (...parts: string[]): string => parts.join("");
const base = (text: string): string => on("resources: [../base]\n", text);
const all = (text: string): string => on("resources: [../all]\n", text);

/** One kustomization each, in a directory of its name. */
const CASES: Readonly<Record<string, string>> = {
  base: "resources: [web.yaml]\n",
  all: on("resources: [web.yaml, extras.yaml]\n", GENERATORS),
  empty: "",
  onlykind: "kind: Kustomization\n",
  unknown: "foo: 1\n",
  malformed: "a: b: c\n",
  wrongtype: "namePrefix: [a]\n",
  wrongkind: "kind: Deployment\nresources: [x.yaml]\n",
  wrongversion: "apiVersion: v9\nkind: Kustomization\nresources: [x.yaml]\n",
  nofile: "resources: [nope.yaml]\n",
  nodirectory: "resources: [../nope]\n",
  cycle: "resources: [../cycle]\n",
  outside: "resources: [../loose.yaml]\n",
  noobject: "resources: [odd.yaml]\n",
  noname: "resources: [noname.yaml]\n",
  notyaml: "resources: [notyaml.yaml]\n",
  twice: "resources: [web.yaml, web.yaml]\n",
  list: "resources: [list.yaml]\n",
  prefix: base("namePrefix: my-\nnameSuffix: -v1\n"),
  prefixall: all("namePrefix: my-\nnameSuffix: -v1\n"),
  nested: "resources: [../prefix]\nnamePrefix: our-\n",
  namespace: base("namespace: shop\n"),
  namespaceall: all("namespace: shop\n"),
  both: all("namespace: shop\nnamePrefix: my-\n"),
  labels: base("labels:\n- pairs: {team: blue}\n"),
  labelselectors: base("labels:\n- pairs: {team: blue}\n  includeSelectors: true\n"),
  labeltemplates: base("labels:\n- pairs: {team: blue}\n  includeTemplates: true\n"),
  labelfields: base("labels:\n- pairs: {team: blue}\n  fields: [{path: spec/extra, create: true, kind: Service}]\n"),
  labelsall: all("labels:\n- pairs: {team: blue}\n  includeSelectors: true\n"),
  commonlabels: all("commonLabels: {team: blue, tier: back}\n"),
  annotations: all("commonAnnotations: {note: here}\n"),
  images: base(
    "images:\n- {name: nginx, newTag: '1.28'}\n- {name: busybox, newName: alpine, newTag: '3.20'}\n- {name: registry.example.com:5000/tools/side, digest: sha256:abc}\n",
  ),
  imagesall: all("images:\n- {name: busybox, newName: mirror.example.com/busybox, newTag: '1.37'}\n"),
  imagenumber: base("images:\n- {name: busybox, newTag: 1.37}\n"),
  badjson: base('patches:\n- target: {kind: Service}\n  patch: \'[{"op": "remove", "path": /spec}]\'\n'),
  nopatchfile: base("patches:\n- path: nope.yaml\n"),
  imagesuffix: base("images:\n- {name: nginx, tagSuffix: -alpine}\n- {name: nope, newTag: x}\n"),
  replicas: base("replicas:\n- {name: web, count: 5}\n"),
  replicasmissing: base("replicas:\n- {name: nope, count: 5}\n"),
  replicasprefixed: base("namePrefix: my-\nreplicas:\n- {name: web, count: 5}\n"),
  strategic: base(
    "patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: StatefulSet\n    metadata: {name: web}\n    spec:\n      replicas: 4\n      template:\n        spec:\n          containers:\n          - name: side\n            args: [c]\n          - name: new\n            image: redis\n          - name: nginx\n            env: [{name: MODE, value: other}, {name: MORE, value: x}]\n            ports: [{containerPort: 443}]\n",
  ),
  strategicfile: base("patches:\n- path: patch.yaml\n"),
  strategicdelete: base(
    "patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: StatefulSet\n    metadata: {name: web}\n    spec:\n      serviceName: null\n      template:\n        spec:\n          containers:\n          - {name: side, $patch: delete}\n          volumes: null\n",
  ),
  strategicgone: base(
    "patches:\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web}\n    $patch: delete\n",
  ),
  strategicreplace: base(
    "patches:\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web}\n    spec:\n      $patch: replace\n      type: ExternalName\n      externalName: a.b\n",
  ),
  strategicmissing: base(
    "patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {replicas: 4}\n",
  ),
  strategicport: base(
    "patches:\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web}\n    spec:\n      ports: [{port: 443, name: https}, {port: 80, name: plain}]\n",
  ),
  strategiccustom: all(
    "patches:\n- patch: |-\n    apiVersion: example.com/v1\n    kind: Thing\n    metadata: {name: thing}\n    spec: {list: [{name: b, x: 2}], mode: null}\n",
  ),
  target: base(
    "patches:\n- target: {kind: StatefulSet}\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 7\n    - op: add\n      path: /spec/template/spec/containers/0/env/-\n      value: {name: ADDED, value: y}\n    - op: remove\n      path: /spec/template/spec/containers/1\n",
  ),
  targetregexp: all(
    "patches:\n- target: {name: 'we.*'}\n  patch: |-\n    apiVersion: v1\n    kind: Any\n    metadata: {name: any, annotations: {touched: 'yes'}}\n",
  ),
  targetlabels: all(
    "patches:\n- target: {labelSelector: tier=front}\n  patch: |-\n    - {op: add, path: /metadata/annotations, value: {touched: 'yes'}}\n",
  ),
  targetnone: base('patches:\n- target: {kind: Deployment}\n  patch: \'[{"op": "remove", "path": "/spec"}]\'\n'),
  jsonmissing: base('patches:\n- target: {kind: Service}\n  patch: \'[{"op": "remove", "path": "/spec/nope"}]\'\n'),
  jsonreplacemissing: base(
    'patches:\n- target: {kind: Service}\n  patch: \'[{"op": "replace", "path": "/spec/nope", "value": 1}]\'\n',
  ),
  jsonaddmissing: base(
    'patches:\n- target: {kind: Service}\n  patch: \'[{"op": "add", "path": "/spec/no/pe", "value": 1}]\'\n',
  ),
  jsontest: base(
    'patches:\n- target: {kind: Service}\n  patch: \'[{"op": "test", "path": "/spec/clusterIP", "value": 1}]\'\n',
  ),
  jsonmove: base(
    'patches:\n- target: {kind: Service}\n  patch: \'[{"op": "move", "from": "/metadata/labels", "path": "/metadata/annotations"}, {"op": "copy", "from": "/spec/selector", "path": "/metadata/labels"}]\'\n',
  ),
  jsonuntargeted: base('patches:\n- patch: \'[{"op": "remove", "path": "/spec"}]\'\n'),
  renamed: base(
    'patches:\n- target: {kind: Service}\n  patch: \'[{"op": "replace", "path": "/metadata/name", "value": other}]\'\n  options: {allowNameChange: true}\n',
  ),
  notrenamed: base(
    'patches:\n- target: {kind: Service}\n  patch: \'[{"op": "replace", "path": "/metadata/name", "value": other}]\'\n',
  ),
  nopatch: base("patches:\n- target: {kind: Service}\n"),
  badpatch: base("patches:\n- patch: 'just text'\n"),
  oldstrategic: base(
    "patchesStrategicMerge:\n- patch.yaml\n- |-\n  apiVersion: v1\n  kind: Service\n  metadata: {name: web}\n  spec: {type: ClusterIP}\n",
  ),
  oldjson: base(
    "patchesJson6902:\n- target: {group: apps, version: v1, kind: StatefulSet, name: web}\n  patch: |-\n    - {op: replace, path: /spec/replicas, value: 9}\n",
  ),
  oldbases: "bases: [../base]\nnamePrefix: old-\n",
  generators: GENERATORS,
  generatoroptions: on(
    GENERATORS,
    "generatorOptions: {disableNameSuffixHash: true, labels: {a: b}, annotations: {c: d}, immutable: true}\n",
  ),
  localoptions: on(
    "generatorOptions: {labels: {a: b, c: d}}\n",
    "configMapGenerator:\n- name: x\n  namespace: far\n  literals: [a=1]\n  options: {labels: {a: z}, disableNameSuffixHash: true}\n",
  ),
  merged: all("configMapGenerator:\n- name: settings\n  behavior: merge\n  literals: [a=2, d=4]\n"),
  replaced: all("namePrefix: my-\nconfigMapGenerator:\n- name: settings\n  behavior: replace\n  literals: [z=26]\n"),
  mergedmissing: "configMapGenerator:\n- name: x\n  behavior: merge\n  literals: [a=1]\n",
  repeated: "configMapGenerator:\n- name: x\n  literals: [a=1, a=2]\n",
  badliteral: "configMapGenerator:\n- name: x\n  literals: [a]\n",
  nogenfile: "configMapGenerator:\n- name: x\n  files: [nope.txt]\n",
  outsidegenfile: "configMapGenerator:\n- name: x\n  files: [../loose.yaml]\n",
  unnamed: "configMapGenerator:\n- literals: [a=1]\n",
  special:
    "configMapGenerator:\n- name: x\n  literals: ['html=<a href=\"x\">&amp;</a>', 'snow=\u2603', 'line=a\\nb']\nsecretGenerator:\n- name: x\n  literals: ['html=<&>']\n",
  component: on(
    "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n",
    "nameSuffix: -c\nreplicas: [{name: web, count: 3}]\n",
  ),
  withcomponent: base("components: [../component]\nnamePrefix: p-\n"),
  componentasresource: "resources: [../component]\n",
  resourceascomponent: "components: [../base]\n",
  componentmissing: "components: [../nope]\n",
  fifo: on("resources: [extras.yaml, web.yaml]\n", "sortOptions: {order: fifo}\n"),
  legacy: on(
    "resources: [extras.yaml, web.yaml]\n",
    "sortOptions: {order: legacy, legacySortOptions: {orderFirst: [StatefulSet], orderLast: [Namespace]}}\n",
  ),
  replacement: base(
    "replacements:\n- source: {kind: Service, name: web, fieldPath: metadata.labels.tier}\n  targets:\n  - select: {kind: StatefulSet}\n    fieldPaths: [spec.template.spec.containers.*.image, 'spec.template.spec.containers.[name=nginx].env.[name=MODE].value']\n",
  ),
  replacementpart: base(
    "replacements:\n- source: {kind: StatefulSet, fieldPath: spec.serviceName}\n  targets:\n  - select: {kind: StatefulSet}\n    fieldPaths: ['spec.template.spec.containers.[name=nginx].image']\n    options: {delimiter: ':', index: 0}\n  - select: {kind: Service}\n    fieldPaths: [metadata.annotations.from]\n    options: {create: true}\n",
  ),
  replacementmissing: base(
    "replacements:\n- source: {kind: Service, name: web, fieldPath: spec.nope}\n  targets:\n  - select: {kind: StatefulSet}\n    fieldPaths: [spec.serviceName]\n",
  ),
  replacementnothing: base(
    "replacements:\n- source: {kind: Deployment, name: web}\n  targets:\n  - select: {kind: StatefulSet}\n    fieldPaths: [spec.serviceName]\n",
  ),
  replacementnofield: base(
    "replacements:\n- source: {kind: Service, name: web}\n  targets:\n  - select: {kind: StatefulSet}\n    fieldPaths: [spec.nope.deep]\n",
  ),
  overlays: on("resources: [../prefix, ../namespace]\n", "namePrefix: two-\n"),
  everything: all(
    'namespace: prod\nnamePrefix: prod-\nlabels:\n- pairs: {env: prod}\n  includeSelectors: true\ncommonAnnotations: {owner: me}\nimages: [{name: nginx, newTag: \'1.29\'}]\nreplicas: [{name: web, count: 2}]\npatches:\n- target: {kind: StatefulSet}\n  patch: \'[{"op": "add", "path": "/spec/podManagementPolicy", "value": "Parallel"}]\'\nconfigMapGenerator:\n- {name: settings, behavior: merge, literals: [stage=prod]}\n',
  ),
};

const FILE_OF: Readonly<Record<string, readonly string[]>> = {
  base: ["web.yaml"],
  all: ["web.yaml", "extras.yaml", "conf.txt", "binary.dat", "settings.env", "long.txt"],
  noobject: ["odd.yaml"],
  noname: ["noname.yaml"],
  notyaml: ["notyaml.yaml"],
  twice: ["web.yaml"],
  list: ["list.yaml"],
  strategicfile: ["patch.yaml"],
  oldstrategic: ["patch.yaml"],
  generators: ["conf.txt", "binary.dat", "settings.env", "long.txt"],
  generatoroptions: ["conf.txt", "binary.dat", "settings.env", "long.txt"],
  fifo: ["web.yaml", "extras.yaml"],
  legacy: ["web.yaml", "extras.yaml"],
};
const CONTENT: Readonly<Record<string, string>> = {
  "web.yaml": BASE,
  "extras.yaml": EXTRAS,
  "conf.txt": "first line\nsecond line\n",
  "binary.dat": "a\u0000b\n",
  "settings.env": "# comment\nNAME=value\n  SPACED= x \n\nEMPTY=\nTWO=a=b\n",
  "long.txt": "0123456789abcdefghijklmnopqrstuvwxyz".repeat(5),
  "odd.yaml": "a: b\n",
  "noname.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n",
  "notyaml.yaml": "a: b: c\n",
  "list.yaml":
    "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}\n",
  "patch.yaml":
    "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: nginx, resources: {limits: {memory: 64Mi}}}]}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {publishNotReadyAddresses: true}\n",
};

const files: Record<string, string> = {
  "loose.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: loose}\n",
  "two/kustomization.yaml": "namePrefix: a\n",
  "two/kustomization.yml": "namePrefix: a\n",
  "none/readme.txt": "nothing\n",
  "run/kustomization.yaml":
    "namePrefix: run-\nresources: [cm.yaml, pod.yaml]\nconfigMapGenerator:\n- name: made\n  literals: [a=1]\n",
  "run/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: '1'}\n",
  "run/pod.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: c, image: 'registry.k8s.io/pause:3.10', envFrom: [{configMapRef: {name: made}}]}]}\n",
};
for (const [name, text] of Object.entries(CASES)) {
  files[`${name}/kustomization.yaml`] = text;
  for (const file of FILE_OF[name] ?? []) files[`${name}/${file}`] = CONTENT[file] ?? "";
}

export const KUSTOMIZE: Scenario = {
  name: "kustomize",
  files,
  steps: lines(`
    kustomize
    kustomize a b
    kustomize nowhere
    kustomize none
    kustomize two
    kustomize base/kustomization.yaml
    kustomize base --nope
    kustomize base --load-restrictor=sometimes
    kustomize outside --load-restrictor=LoadRestrictionsNone
    kustomize ./base/
    ${Object.keys(CASES)
      .map((name) => `kustomize ${name}`)
      .join("\n    ")}
    apply -k
    apply -k none
    apply -k base -f loose.yaml
    apply -k run -R
    get -k run
    diff -k run
    apply -k run --dry-run=server
    create -k run --dry-run=client -o name
    apply -k run
    apply -k run
    get -k run -o name
    get -k run
    delete -k run --wait=false
    apply -k oldbases --dry-run=client
    create cm x --from-literal=a=1 --append-hash --dry-run=client -o yaml
    create cm x --append-hash --dry-run=client -o yaml
    create secret generic x --from-literal=a=1 --append-hash --dry-run=client -o yaml
    create secret generic x --append-hash --dry-run=client -o yaml --type=my
    create secret docker-registry x --docker-username=a --docker-password=b --append-hash --dry-run=client -o name
    create cm x --from-literal=a=<&> --append-hash
  `),
};
