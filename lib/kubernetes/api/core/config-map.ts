/** v1 ConfigMap: pkg/registry/core/configmap/strategy.go. */

import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { configMaps } from "../resources.ts";
import { validateConfigMap, validateConfigMapUpdate } from "./small-rules.ts";

export const configMap = define(configMaps, {
  shortNames: ["cm"],
  columns: [
    nameColumn(),
    column(
      "Data",
      "string",
      "How many keys there are.",
      (object) => Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length,
    ),
    ageColumn(),
  ],
  validate: validateConfigMap,
  validateUpdate: validateConfigMapUpdate,
});
