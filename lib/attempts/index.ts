export { type ApiOptions, handleApi } from "./http.ts";
export { AttemptError, AttemptService, type AttemptServiceOptions } from "./service.ts";
export { createSockets } from "./sockets.node.ts";
