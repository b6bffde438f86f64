/** kubectl run (k8s.io/kubectl/pkg/cmd/run). */
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, ExitCodeError, isNotFound } from "../errors.ts";
import {
  DRY_RUN_FLAG,
  FILE_FLAGS,
  fieldManagerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SAVE_CONFIG_FLAG,
} from "../flags/common.ts";
import { isImageReference } from "../image-reference.ts";
import { type DryRun, dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../invocation.ts";
import {
  type JsonObject,
  type KubeObject,
  listAt,
  nameOf,
  namespaceOf,
  numberAt,
  objectAt,
  textAt,
} from "../object.ts";
import { type Printer, printerFor, printResult } from "../printers/output.ts";
import { withNamespace } from "./create/generate.ts";
import { cascadeOf } from "./delete.ts";
import { attachTo } from "./exec.ts";
import { deadline, interruptible } from "./interrupts.ts";
import { withGeneratedConfiguration } from "./last-applied.ts";
import { mergeOverrides, OVERRIDE_FLAGS } from "./overrides.ts";
import { containerNames, POD, podPath } from "./pods.ts";
import { recordChange } from "./record.ts";
import { waitUntilGone } from "./wait-gone.ts";

const RESTART = ["Always", "OnFailure", "Never"];

function generate(invocation: Invocation, name: string): KubeObject {
  const { flags, args, dash } = invocation;
  const words = dash === -1 ? args.slice(1) : args.slice(Math.max(dash, 1));
  const interactive = flags.bool("stdin");
  const labels: JsonObject = {};
  for (const pair of flags
    .string("labels")
    .split(",")
    .filter((one) => one !== "")) {
    const equals = pair.indexOf("=");
    if (equals <= 0) throw new CommandError(`unexpected label spec: ${pair}`);
    labels[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  const annotations: JsonObject = {};
  for (const pair of flags.list("annotations")) {
    const equals = pair.indexOf("=");
    if (equals <= 0) throw new CommandError(`invalid annotation format: ${pair}`);
    annotations[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  const env = flags.list("env").map((pair) => {
    const equals = pair.indexOf("=");
    if (equals <= 0) throw new CommandError(`invalid env: ${pair}`);
    const value = pair.slice(equals + 1);
    return { name: pair.slice(0, equals), ...(value === "" ? {} : { value }) };
  });
  const restart = flags.string("restart") || "Always";
  if (!RESTART.includes(restart)) throw invocation.usageError(`invalid restart policy: ${restart}`);
  const policy = flags.string("image-pull-policy");
  if (!["", "Always", "IfNotPresent", "Never"].includes(policy))
    throw invocation.usageError(`invalid image pull policy: ${policy}`);
  const port = flags.string("port");
  if (port !== "" && !/^-?\d+$/.test(port))
    throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`);
  const pull = flags.string("image-pull-policy");
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      name,
      creationTimestamp: null,
      labels: Object.keys(labels).length > 0 ? labels : { run: name },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: {
      containers: [
        {
          name,
          image: flags.string("image"),
          ...(words.length === 0 ? {} : flags.bool("command") ? { command: words } : { args: words }),
          ...(port === "" ? {} : { ports: [{ containerPort: Number(port) }] }),
          ...(env.length > 0 ? { env } : {}),
          resources: {},
          ...(pull === "" ? {} : { imagePullPolicy: pull }),
          ...(flags.bool("privileged") ? { securityContext: { privileged: true } } : {}),
          ...(interactive ? { stdin: true, ...(flags.bool("leave-stdin-open") ? {} : { stdinOnce: true }) } : {}),
          ...(flags.bool("tty") ? { tty: true } : {}),
        },
      ],
      restartPolicy: restart,
      dnsPolicy: "ClusterFirst",
    },
    status: {},
  };
}

async function run(invocation: Invocation): Promise<number | void> {
  const { flags, args, dash } = invocation;
  const name = args[0];
  if (name === undefined || dash === 0) throw invocation.usageError("NAME is required for run");
  const image = flags.string("image");
  if (image === "") throw new CommandError("--image is required");
  if (!isImageReference(image))
    throw new CommandError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  const interactive = flags.bool("stdin");
  if (flags.bool("tty") && !interactive)
    throw invocation.usageError("-i/--stdin is required for containers with -t/--tty=true");
  const dryRun = dryRunOf(invocation);
  const attach = flags.changed("attach") ? flags.bool("attach") : interactive;
  if (dryRun !== "none" && (attach || flags.bool("rm"))) {
    if (flags.bool("rm")) throw invocation.usageError("--rm can't be used with --dry-run");
    if (flags.changed("attach"))
      throw invocation.usageError(
        "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
      );
    throw invocation.usageError(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  }
  if (flags.bool("rm") && !attach) throw invocation.usageError("--rm should only be used for attached containers");
  if (flags.bool("expose") && flags.string("port") === "")
    throw invocation.usageError("--port must be set when exposing a service");
  const printer = printerFor(invocation);
  const pod = mergeOverrides(invocation, generate(invocation, name));
  recordChange(invocation, pod);
  if (dryRun === "client") {
    if (flags.bool("expose")) await exposePod(invocation, pod, dryRun, printer);
    const shown = invocation.enforceNamespace ? withNamespace(pod, invocation.namespace) : pod;
    return printResult(invocation, shown, `created${dryRunSuffix(dryRun)}`, printer, true);
  }
  const rest = await invocation.rest();
  const created = await rest.json("POST", pathOf(POD, invocation.namespace), {
    body: flags.bool("save-config") ? withGeneratedConfiguration(pod) : pod,
    query: { fieldManager: flags.string("field-manager"), ...dryRunQuery(dryRun) },
  });
  if (flags.bool("expose")) await exposePod(invocation, pod, dryRun, printer);
  if (!attach) return printResult(invocation, created, `created${dryRunSuffix(dryRun)}`, printer, true);
  try {
    return await attachToCreated(invocation, created);
  } finally {
    if (flags.bool("rm")) await removeAgain(invocation, created);
  }
}

/** --expose: a Service for the Pod, made before it. */
async function exposePod(
  invocation: Invocation,
  pod: KubeObject,
  dryRun: DryRun,
  printer: Printer | undefined,
): Promise<void> {
  const { flags } = invocation;
  const port = Number(flags.string("port"));
  const service: KubeObject = {
    kind: "Service",
    apiVersion: "v1",
    metadata: { name: nameOf(pod), creationTimestamp: null },
    spec: { ports: [{ protocol: "TCP", port, targetPort: port }], selector: objectAt(pod, "metadata", "labels") },
    status: { loadBalancer: {} },
  };
  const operation = `created${dryRunSuffix(dryRun)}`;
  if (dryRun === "client") {
    const shown = invocation.enforceNamespace ? withNamespace(service, invocation.namespace) : service;
    await printResult(invocation, shown, operation, printer, true);
  } else {
    const kind = await invocation.lookUp((map) => map.forObject("Service", "v1"));
    const made = await (await invocation.rest()).json("POST", pathOf(kind, invocation.namespace), {
      body: flags.bool("save-config") ? withGeneratedConfiguration(service) : service,
      query: { fieldManager: flags.string("field-manager"), ...dryRunQuery(dryRun) },
    });
    await printResult(invocation, made, operation, printer, true);
  }
  if (flags.string("output") === "yaml") await invocation.out("---\n");
}

/** Waits until the Pod runs (or is over), then attaches; what a Pod that is over has printed comes from its log. */
async function attachToCreated(invocation: Invocation, created: KubeObject): Promise<number> {
  const { flags } = invocation;
  const name = nameOf(created);
  const running = await waitForStart(invocation, created);
  const phase = textAt(running, "status", "phase");
  const [container = ""] = containerNames(running);
  if (phase === "Succeeded" || phase === "Failed") await printLog(invocation, name, container);
  else {
    try {
      await attachTo(invocation, running, {
        container,
        stdin: flags.bool("stdin"),
        quiet: flags.bool("quiet"),
      });
    } catch (error) {
      await invocation.err(
        `warning: couldn't attach to pod/${name}, falling back to streaming logs: ${(error as Error).message}\n`,
      );
      await printLog(invocation, name, container);
    }
  }
  const restart = flags.string("restart");
  if (flags.bool("leave-stdin-open") || (restart !== "Never" && restart !== "OnFailure")) return 0;
  const done = await waitForEnd(invocation, name, restart === "OnFailure");
  const status = listAt(done, "status", "containerStatuses").find((one) => textAt(one, "name") === container);
  const code = numberAt(status, "state", "terminated", "exitCode");
  if (textAt(done, "status", "phase") === "Failed" && code !== 0) {
    throw new ExitCodeError(
      `pod ${namespaceOf(done)}/${name} terminated (${textAt(status, "state", "terminated", "reason") || "Error"})\n${textAt(status, "state", "terminated", "message")}`,
      code,
    );
  }
  return 0;
}

async function printLog(invocation: Invocation, name: string, container: string): Promise<void> {
  const rest = await invocation.rest();
  const response = await rest.open("GET", podPath(invocation.namespace, name, "log"), {
    accept: "*/*",
    query: { container, follow: true },
  });
  for await (const chunk of response.body) await invocation.process.stdout.write(chunk);
}

const until = (
  invocation: Invocation,
  name: string,
  timeoutMs: number,
  done: (pod: KubeObject) => boolean,
): Promise<KubeObject> => interruptible(invocation, () => untilUninterrupted(invocation, name, timeoutMs, done));

async function untilUninterrupted(
  invocation: Invocation,
  name: string,
  timeoutMs: number,
  done: (pod: KubeObject) => boolean,
): Promise<KubeObject> {
  const rest = await invocation.rest();
  const limit = deadline(invocation, timeoutMs);
  try {
    const first = await rest.get(podPath(invocation.namespace, name));
    if (done(first)) return first;
    const events = rest.watch(
      pathOf(POD, invocation.namespace),
      { fieldSelector: `metadata.name=${name}`, resourceVersion: textAt(first, "metadata", "resourceVersion") },
      undefined,
      limit.signal,
    );
    for await (const event of events) {
      if (event.type === "DELETED") throw new CommandError(`pod ${name} was deleted`);
      if (event.type !== "BOOKMARK" && done(event.object)) return event.object;
    }
    throw new CommandError("timed out waiting for the condition");
  } finally {
    limit.stop();
  }
}

const waitForStart = (invocation: Invocation, pod: KubeObject): Promise<KubeObject> =>
  until(invocation, nameOf(pod), invocation.flags.duration("pod-running-timeout"), (one) => {
    const phase = textAt(one, "status", "phase");
    if (phase === "Succeeded" || phase === "Failed") return true;
    return (
      phase === "Running" &&
      listAt(one, "status", "containerStatuses").some(
        (status) => textAt(status, "state", "running", "startedAt") !== "",
      )
    );
  });

/** What is started again when it fails can only succeed. */
const waitForEnd = (invocation: Invocation, name: string, successOnly: boolean): Promise<KubeObject> =>
  until(invocation, name, invocation.flags.duration("pod-running-timeout"), (one) =>
    (successOnly ? ["Succeeded"] : ["Succeeded", "Failed"]).includes(textAt(one, "status", "phase")),
  );

async function removeAgain(invocation: Invocation, created: KubeObject): Promise<void> {
  const { flags } = invocation;
  const given = flags.number("grace-period");
  const grace = flags.bool("force") && given < 0 ? 0 : given;
  const rest = await invocation.rest();
  const name = nameOf(created);
  try {
    await rest.json("DELETE", podPath(invocation.namespace, name), {
      body: {
        propagationPolicy: cascadeOf(invocation),
        ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
      },
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return;
  }
  if (!flags.bool("quiet")) await invocation.out(`pod "${name}" deleted\n`);
  if (!flags.bool("wait")) return;
  await waitUntilGone(
    invocation,
    [{ target: { resource: POD, namespace: invocation.namespace, name }, uid: textAt(created, "metadata", "uid") }],
    flags.duration("timeout"),
  );
}

export const RUN: Command = {
  name: "run",
  short: "Run a particular image on the cluster",
  arguments:
    'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  examples: ["kubectl run -it dns-test --image=busybox --restart=Never --rm -- sh"],
  flags: [
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    SAVE_CONFIG_FLAG,
    RECORD_FLAG,
    fieldManagerFlag("kubectl-run"),
    { name: "annotations", type: "array", usage: "Annotations of the Pod" },
    { name: "attach", type: "bool", default: "false", usage: "Attach when it runs" },
    { name: "command", type: "bool", default: "false", usage: "The words after -- are the command, not its arguments" },
    { name: "env", type: "array", usage: "name=value for the container" },
    { name: "expose", type: "bool", default: "false", usage: "Also make a Service" },
    ...FILE_FLAGS,
    {
      name: "cascade",
      type: "string",
      default: "background",
      bare: "background",
      usage: "How what depends on the Pod goes, with --rm: background, foreground or orphan",
    },
    { name: "force", type: "bool", default: "false", usage: "Remove the Pod at once, with --rm" },
    { name: "grace-period", type: "int", default: "-1", usage: "Seconds to end, with --rm" },
    { name: "timeout", type: "duration", default: "0s", usage: "How long to wait for the end, with --rm" },
    { name: "wait", type: "bool", default: "false", usage: "Wait for the end of the Pod, with --rm" },
    { name: "image", type: "string", required: true, usage: "The image to run" },
    { name: "image-pull-policy", type: "string", usage: "Always, IfNotPresent or Never" },
    { name: "labels", shorthand: "l", type: "string", usage: "Labels of the Pod, a=b,c=d" },
    { name: "leave-stdin-open", type: "bool", default: "false", usage: "Keep stdin open after the first session" },
    ...OVERRIDE_FLAGS,
    { name: "pod-running-timeout", type: "duration", default: "1m0s", usage: "How long to wait for a running Pod" },
    { name: "port", type: "string", usage: "Port the container listens on" },
    { name: "privileged", type: "bool", default: "false", usage: "Run privileged" },
    { name: "quiet", shorthand: "q", type: "bool", default: "false", usage: "Only what the program prints" },
    { name: "restart", type: "string", default: "Always", usage: "Always, OnFailure or Never" },
    { name: "rm", type: "bool", default: "false", usage: "Delete the Pod when it is over" },
    { name: "stdin", shorthand: "i", type: "bool", default: "false", usage: "Keep stdin open" },
    { name: "tty", shorthand: "t", type: "bool", default: "false", usage: "Give the container a terminal" },
  ],
  run,
};
