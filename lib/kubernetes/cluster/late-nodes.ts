/** Nodes need the API server and the API server asks nodes: this stands in until they are there. */
import type { NodeAccess, Nodes } from "../kubelet/types.ts";
import { StatusError } from "../machinery/status.ts";

export class LateNodes implements NodeAccess {
  #nodes: Nodes | undefined;

  set(nodes: Nodes): void {
    this.#nodes = nodes;
  }

  get #ready(): Nodes {
    if (this.#nodes === undefined) throw new StatusError(503, "ServiceUnavailable", "the nodes are not up yet");
    return this.#nodes;
  }

  logs(...args: Parameters<NodeAccess["logs"]>) {
    return this.#ready.logs(...args);
  }
  exec(...args: Parameters<NodeAccess["exec"]>) {
    return this.#ready.exec(...args);
  }
  attach(...args: Parameters<NodeAccess["attach"]>) {
    return this.#ready.attach(...args);
  }
  portForward(...args: Parameters<NodeAccess["portForward"]>) {
    return this.#ready.portForward(...args);
  }
  usage(...args: Parameters<NodeAccess["usage"]>) {
    return this.#ready.usage(...args);
  }
}
