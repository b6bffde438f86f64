export { handleApi } from "./http.ts";
export { AttemptService } from "./service.ts";
export { createSockets } from "./sockets.node.ts";
