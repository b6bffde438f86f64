/** networking.k8s.io/v1 ServiceCIDR: pkg/registry/networking/servicecidr/strategy.go. */
import { immutable, invalidValue, isDns1123Subdomain, required, tooMany } from "../../machinery/validation/index.ts";
import { formatIPv4, parseCidr } from "../../network/addresses.ts";
import { define } from "../define.ts";
import { keepSpec } from "../lifecycle.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { serviceCidrs } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { ServiceCIDR } from "../types.ts";

/** One range of each family; here there is one family. */
const MAX_RANGES = 2;

function isCanonical(text: string): boolean {
  const range = parseCidr(text);
  return range !== undefined && text.startsWith(`${formatIPv4(range.first)}/`);
}

export const serviceCidr = define(serviceCidrs, {
  subresources: ["status"],
  columns: [
    nameColumn(),
    column("CIDRs", "string", "Ranges of addresses.", ({ spec }) => (spec?.cidrs ?? []).join(",")),
    ageColumn(),
  ],
  prepareForCreate(object) {
    delete object.status;
  },
  prepareForUpdate(object, old) {
    if (old.status === undefined) delete object.status;
    else object.status = old.status;
  },
  prepareForStatusUpdate: keepSpec,
  ...rules<ServiceCIDR>(
    false,
    isDns1123Subdomain,
    ({ spec }) => {
      const cidrs = spec?.cidrs ?? [];
      if (cidrs.length === 0) return [required("spec.cidrs", "at least one CIDR required")];
      if (cidrs.length > MAX_RANGES) return [tooMany("spec.cidrs", cidrs.length, MAX_RANGES)];
      return cidrs.flatMap((text, index) =>
        parseCidr(text) === undefined
          ? [
              invalidValue(
                `spec.cidrs[${index}]`,
                text,
                "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
              ),
            ]
          : isCanonical(text)
            ? []
            : [invalidValue(`spec.cidrs[${index}]`, text, "must be in canonical form")],
      );
    },
    (object, old) => immutable("spec.cidrs", object.spec?.cidrs, old.spec?.cidrs),
  ),
  validateStatusUpdate: metadataOnly,
});
