import type { Tool } from "../support/tool.ts";

export const VERSION = "1.21.3";

export const OPTIONS = {
  output: { short: "O", long: "output-document", value: true },
  log: { short: "o", long: "output-file", value: true },
  input: { short: "i", long: "input-file", value: true },
  directory: { short: "P", long: "directory-prefix", value: true },
  quiet: { short: "q", long: "quiet" },
  noVerbose: { long: "no-verbose" },
  verbose: { short: "v", long: "verbose" },
  noClobber: { long: "no-clobber" },
  server: { short: "S", long: "server-response" },
  timeout: { short: "T", long: "timeout", value: true },
  connectTimeout: { long: "connect-timeout", value: true },
  readTimeout: { long: "read-timeout", value: true },
  tries: { short: "t", long: "tries", value: true },
  wait: { short: "w", long: "wait", value: true },
  waitRetry: { long: "waitretry", value: true },
  retryRefused: { long: "retry-connrefused" },
  redirects: { long: "max-redirect", value: true },
  spider: { long: "spider" },
  header: { long: "header", value: true },
  method: { long: "method", value: true },
  bodyData: { long: "body-data", value: true },
  bodyFile: { long: "body-file", value: true },
  data: { long: "post-data", value: true },
  file: { long: "post-file", value: true },
  user: { long: "user", value: true },
  httpUser: { long: "http-user", value: true },
  password: { long: "password", value: true },
  httpPassword: { long: "http-password", value: true },
  noChallenge: { long: "auth-no-challenge" },
  agent: { short: "U", long: "user-agent", value: true },
  onError: { long: "content-on-error" },
  noCheck: { long: "no-check-certificate" },
  continue: { short: "c", long: "continue" },
  progress: { long: "progress", value: true },
  showProgress: { long: "show-progress" },
  noProxy: { long: "no-proxy" },
  noCache: { long: "no-cache" },
  four: { short: "4", long: "inet4-only" },
  version: { short: "V", long: "version" },
} as const;

export type Wget = Tool<typeof OPTIONS>;

/** Exit statuses (Wget manual, "Exit Status"), the more telling first. */
export const STATUS = { parse: 2, file: 3, network: 4, tls: 5, authentication: 6, protocol: 7, server: 8 } as const;
