/** The API server: one registry, reached over HTTP-like requests (`ApiHandler`) and by in-process clients. */
import type { Clock } from "../../clock/index.ts";
import type { NodeAccess } from "../kubelet/types.ts";
import { StatusError } from "../machinery/status.ts";
import type { UserInfo } from "../machinery/types.ts";
import type { Store } from "../store/store.ts";
import type { Client } from "./client.ts";
import { type ApiDefinitions, Definitions } from "./definitions.ts";
import type { ApiHandler, ApiRequest, ApiResponse, PortSession, ProcessSession } from "./http.ts";
import { InProcessClient } from "./in-process-client.ts";
import { Registry } from "./registry.ts";
import { PodOperations } from "./subresources/pods.ts";

export interface ApiServerOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly definitions: ApiDefinitions;
  /** Logs, exec, attach, port-forward, usage: without it those are answered 501. */
  readonly nodeAccess?: NodeAccess;
  /** Secrets of the cluster; made from the clock's randomness where not given. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** Errors that are bugs. */
  readonly onBug?: (where: string, error: unknown) => void;
}

export interface ApiServer extends ApiHandler {
  readonly definitions: Definitions;
  readonly adminToken: string;
  /** For a snapshot: give them back as `credentials`. */
  readonly credentials: Readonly<Record<string, string>>;
  clientFor(user: string, groups?: readonly string[]): Client;
  close(): void;
}

const MASTERS = "system:masters";
const AUTHENTICATED = "system:authenticated";

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { clock, store } = options;
  const definitions = new Definitions(options.definitions);
  const registry = new Registry({ clock, store, admission: [] });
  const podOperations = new PodOperations({ clock, store, registry, definitions });
  const authorize = () => undefined;
  const backend = { definitions, registry, store, podOperations, authorize };
  const refuse = (): never => {
    throw new StatusError(501, "NotImplemented", "not served over HTTP yet");
  };
  return {
    definitions,
    adminToken: "",
    credentials: {},
    clientFor(user, groups = user === "system:admin" ? [MASTERS] : []) {
      return new InProcessClient(backend, userOf(user, groups));
    },
    async handle(_request: ApiRequest): Promise<ApiResponse> {
      return refuse();
    },
    async openProcess(_request: ApiRequest): Promise<ProcessSession> {
      return refuse();
    },
    async openPort(_request: ApiRequest, _port: number): Promise<PortSession> {
      return refuse();
    },
    close() {},
  };
}

/** Groups that authentication adds by itself. */
function userOf(name: string, groups: readonly string[]): UserInfo {
  const all = new Set(groups);
  const account = /^system:serviceaccount:([^:]+):/.exec(name);
  if (account !== null) {
    all.add("system:serviceaccounts");
    all.add(`system:serviceaccounts:${account[1]}`);
  }
  if (name.startsWith("system:node:")) all.add("system:nodes");
  all.add(name === "system:anonymous" ? "system:unauthenticated" : AUTHENTICATED);
  return { name, groups: [...all] };
}
