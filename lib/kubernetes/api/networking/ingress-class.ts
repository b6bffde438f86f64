/** networking.k8s.io/v1 IngressClass: pkg/registry/networking/ingressclass/strategy.go. */
import { deepEqual } from "../../machinery/clone.ts";
import { immutable, invalidValue, isDns1123Subdomain, required } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { countGeneration } from "../lifecycle.ts";
import { setDefault } from "../pods/defaults.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { ingressClasses } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { IngressClass } from "../types.ts";

export const ingressClass = define(ingressClasses, {
  columns: [
    nameColumn(),
    column("Controller", "string", "Who serves it.", (object) => object.spec?.controller ?? ""),
    column("Parameters", "string", "An object with more settings.", ({ spec }) => {
      const parameters = spec?.parameters;
      if (parameters === undefined) return "<none>";
      return `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ""}/${parameters.name}`;
    }),
    ageColumn(),
  ],
  applyDefaults({ spec }) {
    if (spec?.parameters !== undefined) setDefault(spec.parameters, "scope", "Cluster");
  },
  prepareForCreate(object) {
    object.metadata.generation = 1;
  },
  prepareForUpdate: (object, old) => countGeneration(object, old, deepEqual(object.spec, old.spec)),
  ...rules<IngressClass>(
    false,
    isDns1123Subdomain,
    ({ spec }) => {
      if (!spec?.controller) return [required("spec.controller")];
      if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/.+$/.test(spec.controller))
        return [
          invalidValue("spec.controller", spec.controller, 'must be a domain-prefixed path (such as "acme.io/foo")'),
        ];
      return [];
    },
    (object, old) => immutable("spec.controller", object.spec?.controller, old.spec?.controller),
  ),
});
