/**
 * The profiles of kubectl debug: what each grants to the debugging container and changes around it.
 * Mirrors k8s.io/kubectl/pkg/cmd/debug/profiles.go in rules.
 */
import { CommandError } from "../../errors.ts";
import { type JsonObject, listAt, objectAt, textAt } from "../../object.ts";
import { strategicPatched } from "../../patch/apply.ts";

export type Profile = "legacy" | "general" | "baseline" | "restricted" | "netadmin" | "sysadmin";

/** What of the original a copy keeps (--keep-*). */
export interface Keep {
  readonly labels: boolean;
  readonly annotations: boolean;
  readonly liveness: boolean;
  readonly readiness: boolean;
  readonly startup: boolean;
  readonly initContainers: boolean;
}

interface Rules {
  readonly grant: (context: JsonObject) => JsonObject | undefined;
  /** Node debugging in the node's namespaces, and with its file system at /host. */
  readonly hostNamespaces: boolean;
  readonly hostFiles: boolean;
}

function adding(...capabilities: readonly string[]): Rules["grant"] {
  return (context) => ({
    ...context,
    capabilities: {
      ...objectAt(context, "capabilities"),
      add: [...listAt(context, "capabilities", "add"), ...capabilities],
    },
  });
}

const same: Rules["grant"] = (context) => (Object.keys(context).length === 0 ? undefined : context);
const RESTRICTED: JsonObject = {
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  allowPrivilegeEscalation: false,
  seccompProfile: { type: "RuntimeDefault" },
};

const PROFILES: Readonly<Record<Profile, Rules>> = {
  legacy: { grant: same, hostNamespaces: true, hostFiles: true },
  general: { grant: adding("SYS_PTRACE"), hostNamespaces: true, hostFiles: true },
  baseline: { grant: () => undefined, hostNamespaces: false, hostFiles: false },
  restricted: { grant: () => RESTRICTED, hostNamespaces: false, hostFiles: false },
  netadmin: { grant: adding("NET_ADMIN", "NET_RAW"), hostNamespaces: true, hostFiles: false },
  sysadmin: { grant: (context) => ({ ...context, privileged: true }), hostNamespaces: true, hostFiles: true },
};

export function profileOf(name: string): Profile {
  if (!Object.hasOwn(PROFILES, name)) throw new CommandError(`unknown profile: ${name}`);
  return name as Profile;
}

function withContext(container: JsonObject, context: JsonObject | undefined): JsonObject {
  const { securityContext: _, ...rest } = container;
  return context === undefined ? rest : { ...rest, securityContext: context };
}

function granted(profile: Profile, container: JsonObject): JsonObject {
  const { grant } = PROFILES[profile];
  return withContext(container, grant(objectAt(container, "securityContext")));
}

/** An ephemeral container of an existing Pod. */
export const forEphemeral = (profile: Profile, container: JsonObject): JsonObject => granted(profile, container);

/** The Pod on a node. */
export function forNode(profile: Profile, pod: JsonObject): JsonObject {
  const { hostNamespaces, hostFiles } = PROFILES[profile];
  // A container of the general profile stays as it is here: the namespaces are what it gets.
  const keep = profile === "general" || profile === "legacy";
  const containers = listAt(pod, "spec", "containers").map((one) => {
    const container = keep ? (one as JsonObject) : granted(profile, one as JsonObject);
    return hostFiles ? { ...container, volumeMounts: [{ name: "host-root", mountPath: "/host" }] } : container;
  });
  return {
    ...pod,
    spec: {
      ...objectAt(pod, "spec"),
      containers,
      ...(hostNamespaces ? { hostNetwork: true, hostPID: true, hostIPC: true } : {}),
      ...(hostFiles ? { volumes: [{ name: "host-root", hostPath: { path: "/" } }] } : {}),
    },
  };
}

const PROBES = [
  ["livenessProbe", "liveness"],
  ["readinessProbe", "readiness"],
  ["startupProbe", "startup"],
] as const;

/** A copy of a Pod; `name` is the debugging container among its containers. */
export function forCopy(profile: Profile, pod: JsonObject, name: string, keep: Keep): JsonObject {
  const metadata = { ...objectAt(pod, "metadata") };
  const spec = { ...objectAt(pod, "spec") };
  const containers = listAt(spec, "containers").map((one) =>
    textAt(one, "name") === name ? granted(profile, one as JsonObject) : (one as JsonObject),
  );
  if (profile === "legacy") {
    delete metadata["labels"];
    return { ...pod, metadata, spec: { ...spec, containers } };
  }
  if (!keep.labels) delete metadata["labels"];
  if (!keep.annotations) delete metadata["annotations"];
  if (!keep.initContainers) delete spec["initContainers"];
  spec["shareProcessNamespace"] ??= true;
  spec["containers"] = containers.map((one) => {
    const container = { ...one };
    for (const [field, flag] of PROBES) if (!keep[flag]) delete container[field];
    return container;
  });
  return { ...pod, metadata, spec };
}

/** A partial container merged strategically over a container. */
export function customized(base: JsonObject, custom: JsonObject): JsonObject {
  const name = base["name"] ?? "";
  const wrapped = (container: JsonObject): JsonObject => ({ spec: { containers: [{ ...container, name }] } });
  const merged = strategicPatched("Pod", wrapped(base), wrapped(custom));
  return listAt(merged, "spec", "containers")[0] as JsonObject;
}
