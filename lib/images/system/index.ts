/** What the system namespace runs: processes that say in their logs what they do, and CoreDNS, which answers. */
import { directory, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { serve, untilStopped } from "../kit/server.ts";
import type { ImageFamily } from "../types.ts";

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

/** A component whose work is done by the simulation itself: it says so, and waits. */
function component(name: string, lines: readonly string[]) {
  return async (process: Process): Promise<number> => {
    const stamp = new Date(process.clock.now()).toISOString().slice(5, 19).replace("-", "").replace("T", " ");
    for (const line of lines) await process.stderr.write(`I${stamp}.000000       1 ${line}\n`);
    await untilStopped(process, ["SIGTERM", "SIGINT"]).stopped;
    void name;
    return 0;
  };
}

const VERSIONS = ["v1.34.0", "v1.34.1"];

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
      image("registry.k8s.io/kube-proxy", "usr/local/bin/kube-proxy", VERSIONS, 25_963_701, "system/kube-proxy"),
      image("registry.k8s.io/kube-apiserver", "kube-apiserver", VERSIONS, 27_066_504, "system/kube-apiserver"),
      image(
        "registry.k8s.io/kube-controller-manager",
        "kube-controller-manager",
        VERSIONS,
        22_819_719,
        "system/kube-controller-manager",
      ),
      image("registry.k8s.io/kube-scheduler", "kube-scheduler", VERSIONS, 17_385_558, "system/kube-scheduler"),
    ],
    programs: {
      "system/coredns": coredns,
      "system/kube-proxy": component("kube-proxy", [
        'server_linux.go:53] "Using iptables proxy"',
        'server.go:715] "Version info" version="v1.34.0"',
        'config.go:200] "Starting service config controller"',
      ]),
      "system/kube-apiserver": component("kube-apiserver", [
        "server.go:148] Version: v1.34.0",
        "secure_serving.go:211] Serving securely on [::]:6443",
      ]),
      "system/kube-controller-manager": component("kube-controller-manager", [
        "serving.go:386] Generated self-signed cert in-memory",
        'controllermanager.go:191] "Starting" version="v1.34.0"',
        "leaderelection.go:257] attempting to acquire leader lease kube-system/kube-controller-manager...",
      ]),
      "system/kube-scheduler": component("kube-scheduler", [
        'server.go:174] "Starting Kubernetes Scheduler" version="v1.34.0"',
        "leaderelection.go:257] attempting to acquire leader lease kube-system/kube-scheduler...",
      ]),
    },
  };
}
