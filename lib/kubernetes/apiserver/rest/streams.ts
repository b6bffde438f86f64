/** exec, attach and port-forward: who may, to which container; the node does the rest. */
import type { Pod } from "../../api/types.ts";
import { type NodeAccess, NodeUnreachable, StreamRefused } from "../../kubelet/types.ts";
import { badRequest, StatusError } from "../../machinery/status.ts";
import { type ApiRequest, type PortSession, type ProcessSession, UpgradeFailure } from "../http.ts";
import type { Registry } from "../registry.ts";
import { containerOf } from "./container.ts";
import type { RestHandler } from "./handler.ts";
import { parseBoolean } from "./options.ts";
import { parseResourcePath } from "./request-info.ts";
import { contextOf, noSuchResource } from "./resources.ts";

interface StreamOptions {
  readonly rest: RestHandler;
  readonly registry: Registry;
  readonly nodeAccess: NodeAccess | undefined;
}

interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly pod: Pod;
  readonly nodes: NodeAccess;
}

export class StreamHandler {
  readonly #options: StreamOptions;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  async openProcess(request: ApiRequest): Promise<ProcessSession> {
    const { query } = request;
    const subresource = parseResourcePath(request.path)?.subresource;
    if (subresource !== "exec" && subresource !== "attach") throw noSuchResource();
    const { namespace, name, pod, nodes } = this.#target(request, subresource);
    const flag = (key: string, other?: boolean) => {
      const text = query.get(key);
      return text === null ? (other ?? false) : parseBoolean(text);
    };
    const options = {
      container: containerOf(pod, query.get("container") ?? ""),
      stdin: flag("stdin"),
      stdout: flag("stdout"),
      stderr: flag("stderr"),
      tty: flag("tty"),
    };
    if (!options.stdin && !options.stdout && !options.stderr)
      throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
    // A terminal has one output: the two cannot be told apart.
    const streams = options.tty ? { ...options, stderr: false } : options;
    const command = subresource === "attach" ? [] : query.getAll("command");
    if (subresource === "exec" && command.length === 0)
      throw badRequest("you must specify at least one command for the container");
    try {
      return await (subresource === "attach"
        ? nodes.attach(namespace, name, streams)
        : nodes.exec(namespace, name, { ...streams, command }));
    } catch (error) {
      throw failureOf(error, (host) => {
        // StreamLocation (pkg/registry/core/pod/strategy.go).
        const parameters = new URLSearchParams(command.map((word) => ["command", word]));
        for (const [parameter, wanted] of [
          ["error", options.stderr],
          ["input", options.stdin],
          ["output", options.stdout],
          ["tty", options.tty],
        ] as const)
          if (wanted) parameters.append(parameter, "1");
        const path = `/${subresource}/${namespace}/${name}/${options.container}`;
        return `error sending request: Post "https://${host}${path}?${parameters}"`;
      });
    }
  }

  async openPort(request: ApiRequest, port: number): Promise<PortSession> {
    const { namespace, name, pod, nodes } = this.#target(request, "portforward");
    if (pod.status?.phase !== "Running")
      throw badRequest(`unable to forward port because pod is not running. Current status=${pod.status?.phase ?? ""}`);
    try {
      return await nodes.portForward(namespace, name, port);
    } catch (error) {
      throw failureOf(error, () => "error dialing backend");
    }
  }

  #target(request: ApiRequest, subresource: "exec" | "attach" | "portforward"): Target {
    const info = parseResourcePath(request.path);
    if (info?.name === undefined || info.resource !== "pods" || info.subresource !== subresource)
      throw noSuchResource();
    const { rest, registry, nodeAccess } = this.#options;
    const user = rest.authenticate(request);
    // WebSockets are opened with GET, SPDY with POST: both create a stream.
    const call = rest.resolve({ ...request, method: "POST" }, info, user, []);
    const namespace = info.namespace ?? "";
    const pod = registry.get(call.served, namespace, info.name) as Pod;
    registry.connect(call.served, subresource, namespace, info.name, contextOf(call, { dryRun: false }));
    if (nodeAccess === undefined)
      throw new StatusError(501, "NotImplemented", "this cluster has no nodes that could be reached");
    if (!pod.spec?.nodeName) throw badRequest(`pod ${info.name} does not have a host assigned`);
    return { namespace, name: info.name, pod, nodes: nodeAccess };
  }
}

/** What a node says of a stream; `asked` is what the API server asked of the node that cannot be reached. */
function failureOf(error: unknown, asked: (host: string) => string): unknown {
  if (error instanceof StreamRefused) return new UpgradeFailure(500, error.message);
  if (!(error instanceof NodeUnreachable)) return error;
  const { status } = new StatusError(500, "", `error dialing backend: ${error.message}`);
  return new UpgradeFailure(500, status, [], `${asked(error.host)}: ${error.message}`);
}
