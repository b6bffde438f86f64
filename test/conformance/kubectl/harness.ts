/**
 * Two kubectls: ours in a machine, the real binary over HTTPS. Each line of a scenario runs through both, each on a
 * cluster of its own that was made in the same way, so that both see the same history. Ours lives under a virtual
 * clock: however busy the host is, a second is a second. What differs by nature (ages, random names, uids, addresses)
 * is masked.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, realClock, type VirtualClock, virtualClock } from "../../../lib/clock/index.ts";
import { createImages } from "../../../lib/images/index.ts";
import { connectInProcess, createKubectl } from "../../../lib/kubectl/index.ts";
import { makeCertificates } from "../../../lib/kubernetes/apiserver/certificates.node.ts";
import { serve } from "../../../lib/kubernetes/apiserver/http.node.ts";
import { createCluster } from "../../../lib/kubernetes/cluster.ts";
import type { Cluster } from "../../../lib/kubernetes/cluster.types.ts";
import { createMachine, loopbackNetwork, memoryFileSystem, standardRootTree } from "../../../lib/machine/index.ts";
import { type KubectlBinary, runKubectl } from "../../integration/kubectl-binaries.ts";
import { tools } from "../../integration/tools.ts";
import type { Step } from "./scenarios/scenario.ts";

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** One way to run a command line against a cluster. */
export interface Side {
  run(step: Step): Promise<Outcome>;
  /** Makes a file in the working directory, or replaces it; steps may read stdin from it. */
  put(name: string, text: string): void;
  /** Nothing is going on in the cluster any more. */
  settle(): Promise<void>;
  /** A second of its clock begins. */
  nextSecond(): Promise<void>;
  close(): Promise<void>;
}

/** Nothing is going on. Throws where something still is after half a minute. */
export async function quiet(cluster: Cluster): Promise<void> {
  const limit = Date.now() + 30_000;
  let calm = 0;
  while (calm < 2) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    calm = cluster.activity().busy ? 0 : calm + 1;
    if (calm === 0 && Date.now() > limit) throw new Error(`no rest: ${JSON.stringify(cluster.activity())}`);
  }
}

/** As `quiet`, of cluster time. A real kubectl needs about as long to start as passes here. */
async function virtuallyQuiet(cluster: Cluster, clock: VirtualClock): Promise<void> {
  const limit = clock.now() + 30_000;
  let calm = 0;
  while (calm < 2) {
    await clock.advance(PAUSE_MS);
    calm = cluster.activity().busy ? 0 : calm + 1;
    if (calm === 0 && clock.now() > limit) throw new Error(`no rest: ${JSON.stringify(cluster.activity())}`);
  }
}

function startCluster(clock: Clock): Cluster {
  return createCluster({ images: createImages(tools), clock, latencies: "none", onBug: () => undefined });
}

const untilTheSecond = (now: number): number => 1000 - (now % 1000);

/** Between looks at whether a cluster under a virtual clock is at rest: two of them pass before each line (ms). */
const PAUSE_MS = 25;
/** No line takes longer. */
const LIMIT_MS = 20_000;
/** There is no handshake in process, and nothing to check it with. */
const SOME_CA = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const SERVER = "https://127.0.0.1:6443";

/** Our kubectl, in process, on a cluster and with a clock of its own, which begins at `now` (ms since the epoch). */
export async function ourSide(files: Readonly<Record<string, string>>, now: number): Promise<Side> {
  const clock = virtualClock({ seed: 20, now });
  const cluster = startCluster(clock);
  // What a cluster starts with is up: Pods of the scenario meet the same nodes each time.
  await cluster.ready();
  await virtuallyQuiet(cluster, clock);
  return ourSideOf(cluster, files, clock);
}

/** Our kubectl, in process. Closing it closes the cluster. `driven` is the cluster's clock where that is a virtual one. */
export function ourSideOf(cluster: Cluster, given: Readonly<Record<string, string>>, driven?: VirtualClock): Side {
  const files: Record<string, string> = {};
  const clock = cluster.clock;
  const program = createKubectl({ connect: connectInProcess(cluster, SERVER) });
  const root = memoryFileSystem({
    clock,
    tree: standardRootTree(["kubectl", ...tools.keys()]),
    source: "overlay",
    fileSystemType: "overlay",
  });
  const machine = createMachine({
    clock,
    hostname: "box",
    root,
    network: loopbackNetwork(),
    programs: new Map([...tools, ["kubectl", program]]),
  });
  machine.files.makeDirectory("/workspace", { recursive: true });
  machine.files.writeFile("/workspace/config", kubeconfig(SERVER, SOME_CA, cluster.adminToken));
  const put = (name: string, text: string): void => {
    if (name.includes("/"))
      machine.files.makeDirectory(`/workspace/${name.slice(0, name.lastIndexOf("/"))}`, { recursive: true });
    machine.files.writeFile(`/workspace/${name}`, text);
    files[name] = text;
  };
  for (const [name, text] of Object.entries(given)) put(name, text);
  return {
    put,
    async run({ args, env, stdin: from, limit }) {
      const out: string[] = [];
      const err: string[] = [];
      const collect = (parts: string[]) => {
        const decoder = new TextDecoder();
        return {
          write: async (data: Uint8Array | string) => {
            parts.push(typeof data === "string" ? data : decoder.decode(data, { stream: true }));
          },
          close: () => undefined,
        };
      };
      let given = from === undefined ? null : new TextEncoder().encode(files[from] ?? "");
      const stdin = {
        read: async () => {
          const chunk = given;
          given = null;
          return chunk;
        },
        close: () => undefined,
        async *[Symbol.asyncIterator]() {
          if (given !== null) yield given;
        },
      };
      const child = machine.spawn({
        argv: ["kubectl", ...args],
        program,
        cwd: "/workspace",
        env: { HOME: "/workspace", KUBECONFIG: "/workspace/config", PATH: "/bin", ...env },
        stdin,
        stdout: collect(out),
        stderr: collect(err),
      });
      const stop = clock.after(limit ?? LIMIT_MS, () => child.kill("SIGKILL"));
      let exited = false;
      const status = child.exited.finally(() => {
        exited = true;
      });
      await driven?.runUntil(() => exited, 2 * LIMIT_MS);
      const exitCode = (await status).code;
      stop();
      return { stdout: out.join(""), stderr: err.join(""), exitCode };
    },
    settle: () => (driven === undefined ? quiet(cluster) : virtuallyQuiet(cluster, driven)),
    nextSecond: async () => {
      const left = untilTheSecond(clock.now());
      await (driven === undefined ? clock.sleep(left) : driven.advance(left));
    },
    async close() {
      machine.shutDown();
      cluster.close();
    },
  };
}

function kubeconfig(server: string, ca: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    clusters: [
      {
        name: "c",
        cluster: { server, ...(ca === "" ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") }) },
      },
    ],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  });
}

/** The real binary, over HTTPS, on a cluster of its own. */
export async function realSide(binary: KubectlBinary, files: Readonly<Record<string, string>>): Promise<Side> {
  const cluster = startCluster(realClock({ seed: 20 }));
  await cluster.ready();
  await quiet(cluster);
  return realSideOf(binary, cluster, files);
}

/** The real binary, over HTTPS. Closing it closes the cluster. */
export async function realSideOf(
  binary: KubectlBinary,
  cluster: Cluster,
  given: Readonly<Record<string, string>>,
): Promise<Side> {
  const files: Record<string, string> = {};
  const tls = await makeCertificates(["127.0.0.1", "localhost"], Date.now());
  const served = await serve(cluster, { tls });
  const directory = mkdtempSync(join(tmpdir(), "kubectl-"));
  writeFileSync(join(directory, "config"), kubeconfig(served.url, tls.ca, cluster.adminToken));
  const put = (name: string, text: string): void => {
    if (name.includes("/")) mkdirSync(join(directory, name.slice(0, name.lastIndexOf("/"))), { recursive: true });
    writeFileSync(join(directory, name), text);
    files[name] = text;
  };
  for (const [name, text] of Object.entries(given)) put(name, text);
  return {
    put,
    run: ({ args, env, stdin, limit }) =>
      runKubectl(
        binary,
        join(directory, "config"),
        args,
        stdin === undefined ? undefined : (files[stdin] ?? ""),
        directory,
        { ...env, PATH: env["PATH"] ?? "/bin" },
        limit,
      ),
    settle: () => quiet(cluster),
    nextSecond: () => cluster.clock.sleep(untilTheSecond(cluster.clock.now())),
    async close() {
      await served.close();
      cluster.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const EVENT = /^ {2}(?:Normal|Warning) {2}/;

/** Events of one second come in the order of their names, which are random: runs of them are sorted. */
function sortEvents(text: string): string {
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    let end = i;
    while (EVENT.test(lines[end] ?? "")) end++;
    if (end > i) lines.splice(i, end - i, ...lines.slice(i, end).sort());
    i = end;
  }
  return lines.join("\n");
}

/** Takes out what differs between two runs of the same thing. */
export function mask(text: string): string {
  return sortEvents(maskBlanks(maskWords(text)));
}

/** What stands for something of another length. */
const MASKED = /\b(?:SERVER|UID|DATE|TIME|NODE|NODEADDRESS|RANDOM|CONTAINER|ADDRESS|AGE|HASH|N)\b\S* {2,}\S/;

/** Columns right of something masked begin anywhere: blanks between words are made two there. Indentation is kept. */
function maskBlanks(text: string): string {
  return MASKED.test(text) ? text.replace(/(?<=\S)[ \t]{2,}/g, "  ") : text;
}

function maskWords(text: string): string {
  return (
    text
      // Help is told in words of our own; that it is shown, and of what, is compared.
      .replace(/^[\s\S]*\nUsage:\n {2}(kubectl[-a-z ]*)[\s\S]*?\n(?=$|error:)/, "HELP $1\n")
      .replace(/(can't set a map to a value: ).*/g, "$1MAP")
      .replace(/https:\/\/127\.0\.0\.1:\d+/g, "SERVER")
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID")
      .replace(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} [-+]\d{4}/g, "DATE")
      .replace(/\d{4}-\d\d-\d\dT[\d:]{8}(\.\d+)?Z/g, "TIME")
      .replace(/\d{4}-\d\d-\d\d [\d:]{8}\.\d+ \+0000/g, "TIME")
      // The real one waits with an informer, whose watch may end early.
      // Gates are logged in any order.
      .replace(/^.*envvar\.go:\d+\] .*\n/gm, "")
      // Once or twice: two readers of one certificate.
      .replace(/^.*cert_rotation\.go:\d+\] .*\n/gm, "")
      // Headers of Go's are in no order; those of a curl command are listed as they come.
      .replace(
        /(?: -H "[^"\n]*"){2,}/g,
        (options) =>
          ` ${options
            .split(/ (?=-H ")/)
            .filter(Boolean)
            .sort()
            .join(" ")}`,
      )
      // What HTTP over a socket adds.
      .replace(/^\t(?:Connection|Keep-Alive|Date): .*\n/gm, "")
      .replace(/^.*HTTP Trace: .*\n/gm, "")
      .replace(/ (?:dnsLookup|dial|tlsHandshake|getConnection|serverProcessing)Milliseconds=\d+/g, "")
      .replace(/cache\/discovery\/127\.0\.0\.1_\d+/g, "cache/discovery/HOST")
      .replace(/milliseconds=\d+/g, "milliseconds=N")
      .replace(/^.*reflector\.go:\d+\] .*\n/gm, "")
      // Upstream may still be sending stdin when a program that does not read it has ended: a race inside the real one.
      .replace(/^.*v2\.go:\d+\] "Unhandled Error" err="websocket: close sent"\n/gm, "")
      // Upstream may be done with the archive before tar's words have come.
      .replaceAll("tar: Removing leading `/' from member names\n", "")
      .replace(/ &\{0x[0-9a-f]+ <nil>\}/g, "")
      .replace(/\/tmp\/kubectl-[A-Za-z0-9]{6}\b/g, "/workspace")
      .replace(/\/tmp\/(LIVE|MERGED)-\d+/g, "$1")
      .replace(/^([IWEF])\d{4} [\d:.]+ +\d+ /gm, "$1TIME ")
      .replace(/\/tmp\/kubectl-edit-\d+\./g, "/tmp/EDITED.")
      .replace(/\bnode-[123]\b/g, "NODE")
      .replace(/172\.18\.0\.\d+/g, "NODEADDRESS")
      .replace(/(\d+):3[012]\d{3}\//g, "$1:NODEPORT/")
      .replace(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/g, "TIME")
      .replace(
        /\b(nginx|web|work|debugger|x|j|d|kubernetes|s|old|three|talk|stuck|kube-api-access|kube-proxy)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g,
        "$1-RANDOM",
      )
      .replace(/containerd:\/\/[0-9a-f]+/g, "CONTAINER")
      .replace(/\b10\.\d+\.\d+\.\d+\b/g, "ADDRESS")
      .replace(/("?resourceVersion"?: )"?\d+"?/g, "$1N")
      .replace(/(\bresourceVersion:)\d+/g, "$1N")
      .replace(/(\\"resourceVersion\\":\\")\d+/g, "$1N")
      .replace(/(Resource Version: +|"resourceVersion":")\d+/g, "$1N")
      .replace(/(NodePort: .*?)3[012]\d{3}/g, "$1NODEPORT")
      .replace(/\d{4}-\d\d-\d\d [\d:]{8} \+0000 UTC/g, "TIME")
      .replace(/\b\d+(\.\d+)?m?s\b/g, "AGE")
      .replace(/<unknown>|<invalid>/g, "AGE")
      .replace(/AGE \(x\d+ over AGE\)/g, "AGE")
      .replace(/(?<=-)[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "RANDOM")
      .replace(/(?<=web-)[bcdfghjklmnpqrstvwxz2456789]{8,10}\b/g, "HASH")
  );
}

export const masked = (outcome: Outcome): Outcome => ({
  stdout: mask(outcome.stdout),
  stderr: mask(outcome.stderr),
  exitCode: outcome.exitCode,
});
