/** Files that scenarios have in their working directory. */

const WEB = `apiVersion: v1
kind: Service
metadata:
  name: nginx
  labels: {app: nginx}
spec:
  clusterIP: None
  selector: {app: nginx}
  ports:
  - {name: web, port: 80}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
spec:
  serviceName: nginx
  replicas: 2
  selector:
    matchLabels: {app: nginx}
  template:
    metadata:
      labels: {app: nginx}
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        ports:
        - {containerPort: 80, name: web}
        volumeMounts:
        - {name: www, mountPath: /usr/share/nginx/html}
        env:
        - {name: MODE, value: plain}
        resources:
          requests: {cpu: 50m, memory: 32Mi}
  volumeClaimTemplates:
  - metadata: {name: www}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
`;
export const FILES: Readonly<Record<string, string>> = {
  "web.yaml": WEB,
  "web-v2.yaml": WEB.replace("nginx:1.27", "nginx:1.28")
    .replace("{name: MODE, value: plain}", "{name: MODE, value: other}")
    .replace("replicas: 2", "replicas: 3"),
  "no-selector.yaml": WEB.replace("  selector:\n    matchLabels: {app: nginx}\n  template", "  template"),
  "petset.yaml": "apiVersion: apps/v1alpha1\nkind: PetSet\nmetadata:\n  name: rd\nspec: {}\n",
  "broken.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n data:\n  x: y\n",
  "tab.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n",
  "colon.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a: b\n",
  "unknown-field.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndatas:\n  x: y\n",
  "no-kind.yaml": "apiVersion: v1\nmetadata:\n  name: a\n",
  "cm.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  labels: {team: blue}\ndata:\n  a: '1'\n  long: |\n    line one\n    line two\n",
  "cm2.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  labels: {team: blue}\ndata:\n  a: '2'\n",
  "pod.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: two\n  labels: {app: two}\nspec:\n  terminationGracePeriodSeconds: 0\n  containers:\n  - {name: one, image: busybox, command: [sh, -c, 'echo hello; sleep 3600']}\n  - {name: other, image: busybox, command: [sh, -c, 'echo other; sleep 3600']}\n",
  "prune/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pa, labels: {app: pr}}\n",
  "prune/b.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pb, labels: {app: pr}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: ps, labels: {app: pr}}\n",
  "member.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pm, labels: {applyset.kubernetes.io/part-of: other}}\n",
  "dir/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dir-a}\n",
  "dir/b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dir-b}\n",
};
