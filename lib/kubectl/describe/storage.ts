/** PersistentVolumeClaim, PersistentVolume, StorageClass, ConfigMap, Secret. */
import { decodeBase64Text } from "../../encoding/index.ts";
import { POD } from "../commands/pods.ts";
import {
  at,
  type Json,
  type JsonObject,
  type KubeObject,
  listAt,
  nameOf,
  objectAt,
  stringsAt,
  textAt,
} from "../object.ts";
import { list } from "../resources/builder.ts";
import type { Describer } from "./describer.ts";
import { events } from "./events.ts";
import { rfc1123z } from "./times.ts";
import { volumeSource } from "./volumes.ts";
import { annotations, type DescribeWriter, labels, pairsText } from "./writer.ts";

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};
const modes = (value: readonly Json[]): string =>
  Object.keys(MODES)
    .filter((mode) => value.includes(mode))
    .map((mode) => MODES[mode])
    .join(",");

const status = (object: KubeObject): string =>
  textAt(object, "metadata", "deletionTimestamp") === "" ? textAt(object, "status", "phase") : "Terminating";

export const claim: Describer = async (writer, { object, invocation, events: shown, now }) => {
  const namespace = textAt(object, "metadata", "namespace");
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${namespace}\n`);
  writer.write(0, `StorageClass:\t${textAt(object, "spec", "storageClassName")}\n`);
  const deleted = textAt(object, "metadata", "deletionTimestamp");
  writer.write(
    0,
    `Status:\t${deleted === "" ? textAt(object, "status", "phase") : `Terminating (lasts ${Math.round((now - Date.parse(deleted)) / 1000)}s)`}\n`,
  );
  writer.write(0, `Volume:\t${textAt(object, "spec", "volumeName")}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `Finalizers:\t[${listAt(object, "metadata", "finalizers").join(" ")}]\n`);
  const bound = textAt(object, "spec", "volumeName") !== "";
  writer.write(0, `Capacity:\t${bound ? textAt(object, "status", "capacity", "storage") : ""}\n`);
  writer.write(0, `Access Modes:\t${bound ? modes(listAt(object, "status", "accessModes")) : ""}\n`);
  if (textAt(object, "spec", "volumeMode") !== "")
    writer.write(0, `VolumeMode:\t${textAt(object, "spec", "volumeMode")}\n`);
  const found = await list(invocation, { resource: POD, namespace, labelSelector: "", fieldSelector: "" });
  const users = (found["items"] as KubeObject[])
    .filter((pod) =>
      listAt(pod, "spec", "volumes").some(
        (volume) => textAt(volume, "persistentVolumeClaim", "claimName") === nameOf(object),
      ),
    )
    .map(nameOf)
    .sort();
  const source = at(object, "spec", "dataSource");
  if (source !== undefined) {
    writer.write(0, "DataSource:\n");
    if (textAt(source, "apiGroup") !== "") writer.write(1, `APIGroup:\t${textAt(source, "apiGroup")}\n`);
    writer.write(1, `Kind:\t${textAt(source, "kind")}\n`);
    writer.write(1, `Name:\t${textAt(source, "name")}\n`);
  }
  writer.write(0, "Used By:\t");
  writer.write(0, users.length === 0 ? "<none>\n" : users.map((user, i) => `${i === 0 ? "" : "\t"}${user}\n`).join(""));
  const conditions = listAt(object, "status", "conditions");
  if (conditions.length > 0) {
    writer.write(
      0,
      "Conditions:\n  Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n  ----\t------\t-----------------\t------------------\t------\t-------\n",
    );
    for (const one of conditions) {
      writer.write(
        0,
        `  ${textAt(one, "type")} \t${textAt(one, "status")} \t${rfc1123z(textAt(one, "lastProbeTime"))} \t${rfc1123z(textAt(one, "lastTransitionTime"))} \t${textAt(one, "reason")} \t${textAt(one, "message")}\n`,
      );
    }
  }
  events(writer, shown, now);
};

export const volume: Describer = (writer, { object, events: shown, now }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `Finalizers:\t[${listAt(object, "metadata", "finalizers").join(" ")}]\n`);
  writer.write(0, `StorageClass:\t${textAt(object, "spec", "storageClassName")}\n`);
  writer.write(0, `Status:\t${status(object)}\n`);
  const owner = at(object, "spec", "claimRef");
  writer.write(0, `Claim:\t${owner === undefined ? "" : `${textAt(owner, "namespace")}/${textAt(owner, "name")}`}\n`);
  writer.write(0, `Reclaim Policy:\t${textAt(object, "spec", "persistentVolumeReclaimPolicy")}\n`);
  writer.write(0, `Access Modes:\t${modes(listAt(object, "spec", "accessModes"))}\n`);
  if (textAt(object, "spec", "volumeMode") !== "")
    writer.write(0, `VolumeMode:\t${textAt(object, "spec", "volumeMode")}\n`);
  writer.write(0, `Capacity:\t${textAt(object, "spec", "capacity", "storage")}\n`);
  affinity(writer, at(object, "spec", "nodeAffinity", "required"));
  writer.write(0, `Message:\t${textAt(object, "status", "message")}\n`);
  writer.write(0, "Source:\n");
  if (!volumeSource(writer, objectAt(object, "spec"), 2)) writer.write(1, "<unknown>\n");
  events(writer, shown, now);
};

function affinity(writer: DescribeWriter, required: Json | undefined): void {
  writer.write(0, "Node Affinity:\t");
  if (required === undefined) {
    writer.write(0, "<none>\n");
    return;
  }
  writer.write(0, "\n");
  const terms = listAt(required, "nodeSelectorTerms");
  writer.write(1, `Required Terms:\t${terms.length === 0 ? "<none>" : ""}\n`);
  terms.forEach((term, i) => {
    writer.write(2, `Term ${i}:\t`);
    listAt(term, "matchExpressions").forEach((expression, j) => {
      const values = listAt(expression, "values");
      writer.write(
        j === 0 ? 0 : 2,
        `${j === 0 ? "" : "\t"}${textAt(expression, "key")} ${textAt(expression, "operator").toLowerCase()}${values.length > 0 ? ` [${values.join(", ")}]` : ""}\n`,
      );
    });
  });
}

export const storageClass: Describer = (writer, { object, events: shown, now }) => {
  const all = stringsAt(object, "metadata", "annotations");
  const isDefault =
    all["storageclass.kubernetes.io/is-default-class"] === "true" ||
    all["storageclass.beta.kubernetes.io/is-default-class"] === "true";
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `IsDefaultClass:\t${isDefault ? "Yes" : "No"}\n`);
  writer.write(0, `Annotations:\t${pairsText(all)}\n`);
  writer.write(0, `Provisioner:\t${textAt(object, "provisioner")}\n`);
  writer.write(0, `Parameters:\t${pairsText(stringsAt(object, "parameters"))}\n`);
  writer.write(
    0,
    `AllowVolumeExpansion:\t${at(object, "allowVolumeExpansion") === undefined ? "<unset>" : textAt(object, "allowVolumeExpansion") === "true" ? "True" : "False"}\n`,
  );
  const options = listAt(object, "mountOptions");
  if (options.length === 0) writer.write(0, "MountOptions:\t<none>\n");
  else {
    writer.write(0, "MountOptions:\n");
    for (const option of options) writer.write(1, `${option}\n`);
  }
  writer.write(0, `ReclaimPolicy:\t${textAt(object, "reclaimPolicy")}\n`);
  writer.write(0, `VolumeBindingMode:\t${textAt(object, "volumeBindingMode") || "<unset>"}\n`);
  const topologies = listAt(object, "allowedTopologies");
  if (topologies.length > 0) {
    writer.write(0, "AllowedTopologies:\t\n");
    topologies.forEach((term, i) => {
      const expressions = listAt(term, "matchLabelExpressions");
      if (expressions.length === 0) writer.write(1, `Term ${i}:\t<none>\n`);
      expressions.forEach((one, j) => {
        const text = `${textAt(one, "key")} in [${listAt(one, "values").join(", ")}]`;
        writer.write(j === 0 ? 1 : 0, `${j === 0 ? `Term ${i}:` : ""}\t${text}\n`);
      });
    });
  }
  events(writer, shown, now);
};

function head(writer: DescribeWriter, object: JsonObject): void {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
}

const bytesIn = (base64: string): number => Math.floor((base64.replace(/=+$/, "").length * 3) / 4);

export const configMap: Describer = (writer, { object, events: shown, now }) => {
  head(writer, object);
  writer.write(0, "\nData\n====\n");
  const data = stringsAt(object, "data");
  for (const key of Object.keys(data).sort()) writer.write(0, `${key}:\n----\n${data[key]}\n\n`);
  writer.write(0, "\nBinaryData\n====\n");
  const binary = stringsAt(object, "binaryData");
  for (const key of Object.keys(binary).sort()) writer.write(0, `${key}: ${bytesIn(binary[key] ?? "")} bytes\n`);
  writer.write(0, "\n");
  events(writer, shown, now);
};

export const secret: Describer = (writer, { object }) => {
  head(writer, object);
  writer.write(0, `\nType:\t${textAt(object, "type")}\n`);
  writer.write(0, "\nData\n====\n");
  const data = stringsAt(object, "data");
  for (const key of Object.keys(data).sort()) {
    if (key === "token" && textAt(object, "type") === "kubernetes.io/service-account-token")
      writer.write(0, `${key}:\t${decodeBase64Text(data[key] ?? "")}\n`);
    else writer.write(0, `${key}:\t${bytesIn(data[key] ?? "")} bytes\n`);
  }
};
