/** A kubelet's client while the network to the API server may be cut: what it watches is in its caches, writes fail. */
import type { Client } from "../../apiserver/client.ts";
import { StatusError } from "../../machinery/status.ts";

/** client-go's error for a connection that nobody answers. */
class Unreachable extends StatusError {
  constructor(server: string) {
    super(503, "ServiceUnavailable", `Post "https://${server}": dial tcp ${server}: i/o timeout`);
  }
}

export function gatedClient(client: Client, server: string, isCut: () => boolean): Client {
  const gate = <Arguments extends readonly unknown[], Result>(call: (...args: Arguments) => Result) => {
    return (...args: Arguments): Result => {
      if (isCut()) throw new Unreachable(server);
      return call(...args);
    };
  };
  // Each method is bound to the client it came from; the cast brings back its type parameter.
  return {
    user: client.user,
    get: client.get.bind(client),
    find: client.find.bind(client),
    list: client.list.bind(client),
    watch: client.watch.bind(client),
    create: gate(client.create.bind(client)) as Client["create"],
    update: gate(client.update.bind(client)) as Client["update"],
    updateSubresource: gate(client.updateSubresource.bind(client)) as Client["updateSubresource"],
    modify: gate(client.modify.bind(client)) as Client["modify"],
    delete: gate(client.delete.bind(client)) as Client["delete"],
    bind: gate(client.bind.bind(client)),
    evict: gate(client.evict.bind(client)),
  };
}
