/** kubectl exec and attach. */
import type { Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import { FILE_FLAGS } from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { type KubeObject, listAt, nameOf, namespaceOf, textAt } from "../object.ts";
import { build } from "../resources/builder.ts";
import { containerOf, podBehind, podFor, podPath } from "./pods.ts";
import { runSession } from "./session.ts";

function terminalWanted(invocation: Invocation, stdin: boolean): boolean {
  // Without input there is no terminal to speak of (SetupTTY of pkg/cmd/exec/exec.go).
  if (!invocation.flags.bool("tty") || !stdin) return false;
  if (!invocation.process.isTerminal(0)) {
    void invocation.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
    return false;
  }
  return invocation.process.tty !== undefined;
}

function refuseFinished(pod: KubeObject): void {
  const phase = textAt(pod, "status", "phase");
  if (phase === "Succeeded" || phase === "Failed") {
    throw new CommandError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
}

async function exec(invocation: Invocation): Promise<void> {
  const { flags, args, dash } = invocation;
  const files = flags.list("filename");
  if (args.length > 0 && dash === -1 && args.length > 1 && files.length === 0) {
    throw new CommandError(
      "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
    );
  }
  if (args.length === 0 || (dash === 0 && files.length === 0)) {
    if (files.length === 0) throw new CommandError("pod, type/name or --filename must be specified");
  }
  const command = dash === -1 ? (files.length > 0 ? args : args.slice(1)) : args.slice(dash);
  if (command.length === 0) throw new CommandError("you must specify at least one command for the container");
  requireTimeout(invocation);
  const pod =
    files.length > 0
      ? await podInFiles(invocation, args.slice(0, Math.max(dash, 0)))
      : await podFor(invocation, args[0] ?? "");
  refuseFinished(pod);
  const asked = flags.string("container");
  // A container that was named is the server's to refuse.
  const chosen = asked === "" ? containerOf(pod, "") : { name: asked, notice: "" };
  if (chosen.notice !== "" && !flags.bool("quiet")) await invocation.err(chosen.notice);
  const stdin = flags.bool("stdin");
  await runSession(invocation, {
    pod: nameOf(pod),
    namespace: namespaceOf(pod),
    container: chosen.name,
    subresource: "exec",
    command,
    stdin,
    tty: terminalWanted(invocation, stdin),
  });
}

/** The Pod that the one object of the files stands for, as the files have it. */
async function podInFiles(invocation: Invocation, named: readonly string[]): Promise<KubeObject> {
  const { targets, errors } = await build(invocation, { args: named.map((name) => `pods/${name}`) });
  if (errors[0] !== undefined) throw errors[0];
  const [target] = targets;
  if (target?.object === undefined) throw new CommandError("no objects found");
  if (targets.length > 1) throw new CommandError("cannot exec into multiple objects at a time");
  const pod = await podBehind(invocation, target.object);
  const rest = await invocation.rest();
  return rest.get(podPath(namespaceOf(pod) || invocation.namespace, nameOf(pod)));
}

function requireTimeout(invocation: Invocation): void {
  if (invocation.flags.duration("pod-running-timeout") <= 0)
    throw invocation.usageError("--pod-running-timeout must be higher than zero");
}

export async function attachTo(
  invocation: Invocation,
  pod: KubeObject,
  options: { container: string; stdin: boolean; quiet: boolean },
): Promise<void> {
  const chosen = attachable(pod, options.container);
  if (chosen.notice !== "" && !options.quiet) await invocation.err(chosen.notice);
  const container = ["containers", "initContainers", "ephemeralContainers"]
    .flatMap((list) => listAt(pod, "spec", list))
    .find((one) => textAt(one, "name") === chosen.name);
  let tty = terminalWanted(invocation, options.stdin);
  if (tty && textAt(container, "tty") !== "true") {
    tty = false;
    if (!options.quiet)
      await invocation.err(`error: Unable to use a TTY - container ${chosen.name} did not allocate one\n`);
  }
  if (!options.quiet) await invocation.err("If you don't see a command prompt, try pressing enter.\n");
  await runSession(invocation, {
    pod: nameOf(pod),
    namespace: namespaceOf(pod),
    container: chosen.name,
    subresource: "attach",
    command: [],
    stdin: options.stdin,
    tty,
  });
  if (options.quiet || !options.stdin || !tty || textAt(pod, "spec", "restartPolicy") !== "Always") return;
  await invocation.out(`${howToComeBack(pod, chosen.name)}\n`);
}

/** AttachOptions.reattachMessage of pkg/cmd/attach/attach.go. */
function howToComeBack(pod: KubeObject, container: string): string {
  const command = `kubectl attach ${nameOf(pod)} -c ${container} -i -t`;
  return listAt(pod, "spec", "ephemeralContainers").some((one) => textAt(one, "name") === container)
    ? `Session ended, the ephemeral container will not be restarted but may be reattached using '${command}' if it is still running`
    : `Session ended, resume using '${command}' command when the pod is running`;
}

function attachable(pod: KubeObject, asked: string): ReturnType<typeof containerOf> {
  try {
    return containerOf(pod, asked);
  } catch (error) {
    throw error instanceof CommandError ? new CommandError(`cannot attach to the container: ${error.message}`) : error;
  }
}

async function attach(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  if (args.length === 0) throw new CommandError("at least 1 argument is required for attach");
  if (args.length > 2)
    throw new CommandError(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(" ")}]`,
    );
  requireTimeout(invocation);
  const pod = await podFor(invocation, args.length === 2 ? args.join("/") : (args[0] ?? ""));
  const phase = textAt(pod, "status", "phase");
  if (phase === "Succeeded" || phase === "Failed")
    throw new CommandError(`cannot attach a container in a completed pod; current phase is ${phase}`);
  await attachTo(invocation, pod, {
    container: flags.string("container"),
    stdin: flags.bool("stdin"),
    quiet: flags.bool("quiet"),
  });
}

const TERMINAL_FLAGS = [
  { name: "container", shorthand: "c", type: "string", usage: "The container" },
  { name: "pod-running-timeout", type: "duration", default: "1m0s", usage: "How long to wait for a running Pod" },
  { name: "quiet", shorthand: "q", type: "bool", default: "false", usage: "Only what the program prints" },
  { name: "stdin", shorthand: "i", type: "bool", default: "false", usage: "Pass stdin to the container" },
  { name: "tty", shorthand: "t", type: "bool", default: "false", usage: "stdin is a terminal" },
] as const;

export const EXEC: Command = {
  name: "exec",
  short: "Execute a command in a container",
  arguments: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
  examples: ["kubectl exec web-0 -- hostname", "kubectl exec -it web-0 -- sh"],
  completes: "pod",
  flags: [...FILE_FLAGS.filter((flag) => flag.name === "filename"), ...TERMINAL_FLAGS],
  run: exec,
};

export const ATTACH: Command = {
  name: "attach",
  short: "Attach to a running container",
  arguments: "(POD | TYPE/NAME) -c CONTAINER",
  completes: "pod",
  flags: TERMINAL_FLAGS,
  run: attach,
};
