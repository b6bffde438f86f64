/** kubectl cluster-info dump (k8s.io/kubectl/pkg/cmd/clusterinfo/clusterinfo_dump.go). */
import { readAll } from "../client/rest.ts";
import type { Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import { ALL_NAMESPACES_FLAG, OUTPUT_FLAGS } from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { type KubeObject, listAt, nameOf, textAt } from "../object.ts";
import { asStruct } from "../printers/as-struct.ts";
import { printerFor } from "../printers/output.ts";
import { containerNames, podPath } from "./pods.ts";

/** What is written of a namespace, in order: its file and where it comes from. */
const KINDS = [
  ["events", "/api/v1", "events"],
  ["replication-controllers", "/api/v1", "replicationcontrollers"],
  ["services", "/api/v1", "services"],
  ["daemonsets", "/apis/apps/v1", "daemonsets"],
  ["deployments", "/apis/apps/v1", "deployments"],
  ["replicasets", "/apis/apps/v1", "replicasets"],
  ["pods", "/api/v1", "pods"],
] as const;

/** Where a part goes: a file of its own below the directory, or all of them to stdout. */
type Sink = (file: string, text: string) => Promise<void>;

function sinkOf(invocation: Invocation): Sink {
  const directory = invocation.flags.string("output-directory");
  if (directory === "" || directory === "-") return (_, text) => invocation.out(text);
  const { files } = invocation.process;
  return async (file, text) => {
    const path = `${directory}/${file}`;
    files.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    files.writeFile(path, text);
  };
}

async function dump(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const printer = printerFor(invocation);
  if (flags.duration("pod-running-timeout") <= 0)
    throw new CommandError("--pod-running-timeout must be higher than zero");
  const output = flags.string("output");
  const extension = output === "json" || output === "yaml" ? `.${output}` : ".txt";
  const rest = await invocation.rest();
  const sink = sinkOf(invocation);
  const print = async (file: string, list: KubeObject): Promise<void> => {
    if (output === "name")
      throw new CommandError(`list types are not supported by name printing: *v1.${textAt(list, "kind")}`);
    await sink(`${file}${extension}`, (await printer?.(asStruct(list), true)) ?? "");
  };
  await print("nodes", await rest.get("/api/v1/nodes"));
  for (const namespace of await namespacesOf(invocation)) {
    let pods: KubeObject[] = [];
    for (const [file, base, plural] of KINDS) {
      const list = await rest.get(`${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`);
      await print(`${namespace}/${file}`, list);
      if (file === "pods") pods = listAt(list, "items") as KubeObject[];
    }
    for (const pod of pods)
      await sink(`${namespace}/${nameOf(pod)}/logs.txt`, await logsOf(invocation, namespace, pod));
  }
  const directory = flags.string("output-directory");
  if (directory !== "" && directory !== "-") await invocation.out(`Cluster info dumped to ${directory}\n`);
}

async function namespacesOf(invocation: Invocation): Promise<readonly string[]> {
  const { flags } = invocation;
  if (flags.bool("all-namespaces")) {
    const list = await (await invocation.rest()).get("/api/v1/namespaces");
    return listAt(list, "items").map((one) => nameOf(one as KubeObject));
  }
  const given = flags.list("namespaces");
  return given.length > 0 ? given : ["kube-system", invocation.namespace];
}

async function logsOf(invocation: Invocation, namespace: string, pod: KubeObject): Promise<string> {
  const rest = await invocation.rest();
  const parts: string[] = [];
  for (const container of [...containerNames(pod, "initContainers"), ...containerNames(pod)]) {
    const of = `logs for container ${container} of pod ${namespace}/${nameOf(pod)} ====\n`;
    parts.push(`==== START ${of}`);
    try {
      const { body } = await rest.open("GET", podPath(namespace, nameOf(pod), "log"), {
        accept: "*/*",
        query: { container },
      });
      parts.push(await readAll(body));
    } catch (error) {
      parts.push(`Request log error: ${(error as Error).message}\n`);
    }
    parts.push(`==== END ${of}`);
  }
  return parts.join("");
}

export const DUMP: Command = {
  name: "dump",
  short: "Dump relevant information for debugging and diagnosis",
  examples: ["kubectl cluster-info dump --output-directory=state"],
  flags: [
    ...OUTPUT_FLAGS.map((flag) => (flag.name === "output" ? { ...flag, default: "json" } : flag)),
    ALL_NAMESPACES_FLAG,
    { name: "namespaces", type: "strings", usage: "Namespaces to dump" },
    { name: "output-directory", type: "string", usage: "Directory for files, one for each kind; - for stdout" },
    { name: "pod-running-timeout", type: "duration", default: "20s", usage: "How long to wait for a running Pod" },
  ],
  run: dump,
};
