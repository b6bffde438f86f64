/** Containers and their probes (validateContainers and its siblings in pkg/apis/core/validation/validation.go). */
import type { FieldError } from "../../machinery/status.ts";
import {
  duplicate,
  fieldNotFound,
  forbiddenField,
  invalidValue,
  isDns1123Label,
  isHttpHeaderName,
  isPortName,
  nonNegative,
  notSupported,
  oneOf,
  problems,
  required,
  validPort,
} from "../../machinery/validation/index.ts";
import type { Container, Probe, Volume } from "../types.ts";
import { validateEnv, validateEnvFrom } from "./validate-references.ts";
import { validateResourceRequirements } from "./validate-resources.ts";
import { validateSecurityContext } from "./validate-security.ts";
import { localDescendingPath } from "./validate-volumes.ts";

type VolumesByName = ReadonlyMap<string, Volume>;

const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const MORE_THAN_ONE = "may not specify more than 1 handler type";

/** A port's number or name. */
function portNumberOrName(field: string, port: number | string | undefined): FieldError[] {
  if (typeof port === "string") return problems(field, port, isPortName(port));
  return validPort(field, port ?? 0);
}

type Handler = NonNullable<NonNullable<Container["lifecycle"]>["postStart"]> & Pick<Probe, "grpc">;

/** Exactly one way of asking a container. */
function validateHandler(field: string, handler: Handler, gracePeriod: number | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let found = 0;
  const one = (key: string, check: () => FieldError[]) => {
    if (found++ > 0) errors.push(forbiddenField(`${field}.${key}`, MORE_THAN_ONE));
    else errors.push(...check());
  };
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec !== undefined)
    one("exec", () => ((exec.command ?? []).length === 0 ? [required(`${field}.exec.command`)] : []));
  if (httpGet !== undefined)
    one("httpGet", () => {
      const at = `${field}.httpGet`;
      const own = httpGet.path ? [] : [required(`${at}.path`)];
      own.push(...portNumberOrName(`${at}.port`, httpGet.port));
      if (!["HTTP", "HTTPS"].includes(httpGet.scheme ?? ""))
        own.push(notSupported(`${at}.scheme`, httpGet.scheme, ["HTTP", "HTTPS"]));
      for (const { name } of httpGet.httpHeaders ?? [])
        own.push(...problems(`${at}.httpHeaders`, name, isHttpHeaderName(name)));
      return own;
    });
  if (tcpSocket !== undefined) one("tcpSocket", () => portNumberOrName(`${field}.tcpSocket.port`, tcpSocket.port));
  if (grpc !== undefined) one("grpc", () => validPort(`${field}.grpc.port`, grpc.port));
  if (sleep !== undefined)
    one("sleep", () =>
      sleep.seconds < 0 || sleep.seconds > (gracePeriod ?? 0)
        ? [
            invalidValue(
              `${field}.sleep`,
              sleep.seconds,
              `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod ?? 0}). Enable AllowPodLifecycleSleepActionZeroValue feature gate for zero sleep.`,
            ),
          ]
        : [],
    );
  if (found === 0) errors.push(required(field, "must specify a handler type"));
  return errors;
}

type ProbeKind = "livenessProbe" | "readinessProbe" | "startupProbe";

function validateProbe(field: string, probe: Probe | undefined, kind: ProbeKind): FieldError[] {
  if (probe === undefined) return [];
  const errors = validateHandler(field, probe as Handler, undefined);
  const numbers = [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ] as const;
  for (const key of numbers) errors.push(...nonNegative(`${field}.${key}`, probe[key]));
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0)
    errors.push(invalidValue(`${field}.terminationGracePeriodSeconds`, grace, "must be greater than 0"));
  if (kind === "readinessProbe") {
    if (grace !== undefined)
      errors.push(invalidValue(`${field}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes"));
  } else if ((probe.successThreshold ?? 1) !== 1) {
    errors.push(invalidValue(`${field}.successThreshold`, probe.successThreshold, "must be 1"));
  }
  return errors;
}

function validateLifecycle(field: string, container: Container, gracePeriod: number | undefined): FieldError[] {
  const { postStart, preStop, stopSignal } = container.lifecycle ?? {};
  const errors: FieldError[] = [];
  if (postStart !== undefined) errors.push(...validateHandler(`${field}.postStart`, postStart as Handler, gracePeriod));
  if (preStop !== undefined) errors.push(...validateHandler(`${field}.preStop`, preStop as Handler, gracePeriod));
  if (stopSignal !== undefined && !/^SIG[A-Z0-9+-]+$/.test(stopSignal))
    errors.push(notSupported(`${field}.stopSignal`, stopSignal, []));
  return errors;
}

function validatePorts(field: string, ports: Container["ports"] = []): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `${field}[${index}]`;
    if (port.name) {
      const wrong = isPortName(port.name);
      if (wrong.length > 0) errors.push(...problems(`${at}.name`, port.name, wrong));
      else if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      else names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else errors.push(...validPort(`${at}.containerPort`, port.containerPort));
    if (port.hostPort) errors.push(...validPort(`${at}.hostPort`, port.hostPort));
    errors.push(...oneOf(`${at}.protocol`, port.protocol, PROTOCOLS));
  }
  return errors;
}

function validateMounts(field: string, container: Container, volumes: VolumesByName): FieldError[] {
  const errors: FieldError[] = [];
  const paths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${field}[${index}]`;
    if (!mount.name) errors.push(required(`${at}.name`));
    if (!volumes.has(mount.name)) errors.push(fieldNotFound(`${at}.name`, mount.name ?? ""));
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`));
    if (paths.has(mount.mountPath)) errors.push(invalidValue(`${at}.mountPath`, mount.mountPath, "must be unique"));
    paths.add(mount.mountPath);
    if (devices.some(({ name }) => name === mount.name))
      errors.push(invalidValue(`${at}.name`, mount.name, "must not already exist in volumeDevices"));
    if (devices.some(({ devicePath }) => devicePath === mount.mountPath))
      errors.push(
        invalidValue(`${at}.mountPath`, mount.mountPath, "must not already exist as a path in volumeDevices"),
      );
    // Upstream names the list here, not the item.
    if (mount.subPath) errors.push(...localDescendingPath(`${field}.subPath`, mount.subPath));
    if (mount.subPathExpr) {
      if (mount.subPath)
        errors.push(
          invalidValue(`${at}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive"),
        );
      errors.push(...localDescendingPath(`${field}.subPathExpr`, mount.subPathExpr));
    }
    const { mountPropagation } = mount;
    if (mountPropagation === undefined) continue;
    const privileged = container.securityContext?.privileged === true;
    if (mountPropagation === "Bidirectional" && !privileged)
      errors.push(
        forbiddenField(
          `${field}.mountPropagation`,
          "Bidirectional mount propagation is available only to privileged containers",
        ),
      );
    const modes = ["Bidirectional", "HostToContainer", "None"];
    if (!modes.includes(mountPropagation))
      errors.push(notSupported(`${field}.mountPropagation`, mountPropagation, modes));
  }
  return errors;
}

function validateDevices(field: string, container: Container, volumes: VolumesByName): FieldError[] {
  const errors: FieldError[] = [];
  const paths = new Set<string>();
  const names = new Set<string>();
  for (const [index, { name, devicePath }] of (container.volumeDevices ?? []).entries()) {
    const at = `${field}[${index}]`;
    if (!name) errors.push(required(`${at}.name`));
    if (names.has(name)) errors.push(invalidValue(`${at}.name`, name, "must be unique"));
    const volume = volumes.get(name);
    if (name && volume === undefined) errors.push(fieldNotFound(`${at}.name`, name));
    else if (volume !== undefined && volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined)
      errors.push(
        invalidValue(
          `${at}.name`,
          name,
          "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
        ),
      );
    if (!devicePath) errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalidValue(`${at}.devicePath`, devicePath, "must be unique"));
    if (devicePath?.split("/").includes(".."))
      errors.push(invalidValue(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    names.add(name);
    paths.add(devicePath);
  }
  return errors;
}

function validateCommon(at: string, container: Container, volumes: VolumesByName): FieldError[] {
  const errors: FieldError[] = [];
  if (!container.name) errors.push(required(`${at}.name`));
  else errors.push(...problems(`${at}.name`, container.name, isDns1123Label(container.name)));
  if (!container.image) errors.push(required(`${at}.image`));
  errors.push(
    ...oneOf(`${at}.terminationMessagePolicy`, container.terminationMessagePolicy, ["File", "FallbackToLogsOnError"]),
    ...validatePorts(`${at}.ports`, container.ports),
    ...validateEnv(`${at}.env`, container.env),
    ...validateEnvFrom(`${at}.envFrom`, container.envFrom),
    ...validateMounts(`${at}.volumeMounts`, container, volumes),
    ...validateDevices(`${at}.volumeDevices`, container, volumes),
    ...oneOf(`${at}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES),
    ...validateResourceRequirements(`${at}.resources`, container.resources),
    ...validateSecurityContext(`${at}.securityContext`, container.securityContext),
  );
  return errors;
}

function validateProbes(at: string, container: Container): FieldError[] {
  return (["livenessProbe", "readinessProbe", "startupProbe"] as const).flatMap((kind) =>
    validateProbe(`${at}.${kind}`, container[kind], kind),
  );
}

function hostPortConflicts(field: string, containers: readonly Container[]): FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, container] of containers.entries()) {
    for (const [at, { hostPort, hostIP = "", protocol }] of (container.ports ?? []).entries()) {
      if (!hostPort) continue;
      const claim = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(claim)) errors.push(duplicate(`${field}[${index}].ports[${at}].hostPort`, claim));
      taken.add(claim);
    }
  }
  return errors;
}

export function validateContainers(
  field: string,
  containers: readonly Container[],
  volumes: VolumesByName,
  gracePeriod: number | undefined,
): FieldError[] {
  if (containers.length === 0) return [required(field)];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = `${field}[${index}]`;
    errors.push(...validateCommon(at, container, volumes));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    else names.add(container.name);
    errors.push(...validateLifecycle(`${at}.lifecycle`, container, gracePeriod), ...validateProbes(at, container));
    if (container.restartPolicy !== undefined)
      errors.push(forbiddenField(`${at}.restartPolicy`, "may not be set for non-init containers"));
  }
  return [...errors, ...hostPortConflicts(field, containers)];
}

const NOT_FOR_INIT = "may not be set for init containers without restartPolicy=Always";

export function validateInitContainers(
  field: string,
  containers: readonly Container[],
  regular: readonly Container[],
  volumes: VolumesByName,
  gracePeriod: number | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set(regular.map(({ name }) => name));
  for (const [index, container] of containers.entries()) {
    const at = `${field}[${index}]`;
    errors.push(...validateCommon(at, container, volumes));
    const { restartPolicy } = container;
    const sidecar = restartPolicy === "Always";
    if (restartPolicy !== undefined && !sidecar)
      errors.push(notSupported(`${at}.restartPolicy`, restartPolicy, ["Always"]));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    else if (container.name) names.add(container.name);
    errors.push(...hostPortConflicts(field, [container]));
    if (sidecar) {
      errors.push(...validateLifecycle(`${at}.lifecycle`, container, gracePeriod), ...validateProbes(at, container));
      continue;
    }
    for (const key of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
      if (container[key] !== undefined) errors.push(forbiddenField(`${at}.${key}`, NOT_FOR_INIT));
    }
  }
  return errors;
}

const NOT_FOR_EPHEMERAL = "cannot be set for an Ephemeral Container";
const EPHEMERAL_FORBIDDEN = [
  "ports",
  "lifecycle",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "resources",
  "restartPolicy",
] as const;

export function validateEphemeralContainers(
  field: string,
  ephemeral: readonly (Container & { readonly targetContainerName?: string })[],
  others: readonly Container[],
  volumes: VolumesByName,
): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set(others.map(({ name }) => name));
  for (const [index, container] of ephemeral.entries()) {
    const at = `${field}[${index}]`;
    const { resources, ...rest } = container;
    errors.push(...validateCommon(at, rest, volumes));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    if (container.targetContainerName && !others.some(({ name }) => name === container.targetContainerName))
      errors.push(fieldNotFound(`${at}.targetContainerName`, container.targetContainerName));
    names.add(container.name);
    for (const key of EPHEMERAL_FORBIDDEN) {
      const value = key === "resources" ? resources : container[key];
      const empty = value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
      if (!empty) errors.push(forbiddenField(`${at}.${key}`, NOT_FOR_EPHEMERAL));
    }
    for (const [at2, mount] of (container.volumeMounts ?? []).entries()) {
      if (mount.subPath) errors.push(forbiddenField(`${at}.volumeMounts[${at2}].subPath`, NOT_FOR_EPHEMERAL));
      if (mount.subPathExpr) errors.push(forbiddenField(`${at}.volumeMounts[${at2}].subPathExpr`, NOT_FOR_EPHEMERAL));
    }
  }
  return errors;
}
