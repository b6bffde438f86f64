/** helm create: a starter chart of our own, around a StatefulSet with a claim. */
import type { HelmCommand } from "../command.ts";
import { HelmError } from "../errors.ts";
import type { HelmRun } from "../run.ts";

const FILES: Readonly<Record<string, string>> = {
  ".helmignore": `# What is no part of the chart.
*.swp
*.bak
*~
.git/
`,
  "Chart.yaml": `apiVersion: v2
name: NAME
description: A stateful application
type: application
# The chart's own version: raise it with every change of the chart.
version: 0.1.0
# The version of what the chart runs.
appVersion: "1.27"
`,
  "values.yaml": `# How many members the StatefulSet has.
replicas: 1

image:
  repository: nginx
  # Empty: the chart's appVersion.
  tag: ""

service:
  port: 80

storage:
  # Each member keeps its data in a claim of this size.
  size: 1Gi
  mountPath: /usr/share/nginx/html

resources: {}
labels: {}
`,
  "templates/_helpers.tpl": `{{/* The name of what is installed: the release's, with the chart's unless it is in it. */}}
{{- define "NAME.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{/* What Services and the StatefulSet know their Pods by: it may never change. */}}
{{- define "NAME.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "NAME.labels" -}}
{{ include "NAME.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
`,
  "templates/service.yaml": `apiVersion: v1
kind: Service
metadata:
  name: {{ include "NAME.name" . }}
  labels:
    {{- include "NAME.labels" . | nindent 4 }}
spec:
  clusterIP: None
  selector:
    {{- include "NAME.selector" . | nindent 4 }}
  ports:
    - name: http
      port: {{ .Values.service.port }}
`,
  "templates/statefulset.yaml": `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ include "NAME.name" . }}
  labels:
    {{- include "NAME.labels" . | nindent 4 }}
spec:
  serviceName: {{ include "NAME.name" . }}
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      {{- include "NAME.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "NAME.selector" . | nindent 8 }}
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
          ports:
            - name: http
              containerPort: {{ .Values.service.port }}
          {{- with .Values.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          volumeMounts:
            - name: data
              mountPath: {{ .Values.storage.mountPath }}
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        resources:
          requests:
            storage: {{ .Values.storage.size }}
`,
  "templates/NOTES.txt": `{{ include "NAME.name" . }} has {{ .Values.replicas }} member(s). Watch them come up:

  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }} -w
`,
  "templates/tests/answers.yaml": `apiVersion: v1
kind: Pod
metadata:
  name: {{ include "NAME.name" . }}-answers
  annotations:
    "helm.sh/hook": test
spec:
  restartPolicy: Never
  containers:
    - name: ask
      image: busybox:1.36
      command: [wget, -qO-, "http://{{ include "NAME.name" . }}:{{ .Values.service.port }}/"]
`,
};

async function create(run: HelmRun): Promise<void> {
  const [path = ""] = run.args;
  if (run.flags.string("starter") !== "")
    throw new HelmError("--starter is not available here: there are no starter charts");
  const name = path.replace(/\/+$/, "").split("/").pop() ?? "";
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    throw new HelmError(`chart name must match the regular expression "^[a-zA-Z0-9._-]+$"`);
  if (name.length > 250) throw new HelmError("chart name must be less than 250 characters");
  const { files } = run.process;
  if (files.exists(path) && files.stat(path).type !== "directory")
    throw new HelmError(`file ${path} already exists and is not a directory`);
  await run.out(`Creating ${path}\n`);
  for (const folder of ["templates/tests", "charts"]) files.makeDirectory(`${path}/${folder}`, { recursive: true });
  for (const [file, text] of Object.entries(FILES)) {
    const target = `${path}/${file}`;
    if (files.exists(target)) await run.err(`WARNING: File ${JSON.stringify(target)} already exists. Overwriting.\n`);
    files.writeFile(target, text.replaceAll("NAME", name));
  }
}

export const CREATE: HelmCommand = {
  name: "create",
  short: "create a new chart with the given name",
  arguments: "NAME",
  count: { least: 1, most: 1 },
  completes: "none",
  flags: [{ name: "starter", shorthand: "p", type: "string", usage: "not supported here" }],
  run: create,
};
