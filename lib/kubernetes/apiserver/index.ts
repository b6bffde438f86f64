export { withDefaultPolicy } from "./authorization/policy/index.ts";
export type { ResourceAttributes } from "./authorization/rbac.ts";
export { type BootstrapOptions, bootstrap, SYSTEM_NAMESPACES } from "./bootstrap.ts";
export { apiDefinitions } from "./built-in.ts";
export type { Client, DeleteOptions, WriteOptions } from "./client.ts";
export type { ApiHandler, ApiRequest, ApiResponse, PortSession, ProcessSession } from "./http.ts";
export { type ApiServer, type ApiServerOptions, createApiServer } from "./server.ts";
