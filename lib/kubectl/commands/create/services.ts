/** kubectl create service clusterip|nodeport|loadbalancer|externalname. */
import { CommandError } from "../../errors.ts";
import type { Invocation } from "../../invocation.ts";
import type { JsonObject } from "../../object.ts";
import { type Generator, metadata } from "./generate.ts";

function ports(invocation: Invocation, nodePort: number): JsonObject[] {
  return invocation.flags.list("tcp").map((text) => {
    const [port = "", target = port] = text.split(":");
    if (!/^\d+$/.test(port)) throw new CommandError(`strconv.ParseUint: parsing "${port}": invalid syntax`);
    if (Number(port) > 65535) throw new CommandError(`strconv.ParseUint: parsing "${port}": value out of range`);
    return {
      // What stands after a second colon is left out.
      name: text.split(":").slice(0, 2).join("-"),
      protocol: "TCP",
      port: Number(port),
      targetPort: /^\d+$/.test(target) ? Number(target) : target,
      ...(nodePort > 0 ? { nodePort } : {}),
    };
  });
}

function service(type: string, short: string, name: string): Generator {
  const tcp = { name: "tcp", type: "strings", usage: "port:targetPort; several are allowed" } as const;
  return {
    name,
    short,
    arguments: "NAME [--tcp=<port>:<targetPort>]",
    flags: [
      tcp,
      ...(type === "ClusterIP"
        ? [{ name: "clusterip", type: "string", usage: "An address, or None for a headless service" } as const]
        : []),
      ...(type === "NodePort"
        ? [{ name: "node-port", type: "int", default: "0", usage: "Port on every node" } as const]
        : []),
      ...(type === "ExternalName"
        ? [{ name: "external-name", type: "string", required: true, usage: "DNS name the service stands for" } as const]
        : []),
    ],
    generate(invocation, serviceName) {
      const { flags } = invocation;
      const clusterIp = type === "ClusterIP" ? flags.string("clusterip") : "";
      const external = type === "ExternalName" ? flags.string("external-name") : "";
      if (external !== "" && !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(external))
        throw new CommandError(`invalid service external name ${external}`);
      const list = ports(invocation, type === "NodePort" ? flags.number("node-port") : 0);
      if (list.length === 0 && clusterIp !== "None" && type !== "ExternalName")
        throw new CommandError("at least one tcp port specifier must be provided");
      return {
        kind: "Service",
        apiVersion: "v1",
        metadata: metadata(serviceName, { app: serviceName }),
        spec: {
          ...(list.length > 0 ? { ports: list } : {}),
          selector: { app: serviceName },
          ...(clusterIp === "" ? {} : { clusterIP: clusterIp }),
          type,
          ...(type === "ExternalName" ? { externalName: flags.string("external-name") } : {}),
        },
        status: { loadBalancer: {} },
      };
    },
  };
}

export const serviceGenerators: readonly Generator[] = [
  service("ClusterIP", "Create a ClusterIP service", "clusterip"),
  service("ExternalName", "Create an ExternalName service", "externalname"),
  service("LoadBalancer", "Create a LoadBalancer service", "loadbalancer"),
  service("NodePort", "Create a NodePort service", "nodeport"),
];
