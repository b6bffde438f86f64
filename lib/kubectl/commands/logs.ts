/** kubectl logs. */
import { concatBytes, parseDuration } from "../../encoding/index.ts";
import type { Command } from "../command.ts";
import { CommandError, isNotFound } from "../errors.ts";
import { SELECTOR_FLAG } from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { type KubeObject, nameOf, textAt } from "../object.ts";
import { timeProblem } from "../resources/go-time.ts";
import { interruptible } from "./interrupts.ts";
import {
  byActivity,
  containerNames,
  containerOf,
  firstPod,
  goType,
  namedObject,
  podPath,
  podSelector,
  podsOf,
} from "./pods.ts";

const NOTHING_GIVEN =
  "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

/** --since-time as the server takes it; refused in the words of Go's time.Parse. */
function parseSinceTime(text: string): string {
  const problem = text === "" ? undefined : timeProblem(text);
  if (problem !== undefined) throw new CommandError(problem);
  return text;
}

interface Source {
  readonly pod: string;
  readonly container: string;
}

/** The one object a POD or TYPE/NAME argument names. */
async function subject(invocation: Invocation, argument: string): Promise<KubeObject> {
  if (argument === "") throw new CommandError(NOTHING_GIVEN);
  const parts = argument.split("/");
  if (parts.length > 2) throw new CommandError("arguments in resource/name form may not have more than one slash");
  if (parts.some((part) => part === ""))
    throw new CommandError("arguments in resource/name form must have a single resource and name");
  try {
    return (await namedObject(invocation, argument)).object;
  } catch (error) {
    // Upstream adds where it looked, which makes a plain error of the Status.
    if (!isNotFound(error)) throw error;
    throw new CommandError(
      `error from server (NotFound): ${(error as Error).message} in namespace "${invocation.namespace}"`,
    );
  }
}

/** The Pods of a workload; `everyPod`: all of them, else the most active. */
async function podsBehind(invocation: Invocation, object: KubeObject, everyPod: boolean): Promise<KubeObject[]> {
  let selector: string;
  try {
    selector = podSelector(object);
  } catch (error) {
    throw error instanceof CommandError
      ? new CommandError(`cannot get the logs from ${goType(object)}: ${error.message}`)
      : error;
  }
  const pods = byActivity(await podsOf(invocation, selector));
  const pod = pods[0] ?? (await firstPod(invocation, selector));
  if (everyPod) return pods.length === 0 ? [pod] : pods;
  if (pods.length > 1) await invocation.err(`Found ${pods.length} pods, using pod/${nameOf(pod)}\n`);
  return [pod];
}

async function sourcesOf(invocation: Invocation): Promise<Source[]> {
  const { flags, args } = invocation;
  const asked = flags.string("container") || (args[1] ?? "");
  const selector = flags.string("selector");
  const everyPod = flags.bool("all-pods");
  let pods: KubeObject[];
  if (selector !== "") pods = await podsOf(invocation, selector);
  else {
    const object = await subject(invocation, args[0] ?? "");
    pods = textAt(object, "kind") === "Pod" ? [object] : await podsBehind(invocation, object, everyPod);
  }
  const sources: Source[] = [];
  for (const pod of pods) {
    if (flags.bool("all-containers")) {
      for (const field of ["initContainers", "containers", "ephemeralContainers"]) {
        for (const container of containerNames(pod, field)) sources.push({ pod: nameOf(pod), container });
      }
      continue;
    }
    const chosen = chooseContainer(pod, asked);
    if (chosen.notice !== "" && !everyPod) await invocation.err(chosen.notice);
    sources.push({ pod: nameOf(pod), container: chosen.name });
  }
  return sources;
}

function chooseContainer(pod: KubeObject, asked: string): { name: string; notice: string } {
  try {
    return containerOf(pod, asked);
  } catch (error) {
    if (asked === "") throw error;
    throw new CommandError(`container ${asked} is not valid for pod ${nameOf(pod)}`);
  }
}

async function logs(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const selector = flags.string("selector");
  if (args.length === 0 && selector === "") {
    throw invocation.usageError(
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    );
  }
  if (args.length > 0 && selector !== "") throw invocation.usageError("only a selector (-l) or a POD name is allowed");
  if (args.length > 2)
    throw invocation.usageError(
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    );
  if (args.length === 2 && flags.string("container") !== "")
    throw new CommandError("only one of -c or an inline [CONTAINER] arg is allowed");
  const sinceTime = parseSinceTime(flags.string("since-time"));
  if (flags.string("since-time") !== "" && flags.changed("since"))
    throw new CommandError("at most one of `sinceTime` or `sinceSeconds` may be specified");
  const tail = flags.changed("tail") ? flags.number("tail") : selector !== "" ? 10 : -1;
  if (tail < -1) throw new CommandError(`--tail must be greater than or equal to -1`);
  if (flags.number("limit-bytes") < 0) throw new CommandError("--limit-bytes must be greater than 0");
  const container = flags.string("container") || (args[1] ?? "");
  if (flags.bool("all-containers") && container !== "")
    throw new CommandError(`--all-containers=true should not be specified with container name ${container}`);
  const follow = flags.bool("follow");
  const since = flags.string("since") === "0s" ? 0 : (parseDuration(flags.string("since")) ?? 0);
  if (flags.changed("since") && since <= 0 && flags.string("since") !== "0s")
    throw new CommandError("--since must be greater than 0");
  if (flags.duration("pod-running-timeout") <= 0)
    throw new CommandError("--pod-running-timeout must be higher than zero");
  const sources = await sourcesOf(invocation);
  const most = flags.number("max-log-requests");
  if (follow && sources.length > 1 && sources.length > most) {
    throw new CommandError(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    );
  }
  if (sources.length === 0 && selector !== "") {
    await invocation.err(`No resources found in ${invocation.namespace} namespace.\n`);
    return;
  }
  const print = async (source: Source) => {
    const rest = await invocation.rest();
    const response = await rest.open("GET", podPath(invocation.namespace, source.pod, "log"), {
      accept: "application/json, */*",
      query: {
        container: source.container,
        follow,
        previous: flags.bool("previous"),
        timestamps: flags.bool("timestamps"),
        ...(tail >= 0 ? { tailLines: String(tail) } : {}),
        ...(since > 0 ? { sinceSeconds: String(Math.round(since / 1000)) } : {}),
        ...(sinceTime === "" ? {} : { sinceTime }),
        ...(flags.number("limit-bytes") > 0 ? { limitBytes: flags.number("limit-bytes") } : {}),
      },
    });
    const prefix = flags.bool("prefix") || flags.bool("all-pods") ? `[pod/${source.pod}/${source.container}] ` : "";
    const { stdout, descriptors } = invocation.process;
    for await (const lines of wholeLines(response.body, descriptors.get(1)?.kind === "pipe")) {
      await stdout.write(prefix === "" ? lines : prefixed(prefix, lines));
    }
  };
  await interruptible(invocation, async () => {
    if (follow && sources.length > 1) {
      await Promise.all(sources.map(print));
      return;
    }
    for (const source of sources) {
      try {
        await print(source);
      } catch (error) {
        if (!flags.bool("ignore-errors")) throw error;
        // Upstream writes it where the log would have been.
        await invocation.out(`error: ${(error as Error).message}\n`);
      }
    }
  });
}

const NEWLINE = 10;

/**
 * A log in whole lines, as DefaultConsumeRequest of logs.go reads it: each by itself where a pipe wants them (its reader
 * may be gone after the first), else as many as came together.
 */
async function* wholeLines(body: AsyncIterable<Uint8Array>, each: boolean): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = [];
  for await (const chunk of body) {
    let from = 0;
    for (;;) {
      const end = (each ? chunk.indexOf(NEWLINE, from) : chunk.lastIndexOf(NEWLINE)) + 1;
      if (end <= from) break;
      const line = chunk.subarray(from, end);
      yield pending.length === 0 ? line : concatBytes([...pending, line]);
      pending = [];
      from = end;
    }
    if (from < chunk.length) pending.push(chunk.subarray(from));
  }
  if (pending.length > 0) yield concatBytes(pending);
}

const prefixed = (prefix: string, lines: Uint8Array): string =>
  new TextDecoder().decode(lines).replace(/[^\n]*\n|[^\n]+$/g, (line) => `${prefix}${line}`);

export const LOGS: Command = {
  name: "logs",
  aliases: ["log"],
  short: "Print the logs for a container in a pod",
  arguments: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
  examples: ["kubectl logs web-0", "kubectl logs -f web-0 -c nginx", "kubectl logs -l app=nginx --prefix"],
  completes: "pod-container",
  flags: [
    SELECTOR_FLAG,
    { name: "all-containers", type: "bool", default: "false", usage: "Logs of all containers" },
    { name: "all-pods", type: "bool", default: "false", usage: "Logs of all Pods of a workload" },
    { name: "container", shorthand: "c", type: "string", usage: "The container" },
    { name: "follow", shorthand: "f", type: "bool", default: "false", usage: "Go on as more is written" },
    { name: "ignore-errors", type: "bool", default: "false", usage: "Go on after errors" },
    { name: "insecure-skip-tls-verify-backend", type: "bool", default: "false", usage: "Accepted" },
    { name: "limit-bytes", type: "int64", default: "0", usage: "At most this many bytes" },
    { name: "max-log-requests", type: "int", default: "5", usage: "Streams to follow at once" },
    { name: "pod-running-timeout", type: "duration", default: "20s", usage: "How long to wait for a Pod" },
    { name: "prefix", type: "bool", default: "false", usage: "Pod and container before each line" },
    { name: "previous", shorthand: "p", type: "bool", default: "false", usage: "Of the container before this one" },
    { name: "since", type: "duration", default: "0s", usage: "Only what is newer, e.g. 5s, 2m" },
    { name: "since-time", type: "string", usage: "Only what is newer than an RFC 3339 time" },
    { name: "tail", type: "int64", default: "-1", usage: "Only the last lines" },
    { name: "timestamps", type: "bool", default: "false", usage: "Time before each line" },
  ],
  run: logs,
};
