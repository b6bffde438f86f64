/** Sandboxes on embedded clusters, and the socket that serves their APIs. */
import { serve } from "../../kubernetes/apiserver/http.node.ts";
import type { SandboxId, SandboxProvider } from "../types.ts";
import { type EmbeddedOptions, EmbeddedSandbox } from "./sandbox.ts";

export type { EmbeddedSandbox };

export interface EmbeddedProvider extends SandboxProvider {
  get(id: SandboxId): EmbeddedSandbox | undefined;
}

export function embeddedSandboxes(options: Partial<EmbeddedOptions> = {}): EmbeddedProvider {
  const sandboxes = new Map<SandboxId, EmbeddedSandbox>();
  const complete: EmbeddedOptions = {
    onBug: options.onBug ?? ((where, error) => console.error(`Bug in ${where}:`, error)),
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
    async destroy(id) {
      const sandbox = sandboxes.get(id);
      sandboxes.delete(id);
      await sandbox?.close();
    },
  };
}
