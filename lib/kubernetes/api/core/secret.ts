/** v1 Secret: pkg/registry/core/secret/strategy.go. */

import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { secrets } from "../resources.ts";
import { defaultSecret, validateSecret, validateSecretUpdate } from "./small-rules.ts";

export const secret = define(secrets, {
  columns: [
    nameColumn(),
    column("Type", "string", "What the Secret is for.", (object) => object.type ?? ""),
    column("Data", "string", "How many keys there are.", (object) => Object.keys(object.data ?? {}).length),
    ageColumn(),
  ],
  selectableFields: { type: (object) => object.type ?? "" },
  applyDefaults: defaultSecret,
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
});
