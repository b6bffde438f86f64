export { type Complete, createKubectlCompletion } from "./completion/index.ts";
export type { EditRequest, OpenEditor } from "./editor.ts";
export { connectInProcess, inProcessTransport, type LocalHandler } from "./in-process.ts";
export type { KubectlOptions } from "./invocation.ts";
export { createKubectl } from "./program.ts";
export {
  type ClusterAccess,
  type Connect,
  type HttpRequest,
  type HttpResponse,
  type PortStream,
  type ProcessStream,
  type SessionStatus,
  type Transport,
  TransportError,
} from "./transport.ts";
