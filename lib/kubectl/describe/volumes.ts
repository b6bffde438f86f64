/** Volumes of Pods and templates. */
import { at, isObject, type Json, listAt, textAt } from "../object.ts";
import { goValue } from "../printers/go-syntax.ts";
import { type SourceField, STORAGE_SOURCES } from "./storage-sources.ts";
import type { DescribeWriter } from "./writer.ts";

/** Per volume source: its title line and its fields, in upstream's order. */
type Field = readonly [title: string, path: string, fallback?: string];
const SOURCES: Readonly<Record<string, { readonly title: string; readonly fields: readonly Field[] }>> = {
  hostPath: {
    title: "HostPath (bare host directory volume)",
    fields: [
      ["Path", "path"],
      ["HostPathType", "type"],
    ],
  },
  emptyDir: {
    title: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    fields: [
      ["Medium", "medium"],
      ["SizeLimit", "sizeLimit", "<unset>"],
    ],
  },
  secret: {
    title: "Secret (a volume populated by a Secret)",
    fields: [
      ["SecretName", "secretName"],
      ["Optional", "optional", "false"],
    ],
  },
  configMap: {
    title: "ConfigMap (a volume populated by a ConfigMap)",
    fields: [
      ["Name", "name"],
      ["Optional", "optional", "false"],
    ],
  },
  downwardAPI: { title: "DownwardAPI (a volume populated by information about the pod)", fields: [] },
  nfs: {
    title: "NFS (an NFS mount that lasts the lifetime of a pod)",
    fields: [
      ["Server", "server"],
      ["Path", "path"],
      ["ReadOnly", "readOnly", "false"],
    ],
  },
  persistentVolumeClaim: {
    title: "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
    fields: [
      ["ClaimName", "claimName"],
      ["ReadOnly", "readOnly", "false"],
    ],
  },
  local: { title: "LocalVolume (a persistent volume backed by local storage on a node)", fields: [["Path", "path"]] },
  csi: {
    title: "CSI (a Container Storage Interface (CSI) volume source)",
    fields: [
      ["Driver", "driver"],
      ["FSType", "fsType"],
      ["ReadOnly", "readOnly", "false"],
    ],
  },
};

/** The lines of one volume source; false where the kind is unknown. */
export function volumeSource(writer: DescribeWriter, source: Json, level: number): boolean {
  for (const [field, { title, fields }] of Object.entries(SOURCES)) {
    const value = at(source, field);
    if (!isObject(value ?? null)) continue;
    const shown =
      field === "csi" && textAt(value, "volumeHandle") !== ""
        ? "CSI (a Container Storage Interface (CSI) volume source)"
        : title;
    writer.write(level, `Type:\t${shown}\n`);
    for (const [name, path, fallback] of fields) {
      // The handle of a volume stands before its last field.
      if (name === "ReadOnly" && field === "csi" && textAt(value, "volumeHandle") !== "")
        writer.write(level, `VolumeHandle:\t${textAt(value, "volumeHandle")}\n`);
      writer.write(level, `${name}:\t${textAt(value, path) || (fallback ?? "")}\n`);
    }
    if (field === "downwardAPI") {
      writer.write(level, "Items:\n");
      for (const item of listAt(value, "items")) {
        const from = textAt(item, "fieldRef", "fieldPath") || textAt(item, "resourceFieldRef", "resource");
        writer.write(level + 1, `${from} -> ${textAt(item, "path")}\n`);
      }
    }
    if (field === "csi") {
      const attributes = Object.entries((at(value, "volumeAttributes") ?? {}) as Record<string, string>).sort();
      writer.write(
        level,
        `VolumeAttributes:${attributes.length === 0 ? "\t<none>" : ""}\n`.replace(
          "VolumeAttributes:\n",
          "VolumeAttributes:\t",
        ),
      );
      attributes.forEach(([key, text], i) => {
        writer.write(0, `${i === 0 ? "" : `${"  ".repeat(level)}\t`}    ${key}=${text}\n`);
      });
    }
    return true;
  }
  return storageSource(writer, source, level);
}

function storageSource(writer: DescribeWriter, source: Json, level: number): boolean {
  for (const [name, { title, fields }] of Object.entries(STORAGE_SOURCES)) {
    const value = at(source, name);
    if (!isObject(value ?? null)) continue;
    writer.write(level, `Type:\t${title}\n`);
    // Upstream left the colon out of one of them.
    for (const field of fields.filter(({ ofVolumes }) => ofVolumes !== true || at(source, "name") === undefined))
      writer.write(
        level,
        `${field.title}${field.title === "ISCSIInterface" ? "" : ":"}\t${shownField(value, field, source)}\n`,
      );
    return true;
  }
  return false;
}

function shownField(value: Json | undefined, { path, none, as }: SourceField, source: Json): string {
  const found = at(value, path);
  if (as === "reference") {
    if (!isObject(found ?? null)) return "nil";
    const name = textAt(found, "name");
    // Of a PersistentVolume it names a namespace, too.
    return at(source, "name") === undefined
      ? `&SecretReference{Name:${name},Namespace:${textAt(found, "namespace")},}`
      : `&LocalObjectReference{Name:${name},}`;
  }
  if (as === "list") return `[${listAt(value, path).join(" ")}]`;
  if (as === "joined") return listAt(value, path).join(", ");
  if (as === "map") return goValue(found ?? {});
  return textAt(value, path) || (none ?? "");
}

export function volumes(writer: DescribeWriter, list: readonly Json[], indent: string): void {
  if (list.length === 0) {
    writer.write(0, `${indent}Volumes:\t<none>\n`);
    return;
  }
  writer.write(0, `${indent}Volumes:\n`);
  for (const volume of list) {
    // In templates names are one blank further in, and no more.
    writer.write(1, `${indent === "" ? "" : " "}${textAt(volume, "name")}:\n`);
    if (isObject(at(volume, "projected") ?? null)) projected(writer, volume, 2);
    else if (isObject(at(volume, "ephemeral") ?? null)) ephemeral(writer, volume);
    else if (!volumeSource(writer, volume, 2)) writer.write(2, "<unknown>\n");
  }
}

/** A claim within a Pod. Upstream's nested writer indents labels twice: before their title and before each of them. */
function ephemeral(writer: DescribeWriter, volume: Json): void {
  const claim = at(volume, "ephemeral", "volumeClaimTemplate") ?? null;
  const pairs = (title: string, field: string, sign: string) => {
    const entries = Object.entries((at(claim, "metadata", field) ?? {}) as Record<string, string>).sort();
    const shown = entries.length === 0 ? ["<none>"] : entries.map(([key, value]) => `${key}${sign}${value}`);
    shown.forEach((text, i) => {
      writer.write(2, `${i === 0 ? `${title}:` : ""}\t    ${text}\n`);
    });
  };
  writer.write(
    2,
    "Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)\n",
  );
  writer.write(2, `StorageClass:\t${textAt(claim, "spec", "storageClassName")}\n`);
  writer.write(2, `Volume:\t${textAt(claim, "spec", "volumeName")}\n`);
  pairs("Labels", "labels", "=");
  pairs("Annotations", "annotations", ": ");
  writer.write(2, "Capacity:\t\n");
  writer.write(2, "Access Modes:\t\n");
  writer.write(2, `VolumeMode:\t${textAt(claim, "spec", "volumeMode")}\n`);
}

function projected(writer: DescribeWriter, volume: Json, level: number): void {
  writer.write(level, "Type:\tProjected (a volume that contains injected data from multiple sources)\n");
  for (const source of listAt(volume, "projected", "sources")) {
    if (isObject(at(source, "secret") ?? null)) {
      writer.write(level, `SecretName:\t${textAt(source, "secret", "name")}\n`);
      writer.write(level, `Optional:\t${textAt(source, "secret", "optional") === "true"}\n`);
    } else if (isObject(at(source, "downwardAPI") ?? null)) writer.write(level, "DownwardAPI:\ttrue\n");
    else if (isObject(at(source, "configMap") ?? null)) {
      writer.write(level, `ConfigMapName:\t${textAt(source, "configMap", "name")}\n`);
      writer.write(level, `Optional:\t${textAt(source, "configMap", "optional") === "true"}\n`);
    } else if (isObject(at(source, "serviceAccountToken") ?? null)) {
      writer.write(level, `TokenExpirationSeconds:\t${textAt(source, "serviceAccountToken", "expirationSeconds")}\n`);
    }
  }
}
