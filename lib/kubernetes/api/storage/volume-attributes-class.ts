/** storage.k8s.io/v1 VolumeAttributesClass: pkg/registry/storage/volumeattributesclass, pkg/apis/storage/validation. */
import { forbiddenField, isDns1123Subdomain, required } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { volumeAttributesClasses } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { VolumeAttributesClass } from "../types.ts";

const asText = (parameters: Readonly<Record<string, string>> | undefined) =>
  JSON.stringify(Object.entries(parameters ?? {}).sort());

export const volumeAttributesClass = define(volumeAttributesClasses, {
  shortNames: ["vac"],
  columns: [
    nameColumn(),
    column("DriverName", "string", "Driver that knows the parameters.", (object) => object.driverName),
    ageColumn(),
  ],
  ...rules<VolumeAttributesClass>(
    false,
    isDns1123Subdomain,
    ({ driverName, parameters }) => [
      ...(driverName ? [] : [required("driverName")]),
      ...(Object.keys(parameters ?? {}).length > 0
        ? []
        : [required("parameters", "must contain at least one key/value pair")]),
    ],
    (next, old) => [
      ...(next.driverName === old.driverName
        ? []
        : [forbiddenField("driverName", "updates to driverName are forbidden.")]),
      ...(asText(next.parameters) === asText(old.parameters)
        ? []
        : [forbiddenField("parameters", "updates to parameters are forbidden.")]),
    ],
  ),
});
