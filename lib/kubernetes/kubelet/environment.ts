/** The environment of a container (kubelet_pods.go makeEnvironmentVariables). Pure but for what it looks up. */
import { decodeBase64 } from "../../encoding/index.ts";
import { configMaps, secrets, services } from "../api/resources.ts";
import type { Container, Pod, Service } from "../api/types.ts";
import type { Client } from "../apiserver/client.ts";
import { expand } from "./expansion.ts";
import { fieldValue, resourceFieldValue } from "./fields.ts";

/** The container cannot be configured: CreateContainerConfigError with these words. */
export class ConfigError extends Error {}

interface EnvironmentContext {
  readonly client: Client;
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
  readonly nodeAllocatable: Readonly<Record<string, string>>;
}

/** Variables in order: service links, then envFrom, then env. Throws `ConfigError`. `warn`: keys that are no names. */
export function environmentOf(
  container: Container,
  context: EnvironmentContext,
  warn: (reason: string, message: string) => void = () => undefined,
): Map<string, string> {
  const { client, pod } = context;
  const namespace = pod.metadata.namespace ?? "";
  const result = new Map<string, string>();
  const links = serviceLinks(client, namespace, pod.spec?.enableServiceLinks ?? true);
  for (const source of container.envFrom ?? []) {
    const prefix = source.prefix ?? "";
    if (source.configMapRef !== undefined) {
      const name = source.configMapRef.name ?? "";
      const found = client.find(configMaps, namespace, name);
      if (found === undefined && source.configMapRef.optional === true) continue;
      if (found === undefined) throw new ConfigError(`configmap "${name}" not found`);
      addAll(result, prefix, Object.entries(found.data ?? {}), `${namespace}/${name}`, warn, "configMap");
    }
    if (source.secretRef !== undefined) {
      const name = source.secretRef.name ?? "";
      const found = client.find(secrets, namespace, name);
      if (found === undefined && source.secretRef.optional === true) continue;
      if (found === undefined) throw new ConfigError(`secret "${name}" not found`);
      const entries = Object.entries(found.data ?? {}).map(([key, value]): [string, string] => [
        key,
        new TextDecoder().decode(decodeBase64(value)),
      ]);
      addAll(result, prefix, entries, `${namespace}/${name}`, warn, "secret");
    }
  }
  // Service links are visible to $(VAR) even where env overrides them.
  const known = new Map([...links, ...result]);
  for (const variable of container.env ?? []) {
    let value: string | undefined;
    if (variable.value !== undefined && variable.value !== "") value = expand(variable.value, known);
    else if (variable.valueFrom !== undefined) value = valueFrom(variable.valueFrom, container, context);
    else value = "";
    if (value === undefined) continue;
    result.set(variable.name, value);
    known.set(variable.name, value);
  }
  for (const [name, value] of links) if (!result.has(name)) result.set(name, value);
  return result;
}

type ValueFrom = NonNullable<NonNullable<Container["env"]>[number]["valueFrom"]>;

function valueFrom(source: ValueFrom, container: Container, context: EnvironmentContext): string | undefined {
  const { client, pod } = context;
  const namespace = pod.metadata.namespace ?? "";
  if (source.fieldRef !== undefined) return fieldValue(source.fieldRef.fieldPath, context);
  if (source.resourceFieldRef !== undefined) {
    const { containerName, resource, divisor } = source.resourceFieldRef;
    const about =
      containerName === undefined || containerName === ""
        ? container
        : [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((c) => c.name === containerName);
    if (about === undefined) throw new ConfigError(`container ${containerName} not found`);
    return resourceFieldValue(resource, divisor, about, context.nodeAllocatable);
  }
  if (source.configMapKeyRef !== undefined) {
    const { name = "", key, optional } = source.configMapKeyRef;
    const found = client.find(configMaps, namespace, name);
    if (found === undefined) {
      if (optional === true) return undefined;
      throw new ConfigError(`configmap "${name}" not found`);
    }
    const value = found.data?.[key];
    if (value === undefined && optional !== true) {
      throw new ConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    }
    return value;
  }
  if (source.secretKeyRef !== undefined) {
    const { name = "", key, optional } = source.secretKeyRef;
    const found = client.find(secrets, namespace, name);
    if (found === undefined) {
      if (optional === true) return undefined;
      throw new ConfigError(`secret "${name}" not found`);
    }
    const value = found.data?.[key];
    if (value === undefined) {
      if (optional === true) return undefined;
      throw new ConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    }
    return new TextDecoder().decode(decodeBase64(value));
  }
  return undefined;
}

/** IsEnvVarName, relaxed as in 1.34: any printable ASCII but "=". */
const VARIABLE_NAME = /^[\x20-\x3c\x3e-\x7e]+$/;

function addAll(
  into: Map<string, string>,
  prefix: string,
  entries: readonly (readonly [string, string])[],
  source: string,
  warn: (reason: string, message: string) => void,
  kind: string,
): void {
  const invalid: string[] = [];
  for (const [key, value] of entries) {
    const name = prefix + key;
    if (VARIABLE_NAME.test(name)) into.set(name, value);
    else invalid.push(key);
  }
  if (invalid.length === 0) return;
  const list = invalid.sort().join(", ");
  warn(
    "InvalidEnvironmentVariableNames",
    `Keys [${list}] from the EnvFrom ${kind} ${source} were skipped since they are considered invalid environment variable names.`,
  );
}

/** Docker-style variables of the Services of the namespace (and always of `kubernetes`): pkg/kubelet/envvars. */
function serviceLinks(client: Client, namespace: string, all: boolean): Map<string, string> {
  const result = new Map<string, string>();
  const master = client.find(services, "default", "kubernetes");
  const visible = new Map<string, Service>();
  if (master !== undefined) visible.set("kubernetes", master);
  if (all) for (const service of client.list(services, namespace)) visible.set(service.metadata.name ?? "", service);
  for (const [name, service] of visible) {
    const address = service.spec?.clusterIP;
    if (address === undefined || address === "" || address === "None") continue;
    const prefix = name.toUpperCase().replaceAll("-", "_");
    const ports = service.spec?.ports ?? [];
    const first = ports[0];
    if (first === undefined) continue;
    result.set(`${prefix}_SERVICE_HOST`, address);
    result.set(`${prefix}_SERVICE_PORT`, String(first.port));
    for (const port of ports) {
      if (port.name) {
        result.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll("-", "_")}`, String(port.port));
      }
    }
    ports.forEach((port, index) => {
      const protocol = port.protocol ?? "TCP";
      const url = `${protocol.toLowerCase()}://${address}:${port.port}`;
      const base = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
      if (index === 0) result.set(`${prefix}_PORT`, url);
      result.set(base, url);
      result.set(`${base}_PROTO`, protocol.toLowerCase());
      result.set(`${base}_PORT`, String(port.port));
      result.set(`${base}_ADDR`, address);
    });
  }
  return result;
}
