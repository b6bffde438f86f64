/** Sandboxes on embedded clusters, and the socket that serves their APIs. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { prepareKeys } from "../../kubernetes/apiserver/cryptography.node.ts";
import { answer, upgradeRequest } from "../../kubernetes/apiserver/http.node.ts";
import type { SandboxId, SandboxProvider } from "../types.ts";
import { type EmbeddedOptions, EmbeddedSandbox } from "./sandbox.ts";

interface EmbeddedProvider extends SandboxProvider {
  get(id: SandboxId): EmbeddedSandbox | undefined;
}

export function embeddedSandboxes(options: Partial<EmbeddedOptions> = {}): EmbeddedProvider {
  // The first token of the first cluster would wait for them.
  prepareKeys();
  const sandboxes = new Map<SandboxId, EmbeddedSandbox>();
  const complete: EmbeddedOptions = {
    onBug: options.onBug ?? ((where, error) => console.error(`Bug in ${where}:`, error)),
    ...(options.onWork === undefined ? {} : { onWork: options.onWork }),
  };
  const close = async (id: SandboxId) => {
    const sandbox = sandboxes.get(id);
    sandboxes.delete(id);
    await sandbox?.close();
  };
  return {
    async create(id, spec) {
      const sandbox = await EmbeddedSandbox.create(id, spec, complete);
      sandboxes.set(id, sandbox);
      return sandbox;
    },
    async restore(id, spec, snapshot) {
      const sandbox = EmbeddedSandbox.restore(id, spec, complete, snapshot);
      sandboxes.set(id, sandbox);
      return sandbox;
    },
    get: (id) => sandboxes.get(id),
    // An embedded cluster is nowhere but in memory.
    release: (id) => close(id),
    destroy: (id) => close(id),
  };
}

/** Serves /clusters/<id>/ of every sandbox on one loopback port. */
export async function serveClusters(
  find: (id: string) => EmbeddedSandbox | undefined,
): Promise<{ readonly port: number; close(): void }> {
  const target = (url: string | undefined) => {
    const id = /^\/clusters\/([^/?]+)/.exec(url ?? "")?.[1];
    const sandbox = id === undefined ? undefined : find(id);
    return sandbox === undefined ? undefined : { handler: sandbox.handler, basePath: `/clusters/${id}` };
  };
  const server = createServer((request, response) => {
    const found = target(request.url);
    if (found === undefined) response.writeHead(403).end();
    else void answer(found.handler, request, response, found.basePath);
  });
  server.on("upgrade", (request, socket, head) => {
    const found = target(request.url);
    if (found === undefined) socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    else void upgradeRequest(found.handler, request, socket, head, found.basePath);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
