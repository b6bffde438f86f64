/** discovery.k8s.io/v1 EndpointSlice: pkg/registry/discovery/endpointslice/strategy.go. */
import { deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  duplicate,
  immutable,
  invalidValue,
  isDns1123Label,
  isDns1123Subdomain,
  isIPv4Text,
  isIPv6Text,
  notSupported,
  problems,
  required,
  tooMany,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { countGeneration } from "../lifecycle.ts";
import { setDefault, setDefaultText } from "../pods/defaults.ts";
import { ageColumn, column, firstThree, nameColumn } from "../printing/columns.ts";
import { endpointSlices } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { EndpointSlice } from "../types.ts";

const ADDRESS_TYPES = ["FQDN", "IPv4", "IPv6"];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;

function validateAddress(at: string, address: string, type: string): FieldError[] {
  if (type === "FQDN") return problems(at, address, isDns1123Subdomain(address));
  if (type === "IPv4" && !isIPv4Text(address)) return [invalidValue(at, address, "must be an IPv4 address")];
  if (type === "IPv6" && !isIPv6Text(address)) return [invalidValue(at, address, "must be an IPv6 address")];
  return [];
}

/** ValidateEndpointSlice in pkg/apis/discovery/validation. */
function validateSlice({ addressType, endpoints = [], ports = [] }: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required("addressType"));
  else if (!ADDRESS_TYPES.includes(addressType)) errors.push(notSupported("addressType", addressType, ADDRESS_TYPES));
  if (endpoints.length > MAX_ENDPOINTS) errors.push(tooMany("endpoints", endpoints.length, MAX_ENDPOINTS));
  for (const [index, { addresses = [], hostname }] of endpoints.entries()) {
    const at = `endpoints[${index}]`;
    if (addresses.length === 0) errors.push(required(`${at}.addresses`, "must contain at least 1 address"));
    if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(`${at}.addresses`, addresses.length, MAX_ADDRESSES));
    for (const [n, address] of addresses.entries())
      errors.push(...validateAddress(`${at}.addresses[${n}]`, address, addressType));
    if (hostname !== undefined) errors.push(...problems(`${at}.hostname`, hostname, isDns1123Label(hostname)));
  }
  if (ports.length > MAX_PORTS) errors.push(tooMany("ports", ports.length, MAX_PORTS));
  const names = new Set<string>();
  for (const [index, { name = "", protocol = "" }] of ports.entries()) {
    const at = `ports[${index}]`;
    if (name !== "") errors.push(...problems(`${at}.name`, name, isDns1123Label(name)));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol === "") errors.push(required(`${at}.protocol`));
    else if (!["SCTP", "TCP", "UDP"].includes(protocol))
      errors.push(notSupported(`${at}.protocol`, protocol, ["SCTP", "TCP", "UDP"]));
  }
  return errors;
}

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
  applyDefaults({ endpoints, ports }) {
    // A struct by value in Go: always there.
    for (const endpoint of endpoints ?? []) setDefault(endpoint, "conditions", {});
    for (const port of ports ?? []) {
      setDefault(port, "name", "");
      setDefaultText(port, "protocol", "TCP");
    }
  },
  prepareForCreate(object) {
    object.metadata.generation = 1;
  },
  prepareForUpdate(object, old) {
    const parts = ({ endpoints, ports, addressType }: EndpointSlice) => ({ endpoints, ports, addressType });
    countGeneration(object, old, deepEqual(parts(object), parts(old)));
  },
  ...rules<EndpointSlice>(true, isDns1123Subdomain, validateSlice, (object, old) =>
    immutable("addressType", object.addressType, old.addressType),
  ),
});
