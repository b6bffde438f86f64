/** coordination.k8s.io/v1 Lease: pkg/registry/coordination/lease/strategy.go. */
import { invalidValue, isDns1123Subdomain, nonNegative } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { leases } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { Lease } from "../types.ts";

export const lease = define(leases, {
  createOnUpdate: true,
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column("Holder", "string", "Who has it.", (object) => object.spec?.holderIdentity ?? ""),
    ageColumn(),
  ],
  ...rules<Lease>(true, isDns1123Subdomain, ({ spec }) => {
    const seconds = spec?.leaseDurationSeconds;
    return [
      ...(seconds !== undefined && seconds <= 0
        ? [invalidValue("spec.leaseDurationSeconds", seconds, "must be greater than 0")]
        : []),
      ...nonNegative("spec.leaseTransitions", spec?.leaseTransitions),
    ];
  }),
});
