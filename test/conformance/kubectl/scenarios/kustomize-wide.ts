/** kustomize, widely: every field of a kustomization, and what is said where it makes no sense. */
import { lines, type Scenario } from "./scenario.ts";

const DEPLOY = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers:
      - {name: prepare, image: busybox}
      containers:
      - {name: main, image: "nginx:1.27", args: [--port, "80"], env: [{name: HOST, value: web.default.svc}]}
      - {name: side, image: "localhost:5000/side/car:v1@sha256:abc"}
`;
const SERVICE =
  "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
const MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {a: '1', b: two}\n";
const MANY = `apiVersion: v1
kind: Namespace
metadata: {name: here}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [configmaps], resourceNames: [conf, other], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reads}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: ServiceAccount, name: default}
- {kind: ServiceAccount, name: robot}
- {kind: ServiceAccount, name: stranger, namespace: there}
- {kind: User, name: robot}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reads-all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: robot, namespace: default}, {kind: ServiceAccount, name: default}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: []
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {a: b}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 1}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      serviceAccountName: robot
      priorityClassName: high
      containers:
      - name: c
        image: mysql
        env:
        - {name: A, valueFrom: {configMapKeyRef: {name: conf, key: a}}}
        - {name: B, valueFrom: {secretKeyRef: {name: pass, key: b}}}
      volumes:
      - {name: p, projected: {sources: [{configMap: {name: conf}}, {secret: {name: pass}}]}}
      - {name: d, persistentVolumeClaim: {claimName: data}}
  volumeClaimTemplates: [{metadata: {name: v}, spec: {storageClassName: fast}}]
---
apiVersion: v1
kind: Secret
metadata: {name: pass}
stringData: {b: c}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {storageClassName: fast}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: x
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: grow}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: db}, maxReplicas: 3}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: in, annotations: {nginx.ingress.kubernetes.io/auth-secret: pass}}
spec:
  defaultBackend: {service: {name: db, port: {number: 1}}}
  tls: [{hosts: [a], secretName: pass}]
  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: db, port: {number: 1}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: wall}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: calm}
spec: {minAvailable: 1, selector: {matchLabels: {app: db}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: c, image: busybox, envFrom: [{configMapRef: {name: conf}}]}]}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: thing}
spec: {configName: conf, image: nginx:1, items: [{ref: conf}]}
`;
const indent = (text: string, by = "    "): string => text.replace(/^(?=.)/gm, by);
const inline = (text: string, target = ""): string =>
  `resources: [deploy.yaml, service.yaml]\npatches:\n- patch: |-\n${indent(text)}\n${target === "" ? "" : `  target: ${target}\n`}`;
const replace = (text: string): string => `resources: [deploy.yaml, service.yaml, map.yaml]\nreplacements:\n${text}`;
const make = (text: string): string => `configMapGenerator:\n${text}`;
const json = (operations: string, target = "{kind: Deployment}"): string =>
  `resources: [deploy.yaml, service.yaml]\npatches:\n- {target: ${target}, patch: '${operations}'}\n`;

const CASES: Readonly<Record<string, string>> = {
  // Generators.
  g1: make("- {name: a, files: [map.yaml, other=map.yaml]}\n"),
  g2: make("- {name: a, envs: [vars.env]}\n"),
  g3: make("- {name: a, env: vars.env}\n"),
  g4: make("- {name: a, literals: [a=1, 'b=\"q\"', \"c='s'\", d=, 'e= sp ', f=x=y]}\n"),
  g5: make("- {name: a, literals: [novalue]}\n"),
  g6: make("- {name: a, literals: [=x]}\n"),
  g7: make("- {name: a, files: [nowhere.txt]}\n"),
  g8: make("- {name: a, files: [a=b=c]}\n"),
  g9: make("- {name: a, files: [=map.yaml]}\n"),
  g10: make("- {name: a, files: ['bad key=map.yaml']}\n"),
  g11: make("- {name: a, literals: [k=1], files: [k=map.yaml]}\n"),
  g12: make("- {name: a, literals: [k=1, k=2]}\n"),
  g13: make("- {name: a, envs: [bad.env]}\n"),
  g14: make("- {name: a, envs: [nowhere.env]}\n"),
  g15: make("- {literals: [k=1]}\n"),
  g16: make("- {name: a}\n"),
  g17: make("- {name: a, literals: [k=1]}\n- {name: a, literals: [k=2]}\n"),
  g18: make("- {name: a, behavior: merge, literals: [k=1]}\n"),
  g19: make("- {name: a, behavior: replace, literals: [k=1]}\n"),
  g20: make("- {name: a, behavior: nonsense, literals: [k=1]}\n"),
  g21: `resources: [map.yaml]\n${make("- {name: conf, behavior: merge, literals: [a=9, c=3]}\n")}`,
  g22: `resources: [map.yaml]\n${make("- {name: conf, behavior: replace, literals: [c=3]}\n")}`,
  g23: `resources: [map.yaml]\n${make("- {name: conf, behavior: create, literals: [c=3]}\n")}`,
  g24: make(
    "- {name: a, literals: [k=1], options: {immutable: true, disableNameSuffixHash: true, labels: {x: y}, annotations: {p: q}}}\n",
  ),
  g25: `generatorOptions: {immutable: true, labels: {g: o}, annotations: {g: a}}\n${make("- {name: a, literals: [k=1], options: {labels: {x: y}}}\n- {name: b, literals: [k=1], namespace: ns}\n")}`,
  g26: "secretGenerator:\n- {name: t, type: kubernetes.io/tls, files: [tls.crt=map.yaml, tls.key=map.yaml]}\n- {name: u, literals: [a=b], type: Opaque}\n- {name: v, literals: [long=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]}\n",
  g27: `namePrefix: p-\nnamespace: n\n${make("- {name: a, literals: [k=1]}\n- {name: b, namespace: own, literals: [k=1]}\n")}`,
  g28: make("- {name: a, files: [vars.env, multi.txt, trailing.txt, uni.txt]}\n"),
  g29: "generatorOptions: {disableNameSuffixHash: true}\nsecretGenerator:\n- {name: a, envs: [vars.env], options: {disableNameSuffixHash: false}}\n",
  g30: make("- {name: a, kvSources: [{pluginType: x, name: y}]}\n"),
  g31: "configMapGenerator: {name: a}\n",
  g32: "configMapGenerator:\n- name: [a]\n",
  g33: make("- {name: a, literal: [k=1]}\n"),
  g34: make(
    "- {name: a, literals: [k=1], options: {immutable: true, disableNameSuffixHash: true, labels: {x: z}, annotations: {p: q}}}\n",
  ),
  g35: `generatorOptions: {immutable: true, labels: {g: o}, annotations: {g: a}}\n${make("- {name: a, literals: [k=1], options: {labels: {x: z}}}\n- {name: b, literals: [k=1], namespace: ns}\n")}`,
  g36: make("- {name: a, literals: [1]}\n"),
  g37: "generatorOptions: {labels: {a: 1}}\nconfigMapGenerator: [{name: a}]\n",
  g38: "secretGenerator:\n- {name: a, type: 1}\n",
  g39: `generatorOptions: {disableNameSuffixHash: true}\nresources: [plain]\n${make("- {name: conf, behavior: merge, literals: [z=1]}\n")}`,
  g40: `resources: [made]\n${make("- {name: a, behavior: merge, literals: [z=1]}\n")}`,
  g41: `resources: [unhashed]\n${make("- {name: a, behavior: merge, literals: [z=1]}\n")}`,
  // Patches.
  p1: inline("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}"),
  p2: inline("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nope}\nspec: {replicas: 3}"),
  p3: inline("kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}"),
  p4: inline("spec: {replicas: 3}"),
  p5: inline("spec: {replicas: 3}", "{kind: Deployment}"),
  p6: inline("apiVersion: v1\nkind: X\nmetadata: {name: y}\nspec: {replicas: 3}", "{kind: Deployment}"),
  p7: inline("metadata: {name: other, labels: {x: y}}", "{kind: Deployment}"),
  p8: `${inline("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}", "{kind: Deployment}")}  options: {allowNameChange: true}\n`,
  p9: `${inline("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}", "{kind: Deployment}")}  options: {allowKindChange: true}\n`,
  p10: inline("- {op: replace, path: /spec/replicas, value: 1}", "{kind: Deployment}"),
  p11: inline("- {op: add, path: /spec/replicas, value: 1}", "{kind: Deployment}"),
  p12: inline("- {op: add, path: /spec/replicas, value: 1}"),
  p13: json(
    '[{"op":"test","path":"/metadata/name","value":"web"},{"op":"add","path":"/metadata/labels/x","value":"y"}]',
  ),
  p14: json('[{"op":"test","path":"/metadata/name","value":"other"}]'),
  p15: json('[{"op":"move","from":"/metadata/labels/app","path":"/metadata/labels/moved"}]'),
  p16: json('[{"op":"copy","from":"/metadata/name","path":"/metadata/labels/copied"}]'),
  p17: json('[{"op":"remove","path":"/spec/nothing"}]'),
  p18: json('[{"op":"add","path":"/spec/a/b/c","value":1}]'),
  p19: json('[{"op":"add","path":"spec","value":1}]'),
  p20: json('[{"op":"add","value":1}]'),
  p21: json("[{not json"),
  p22: json('{"op":"add","path":"/spec/replicas","value":1}'),
  p23: json(
    '[{"op":"add","path":"/metadata/annotations","value":{"a~1b":"c"}},{"op":"add","path":"/metadata/annotations/x~1y","value":"z"}]',
  ),
  p24: json(
    '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"x"},{"op":"add","path":"/spec/template/spec/containers/-","value":{"name":"n"}}]',
  ),
  p25: json('[{"op":"remove","path":"/spec/template/spec/containers/5"}]'),
  p26: json('[{"op":"add","path":"/spec/replicas","value":1}]', "{kind: Nothing}"),
  p27: json('[{"op":"add","path":"/spec/x","value":1}]', "{name: we}"),
  p28: json('[{"op":"add","path":"/spec/x","value":1}]', "{name: w.*}"),
  p29: json('[{"op":"add","path":"/spec/x","value":1}]', "{name: 'w('}"),
  p30: json('[{"op":"add","path":"/spec/x","value":1}]', "{labelSelector: app=web}"),
  p32: json('[{"op":"add","path":"/spec/x","value":1}]', "{annotationSelector: a=b}"),
  p33: json('[{"op":"add","path":"/spec/x","value":1}]', "{group: apps}"),
  p34: json('[{"op":"add","path":"/spec/x","value":1}]', "{group: apps, version: v2}"),
  p35: json('[{"op":"add","path":"/spec/x","value":1}]', "{namespace: default}"),
  p36: json('[{"op":"add","path":"/spec/x","value":1}]', "{knd: Deployment}"),
  p37: "resources: [deploy.yaml]\npatches: [{path: nowhere.yaml}]\n",
  p38: "resources: [deploy.yaml]\npatches: [{path: strategic.yaml}]\n",
  p39: "resources: [deploy.yaml]\npatches: [{path: strategic.yaml, patch: 'a: b'}]\n",
  p40: "resources: [deploy.yaml]\npatches: [{target: {kind: Deployment}}]\n",
  p41: "resources: [deploy.yaml]\npatches: [strategic.yaml]\n",
  p42: "resources: [deploy.yaml]\npatchesStrategicMerge: [strategic.yaml]\n",
  p43: "resources: [deploy.yaml]\npatchesStrategicMerge:\n- |-\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  spec: {replicas: 5}\n",
  p44: "resources: [deploy.yaml]\npatchesStrategicMerge: [nowhere.yaml]\n",
  p45: "resources: [deploy.yaml]\npatchesJson6902:\n- {target: {group: apps, version: v1, kind: Deployment, name: web}, path: ops.yaml}\n",
  p46: 'resources: [deploy.yaml]\npatchesJson6902:\n- {target: {version: v1, kind: Deployment, name: web}, patch: \'[{"op":"add","path":"/spec/x","value":1}]\'}\n',
  p47: "resources: [deploy.yaml]\npatchesJson6902:\n- {target: {group: apps, version: v1, kind: Deployment, name: nope}, path: ops.yaml}\n",
  p49: inline("$patch: delete\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}"),
  p50: inline("$patch: replace\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}"),
  p51: inline("$patch: nonsense\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}"),
  p52: inline(
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: side, $patch: delete}, {name: main, args: [x]}]}}}",
  ),
  p53: inline(
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {$setElementOrder/containers: [{name: side}, {name: main}], containers: [{name: main, tty: true}]}}}",
  ),
  p54: inline(
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {$retainKeys: [containers], containers: [{name: main, tty: true}]}}}",
  ),
  p56: inline("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: other}\nspec: {replicas: 1}"),
  p57: inline("a: [b"),
  p58: inline("[]", "{kind: Deployment}"),
  p59: inline("null", "{kind: Deployment}"),
  p60: "resources: [many.yaml]\npatches:\n- target: {kind: Thing}\n  patch: |-\n    apiVersion: example.com/v1\n    kind: Thing\n    metadata: {name: thing}\n    spec: {items: [{ref: new}], image: null}\n",
  p61: "resources: [deploy.yaml]\npatches:\n- patch: ''\n",
  p62: "resources: [deploy.yaml]\npatches:\n- path: ''\n  target: {kind: Deployment}\n",
  p63: `${inline("metadata: {labels: {x: y}}", "{kind: Deployment}")}  {allowOther: true}\n`,
  p64: inline("metadata: {labels: {x: z}}", "{kind: Deployment}"),
  p65: inline(
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {$deleteFromPrimitiveList/x: [a]}}}",
  ),
  p66: json('[{"op":"add","path":"/spec/x","value":1}]', "{name: [a]}"),
  p67: json('[{"op":"add","path":"/spec/x","value":1}]', "Deployment"),
  p68: "resources: [deploy.yaml]\npatches:\n- {patch: 1}\n",
  p69: "resources: [deploy.yaml]\npatches:\n- {patch: 'x: 1', options: {allowNameChange: perhaps}}\n",
  p70: inline("# nothing", "{kind: Deployment}"),
  p71: json("[]"),
  p72: json('[{"path":"/a","value":1}]'),
  p73: inline(
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec: {replicas: 1}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort}",
    "{kind: Service}",
  ),
  // Components.
  c1: "resources: [deploy.yaml]\ncomponents: [comp]\n",
  c2: "resources: [deploy.yaml, comp]\n",
  c3: "resources: [deploy.yaml]\ncomponents: [plain]\n",
  c4: "resources: [deploy.yaml]\ncomponents: [nowhere]\n",
  c5: "resources: [deploy.yaml]\ncomponents: [service.yaml]\n",
  c6: "namePrefix: p-\nresources: [deploy.yaml]\ncomponents: [comp, comp2]\n",
  c7: "components: [comp]\n",
  // Replacements.
  r1: replace(
    "- source: {kind: ConfigMap, name: conf, fieldPath: data.a}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [spec.replicas]}\n",
  ),
  r2: replace(
    "- source: {kind: ConfigMap, name: conf, fieldPath: data.a}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [spec.replicas], options: {create: true}}\n",
  ),
  r3: replace(
    "- source: {kind: Service}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}\n",
  ),
  r4: replace(
    "- source: {kind: Nothing}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}\n",
  ),
  r5: replace(
    "- source: {name: web}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}\n",
  ),
  r6: replace(
    "- source: {kind: ConfigMap, fieldPath: data.nope}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}\n",
  ),
  r7: replace(
    "- source: {kind: ConfigMap, fieldPath: data}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.annotations], options: {create: true}}\n",
  ),
  r8: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=main].image'], options: {delimiter: ':', index: 1}}\n",
  ),
  r9: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=main].image'], options: {delimiter: ':', index: 0}}\n",
  ),
  r10: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=main].image'], options: {delimiter: ':', index: 9}}\n",
  ),
  r11: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=main].image'], options: {delimiter: ':', index: -1}}\n",
  ),
  r12: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.*.image']}\n",
  ),
  r13: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.1.image']}\n",
  ),
  r14: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=nope].image']}\n",
  ),
  r15: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=new].image'], options: {create: true}}\n",
  ),
  r16: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, reject: [{name: web}], fieldPaths: [metadata.name]}\n",
  ),
  r17: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {name: web}, reject: [{kind: Service}], fieldPaths: [metadata.labels.app]}\n",
  ),
  r18: replace("- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {name: web}}\n"),
  r19: replace("- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {fieldPaths: [metadata.name]}\n"),
  r20: replace("- source: {kind: ConfigMap, fieldPath: data.b}\n"),
  r21: replace("- targets:\n  - {select: {name: web}, fieldPaths: [metadata.name]}\n"),
  r22: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b, options: {delimiter: w}}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}\n",
  ),
  r23: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b, options: {delimiter: w, index: 7}}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}\n",
  ),
  r24: replace("- path: nowhere.yaml\n"),
  r25: replace("- path: repl.yaml\n"),
  r26: replace(
    "- source: {kind: Deployment, fieldPath: 'spec.template.spec.containers.[name=main].args.1'}\n  targets:\n  - {select: {kind: Service}, fieldPaths: [spec.ports.0.port]}\n",
  ),
  r27: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['metadata.annotations.a\\.b/c'], options: {create: true}}\n",
  ),
  r28: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['metadata.annotations.[a.b/c]'], options: {create: true}}\n",
  ),
  r29: replace(
    "- sourceValue: fixed\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}\n",
  ),
  r30: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: ConfigMap}, fieldPaths: [metadata.name]}\n  - {select: {kind: Nothing}, fieldPaths: [a.b]}\n",
  ),
  r31: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [spec.selector]}\n",
  ),
  r32: replace(
    "- source: {kind: Deployment, fieldPath: spec.template.metadata}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app], options: {delimiter: x}}\n",
  ),
  r33: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=main].env.[name=HOST].value'], options: {delimiter: ., index: 1}}\n",
  ),
  r34: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b, options: {encoding: base64}}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}\n",
  ),
  // vars.
  r35: replace(
    "- source: {kind: ConfigMap, fieldPath: data.a}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.new, metadata.annotations.x, spec.paused], options: {create: true}}\n",
  ),
  r36: replace(
    "- source: {kind: Service, fieldPath: 'spec.ports.0.port'}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: [metadata.labels.app, spec.replicas], options: {create: true}}\n",
  ),
  r37: replace("- source: {kind: ConfigMap, fieldPath: 1}\n"),
  r38: replace("- {source: {kind: ConfigMap}, targets: {select: x}}\n"),
  r39: replace("- {source: {kind: ConfigMap}, targets: [{select: {kind: Deployment}, options: {index: x}}]}\n"),
  r40: replace(
    "- source: {kind: ConfigMap, fieldPath: data.b}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ['spec.template.spec.containers.[name=main].env.[name=NEW].value'], options: {create: true}}\n",
  ),
  // Names and references.
  n1: "namePrefix: p-\nnameSuffix: -s\nresources: [many.yaml]\n",
  n2: "namespace: new\nresources: [many.yaml]\n",
  n3: "namespace: new\nnamePrefix: p-\nresources: [many.yaml]\nconfigurations: [config.yaml]\n",
  n4: "namePrefix: P_\nresources: [service.yaml]\n",
  n5: "namePrefix: [a]\nresources: [service.yaml]\n",
  n6: "namespace: UPPER\nresources: [service.yaml]\n",
  n7: "namespace: ''\nnamePrefix: ''\nresources: [service.yaml]\n",
  n8: "namePrefix: p-\nresources: [many.yaml]\nconfigurations: [nowhere.yaml]\n",
  n9: "namePrefix: p-\nresources: [many.yaml]\nconfigurations: [badconfig.yaml]\n",
  n12: "namePrefix: p-\nresources: [crddef.yaml, many.yaml]\n",
  // Labels.
  l1: "labels: [{pairs: {a: b}}]\nresources: [many.yaml]\n",
  l2: "labels: [{pairs: {a: b}, includeSelectors: true}]\nresources: [many.yaml]\n",
  l3: "labels: [{pairs: {a: b}, includeTemplates: true}]\nresources: [many.yaml]\n",
  l4: "commonLabels: {a: b}\nresources: [many.yaml]\n",
  l5: "labels: [{pairs: {a: b}, fields: [{path: spec/extra, kind: Thing, create: true}]}]\nresources: [many.yaml]\n",
  l6: "labels: [{pairs: {a: 1}}]\nresources: [service.yaml]\n",
  l13: "labels: [{pairs: {a: b}, includeSelectors: maybe}]\nresources: [service.yaml]\n",
  l14: "commonAnnotations: {a: [b]}\nresources: [service.yaml]\n",
  l7: "commonLabels: {a: 1, b: true}\nresources: [service.yaml]\n",
  l8: "labels: [{pairs: {'a b': c}}]\nresources: [service.yaml]\n",
  l9: "commonLabels: {a: b}\nlabels: [{pairs: {a: c}}]\nresources: [service.yaml]\n",
  l10: "commonAnnotations: {a: b}\nresources: [many.yaml]\n",
  l11: "labels: {pairs: {a: b}}\nresources: [service.yaml]\n",
  l12: "labels: [{pairs: {a: b}, includeSelectors: true}, {pairs: {a: b}}]\nresources: [service.yaml]\n",
  // Images.
  i1: "images: [{name: nginx, newTag: '2'}, {name: busybox, newName: x.io/y}, {name: localhost:5000/side/car, newTag: v2}]\nresources: [deploy.yaml]\n",
  i2: "images: [{name: nginx, digest: 'sha256:1'}, {name: mysql, newName: m, newTag: '8', digest: 'sha256:2'}]\nresources: [deploy.yaml, many.yaml]\n",
  i3: "images: [{name: nginx, tagSuffix: -alpine}]\nresources: [deploy.yaml]\n",
  i4: "images: [{name: nginx, tagSuffix: -alpine, newTag: '3'}]\nresources: [deploy.yaml]\n",
  i5: "images: [{name: nginx, newTag: 3}]\nresources: [deploy.yaml]\n",
  i6: "images: [{newTag: '3'}]\nresources: [deploy.yaml]\n",
  i7: "images: [{name: 'ngi.*', newTag: '3'}]\nresources: [deploy.yaml]\n",
  i8: "images: [{name: nginx, newTag: '3'}]\nresources: [many.yaml]\nconfigurations: [config.yaml]\n",
  i9: "replicas: [{name: web, count: 5}]\nresources: [deploy.yaml]\n",
  i14: "images: [{name: 'nginx(', newTag: '3'}]\nresources: [service.yaml]\n",
  i15: "replicas: [{name: web, count: 1.5}]\nresources: [deploy.yaml]\n",
  i10: "replicas: [{name: nope, count: 5}]\nresources: [deploy.yaml]\n",
  i11: "replicas: [{name: db, count: 5}]\nresources: [many.yaml]\n",
  i12: "replicas: [{name: web, count: x}]\nresources: [deploy.yaml]\n",
  i13: "replicas: [{name: web}]\nresources: [deploy.yaml]\n",
  // Helm and what is far away.
  h1: "helmCharts: [{name: c, repo: 'https://example.com', version: '1'}]\n",
  h2: "helmChartInflationGenerator: [{chartName: c}]\n",
  h3: "helmGlobals: {chartHome: charts}\nresources: [deploy.yaml]\n",
  h4: "helmCharts: [{repo: 'https://example.com'}]\n",
  // What is built, and how.
  b1: "buildMetadata: [originAnnotations]\nresources: [deploy.yaml, plain]\nconfigMapGenerator: [{name: a, literals: [k=1]}]\n",
  b7: "buildMetadata: [originAnnotations]\nresources: [plain, made]\ncomponents: [comp2]\n",
  b3: "buildMetadata: [managedByLabel]\nresources: [service.yaml, plain]\n",
  b4: "buildMetadata: [nonsense]\nresources: [service.yaml]\n",
  b5: "buildMetadata: managedByLabel\nresources: [service.yaml]\n",
  o1: "sortOptions: {order: legacy}\nresources: [many.yaml, deploy.yaml]\n",
  o2: "sortOptions: {order: fifo}\nresources: [many.yaml, deploy.yaml]\n",
  o3: "sortOptions: {order: nonsense}\nresources: [service.yaml]\n",
  o4: "sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Service], orderLast: [ConfigMap, Namespace]}}\nresources: [many.yaml]\n",
  o5: "sortOptions: {order: fifo, legacySortOptions: {orderFirst: [Service]}}\nresources: [service.yaml]\n",
  o6: "sortOptions: {}\nresources: [service.yaml]\n",
  o7: "resources: [plain, service.yaml]\n",
  // Kustomizations that are wrong.
  k1: "kind: Other\nresources: [service.yaml]\n",
  k2: "apiVersion: other/v1\nresources: [service.yaml]\n",
  k3: "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [service.yaml]\n",
  k4: "kind: Component\napiVersion: kustomize.config.k8s.io/v1beta1\nresources: [service.yaml]\n",
  k5: "resource: [service.yaml]\n",
  k6: "resources: service.yaml\n",
  k7: "resources: [service.yaml]\nresources: [map.yaml]\n",
  k8: "resources: [service.yaml, service.yaml]\n",
  k9: "resources: [nowhere.yaml]\n",
  k10: "resources: [../k10]\n",
  k11: "resources: [empty.yaml]\n",
  k12: "resources: [nokind.yaml]\n",
  k13: "resources: [noname.yaml]\n",
  k14: "resources: [broken.yaml]\n",
  k15: "resources: [list.yaml]\n",
  k16: "resources: [strange.yaml]\n",
  k17: "resources: [/nowhere/x.yaml]\n",
  k18: "resources: [../k1/service.yaml]\n",
  k19: "[]\n",
  k20: "a\n",
  k21: "resources: [service.yaml]\nmetadata: {name: x, labels: {a: b}}\n",
  k22: "resources: [json.json]\n",
  k23: "resources:\n- service.yaml\n  - x\n",
  k24: "resources: ['']\n",
  k25: "resources: [null]\n",
  k26: "bases: [plain]\nresources: [service.yaml]\n",
  k27: "imageTags: [{name: nginx, newTag: '1'}]\nresources: [deploy.yaml]\n",
  k31: "inventory: {}\nresources: [service.yaml]\n",
  k32: "resources: [numbers.yaml]\n",
  k33: "resources: [anchors.yaml]\n",
  k35: "resources: [local.yaml]\n",
};
const SHARED: Readonly<Record<string, string>> = {
  "deploy.yaml": DEPLOY,
  "service.yaml": SERVICE,
  "map.yaml": MAP,
  "many.yaml": MANY,
  "vars.env": "A=1\n# comment\n\nB=two words\nC=\n  D=x\nHOME\nE='q'\n",
  "bad.env": "A B=1\n",
  "multi.txt": "one\n  two\n\nthree\n",
  "trailing.txt": "x  \ny\t\n",
  "uni.txt": "grüße ✓\n",
  "strategic.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 7}\n",
  "ops.yaml": "- op: add\n  path: /spec/replicas\n  value: 8\n",
  "repl.yaml":
    "source: {kind: ConfigMap, fieldPath: data.b}\ntargets:\n- {select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}\n",
  "vard.yaml": DEPLOY.replace("web.default.svc", '"$(WEB):$(PORT) $(NOPE) $$(WEB)"'),
  "config.yaml":
    "nameReference:\n- {kind: ConfigMap, fieldSpecs: [{path: spec/configName, kind: Thing}, {path: spec/items/ref, kind: Thing}]}\nnamePrefix: [{path: metadata/name}]\nimages: [{path: spec/image, kind: Thing}]\nnamespace: [{path: spec/namespace, kind: Thing, create: true}]\n",
  "badconfig.yaml": "nameRef: x\n",
  "crd.json":
    '{"github.com/example/pkg.Thing":{"Schema":{"properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"type":"object"},"spec":{"$ref":"github.com/example/pkg.Spec"}}},"Dependencies":[]},"github.com/example/pkg.Spec":{"Schema":{"properties":{"configName":{"type":"string","x-kubernetes-object-ref-api-version":"v1","x-kubernetes-object-ref-kind":"ConfigMap"}}}}}',
  "crddef.yaml":
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec: {group: example.com, names: {kind: Thing, plural: things}, scope: Cluster, versions: [{name: v1}]}\n",
  "prefixer.yaml":
    "apiVersion: builtin\nkind: PrefixSuffixTransformer\nmetadata: {name: p}\nprefix: pre-\nsuffix: -suf\nfieldSpecs: [{path: metadata/name}]\n",
  "empty.yaml": "# nothing\n",
  "nokind.yaml": "apiVersion: v1\nmetadata: {name: a}\n",
  "noname.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n",
  "broken.yaml": "a: [b\n",
  "list.yaml":
    "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n",
  "strange.yaml": "- a\n- b\n",
  "json.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j"},"data":{"x":"<&>","n":"1"}}',
  "schema.json":
    '{"definitions":{"com.example.v1.Thing":{"type":"object","properties":{"spec":{"type":"object","properties":{"items":{"type":"array","items":{"type":"object"},"x-kubernetes-patch-merge-key":"ref","x-kubernetes-patch-strategy":"merge"}}}},"x-kubernetes-group-version-kind":[{"group":"example.com","kind":"Thing","version":"v1"}]}}}',
  "numbers.yaml":
    "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: n}\nspec:\n  a: 010\n  b: 1e3\n  c: 1.50\n  d: 0x1F\n  e: yes\n  f: \"yes\"\n  g: ~\n  h: 'it''s'\n  i: |\n    block\n     more\n  j: >-\n    folded\n    line\n  # a comment\n  o: {p: [1, 2], q: {}} # behind\n  r: []\n  s: ''\n  t: !!str 5\n  u: -0\n  v: \"a\\tb\"\n  w: 1_000\n",
  "anchors.yaml":
    "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: n}\nspec:\n  a: &x {k: v}\n  b: *x\n  c: {<<: *x, l: m}\n",
  "dup.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n}\ndata: {a: '1', a: '2'}\n",
  "local.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n, annotations: {config.kubernetes.io/local-config: 'true'}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n",
  "comp/kustomization.yaml":
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- {target: {kind: Deployment}, patch: \'[{"op":"add","path":"/spec/replicas","value":6}]\'}\n',
  "comp2/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\nresources: [map.yaml]\ncommonLabels: {c: '2'}\n",
  "comp2/map.yaml": MAP,
  "made/kustomization.yaml": "configMapGenerator: [{name: a, literals: [k=1]}]\n",
  "unhashed/kustomization.yaml":
    "configMapGenerator: [{name: a, literals: [k=1], options: {disableNameSuffixHash: true}}]\n",
  "plain/kustomization.yaml": "resources: [map.yaml]\n",
  "plain/map.yaml": MAP,
};
/** Files of the shared ones that a kustomization names, and those that these need. */
function filesOf(text: string): string[] {
  return Object.keys(SHARED).filter((name) => {
    const word = name.endsWith("/kustomization.yaml") ? name.split("/")[0] : name.includes("/") ? undefined : name;
    return word === undefined
      ? new RegExp(`\\b${name.split("/")[0]}\\b`).test(text)
      : new RegExp(`(?<![\\w./-])${word.replaceAll(".", "\\.")}(?![\\w-])`).test(text);
  });
}

const files: Record<string, string> = {
  "helm/kustomization.yaml": CASES["h1"] ?? "",
  "yml/kustomization.yml": "resources: [map.yaml]\n",
  "yml/map.yaml": MAP,
  "upper/Kustomization": "resources: [map.yaml]\n",
  "upper/map.yaml": MAP,
  "both/kustomization.yaml": "",
  "both/Kustomization": "",
};
for (const [name, text] of Object.entries(CASES)) {
  files[`${name}/kustomization.yaml`] = text;
  for (const file of filesOf(text)) files[`${name}/${file}`] = SHARED[file] ?? "";
}

export const KUSTOMIZE_WIDE: Scenario = {
  name: "kustomize, every field",
  files,
  steps: lines(`
    ${Object.keys(CASES)
      .map((name) => `kustomize ${name}`)
      .join("\n    ")}
    kustomize yml
    kustomize upper
    kustomize both
    kustomize c1 -o out.yaml
    kustomize c1 -o nowhere/out.yaml
    kustomize c1 -o c1
    kustomize k1 --enable-alpha-plugins
    kustomize p1 -e A=b
    kustomize p1 --env A --mount x --network
    kustomize p1 --network-name=x --as-current-user
    kustomize p1 --load-restrictor=LoadRestrictionsRootOnly
    kustomize p1 --load-restrictor=
    kustomize p1/service.yaml
    kustomize ''
    kustomize .
    kustomize p1/..
    create -k n1 --dry-run=client -o name
    apply -k g7
    delete -k k9
  `),
};
