/** node.k8s.io/v1 RuntimeClass: pkg/registry/node/runtimeclass/strategy.go. */
import { immutable, isDns1123Label, isDns1123Subdomain, problems } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { defaultResourceList } from "../pods/defaults.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { runtimeClasses } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { RuntimeClass } from "../types.ts";

export const runtimeClass = define(runtimeClasses, {
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column("Handler", "string", "What the node's runtime calls it.", (object) => object.handler),
    ageColumn(),
  ],
  applyDefaults: ({ overhead }) => defaultResourceList(overhead?.podFixed),
  ...rules<RuntimeClass>(
    false,
    isDns1123Subdomain,
    ({ handler }) => problems("handler", handler ?? "", isDns1123Label(handler ?? "")),
    (object, old) => immutable("handler", object.handler, old.handler),
  ),
});
