/** kubectl debug (k8s.io/kubectl/pkg/cmd/debug). */
import { quote } from "../../../encoding/index.ts";
import { apiVersion, pathOf } from "../../client/discovery.ts";
import type { Command } from "../../command.ts";
import { ApiError, CommandError, ExitCodeError, isApiError } from "../../errors.ts";
import { FILE_FLAGS } from "../../flags/common.ts";
import { isImageReference } from "../../image-reference.ts";
import type { Invocation } from "../../invocation.ts";
import {
  isObject,
  type JsonObject,
  type KubeObject,
  listAt,
  nameOf,
  namespaceOf,
  objectAt,
  textAt,
} from "../../object.ts";
import { fieldsKnownTo } from "../../printers/as-struct.ts";
import { build, fetchNamed } from "../../resources/builder.ts";
import { yamlToJson } from "../../resources/go-yaml.ts";
import { attachTo } from "../exec.ts";
import { interruptible } from "../interrupts.ts";
import { POD, podPath } from "../pods.ts";
import { copyOf, type DebugOptions, ephemeralContainer, grantsInVain, hasContainer, nodePod } from "./generate.ts";
import { profileOf } from "./profiles.ts";

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const PULL_POLICIES = ["Always", "IfNotPresent", "Never", ""];
const INVALID_REFERENCE = "invalid reference format";
/** What a partial container may not say. */
const FIXED = ["name", "command", "image", "lifecycle", "volumeDevices"] as const;

interface Debugged {
  readonly namespace: string;
  readonly pod: string;
  /** "" where there is nothing to attach to. */
  readonly container: string;
}

function randomSuffix(invocation: Invocation): string {
  const { clock } = invocation.process;
  return Array.from({ length: 5 }, () => SUFFIX_LETTERS[Math.floor(clock.random() * SUFFIX_LETTERS.length)]).join("");
}

function customProfile(invocation: Invocation): JsonObject | undefined {
  const path = invocation.flags.string("custom");
  if (path === "") return undefined;
  let text: string;
  try {
    text = invocation.process.files.readText(path);
  } catch {
    throw new CommandError(
      `must pass a container spec json file for custom profile: open ${path}: no such file or directory`,
    );
  }
  const value = yamlToJson(text);
  if (!isObject(value)) throw new CommandError(`${path} does not contain a valid container spec`);
  // It is read into a container: what is none of its fields is left out.
  return fieldsKnownTo("Container", value);
}

function optionsOf(invocation: Invocation): { readonly options: DebugOptions; readonly targets: readonly string[] } {
  const { flags, args, dash } = invocation;
  const given = (name: string) => flags.bool(name);
  const options: DebugOptions = {
    image: flags.string("image"),
    pullPolicy: flags.string("image-pull-policy"),
    container: flags.string("container"),
    target: flags.string("target"),
    words: dash === -1 ? [] : args.slice(dash),
    argumentsOnly: given("arguments-only"),
    env: flags.pairs("env"),
    stdin: given("stdin"),
    tty: given("tty"),
    profile: profileOf(flags.string("profile")),
    custom: customProfile(invocation),
    copyTo: flags.string("copy-to"),
    sameNode: given("same-node"),
    shareProcesses: flags.changed("share-processes") ? given("share-processes") : undefined,
    setImages: new Map(flags.pairs("set-image")),
    keep: {
      labels: given("keep-labels"),
      annotations: given("keep-annotations"),
      liveness: given("keep-liveness"),
      readiness: given("keep-readiness"),
      startup: given("keep-startup"),
      initContainers: given("keep-init-containers"),
    },
  };
  return { options, targets: dash === -1 ? args : args.slice(0, dash) };
}

/** DebugOptions.Validate, in its order. */
async function validate(invocation: Invocation, options: DebugOptions, targets: readonly string[]): Promise<void> {
  const { flags } = invocation;
  const fail = (message: string): never => {
    throw new CommandError(message);
  };
  const { image, setImages, words, container, copyTo } = options;
  if (flags.bool("attach") && flags.changed("attach") && image === "" && container === "")
    fail("you must specify --container or create a new container using --image in order to attach.");
  if (copyTo !== "") {
    if (image === "" && setImages.size === 0 && words.length === 0)
      fail("you must specify --image, --set-image or command arguments.");
    if (words.length > 0 && container === "" && image === "")
      fail("you must specify an existing container or a new image when specifying args.");
  } else {
    if (flags.bool("replace")) fail("--replace may only be used with --copy-to.");
    if (options.sameNode) fail("--same-node may only be used with --copy-to.");
    if (setImages.size > 0) fail("--set-image may only be used with --copy-to.");
    if (image === "") fail("you must specify --image when not using --copy-to.");
  }
  if (image !== "" && !isImageReference(image)) fail(`invalid image name ${quote(image)}: ${INVALID_REFERENCE}`);
  if (targets.length === 0 && flags.list("filename").length === 0) fail("NAME or filename is required for debug");
  if (!PULL_POLICIES.includes(options.pullPolicy)) fail(`invalid image pull policy: ${options.pullPolicy}`);
  for (const [name, one] of setImages)
    if (!isImageReference(one))
      fail(`invalid image name ${quote(one)} for container ${quote(name)}: ${INVALID_REFERENCE}`);
  if (options.target !== "") {
    if (copyTo !== "") fail("--target is incompatible with --copy-to. Use --share-processes instead.");
    if (!flags.bool("quiet")) {
      await invocation.out(
        `Targeting container ${quote(options.target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      );
    }
  }
  if (options.tty && !options.stdin) fail("-i/--stdin is required for containers with -t/--tty=true");
  if (options.custom !== undefined && FIXED.some((field) => options.custom?.[field] !== undefined))
    fail("name, command, image, lifecycle and volume devices are not modifiable via custom profile");
  if (options.profile === "legacy") {
    await invocation.err(
      '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".\n',
    );
  }
}

async function debug(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const { options, targets } = optionsOf(invocation);
  await validate(invocation, options, targets);
  const typed = targets.some((one) => one.includes("/"));
  const selection = await build(invocation, {
    args:
      targets.length === 0
        ? []
        : typed
          ? targets.map((one) => (one.includes("/") ? one : `pods/${one}`))
          : ["pods", ...targets],
  });
  const found = await fetchNamed(invocation, selection);
  const attach = flags.changed("attach") ? flags.bool("attach") : options.stdin;
  for (const { resource, object } of found.targets) {
    let made: Debugged;
    if (resource.kind === "Node" && resource.group === "") made = await debugNode(invocation, options, object);
    else if (resource.kind === "Pod" && resource.group === "") {
      made =
        options.copyTo === ""
          ? await debugInPlace(invocation, options, object)
          : await debugCopy(invocation, options, object);
    } else {
      const version = resource.group === "" ? `/${resource.version}` : apiVersion(resource);
      throw new CommandError(`"${version}, Kind=${resource.kind}" not supported by debug`);
    }
    if (attach && made.container !== "") await attachWhenRunning(invocation, options, made);
  }
  if (found.errors.length > 0) throw found.errors[0];
}

async function newName(invocation: Invocation, options: DebugOptions, pod: KubeObject): Promise<string> {
  if (options.container !== "") return options.container;
  let name: string;
  do name = `debugger-${randomSuffix(invocation)}`;
  while (hasContainer(pod, name));
  if (!invocation.flags.bool("quiet")) await invocation.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

async function warnOfVain(invocation: Invocation, pod: KubeObject, container: JsonObject | undefined): Promise<void> {
  if (container === undefined || !grantsInVain(pod, container)) return;
  await invocation.err(
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  );
}

async function debugInPlace(invocation: Invocation, options: DebugOptions, pod: KubeObject): Promise<Debugged> {
  const name = await newName(invocation, options, pod);
  const container = ephemeralContainer(options, name);
  await warnOfVain(invocation, pod, container);
  const rest = await invocation.rest();
  const [namespace, podName] = [namespaceOf(pod), nameOf(pod)];
  const before = listAt(pod, "spec", "ephemeralContainers").map((one) => ({ name: textAt(one, "name") }));
  try {
    await rest.json("PATCH", podPath(namespace, podName, "ephemeralcontainers"), {
      body: {
        spec: {
          "$setElementOrder/ephemeralContainers": [...before, { name }],
          ephemeralContainers: [container],
        },
      },
      contentType: "application/strategic-merge-patch+json",
    });
  } catch (error) {
    if (isApiError(error, "NotFound") && (error.status.details?.name ?? "") === "") {
      throw new CommandError(
        `ephemeral containers are disabled for this cluster (error from server: ${quote(error.message)})`,
      );
    }
    throw error;
  }
  return { namespace, pod: podName, container: name };
}

async function debugCopy(invocation: Invocation, options: DebugOptions, pod: KubeObject): Promise<Debugged> {
  // The name is announced only where one is needed: for a new container without a given name.
  const isNew = options.image !== "" && !hasContainer(pod, options.container);
  const fresh = isNew ? await newName(invocation, options, pod) : "";
  const { pod: copy, container } = copyOf(options, pod, () => fresh);
  await warnOfVain(
    invocation,
    copy,
    listAt(copy, "spec", "containers").find((one) => container !== "" && textAt(one, "name") === container) as
      | JsonObject
      | undefined,
  );
  const rest = await invocation.rest();
  const namespace = namespaceOf(pod);
  const created = await rest.json("POST", pathOf(POD, namespace), { body: copy });
  if (invocation.flags.bool("replace"))
    await rest.json("DELETE", podPath(namespace, nameOf(pod)), { body: { gracePeriodSeconds: 0 } });
  return { namespace, pod: nameOf(created), container };
}

async function debugNode(invocation: Invocation, options: DebugOptions, node: KubeObject): Promise<Debugged> {
  const container = options.container || "debugger";
  const name = `node-debugger-${nameOf(node)}-${randomSuffix(invocation)}`;
  if (!invocation.flags.bool("quiet"))
    await invocation.out(`Creating debugging pod ${name} with container ${container} on node ${nameOf(node)}.\n`);
  const rest = await invocation.rest();
  const created = await rest.json("POST", pathOf(POD, invocation.namespace), {
    body: nodePod(options, name, container, nameOf(node)),
  });
  return { namespace: namespaceOf(created), pod: nameOf(created), container };
}

const STATUSES = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] as const;

const stateOf = (pod: KubeObject, container: string): JsonObject | undefined => {
  const status = STATUSES.flatMap((list) => listAt(pod, "status", list)).find(
    (one) => textAt(one, "name") === container,
  );
  return status === undefined ? undefined : objectAt(status, "state");
};

async function attachWhenRunning(invocation: Invocation, options: DebugOptions, made: Debugged): Promise<void> {
  const pod = await waitForContainer(invocation, made);
  if (stateOf(pod, made.container)?.["terminated"] !== undefined) return printLog(invocation, made);
  try {
    await attachTo(invocation, pod, {
      container: made.container,
      stdin: options.stdin,
      quiet: invocation.flags.bool("quiet"),
    });
  } catch (error) {
    if (error instanceof ExitCodeError) throw error;
    await invocation.err(
      `warning: couldn't attach to pod/${made.pod}, falling back to streaming logs: ${(error as Error).message}\n`,
    );
    await printLog(invocation, made);
  }
}

async function printLog(invocation: Invocation, { namespace, pod, container }: Debugged): Promise<void> {
  const rest = await invocation.rest();
  const response = await rest.open("GET", podPath(namespace, pod, "log"), { accept: "*/*", query: { container } });
  for await (const chunk of response.body) await invocation.process.stdout.write(chunk);
}

/** The Pod once the container runs or is over; what it waits for is told. */
const waitForContainer = (invocation: Invocation, made: Debugged): Promise<KubeObject> =>
  interruptible(invocation, () => waitUninterrupted(invocation, made));

async function waitUninterrupted(invocation: Invocation, { namespace, pod, container }: Debugged): Promise<KubeObject> {
  const rest = await invocation.rest();
  const first = await rest.get(podPath(namespace, pod));
  const started = (one: KubeObject) => {
    const state = stateOf(one, container);
    return state?.["running"] !== undefined || state?.["terminated"] !== undefined;
  };
  const tell = (one: KubeObject) => {
    const message = textAt(stateOf(one, container), "waiting", "message");
    if (message !== "" && !invocation.flags.bool("quiet")) invocation.warn(`container ${container}: ${message}`);
  };
  if (started(first)) return first;
  tell(first);
  const stop = new AbortController();
  const events = rest.watch(
    pathOf(POD, namespace),
    { fieldSelector: `metadata.name=${pod}`, resourceVersion: textAt(first, "metadata", "resourceVersion") },
    undefined,
    AbortSignal.any([invocation.process.signal, stop.signal]),
  );
  try {
    for await (const event of events) {
      if (event.type === "ERROR") throw new ApiError(event.object);
      if (event.type === "DELETED") throw new ApiError({ reason: "NotFound", message: 'pods "" not found' });
      if (started(event.object)) return event.object;
      tell(event.object);
    }
  } finally {
    stop.abort();
  }
  throw new CommandError("the watch of the pod ended");
}

export const DEBUG: Command = {
  name: "debug",
  short: "Create debugging sessions for troubleshooting workloads and nodes",
  arguments: "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
  examples: [
    "kubectl debug web-0 -it --image=busybox --target=nginx --profile=general",
    "kubectl debug web-0 -it --image=busybox --copy-to=web-debug --share-processes",
    "kubectl debug node/node-1 -it --image=busybox",
  ],
  completes: "resource-name",
  flags: [
    ...FILE_FLAGS.filter((flag) => flag.name === "filename"),
    { name: "arguments-only", type: "bool", default: "false", usage: "The words after -- are arguments, no command" },
    { name: "attach", type: "bool", default: "false", usage: "Attach when it runs; as --stdin where absent" },
    { name: "container", shorthand: "c", type: "string", usage: "Name of the debugging container" },
    { name: "copy-to", type: "string", usage: "Make a copy of the Pod with this name" },
    { name: "custom", type: "string", usage: "File with a partial container to merge into the debugging container" },
    { name: "env", type: "pairs", usage: "name=value for the container" },
    { name: "image", type: "string", usage: "Image of the debugging container" },
    { name: "image-pull-policy", type: "string", usage: "Always, IfNotPresent or Never" },
    { name: "keep-annotations", type: "bool", default: "false", usage: "A copy keeps the annotations" },
    { name: "keep-init-containers", type: "bool", default: "true", usage: "A copy keeps the init containers" },
    { name: "keep-labels", type: "bool", default: "false", usage: "A copy keeps the labels" },
    { name: "keep-liveness", type: "bool", default: "false", usage: "A copy keeps the liveness probes" },
    { name: "keep-readiness", type: "bool", default: "false", usage: "A copy keeps the readiness probes" },
    { name: "keep-startup", type: "bool", default: "false", usage: "A copy keeps the startup probes" },
    {
      name: "profile",
      type: "string",
      default: "legacy",
      usage: "legacy, general, baseline, netadmin, restricted or sysadmin",
    },
    { name: "quiet", shorthand: "q", type: "bool", default: "false", usage: "Only what the program prints" },
    { name: "replace", type: "bool", default: "false", usage: "Delete the original of a copy" },
    { name: "same-node", type: "bool", default: "false", usage: "The copy runs on the original's node" },
    { name: "set-image", type: "pairs", usage: "container=image for containers of a copy" },
    { name: "share-processes", type: "bool", default: "true", usage: "Containers of a copy share processes" },
    { name: "stdin", shorthand: "i", type: "bool", default: "false", usage: "Keep stdin open" },
    { name: "target", type: "string", usage: "Container whose processes the debugging container sees" },
    { name: "tty", shorthand: "t", type: "bool", default: "false", usage: "Give the container a terminal" },
  ],
  run: debug,
};
