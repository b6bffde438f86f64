import type { Tool } from "../support/tool.ts";

export const VERSION = "7.88.1";

export const OPTIONS = {
  data: { short: "d", long: "data", value: true },
  dataAscii: { long: "data-ascii", value: true },
  dataRaw: { long: "data-raw", value: true },
  dataBinary: { long: "data-binary", value: true },
  dataEncoded: { long: "data-urlencode", value: true },
  json: { long: "json", value: true },
  get: { short: "G", long: "get" },
  head: { short: "I", long: "head" },
  header: { short: "H", long: "header", value: true },
  include: { short: "i", long: "include" },
  dump: { short: "D", long: "dump-header", value: true },
  insecure: { short: "k", long: "insecure" },
  authority: { long: "cacert", value: true },
  location: { short: "L", long: "location" },
  locationTrusted: { long: "location-trusted" },
  redirects: { long: "max-redirs", value: true },
  timeout: { short: "m", long: "max-time", value: true },
  connectTimeout: { long: "connect-timeout", value: true },
  retry: { long: "retry", value: true },
  retryDelay: { long: "retry-delay", value: true },
  retryMaxTime: { long: "retry-max-time", value: true },
  retryRefused: { long: "retry-connrefused" },
  retryAll: { long: "retry-all-errors" },
  output: { short: "o", long: "output", value: true },
  remoteName: { short: "O", long: "remote-name" },
  headerName: { short: "J", long: "remote-header-name" },
  createDirectories: { long: "create-dirs" },
  outputDirectory: { long: "output-dir", value: true },
  upload: { short: "T", long: "upload-file", value: true },
  request: { short: "X", long: "request", value: true },
  silent: { short: "s", long: "silent" },
  showError: { short: "S", long: "show-error" },
  fail: { short: "f", long: "fail" },
  failWithBody: { long: "fail-with-body" },
  user: { short: "u", long: "user", value: true },
  basic: { long: "basic" },
  agent: { short: "A", long: "user-agent", value: true },
  referer: { short: "e", long: "referer", value: true },
  cookie: { short: "b", long: "cookie", value: true },
  range: { short: "r", long: "range", value: true },
  verbose: { short: "v", long: "verbose" },
  writeOut: { short: "w", long: "write-out", value: true },
  resolve: { long: "resolve", value: true },
  connectTo: { long: "connect-to", value: true },
  noBuffer: { short: "N", long: "no-buffer" },
  noKeepalive: { long: "no-keepalive" },
  url: { long: "url", value: true },
  globOff: { short: "g", long: "globoff" },
  pathAsIs: { long: "path-as-is" },
  four: { short: "4", long: "ipv4" },
  http10: { short: "0", long: "http1.0" },
  http11: { long: "http1.1" },
  compressed: { long: "compressed" },
  noProgress: { long: "no-progress-meter" },
  bar: { short: "#", long: "progress-bar" },
  noConfiguration: { short: "q", long: "disable" },
  version: { short: "V", long: "version" },
  help: { short: "h", long: "help" },
} as const;

export type Curl = Tool<typeof OPTIONS>;

/** Options with a number. */
export const NUMBERS = ["timeout", "connectTimeout", "retry", "retryDelay", "retryMaxTime", "redirects"] as const;

/** Well known, and not done here. */
export const REFUSED =
  /^(-[xEFKcCzRnpPQtyYZ]|--(proxy|proxy-.*|cert|key|capath|form|form-string|config|cookie-jar|continue-at|remote-time|time-cond|http2|http2-prior-knowledge|http3|http0\.9|limit-rate|unix-socket|parallel|interface|proto|proto-redir|proto-default|trace|trace-ascii|netrc|digest|negotiate|ntlm|anyauth|oauth2-bearer|tlsv1.*|ciphers|socks.*|dns-servers|next|stderr|ipv6))$/;
