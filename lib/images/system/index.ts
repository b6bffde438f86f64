/**
 * What the system namespace runs. CoreDNS answers; what the control plane and kube-proxy do is done by the simulation:
 * their programs read their command lines as the real ones do, and wait. A second scheduler or controller manager
 * therefore never becomes the leader, as it would not beside a healthy first one.
 */
import { directory, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { serve, untilStopped } from "../kit/server.ts";
import type { ImageFamily } from "../types.ts";
import { commandProblem } from "./flags.ts";

/** CoreDNS: the network answers questions sent to a Pod that listens on port 53. */
async function coredns(process: Process): Promise<number> {
  const close = serve(process, 53, async () => undefined);
  const closeHealth = serve(process, 8080, async (connection) => {
    await connection.reader.read();
    await connection.writer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
  });
  const closeReady = serve(process, 8181, async (connection) => {
    await connection.reader.read();
    await connection.writer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
  });
  await process.stdout.write(
    ".:53\n[INFO] plugin/reload: Running configuration SHA512 = statecraft\nCoreDNS-1.12.1\nlinux/amd64, go1.24.1\n",
  );
  const signal = await untilStopped(process, ["SIGTERM", "SIGINT"]).stopped;
  close();
  closeHealth();
  closeReady();
  if (signal !== undefined) await process.stdout.write(`[INFO] ${signal}: Shutting down servers then terminating\n`);
  return 0;
}

/** A component whose work is done by the simulation itself. */
function component(name: string) {
  return async (process: Process): Promise<number> => {
    const problem = commandProblem(name, process);
    if (problem !== undefined) {
      await process.stderr.write(`${problem}\n`);
      return 1;
    }
    await untilStopped(process, ["SIGTERM", "SIGINT"]).stopped;
    return 0;
  };
}

const VERSIONS = ["v1.34.0", "v1.34.1"];
/** Name and compressed size in bytes. */
const COMPONENTS: readonly (readonly [name: string, sizeBytes: number])[] = [
  ["kube-proxy", 25_963_701],
  ["kube-apiserver", 27_066_504],
  ["kube-controller-manager", 22_819_719],
  ["kube-scheduler", 17_385_558],
];

export function systemFamily(roots: BaseRoots): ImageFamily {
  const image = (name: string, path: string, tags: readonly string[], sizeBytes: number, programName: string) => ({
    name,
    tags,
    image: (tag: string) =>
      tags.includes(tag)
        ? {
            root: merged(roots.scratch, directory({ [path]: program(programName) })),
            sizeBytes,
            entrypoint: [`/${path}`],
          }
        : undefined,
  });
  return {
    repositories: [
      image(
        "registry.k8s.io/coredns/coredns",
        "coredns",
        ["v1.12.1", "v1.12.0", "v1.11.3"],
        22_384_805,
        "system/coredns",
      ),
      ...COMPONENTS.map(([name, bytes]) =>
        image(`registry.k8s.io/${name}`, `usr/local/bin/${name}`, VERSIONS, bytes, `system/${name}`),
      ),
    ],
    programs: {
      "system/coredns": coredns,
      ...Object.fromEntries(COMPONENTS.map(([name]) => [`system/${name}`, component(name)])),
    },
  };
}
