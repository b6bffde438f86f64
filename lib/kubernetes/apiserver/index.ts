export { withDefaultPolicy } from "./authorization/policy/index.ts";

export { bootstrap } from "./bootstrap.ts";
export { apiDefinitions } from "./built-in.ts";

export { type ApiServer, createApiServer } from "./server.ts";
