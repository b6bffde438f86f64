/** nginx's configuration language: words, blocks, and the directives this server understands. Pure. */

export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: readonly Directive[] | undefined;
  readonly file: string;
  readonly line: number;
}

/** A configuration that cannot be used; the message is what nginx prints after "[emerg]". */
export class ConfigProblem extends Error {}

interface Word {
  readonly text: string;
  readonly line: number;
  readonly quoted: boolean;
}

export function parseConfig(text: string, file: string): Directive[] {
  const words = split(text);
  let position = 0;
  const block = (depth: number): Directive[] => {
    const directives: Directive[] = [];
    let current: Word[] = [];
    for (;;) {
      const word = words[position++];
      if (word === undefined) {
        const line = text.split("\n").length;
        if (current.length > 0)
          throw new ConfigProblem(`unexpected end of file, expecting ";" or "}" in ${file}:${line}`);
        if (depth > 0) throw new ConfigProblem(`unexpected end of file, expecting "}" in ${file}:${line}`);
        return directives;
      }
      if (!word.quoted && word.text === "}") {
        if (depth === 0 || current.length > 0) throw new ConfigProblem(`unexpected "}" in ${file}:${word.line}`);
        return directives;
      }
      if (!word.quoted && (word.text === ";" || word.text === "{")) {
        const [first, ...rest] = current;
        if (first === undefined) throw new ConfigProblem(`unexpected "${word.text}" in ${file}:${word.line}`);
        const body = word.text === "{" ? block(depth + 1) : undefined;
        directives.push({
          name: first.text,
          args: rest.map(({ text: arg }) => arg),
          block: body,
          file,
          line: first.line,
        });
        current = [];
        continue;
      }
      current.push(word);
    }
  };
  return block(0);
}

function split(text: string): Word[] {
  const words: Word[] = [];
  let line = 1;
  for (let index = 0; index < text.length; ) {
    const character = text[index] ?? "";
    if (character === "\n") line++;
    if (/\s/.test(character)) index++;
    else if (character === "#") {
      while (index < text.length && text[index] !== "\n") index++;
    } else if (character === ";" || character === "{" || character === "}") {
      words.push({ text: character, line, quoted: false });
      index++;
    } else if (character === '"' || character === "'") {
      const end = closing(text, index);
      words.push({ text: text.slice(index + 1, end).replaceAll(`\\${character}`, character), line, quoted: true });
      line += text.slice(index, end).split("\n").length - 1;
      index = end + 1;
    } else {
      let end = index;
      while (end < text.length && !/[\s;{}]/.test(text[end] ?? "")) {
        // ${name} is part of a word.
        if (text[end] === "$" && text[end + 1] === "{") {
          while (end < text.length && text[end] !== "}") end++;
        }
        end++;
      }
      words.push({ text: text.slice(index, end), line, quoted: false });
      index = end;
    }
  }
  return words;
}

function closing(text: string, start: number): number {
  const quote = text[start];
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === quote) return index;
  }
  return text.length;
}

export interface LocationConfig {
  readonly kind: "prefix" | "exact";
  readonly path: string;
  readonly root: string | undefined;
  readonly alias: string | undefined;
  readonly index: readonly string[] | undefined;
  readonly autoindex: boolean;
  readonly tryFiles: readonly string[] | undefined;
  readonly reply: { readonly status: number; readonly text: string } | undefined;
  readonly proxyPass: string | undefined;
  readonly defaultType: string | undefined;
  readonly headers: readonly (readonly [string, string])[];
  readonly stubStatus: boolean;
  readonly accessLog: boolean;
}

export interface ServerConfig {
  readonly ports: readonly number[];
  readonly names: readonly string[];
  readonly isDefault: boolean;
  readonly base: LocationConfig;
  readonly locations: readonly LocationConfig[];
  /** Page by status. */
  readonly errorPages: ReadonlyMap<number, string>;
}

export interface NginxConfig {
  readonly servers: readonly ServerConfig[];
  readonly daemon: boolean;
  readonly serverTokens: boolean;
  readonly workers: number;
}

/** Directives that change nothing a client of this server could notice. Everything else unknown is refused. */
const WITHOUT_EFFECT = new Set(
  (
    "user pid error_log log_format worker_connections multi_accept use worker_rlimit_nofile sendfile tcp_nopush tcp_nodelay " +
    "keepalive_timeout keepalive_requests types_hash_max_size server_names_hash_bucket_size client_max_body_size " +
    "client_body_buffer_size types charset gzip gzip_types gzip_vary gzip_proxied gzip_min_length gzip_comp_level " +
    "gzip_http_version gzip_disable proxy_set_header proxy_http_version proxy_buffering proxy_read_timeout " +
    "proxy_connect_timeout proxy_redirect expires etag log_not_found open_file_cache send_timeout reset_timedout_connection " +
    "client_header_timeout client_body_timeout resolver server_name_in_redirect port_in_redirect absolute_redirect"
  ).split(" "),
);

/** Known to nginx, not to this server: refused by name, so that nobody wonders why it does nothing. */
const NOT_HERE = new Set(
  "rewrite if set upstream map geo ssl_certificate ssl_certificate_key fastcgi_pass uwsgi_pass auth_basic limit_req stream mail".split(
    " ",
  ),
);

export function compile(
  directives: readonly Directive[],
  include: (pattern: string, from: Directive) => readonly Directive[],
): NginxConfig {
  const servers: ServerConfig[] = [];
  let daemon = true;
  let serverTokens = true;
  let workers = 1;
  let base = EMPTY_LOCATION;
  const visit = (items: readonly Directive[], where: "main" | "http" | "events") => {
    for (const item of items) {
      if (item.name === "include") visit(include(item.args[0] ?? "", item), where);
      else if (item.name === "events" && where === "main") visit(item.block ?? [], "events");
      else if (item.name === "http" && where === "main") visit(item.block ?? [], "http");
      else if (item.name === "daemon" && where === "main") daemon = item.args[0] !== "off";
      else if (item.name === "worker_processes" && where === "main")
        workers = item.args[0] === "auto" ? 4 : Number(item.args[0]) || 1;
      else if (item.name === "load_module") refuse(item);
      else if (item.name === "server_tokens" && where === "http") serverTokens = item.args[0] !== "off";
      else if (item.name === "server" && where === "http") servers.push(compileServer(item, base, include));
      else if (where === "http" && applyLocation(item) !== undefined) base = { ...base, ...applyLocation(item) };
      else if (WITHOUT_EFFECT.has(item.name)) continue;
      else refuse(item);
    }
  };
  visit(directives, "main");
  return { servers, daemon, serverTokens, workers };
}

function refuse(item: Directive): never {
  if (NOT_HERE.has(item.name)) {
    throw new ConfigProblem(`directive "${item.name}" is not implemented by this nginx in ${item.file}:${item.line}`);
  }
  if (item.name === "server" || item.name === "location") {
    throw new ConfigProblem(`"${item.name}" directive is not allowed here in ${item.file}:${item.line}`);
  }
  throw new ConfigProblem(`unknown directive "${item.name}" in ${item.file}:${item.line}`);
}

const EMPTY_LOCATION: LocationConfig = {
  kind: "prefix",
  path: "/",
  root: undefined,
  alias: undefined,
  index: undefined,
  autoindex: false,
  tryFiles: undefined,
  reply: undefined,
  proxyPass: undefined,
  defaultType: undefined,
  headers: [],
  stubStatus: false,
  accessLog: true,
};

function compileServer(
  server: Directive,
  outer: LocationConfig,
  include: (pattern: string, from: Directive) => readonly Directive[],
): ServerConfig {
  const ports: number[] = [];
  const names: string[] = [];
  let isDefault = false;
  let base = outer;
  const locations: LocationConfig[] = [];
  const errorPages = new Map<number, string>();
  const pending: Directive[] = [];
  const visit = (items: readonly Directive[]) => {
    for (const item of items) {
      const applied = applyLocation(item);
      if (item.name === "include") visit(include(item.args[0] ?? "", item));
      else if (item.name === "listen") {
        const address = item.args[0] ?? "80";
        if (item.args.includes("ssl") || item.args.includes("http2") || item.args.includes("quic")) {
          throw new ConfigProblem(
            `the "${item.args[1]}" parameter is not implemented by this nginx in ${item.file}:${item.line}`,
          );
        }
        const port = Number(/(\d+)$/.exec(address)?.[1] ?? Number.NaN);
        if (Number.isNaN(port) || port < 1 || port > 65535) {
          throw new ConfigProblem(
            `invalid port in "${address}" of the "listen" directive in ${item.file}:${item.line}`,
          );
        }
        if (!ports.includes(port)) ports.push(port);
        isDefault ||= item.args.includes("default_server");
      } else if (item.name === "server_name") names.push(...item.args);
      else if (item.name === "error_page") {
        const page = item.args[item.args.length - 1] ?? "";
        for (const code of item.args.slice(0, -1)) if (/^\d+$/.test(code)) errorPages.set(Number(code), page);
      } else if (item.name === "location") pending.push(item);
      else if (applied !== undefined) base = { ...base, ...applied };
      else if (item.name === "server_tokens" || WITHOUT_EFFECT.has(item.name)) continue;
      else refuse(item);
    }
  };
  visit(server.block ?? []);
  for (const item of pending) locations.push(compileLocation(item, base, include));
  return { ports: ports.length === 0 ? [80] : ports, names, isDefault, base, locations, errorPages };
}

function compileLocation(
  item: Directive,
  outer: LocationConfig,
  include: (pattern: string, from: Directive) => readonly Directive[],
): LocationConfig {
  const [first = "/", second] = item.args;
  if (first === "~" || first === "~*") {
    throw new ConfigProblem(
      `regular expression locations are not implemented by this nginx in ${item.file}:${item.line}`,
    );
  }
  const kind = first === "=" ? "exact" : "prefix";
  const path = second ?? first;
  let location: LocationConfig = { ...outer, kind, path, reply: undefined, proxyPass: undefined, alias: undefined };
  const visit = (items: readonly Directive[]) => {
    for (const inner of items) {
      const applied = applyLocation(inner);
      if (inner.name === "include") visit(include(inner.args[0] ?? "", inner));
      else if (applied !== undefined) location = { ...location, ...applied };
      else if (WITHOUT_EFFECT.has(inner.name) || inner.name === "allow" || inner.name === "internal") continue;
      else refuse(inner);
    }
  };
  visit(item.block ?? []);
  return location;
}

/** What a directive means for a location; undefined where it is none of these. */
function applyLocation(item: Directive): Partial<LocationConfig> | undefined {
  const [first = "", second] = item.args;
  switch (item.name) {
    case "root":
      return { root: first };
    case "alias":
      return { alias: first };
    case "index":
      return { index: item.args };
    case "autoindex":
      return { autoindex: first === "on" };
    case "try_files":
      return { tryFiles: item.args };
    case "default_type":
      return { defaultType: first };
    case "add_header":
      return { headers: [[first, second ?? ""]] };
    case "return":
      return /^\d+$/.test(first)
        ? { reply: { status: Number(first), text: second ?? "" } }
        : { reply: { status: 302, text: first } };
    case "proxy_pass":
      return { proxyPass: first };
    case "stub_status":
      return { stubStatus: true };
    case "access_log":
      return { accessLog: first !== "off" };
    default:
      return undefined;
  }
}
