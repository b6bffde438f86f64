/** The Pods and containers that kubectl debug makes, as pure functions (k8s.io/kubectl/pkg/cmd/debug/debug.go). */
import { CommandError } from "../../errors.ts";
import { type JsonObject, type KubeObject, listAt, namespaceOf, numberAt, objectAt, textAt } from "../../object.ts";
import { customized, forCopy, forEphemeral, forNode, type Keep, type Profile } from "./profiles.ts";

/** What the flags ask for. */
export interface DebugOptions {
  readonly image: string;
  readonly pullPolicy: string;
  readonly container: string;
  readonly target: string;
  readonly words: readonly string[];
  readonly argumentsOnly: boolean;
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly profile: Profile;
  readonly custom: JsonObject | undefined;
  readonly copyTo: string;
  readonly sameNode: boolean;
  /** Undefined: not given. */
  readonly shareProcesses: boolean | undefined;
  readonly setImages: ReadonlyMap<string, string>;
  readonly keep: Keep;
}

const LISTS = ["containers", "initContainers", "ephemeralContainers"] as const;

export const hasContainer = (pod: KubeObject, name: string): boolean =>
  LISTS.some((list) => listAt(pod, "spec", list).some((one) => textAt(one, "name") === name));

function common(options: DebugOptions, name: string): JsonObject {
  return {
    name,
    image: options.image,
    ...(options.words.length === 0 ? {} : { [options.argumentsOnly ? "args" : "command"]: [...options.words] }),
    ...(options.env.length === 0 ? {} : { env: options.env.map(([key, value]) => ({ name: key, value })) }),
    resources: {},
    terminationMessagePolicy: "File",
    ...(options.pullPolicy === "" ? {} : { imagePullPolicy: options.pullPolicy }),
    ...(options.stdin ? { stdin: true } : {}),
    ...(options.tty ? { tty: true } : {}),
  };
}

const custom = (options: DebugOptions, container: JsonObject): JsonObject =>
  options.custom === undefined ? container : customized(container, options.custom);

export function ephemeralContainer(options: DebugOptions, name: string): JsonObject {
  const made = custom(options, forEphemeral(options.profile, common(options, name)));
  return options.target === "" ? made : { ...made, targetContainerName: options.target };
}

export function nodePod(options: DebugOptions, podName: string, container: string, node: string): KubeObject {
  const pod = forNode(options.profile, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: podName },
    spec: {
      containers: [common(options, container)],
      nodeName: node,
      restartPolicy: "Never",
      tolerations: [{ operator: "Exists" }],
    },
  });
  const [only] = listAt(pod, "spec", "containers");
  return { ...pod, spec: { ...objectAt(pod, "spec"), containers: [custom(options, only as JsonObject)] } };
}

/** The copy and its debugging container; "" where only images were set. `name` makes one for a new container. */
export function copyOf(
  options: DebugOptions,
  pod: KubeObject,
  makeName: (pod: KubeObject) => string,
): { readonly pod: KubeObject; readonly container: string } {
  const { ephemeralContainers: _, nodeName, ...spec } = objectAt(pod, "spec");
  const { labels, annotations } = objectAt(pod, "metadata");
  const containers = listAt(spec, "containers").map((one) => {
    const image = options.setImages.get(textAt(one, "name")) ?? options.setImages.get("*");
    return image === undefined ? (one as JsonObject) : { ...(one as JsonObject), image };
  });
  const copied: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: options.copyTo,
      namespace: namespaceOf(pod),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      ...spec,
      containers,
      ...(options.shareProcesses === undefined ? {} : { shareProcessNamespace: options.shareProcesses }),
      ...(options.sameNode && nodeName !== undefined ? { nodeName } : {}),
    },
  };
  const initial = listAt(spec, "initContainers").find((one) => textAt(one, "name") === options.container);
  if (initial !== undefined)
    throw new CommandError(`debugging the init container ${options.container} in a copy is not supported here`);
  let name = options.container;
  const existing = containers.find((one) => textAt(one, "name") === name);
  if (existing === undefined) {
    if (options.image === "") {
      if (options.setImages.size > 0) return { pod: copied, container: "" };
      throw new CommandError("you must specify image when creating new container");
    }
    if (name === "") name = makeName(copied);
  }
  const { image, command, args, env, imagePullPolicy } = common(options, name);
  const base: JsonObject = { ...(existing ?? { name, terminationMessagePolicy: "File", resources: {} }) };
  if (command !== undefined) delete base["args"];
  delete base["stdin"];
  delete base["tty"];
  const changed: JsonObject = {
    ...base,
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(env === undefined ? {} : { env }),
    ...(options.image === "" || image === undefined ? {} : { image }),
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    ...(options.stdin ? { stdin: true } : {}),
    ...(options.tty ? { tty: true } : {}),
  };
  const all =
    existing === undefined ? [...containers, changed] : containers.map((one) => (one === existing ? changed : one));
  const applied = forCopy(
    options.profile,
    { ...copied, spec: { ...objectAt(copied, "spec"), containers: all } },
    name,
    options.keep,
  );
  const finished = listAt(applied, "spec", "containers").map((one) =>
    textAt(one, "name") === name ? custom(options, one as JsonObject) : one,
  );
  return { pod: { ...applied, spec: { ...objectAt(applied, "spec"), containers: finished } }, container: name };
}

/** True where a profile grants capabilities that a Pod's non-root user cannot use. */
export function grantsInVain(pod: KubeObject, container: JsonObject): boolean {
  const user = numberAt(pod, "spec", "securityContext", "runAsUser");
  const context = objectAt(container, "securityContext");
  if (user === 0 || Object.keys(context).length === 0 || context["runAsUser"] === 0) return false;
  return context["privileged"] === true || listAt(context, "capabilities", "add").length > 0;
}
