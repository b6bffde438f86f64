/** networking.k8s.io/v1 IPAddress: pkg/registry/networking/ipaddress/strategy.go. */
import { immutable, isIPv4Text, isIPv6Text, required } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { ipAddresses } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { IPAddress } from "../types.ts";

export const ipAddress = define(ipAddresses, {
  shortNames: ["ip"],
  columns: [
    nameColumn(),
    column("ParentRef", "string", "What has the address.", ({ spec }) => {
      const { group, resource, namespace, name } = spec?.parentRef ?? { resource: "", name: "" };
      return [group ? `${resource}.${group}` : resource, ...(namespace ? [namespace] : []), name].join("/");
    }),
    ageColumn(),
  ],
  ...rules<IPAddress>(
    false,
    (name = "") => (isIPv4Text(name) || isIPv6Text(name) ? [] : ["must be a valid IP address in canonical form"]),
    ({ spec }) => {
      const parent = spec?.parentRef;
      if (parent === undefined) return [required("spec.parentRef")];
      const errors = parent.resource ? [] : [required("spec.parentRef.resource")];
      if (!parent.name) errors.push(required("spec.parentRef.name"));
      return errors;
    },
    (object, old) => immutable("spec.parentRef", object.spec?.parentRef, old.spec?.parentRef),
  ),
});
