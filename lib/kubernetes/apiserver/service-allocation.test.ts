import { describe, expect, it } from "vitest";
import { services } from "../api/resources.ts";
import type { Service } from "../api/types.ts";
import { Store } from "../store/store.ts";
import { ServiceAllocator } from "./service-allocation.ts";

function allocator() {
  const store = new Store();
  let seed = 0;
  const allocation = new ServiceAllocator(store, () => (seed = (seed + 0.37) % 1));
  const create = (name: string, spec: Service["spec"]) => {
    const service: Service = { metadata: { name, namespace: "default" }, ...(spec === undefined ? {} : { spec }) };
    const errors = allocation.allocate(service);
    if (errors.length === 0) store.put(services.key, service, { time: 0, actor: "test" });
    return { service, errors: errors.map((error) => `${error.field}: ${error.detail}`) };
  };
  return create;
}

describe("Services", () => {
  it("get a free address of the range each, headless ones none", () => {
    const create = allocator();
    const addresses = ["a", "b", "c"].map((name) => create(name, { ports: [{ port: 80 }] }).service.spec?.clusterIP);
    expect(new Set(addresses).size).toBe(3);
    for (const address of addresses) expect(address).toMatch(/^10\.(9[6-9]|10\d|11[01])\./);
    expect(create("d", { clusterIP: "None" }).service.spec?.clusterIPs).toEqual(["None"]);
    expect(create("e", { type: "ExternalName", externalName: "x" }).service.spec?.clusterIP).toBeUndefined();
  });

  it("are refused addresses that are taken or out of range", () => {
    const create = allocator();
    expect(create("a", { clusterIP: "10.96.0.50" }).errors).toEqual([]);
    expect(create("b", { clusterIP: "10.96.0.50" }).errors).toEqual([
      "spec.clusterIPs: failed to allocate IP 10.96.0.50: provided IP is already allocated",
    ]);
    expect(create("c", { clusterIP: "192.168.0.1" }).errors).toEqual([
      "spec.clusterIPs: failed to allocate IP 192.168.0.1: the provided network does not match the current range",
    ]);
  });

  it("get node ports where their type has them; a named one is theirs or refused", () => {
    const create = allocator();
    const first =
      create("a", { type: "NodePort", ports: [{ port: 80 }, { port: 81, nodePort: 30001 }] }).service.spec?.ports ?? [];
    expect(first[0]?.nodePort).toBeGreaterThanOrEqual(30000);
    expect(first[0]?.nodePort).not.toBe(30001);
    expect(create("b", { type: "NodePort", ports: [{ port: 80, nodePort: 30001 }] }).errors).toEqual([
      "spec.ports[0].nodePort: provided port is already allocated",
    ]);
    expect(create("c", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }).errors).toEqual([
      "spec.ports[0].nodePort: provided port is not in the valid range. The range of valid ports is 30000-32767",
    ]);
    expect(create("d", { ports: [{ port: 80 }] }).service.spec?.ports?.[0]?.nodePort).toBeUndefined();
    const both = [
      { port: 53, nodePort: 30053, protocol: "TCP" },
      { port: 53, nodePort: 30053, protocol: "UDP" },
    ];
    expect(create("e", { type: "NodePort", ports: both }).errors).toEqual([]);
    const shared = create("f", { type: "NodePort", ports: both.map(({ nodePort: _, ...port }) => port) }).service;
    expect(shared.spec?.ports?.[0]?.nodePort).toBe(shared.spec?.ports?.[1]?.nodePort);
  });
});
