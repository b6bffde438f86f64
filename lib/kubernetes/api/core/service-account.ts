/** v1 ServiceAccount: pkg/registry/core/serviceaccount/strategy.go. */
import { validateObjectMetaUpdate } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { serviceAccounts } from "../resources.ts";
import { validateServiceAccount } from "./small-rules.ts";

export const serviceAccount = define(serviceAccounts, {
  shortNames: ["sa"],
  subresources: ["token"],
  columns: [
    nameColumn(),
    column("Secrets", "string", "How many Secrets it lists.", (object) => object.secrets?.length ?? 0),
    ageColumn(),
  ],
  validate: validateServiceAccount,
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateServiceAccount(object),
  ],
});
