/** discovery.k8s.io/v1 EndpointSlice: pkg/registry/discovery/endpointslice/strategy.go. */
import { define } from "../define.ts";
import { ageColumn, column, firstThree, nameColumn } from "../printing/columns.ts";
import { endpointSlices } from "../resources.ts";

export const endpointSlice = define(endpointSlices, {
  columns: [
    nameColumn(),
    column("AddressType", "string", "IPv4, IPv6 or FQDN.", (object) => object.addressType),
    column("Ports", "string", "Ports of the endpoints.", (object) =>
      firstThree(
        (object.ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? "*") : String(port))),
        "<unset>",
      ),
    ),
    column("Endpoints", "string", "Addresses.", (object) =>
      firstThree(
        (object.endpoints ?? []).flatMap(({ addresses }) => addresses),
        "<unset>",
      ),
    ),
    ageColumn(),
  ],
});
