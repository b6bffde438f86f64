/** kustomize, where its parts meet: overlays of overlays, references over several renames, merges within lists. */
import { lines, type Scenario } from "./scenario.ts";

const APP = `apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {app: app}, annotations: {keep: me}}
spec:
  replicas: 2
  selector: {matchLabels: {app: app}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
  template:
    metadata: {labels: {app: app}}
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: app}}}
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: app}}}
      imagePullSecrets: [{name: pull}]
      serviceAccountName: app
      tolerations: [{key: a, operator: Exists}]
      containers:
      - name: main
        image: example.com/app@sha256:aaaa
        command: [run, --fast]
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
        envFrom: [{configMapRef: {name: conf}}, {secretRef: {name: pass}}]
        ports: [{containerPort: 80}, {containerPort: 80, protocol: UDP}, {containerPort: 81, name: x}]
        resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
        volumeMounts: [{name: v, mountPath: /v}, {name: w, mountPath: /w}]
        livenessProbe: {httpGet: {path: /, port: 80}}
      volumes:
      - {name: v, emptyDir: {}}
      - {name: w, configMap: {name: conf, items: [{key: a, path: a}]}}
      - {name: s, secret: {secretName: pass}}
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: app}
spec:
  selector: {app: app}
  ports: [{name: http, port: 80, targetPort: 80}, {name: metrics, port: 9090}]
`;
const OTHERS = `apiVersion: v1
kind: ServiceAccount
metadata: {name: app}
imagePullSecrets: [{name: pull}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  template:
    metadata: {labels: {job: once}}
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox, envFrom: [{configMapRef: {name: conf}}]}]}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: vol}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /tmp}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim}
spec: {volumeName: vol, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: user}
spec: {priorityClassName: high, containers: [{name: c, image: busybox:1}], volumes: [{name: d, persistentVolumeClaim: {claimName: claim}}]}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 10
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks: [{name: a.b.c, admissionReviewVersions: [v1], sideEffects: None, clientConfig: {service: {name: app, namespace: default}}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Namespaced, versions: []}
`;
const MADE =
  "configMapGenerator:\n- {name: conf, literals: [a=1]}\nsecretGenerator:\n- {name: pass, literals: [p=x]}\n- {name: pull, type: kubernetes.io/dockerconfigjson, literals: ['.dockerconfigjson={}']}\n";

const patch = (text: string, rest = ""): string =>
  `resources: [../base]\npatches:\n- patch: |-\n${text
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n")}\n${rest}`;
const app = (spec: string): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\n${spec}`;
const containers = (text: string): string => patch(app(`spec: {template: {spec: {containers: [${text}]}}}`));
const podSpec = (text: string): string => patch(app(`spec: {template: {spec: {${text}}}}`));

const CASES: Readonly<Record<string, string>> = {
  base: `resources: [app.yaml, service.yaml, others.yaml]\n${MADE}`,
  one: "resources: [../base]\nnamePrefix: a-\nnameSuffix: -b\n",
  two: "resources: [../one]\nnamePrefix: c-\nnameSuffix: -d\nnamespace: deep\n",
  twice: "resources: [../one, ../two]\n",
  siblings: "resources: [../left, ../right]\nnamePrefix: all-\n",
  left: "resources: [../base]\nnamePrefix: left-\nnamespace: l\n",
  right: "resources: [../base]\nnamePrefix: right-\nnamespace: r\n",
  clash: "resources: [../base, ../base]\n",
  namespaces: "resources: [../inx, ../iny]\n",
  apart: "resources: [../inx, ../inz]\nnamePrefix: p-\n",
  inz: "resources: [../inx]\nnamespace: z\n",
  inx: 'resources: [../base]\nnamespace: x\npatches:\n- {target: {kind: (PersistentVolume|PriorityClass|ValidatingWebhookConfiguration|CustomResourceDefinition)}, patch: \'{"$patch": "delete", "apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}}\'}\n',
  iny: "resources: [../inx]\nnamespace: y\n",
  labels:
    "resources: [../base]\nlabels:\n- {pairs: {a: b}, includeSelectors: true}\n- {pairs: {c: d}, includeTemplates: true}\n- {pairs: {e: f}}\ncommonAnnotations: {g: h}\n",
  overridelabel: "resources: [../base]\ncommonLabels: {app: other}\n",
  annotated: "resources: [../base]\ncommonAnnotations: {keep: you, number: 1, yes: true}\n",
  texts: "resources: [../base]\ncommonAnnotations: {keep: you, number: '1'}\n",
  env: containers("{name: main, env: [{name: B, value: '3'}, {name: C, value: '4'}, {name: A, $patch: delete}]}"),
  envreplace: containers("{name: main, env: [{$patch: replace}, {name: Z, value: z}]}"),
  command: containers("{name: main, command: [other]}"),
  ports: containers("{name: main, ports: [{containerPort: 81, name: y}, {containerPort: 80, protocol: UDP, name: u}]}"),
  mounts: containers(
    "{name: main, volumeMounts: [{name: w, mountPath: /w, readOnly: true}, {name: n, mountPath: /n}]}",
  ),
  resources: containers("{name: main, resources: {limits: null, requests: {cpu: 200m}}}"),
  probe: containers("{name: main, livenessProbe: {httpGet: null, exec: {command: [x]}}}"),
  addfirst: containers("{name: zero, image: z}, {name: one, image: o}"),
  initials: podSpec("initContainers: [{name: i, image: i}]"),
  volumes: podSpec("volumes: [{name: v, emptyDir: null, hostPath: {path: /h}}, {name: s, $patch: delete}]"),
  tolerations: podSpec("tolerations: [{key: b}]"),
  pulls: podSpec("imagePullSecrets: [{name: more}]"),
  spread: podSpec("topologySpreadConstraints: [{maxSkew: 2, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]"),
  emptied: patch(app("spec: {strategy: {rollingUpdate: null}}")),
  recreate: patch(app("spec: {strategy: {$patch: replace, type: Recreate}}")),
  wrongkind: patch(app("spec:\n  replicas:\n    a: b")),
  finalizers: patch("apiVersion: v1\nkind: Service\nmetadata: {name: app, finalizers: [a/b]}"),
  deleteall:
    "resources: [../base]\npatches:\n- target: {kind: Deployment|Job}\n  patch: |-\n    $patch: delete\n    apiVersion: v1\n    kind: Any\n    metadata: {name: any}\n",
  several: patch(
    `${app("spec: {replicas: 9}")}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: app}\nspec: {type: NodePort}`,
  ),
  afterprefix:
    'resources: [../one]\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: app}\n    spec: {replicas: 4}\n- target: {name: a-app-b, kind: Deployment}\n  patch: \'[{"op":"add","path":"/metadata/labels/found","value":"renamed"}]\'\n',
  jsonyaml:
    "resources: [../base]\npatches:\n- target: {kind: Deployment, labelSelector: app=app}\n  patch: |-\n    - op: replace\n      path: /spec/template/spec/containers/0/command/-1\n      value: last\n    - op: add\n      path: /metadata/annotations/a.b~1c\n      value: escaped\n",
  jsonindex:
    'resources: [../base]\npatches:\n- target: {kind: Service}\n  patch: \'[{"op":"add","path":"/spec/ports/0","value":{"port":1}},{"op":"remove","path":"/spec/ports/2"}]\'\n',
  jsonbadindex:
    'resources: [../base]\npatches:\n- target: {kind: Service}\n  patch: \'[{"op":"remove","path":"/spec/ports/7"}]\'\n',
  jsonunknown:
    'resources: [../base]\npatches:\n- target: {kind: Service}\n  patch: \'[{"op":"frob","path":"/spec"}]\'\n',
  namesref:
    "resources: [../base]\nnamePrefix: x-\nconfigMapGenerator:\n- {name: conf, behavior: merge, literals: [b=2]}\n",
  hashoff:
    "resources: [../base]\ngeneratorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator:\n- {name: conf, behavior: merge, literals: [b=2]}\n- {name: extra, literals: [c=3]}\n",
  replacesecret: "resources: [../base]\nsecretGenerator:\n- {name: pass, behavior: replace, literals: [q=y]}\n",
  mergelabels:
    "resources: [../base]\nconfigMapGenerator:\n- {name: conf, behavior: merge, literals: [a=9], options: {labels: {l: m}, annotations: {p: q}}}\n",
  images:
    "resources: [../base]\nimages:\n- {name: example.com/app, newTag: v2}\n- {name: busybox, digest: 'sha256:bbbb'}\n",
  imageboth:
    "resources: [../base]\nimages:\n- {name: example.com/app, newName: x/y, newTag: v2, digest: 'sha256:cccc'}\n",
  replicatwo: "resources: [../two]\nreplicas: [{name: app, count: 0}]\n",
  components: "resources: [../base]\ncomponents: [../compa, ../compb]\n",
  compa:
    "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nconfigMapGenerator:\n- {name: conf, behavior: merge, literals: [fromcomponent=yes]}\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: app}\n    spec: {replicas: 7}\n",
  compb: "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [cm.yaml]\nnamePrefix: all-\n",
  replaceprefix:
    "resources: [../one]\nreplacements:\n- source: {kind: Service, name: app, fieldPath: metadata.name}\n  targets:\n  - select: {kind: Deployment}\n    fieldPaths: ['spec.template.spec.containers.[name=main].env.[name=A].value']\n",
  replaceall:
    "resources: [../base]\nreplacements:\n- source: {kind: Deployment, name: app, fieldPath: 'spec.template.spec.containers.0.image', options: {delimiter: '@'}}\n  targets:\n  - select: {kind: Job}\n    fieldPaths: ['spec.template.spec.containers.*.image']\n  - select: {kind: Deployment}\n    reject: [{name: app}]\n    fieldPaths: [metadata.name]\n",
  replacefile: "resources: [../base]\nreplacements: [{path: r.yaml}]\n",
  nonestedfield: "resources: [../base]\npatches:\n- patches: x\n",
  badresource: "resources: [../base]\nfoo: [a]\n",
  vars: "resources: [../base]\nvars: [{name: A}]\n",
};
const EXTRA: Readonly<Record<string, string>> = {
  "base/app.yaml": APP,
  "base/service.yaml": SERVICE,
  "base/others.yaml": OTHERS,
  "compb/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bycomponent}\n",
  "replacefile/r.yaml":
    "- source: {kind: Service, name: app, fieldPath: 'spec.ports.[name=http].port'}\n  targets:\n  - select: {kind: Deployment, name: app}\n    fieldPaths: [spec.replicas]\n",
};

const files: Record<string, string> = { ...EXTRA };
for (const [name, text] of Object.entries(CASES)) files[`${name}/kustomization.yaml`] = text;

export const KUSTOMIZE_MORE: Scenario = {
  name: "kustomize where its parts meet",
  files,
  steps: lines(
    Object.keys(CASES)
      .filter((name) => name !== "vars")
      .map((name) => `kustomize ${name}`)
      .join("\n"),
  ),
};
