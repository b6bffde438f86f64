export { createKubectlCompletion } from "./completion/index.ts";
export type { EditRequest, OpenEditor } from "./editor.ts";
export { connectInProcess } from "./in-process.ts";

export { createKubectl } from "./program.ts";
export {
  type ClusterAccess,
  type Connect,
  type Transport,
  TransportError,
} from "./transport.ts";
