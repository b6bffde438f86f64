/** `statecraft cluster`: one embedded cluster in the foreground, over https on loopback. */
import { chmodSync, writeFileSync } from "node:fs";
import { realClock } from "../clock/index.ts";
import { nodeCryptography } from "../kubernetes/apiserver/cryptography.node.ts";
import { serve } from "../kubernetes/apiserver/http.node.ts";
import { createCluster } from "../kubernetes/cluster.ts";
import { standardImages } from "../sandbox/embedded/images.ts";
import { parse, UsageError } from "./usage.ts";

const HELP = `Usage: statecraft cluster --kubeconfig FILE [options]

Serves one embedded Kubernetes cluster until ^C. Nothing is kept.

  --kubeconfig FILE   where to write the kubeconfig (mode 0600)
  --port PORT         default: a free one
  --nodes N           default 3
  --latencies MODE    realistic (default) or none
  --speed N           cluster seconds per second, default 1
`;

export async function run(args: readonly string[]): Promise<number> {
  const { values } = parse({
    args: [...args],
    options: {
      kubeconfig: { type: "string" },
      port: { type: "string", default: "0" },
      nodes: { type: "string", default: "3" },
      latencies: { type: "string", default: "realistic" },
      speed: { type: "string", default: "1" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.kubeconfig === undefined) throw new UsageError("--kubeconfig FILE is needed.\n\n" + HELP);
  const nodes = Number(values.nodes);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 100)
    throw new UsageError(`--nodes must be 1 to 100, not "${values.nodes}"`);
  if (values.latencies !== "realistic" && values.latencies !== "none")
    throw new UsageError(`--latencies is realistic or none, not "${values.latencies}"`);
  const clock = realClock({ speed: Number(values.speed) });
  const cluster = createCluster({
    images: standardImages(),
    clock,
    nodes: Array.from({ length: nodes }, (_, index) => ({ name: `node-${index + 1}` })),
    latencies: values.latencies,
    cryptography: nodeCryptography,
  });
  const certificates = cluster.servingCertificate(["localhost", "127.0.0.1"]);
  const server = await serve(cluster, {
    host: "127.0.0.1",
    port: Number(values.port),
    tls: { key: certificates.key, cert: certificates.cert, ca: certificates.ca },
  });
  writeFileSync(values.kubeconfig, kubeconfig(server.url, certificates.ca, cluster.adminToken));
  chmodSync(values.kubeconfig, 0o600);
  await cluster.ready();
  process.stdout.write(`The cluster is ready at ${server.url}\nexport KUBECONFIG=${values.kubeconfig}\n`);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await server.close();
  cluster.close();
  return 0;
}

function kubeconfig(server: string, certificateAuthority: string, token: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: statecraft
  cluster:
    server: ${server}
    certificate-authority-data: ${Buffer.from(certificateAuthority).toString("base64")}
contexts:
- name: statecraft
  context:
    cluster: statecraft
    user: admin
current-context: statecraft
users:
- name: admin
  user:
    token: ${token}
`;
}
