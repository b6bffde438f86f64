/** Containers, volumes and Pod templates, as descriptions show them. */

import { selectorText } from "../commands/pods.ts";
import {
  at,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  listAt,
  objectAt,
  stringsAt,
  textAt,
} from "../object.ts";
import { environment, environmentFrom } from "./environment.ts";
import { rfc1123z } from "./times.ts";
import { volumes } from "./volumes.ts";
import { annotations, type DescribeWriter, labels } from "./writer.ts";

export function podTemplate(writer: DescribeWriter, template: JsonObject): void {
  writer.write(0, "Pod Template:\n");
  // The labels are indented by their title.
  labels(writer, "  Labels", stringsAt(template, "metadata", "labels"));
  if (Object.keys(stringsAt(template, "metadata", "annotations")).length > 0)
    annotations(writer, "  Annotations", stringsAt(template, "metadata", "annotations"));
  const spec = objectAt(template, "spec");
  if (textAt(spec, "serviceAccountName") !== "")
    writer.write(0, `  Service Account:\t${textAt(spec, "serviceAccountName")}\n`);
  if (listAt(spec, "initContainers").length > 0)
    containers(writer, "Init Containers", listAt(spec, "initContainers"), undefined, "  ");
  containers(writer, "Containers", listAt(spec, "containers"), undefined, "  ");
  volumes(writer, listAt(spec, "volumes"), "  ");
  topologySpread(writer, listAt(spec, "topologySpreadConstraints"), "  ");
  if (textAt(spec, "priorityClassName") !== "")
    writer.write(0, `  Priority Class Name:\t${textAt(spec, "priorityClassName")}\n`);
  nodeSelectors(writer, stringsAt(spec, "nodeSelector"), "  ");
  tolerations(writer, listAt(spec, "tolerations"), "  ");
}

export function nodeSelectors(writer: DescribeWriter, values: Readonly<Record<string, string>>, indent: string): void {
  labels(writer, `${indent}Node-Selectors`, values);
}

export function tolerations(writer: DescribeWriter, list: readonly Json[], indent: string): void {
  const lines = [...list]
    .sort((a, b) => (textAt(a, "key") < textAt(b, "key") ? -1 : textAt(a, "key") > textAt(b, "key") ? 1 : 0))
    .map((one) => {
      const [key, value, effect, operator, seconds] = ["key", "value", "effect", "operator", "tolerationSeconds"].map(
        (field) => textAt(one, field),
      );
      let text = key ?? "";
      if (value !== "") text += `=${value}`;
      if (effect !== "") text += `:${effect}`;
      if (operator === "Exists" && value === "") text += key === "" && effect === "" ? "op=Exists" : " op=Exists";
      if (seconds !== "") text += ` for ${seconds}s`;
      return text;
    });
  if (lines.length === 0) writer.write(0, `${indent}Tolerations:\t<none>\n`);
  lines.forEach((line, i) => {
    writer.write(0, `${i === 0 ? `${indent}Tolerations:` : indent}\t${line}\n`);
  });
}

export function topologySpread(writer: DescribeWriter, list: readonly Json[], indent: string): void {
  const lines = list
    .map((one) => {
      const selector = selectorText(at(one, "labelSelector"));
      return `${textAt(one, "topologyKey")}:${textAt(one, "whenUnsatisfiable")} when max skew ${textAt(one, "maxSkew")} is exceeded for selector ${selector}`;
    })
    .sort();
  lines.forEach((line, i) => {
    writer.write(0, `${i === 0 ? `${indent}Topology Spread Constraints:` : indent}\t${line}\n`);
  });
}

export function containers(
  writer: DescribeWriter,
  title: string,
  list: readonly Json[],
  statuses: readonly Json[] | undefined,
  indent: string,
  pod?: KubeObject,
): void {
  writer.write(0, `${indent}${title}:${list.length === 0 ? " <none>" : ""}\n`);
  for (const container of list) {
    const status = statuses?.find((one) => textAt(one, "name") === textAt(container, "name"));
    // In templates names are one blank further in, and no more.
    writer.write(1, `${indent === "" ? "" : " "}${textAt(container, "name")}:\n`);
    one(writer, container, status, statuses !== undefined, pod);
  }
}

function one(writer: DescribeWriter, container: Json, status: Json | undefined, live: boolean, pod?: KubeObject): void {
  const inner = 2;
  if (status !== undefined) writer.field(inner, "Container ID", textAt(status, "containerID"));
  writer.field(inner, "Image", textAt(container, "image"));
  if (status !== undefined) writer.field(inner, "Image ID", textAt(status, "imageID"));
  const ports = listAt(container, "ports");
  for (const [field, title] of [
    ["containerPort", "Port"],
    ["hostPort", "Host Port"],
  ] as const) {
    const text = ports.map((port) => `${textAt(port, field) || "0"}/${textAt(port, "protocol") || "TCP"}`).join(", ");
    writer.field(inner, ports.length > 1 ? `${title}s` : title, ports.length === 0 ? "<none>" : text);
  }
  if (isObject(at(container, "securityContext", "seccompProfile") ?? null))
    writer.field(inner, "SeccompProfile", textAt(container, "securityContext", "seccompProfile", "type"));
  words(writer, "Command", listAt(container, "command"), inner);
  words(writer, "Args", listAt(container, "args"), inner);
  if (live && status !== undefined) {
    state(writer, "State", objectAt(status, "state"), inner);
    const last = objectAt(status, "lastState");
    if (isObject(last["terminated"] ?? null)) state(writer, "Last State", last, inner);
    writer.field(inner, "Ready", textAt(status, "ready") === "true" ? "True" : "False");
    writer.field(inner, "Restart Count", textAt(status, "restartCount"));
  }
  for (const [field, title] of [
    ["limits", "Limits"],
    ["requests", "Requests"],
  ] as const) {
    const values = stringsAt(container, "resources", field);
    const keys = Object.keys(values).sort();
    if (keys.length > 0) writer.write(inner, `${title}:\n`);
    for (const key of keys) writer.write(inner + 1, `${key}:\t${values[key]}\n`);
  }
  for (const [field, title] of [
    ["livenessProbe", "Liveness"],
    ["readinessProbe", "Readiness"],
    ["startupProbe", "Startup"],
  ] as const) {
    const probe = at(container, field);
    if (isObject(probe ?? null)) writer.write(inner, `${title}:\t${probeText(probe as JsonObject)}\n`);
  }
  environmentFrom(writer, listAt(container, "envFrom"), inner);
  environment(writer, container, inner, pod);
  mounts(writer, listAt(container, "volumeMounts"), listAt(container, "volumeDevices"), inner);
}

function words(writer: DescribeWriter, title: string, list: readonly Json[], level: number): void {
  if (list.length === 0) return;
  writer.write(level, `${title}:\n`);
  for (const word of list) for (const line of String(word).split("\n")) writer.write(level + 1, `${line}\n`);
}

function state(writer: DescribeWriter, title: string, value: JsonObject, level: number): void {
  const [running, waiting, terminated] = [value["running"], value["waiting"], value["terminated"]];
  if (isObject(running ?? null)) {
    writer.field(level, title, "Running");
    writer.write(level + 1, `Started:\t${rfc1123z(textAt(running, "startedAt"))}\n`);
  } else if (isObject(waiting ?? null)) {
    writer.field(level, title, "Waiting");
    if (textAt(waiting, "reason") !== "") writer.write(level + 1, `Reason:\t${textAt(waiting, "reason")}\n`);
  } else if (isObject(terminated ?? null)) {
    writer.field(level, title, "Terminated");
    if (textAt(terminated, "reason") !== "") writer.write(level + 1, `Reason:\t${textAt(terminated, "reason")}\n`);
    if (textAt(terminated, "message") !== "") writer.write(level + 1, `Message:\t${textAt(terminated, "message")}\n`);
    writer.write(level + 1, `Exit Code:\t${textAt(terminated, "exitCode") || "0"}\n`);
    if ((textAt(terminated, "signal") || "0") !== "0")
      writer.write(level + 1, `Signal:\t${textAt(terminated, "signal")}\n`);
    writer.write(level + 1, `Started:\t${rfc1123z(textAt(terminated, "startedAt"))}\n`);
    writer.write(level + 1, `Finished:\t${rfc1123z(textAt(terminated, "finishedAt"))}\n`);
  } else writer.field(level, title, "Waiting");
}

function probeText(probe: JsonObject): string {
  const seconds = (field: string): string => `${textAt(probe, field) || "0"}s`;
  const numbers = `delay=${seconds("initialDelaySeconds")} timeout=${seconds("timeoutSeconds")} period=${seconds("periodSeconds")} #success=${textAt(probe, "successThreshold") || "0"} #failure=${textAt(probe, "failureThreshold") || "0"}`;
  if (isObject(probe["exec"] ?? null)) return `exec [${listAt(probe, "exec", "command").join(" ")}] ${numbers}`;
  const http = probe["httpGet"];
  if (isObject(http ?? null)) {
    const path = textAt(http, "path");
    return `http-get ${textAt(http, "scheme").toLowerCase() || "http"}://${textAt(http, "host")}:${textAt(http, "port")}${path.startsWith("/") || path === "" ? path : `/${path}`} ${numbers}`;
  }
  const tcp = probe["tcpSocket"];
  if (isObject(tcp ?? null)) return `tcp-socket ${textAt(tcp, "host")}:${textAt(tcp, "port")} ${numbers}`;
  const grpc = probe["grpc"];
  if (isObject(grpc ?? null)) return `grpc <pod>:${textAt(grpc, "port")} ${textAt(grpc, "service")} ${numbers}`;
  return `unknown ${numbers}`;
}

function mounts(writer: DescribeWriter, list: readonly Json[], devices: readonly Json[], level: number): void {
  writer.write(level, `Mounts:${list.length === 0 ? "\t<none>" : ""}\n`);
  const sorted = [...list].sort((a, b) => (textAt(a, "mountPath") < textAt(b, "mountPath") ? -1 : 1));
  for (const mount of sorted) {
    const flags = [
      textAt(mount, "readOnly") === "true" ? "ro" : "rw",
      ...(textAt(mount, "subPath") === "" ? [] : [`path="${textAt(mount, "subPath")}"`]),
    ];
    writer.write(level + 1, `${textAt(mount, "mountPath")} from ${textAt(mount, "name")} (${flags.join(",")})\n`);
  }
  if (devices.length === 0) return;
  writer.write(level, "Devices:\n");
  for (const device of devices)
    writer.write(level + 1, `${textAt(device, "devicePath")} from ${textAt(device, "name")}\n`);
}
