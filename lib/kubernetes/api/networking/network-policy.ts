/** networking.k8s.io/v1 NetworkPolicy: pkg/registry/networking/networkpolicy/strategy.go. */

import { deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  forbiddenField,
  invalidValue,
  isCidr,
  isDns1123Subdomain,
  isPortName,
  notSupported,
  problems,
  required,
  validateLabelSelector,
  validPort,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { countGeneration } from "../lifecycle.ts";
import { setDefaultText } from "../pods/defaults.ts";
import { ageColumn, column, formatLabelSelector, nameColumn } from "../printing/columns.ts";
import { networkPolicies } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { NetworkPolicy } from "../types.ts";

type Spec = NonNullable<NetworkPolicy["spec"]>;
type Port = NonNullable<NonNullable<Spec["ingress"]>[number]["ports"]>[number];
type Peer = NonNullable<NonNullable<Spec["ingress"]>[number]["from"]>[number];

function validatePort(at: string, { port, protocol, endPort }: Port): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !["SCTP", "TCP", "UDP"].includes(protocol))
    errors.push(notSupported(`${at}.protocol`, protocol, ["SCTP", "TCP", "UDP"]));
  if (typeof port === "number") {
    errors.push(...validPort(`${at}.port`, port));
    if (endPort !== undefined) {
      if (endPort < port) errors.push(invalidValue(`${at}.endPort`, port, "must be greater than or equal to `port`"));
      errors.push(...validPort(`${at}.endPort`, endPort));
    }
  } else {
    if (port !== undefined) errors.push(...problems(`${at}.port`, port, isPortName(port)));
    if (endPort !== undefined)
      errors.push(
        port === undefined
          ? invalidValue(`${at}.endPort`, endPort, "may not be specified when `port` is not specified")
          : invalidValue(`${at}.endPort`, endPort, "may not be specified when `port` is non-numeric"),
      );
  }
  return errors;
}

/** Whether a range of IPv4 is smaller than another and inside it; ranges of IPv6 are not looked into. */
function isWithin(inner: string, outer: string): boolean {
  if (inner.includes(":") || outer.includes(":")) return true;
  const parse = (range: string) => {
    const [address = "", bits = "32"] = range.split("/");
    return { value: address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0), bits: Number(bits) };
  };
  const [small, large] = [parse(inner), parse(outer)];
  const size = 2 ** (32 - large.bits);
  return small.bits > large.bits && Math.floor(small.value / size) === Math.floor(large.value / size);
}

function validatePeer(at: string, { podSelector, namespaceSelector, ipBlock }: Peer): FieldError[] {
  const errors = [
    ...validateLabelSelector(`${at}.podSelector`, podSelector),
    ...validateLabelSelector(`${at}.namespaceSelector`, namespaceSelector),
  ];
  if (ipBlock !== undefined) {
    if (!ipBlock.cidr) errors.push(required(`${at}.ipBlock.cidr`));
    else errors.push(...problems(`${at}.ipBlock.cidr`, ipBlock.cidr, isCidr(ipBlock.cidr)));
    for (const [index, except] of (ipBlock.except ?? []).entries()) {
      const field = `${at}.ipBlock.except[${index}]`;
      const malformed = problems(field, except, isCidr(except));
      errors.push(...malformed);
      if (malformed.length === 0 && isCidr(ipBlock.cidr).length === 0 && !isWithin(except, ipBlock.cidr))
        errors.push(invalidValue(field, except, "must be a strict subset of `cidr`"));
    }
    if (podSelector !== undefined || namespaceSelector !== undefined)
      errors.push(forbiddenField(at, "may not specify both ipBlock and another peer"));
  } else if (podSelector === undefined && namespaceSelector === undefined) {
    errors.push(required(at, "must specify a peer"));
  }
  return errors;
}

function validateSpec({ spec }: NetworkPolicy): FieldError[] {
  const errors = validateLabelSelector("spec.podSelector", spec?.podSelector);
  const rule = (
    at: string,
    ports: readonly Port[] | undefined,
    key: "from" | "to",
    peers: readonly Peer[] | undefined,
  ) => [
    ...(ports ?? []).flatMap((port, index) => validatePort(`${at}.ports[${index}]`, port)),
    ...(peers ?? []).flatMap((peer, index) => validatePeer(`${at}.${key}[${index}]`, peer)),
  ];
  for (const [index, { ports, from }] of (spec?.ingress ?? []).entries())
    errors.push(...rule(`spec.ingress[${index}]`, ports, "from", from));
  for (const [index, { ports, to }] of (spec?.egress ?? []).entries())
    errors.push(...rule(`spec.egress[${index}]`, ports, "to", to));
  const types = spec?.policyTypes ?? [];
  if (types.length > 2)
    return [...errors, invalidValue("spec.policyTypes", types, "may not specify more than two policyTypes")];
  for (const [index, type] of types.entries())
    if (type !== "Ingress" && type !== "Egress")
      errors.push(notSupported(`spec.policyTypes[${index}]`, type, ["Egress", "Ingress"]));
  return errors;
}

export const networkPolicy = define(networkPolicies, {
  shortNames: ["netpol"],
  columns: [
    nameColumn(),
    column("Pod-Selector", "string", "Which Pods it is about.", (object) =>
      formatLabelSelector(object.spec?.podSelector),
    ),
    ageColumn(),
  ],
  applyDefaults(object) {
    object.spec ??= { podSelector: {} };
    object.spec.podSelector ??= {};
    for (const { ports } of [...(object.spec.ingress ?? []), ...(object.spec.egress ?? [])])
      for (const port of ports ?? []) setDefaultText(port, "protocol", "TCP");
    if ((object.spec.policyTypes ?? []).length === 0)
      object.spec.policyTypes = (object.spec.egress ?? []).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
  },
  prepareForCreate(object) {
    object.metadata.generation = 1;
  },
  prepareForUpdate: (object, old) => countGeneration(object, old, deepEqual(object.spec, old.spec)),
  ...rules<NetworkPolicy>(true, isDns1123Subdomain, validateSpec),
});
