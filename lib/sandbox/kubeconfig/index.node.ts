/** Sandboxes as namespaces of a cluster that a kubeconfig names. */
import { connectOverNetwork } from "../../kubectl/transport.node.ts";
import type { SandboxId, SandboxProvider } from "../types.ts";
import { operatorAccess } from "./access.node.ts";
import { ClusterApi } from "./api.ts";
import { removePlace } from "./place.ts";
import { type KubeconfigOptions, KubeconfigSandbox, namespaceOf } from "./sandbox.ts";

interface KubeconfigProviderOptions {
  /** The operator's kubeconfig on disk: may make namespaces, roles and bindings. */
  readonly kubeconfig: string;
  /** Default: the file's current context. */
  readonly context?: string;
  /** Default 3 minutes. */
  readonly setupLimitMs?: number;
  readonly onBug?: KubeconfigOptions["onBug"];
}

const REMOVAL_LIMIT_MS = 120_000;

export function kubeconfigSandboxes(options: KubeconfigProviderOptions): SandboxProvider {
  const operator = operatorAccess(options.kubeconfig, options.context);
  const complete: KubeconfigOptions = {
    operator,
    connect: connectOverNetwork({ plugins: true }),
    connectLearner: connectOverNetwork({ only: operator.server }),
    setupLimitMs: options.setupLimitMs ?? 3 * 60_000,
    onBug: options.onBug ?? ((where, error) => console.error(`Bug in ${where}:`, error)),
  };
  const sandboxes = new Map<SandboxId, KubeconfigSandbox>();
  const open = async (...args: Parameters<typeof KubeconfigSandbox.open>): Promise<KubeconfigSandbox> => {
    const sandbox = await KubeconfigSandbox.open(...args);
    sandboxes.set(args[0], sandbox);
    return sandbox;
  };
  return {
    create: (id, spec) => open(id, spec, complete),
    restore: (id, spec, snapshot) => open(id, spec, complete, snapshot),
    get: (id) => sandboxes.get(id),
    /** Out of memory only: the namespace stays, as a saved sandbox does. */
    async release(id) {
      const sandbox = sandboxes.get(id);
      sandboxes.delete(id);
      await sandbox?.close();
    },
    async destroy(id) {
      const sandbox = sandboxes.get(id);
      sandboxes.delete(id);
      await sandbox?.close();
      const transport = await complete.connect(operator);
      try {
        await removePlace(new ClusterApi(transport), namespaceOf(id), AbortSignal.timeout(REMOVAL_LIMIT_MS));
      } finally {
        transport.close();
      }
    },
  };
}
