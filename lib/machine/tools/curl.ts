import { isErrno } from "../errno.ts";
import { basicAuthorization, connectAny, HttpError, parseUrl, readResponse, sendRequest } from "./support/http.ts";
import { hostAddresses } from "./support/resolver.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  data: { short: "d", long: "data", value: true },
  dataRaw: { long: "data-raw", value: true },
  dataBinary: { long: "data-binary", value: true },
  json: { long: "json", value: true },
  get: { short: "G", long: "get" },
  head: { short: "I", long: "head" },
  header: { short: "H", long: "header", value: true },
  include: { short: "i", long: "include" },
  insecure: { short: "k", long: "insecure" },
  location: { short: "L", long: "location" },
  timeout: { short: "m", long: "max-time", value: true },
  connectTimeout: { long: "connect-timeout", value: true },
  retry: { long: "retry", value: true },
  retryDelay: { long: "retry-delay", value: true },
  retryRefused: { long: "retry-connrefused" },
  output: { short: "o", long: "output", value: true },
  remoteName: { short: "O", long: "remote-name" },
  request: { short: "X", long: "request", value: true },
  silent: { short: "s", long: "silent" },
  showError: { short: "S", long: "show-error" },
  fail: { short: "f", long: "fail" },
  user: { short: "u", long: "user", value: true },
  agent: { short: "A", long: "user-agent", value: true },
  verbose: { short: "v", long: "verbose" },
  writeOut: { short: "w", long: "write-out", value: true },
  resolve: { long: "resolve", value: true },
  noBuffer: { short: "N", long: "no-buffer" },
  url: { long: "url", value: true },
  four: { short: "4", long: "ipv4" },
  noProgress: { long: "no-progress-meter" },
} as const;

const MAX_REDIRECTS = 50;
const POINTER = "curl: try 'curl --help' or 'curl --manual' for more information";
/** Options with a number: as they are given, by letter or name. */
const NUMBERS = ["timeout", "connectTimeout", "retry", "retryDelay"] as const;
/** Well known, and not done here. */
const REFUSED =
  /^(-[xEFTKbcCezRJnpPQrtyYZ]|--(proxy|proxy-.*|cert|key|cacert|form|upload-file|config|cookie|cookie-jar|continue-at|compressed|remote-time|http2|http3|range|limit-rate|unix-socket|parallel|interface|fail-with-body|data-urlencode|trace|trace-ascii))$/;

/** Variables of --write-out whose values nobody has here. */
const ELSEWHERE =
  /^(time_\w+|size_\w+|speed_\w+|ssl_\w+|proxy_\w+|local_\w+|num_\w+|url\w*|http_version|http_connect|method|scheme|exitcode|errormsg|filename_effective|redirect_url|referer|certs|conn_id|json|header_json|onerror|stderr|stdout|xfer_id|ftp_entry_path)$/;

/** getopt's complaints, as curl words them. */
function curlWords(message: string): string {
  const unknown = /^(?:unrecognized option '(--[^=']*)|invalid option -- '(.))/.exec(message);
  if (unknown !== null) {
    const option = unknown[1] ?? `-${unknown[2]}`;
    return `option ${option}: ${REFUSED.test(option) ? "is not available here" : "is unknown"}`;
  }
  const bare = /^option (?:requires an argument -- '(.)'|'(--[^']*)' requires an argument)/.exec(message);
  return bare === null ? message : `option ${bare[2] ?? `-${bare[1]}`}: requires parameter`;
}

export const curl = tool(
  {
    name: "curl",
    usage: "[options...] <url>",
    usageStatus: 2,
    options: OPTIONS,
    pointer: POINTER,
    words: curlWords,
  },
  async (tool) => {
    for (const name of NUMBERS) {
      const value = tool.value(name);
      if (value === undefined || /^\d+(\.\d+)?$/.test(value)) continue;
      const { long } = OPTIONS[name];
      const letter =
        name === "timeout" && tool.process.argv.some((word) => /^-[a-zA-Z]*m/.test(word)) ? "-m" : `--${long}`;
      return tool.usage(`option ${letter}: expected a proper numerical parameter`);
    }
    const urls = [...tool.options.values("url"), ...tool.operands];
    if (urls.length === 0) {
      await tool.process.stderr.write(`curl: (2) no URL specified\n${POINTER}\n`);
      return 2;
    }
    let status = 0;
    for (const url of urls) {
      const tries = 1 + Number(tool.value("retry") ?? 0);
      for (let attempt = 1; attempt <= tries; attempt++) {
        status = await transfer(tool, url);
        const retried = status === 28 || status === 6 || (status === 7 && tool.has("retryRefused"));
        if (!retried || attempt === tries) break;
        await tool.process.sleep(Number(tool.value("retryDelay") ?? 2 ** (attempt - 1)) * 1000);
      }
    }
    return status;
  },
);

async function transfer(tool: Tool<typeof OPTIONS>, given: string): Promise<number> {
  const { process } = tool;
  const { stderr } = process;
  const silent = tool.has("silent") && !tool.has("showError");
  const started = process.clock.now();
  /** --write-out: after every transfer, whatever became of it. */
  const writeOut = async (known: Readonly<Record<string, string>>) => {
    const format = tool.value("writeOut");
    if (format === undefined) return;
    const values: Readonly<Record<string, string>> = {
      http_code: "000",
      response_code: "000",
      size_download: "0",
      time_total: ((process.clock.now() - started) / 1000).toFixed(6),
      content_type: "",
      remote_ip: "",
      remote_port: "0",
      url_effective: given,
      num_redirects: "0",
      ...known,
    };
    for (const [, key = ""] of format.matchAll(/%%|%\{(\w+)\}/g)) {
      if (key === "" || key in values) continue;
      await stderr.write(
        ELSEWHERE.test(key)
          ? `curl: --write-out variable '${key}' is not available here\n`
          : `curl: unknown --write-out variable: '${key}'\n`,
      );
    }
    await process.stdout.write(
      format
        .replace(/%%|%\{(\w+)\}/g, (_, key: string | undefined) => (key === undefined ? "%" : (values[key] ?? "")))
        .replace(/\\([nrt])/g, (_, letter: string) => (letter === "n" ? "\n" : letter === "r" ? "\r" : "\t")),
    );
  };
  const fail = async (status: number, words: string, known: Readonly<Record<string, string>> = {}) => {
    await writeOut(known);
    if (!silent) await stderr.write(`curl: (${status}) ${words}\n`);
    return status;
  };
  const note = async (text: string) => {
    if (tool.has("verbose"))
      await stderr.write(
        text
          .split("\n")
          .map((line) => `${line}\n`)
          .join(""),
      );
  };
  let url = parseUrl(given);
  const limit = tool.value("connectTimeout") ?? tool.value("timeout");
  const data = tool.options.given
    .filter(({ name }) => ["data", "dataRaw", "dataBinary", "json"].includes(name))
    .map(({ name, value = "" }) =>
      name !== "dataRaw" && value.startsWith("@")
        ? process.files.readText(value.slice(1)).replace(name === "data" ? /\r?\n/g : /$^/, "")
        : value,
    );
  const hasData = data.length > 0;
  const bodyText = data.join("&");
  for (let redirects = 0; ; redirects++) {
    if (url !== undefined && url.port > 65_535)
      return fail(3, "URL rejected: Port number was not a decimal number between 0 and 65535");
    if (url === undefined) return fail(3, "URL rejected: Malformed input to a URL function");
    if (url.scheme === "https") return fail(35, "TLS is not available here");
    if (url.scheme !== "http") return fail(1, `Protocol "${url.scheme}" not supported`);
    const { host, port } = url;
    const path = tool.has("get") && hasData ? `${url.path}${url.path.includes("?") ? "&" : "?"}${bodyText}` : url.path;
    const fixed = tool.options
      .values("resolve")
      .map((entry) => entry.split(":"))
      .find(([name, at]) => name === host && Number(at) === port);
    const addresses = fixed?.[2] !== undefined ? [fixed[2]] : await hostAddresses(process, host);
    if (typeof addresses === "string") return fail(6, `Could not resolve host: ${host}`);
    await note(`*   Trying ${addresses[0]}:${port}...`);
    try {
      const connection = await connectAny(
        process,
        addresses,
        port,
        limit === undefined ? undefined : Number(limit) * 1000,
      );
      await note(`* Connected to ${host} (${addresses[0]}) port ${port}`);
      try {
        const body = hasData && !tool.has("get") ? new TextEncoder().encode(bodyText) : undefined;
        const method = tool.value("request") ?? (tool.has("head") ? "HEAD" : body === undefined ? "GET" : "POST");
        const own = tool.options
          .values("header")
          .map((line): readonly [string, string] => [
            line.slice(0, line.indexOf(":")),
            line.slice(line.indexOf(":") + 1).trim(),
          ]);
        const defaults: (readonly [string, string])[] = [["Host", port === 80 ? host : `${host}:${port}`]];
        const user = tool.value("user") ?? url.user;
        if (user !== undefined) defaults.push(["Authorization", basicAuthorization(user)]);
        defaults.push(
          ["User-Agent", tool.value("agent") ?? "curl/8.5.0"],
          ["Accept", tool.has("json") ? "application/json" : "*/*"],
        );
        if (body !== undefined)
          defaults.push(
            ["Content-Length", String(body.length)],
            ["Content-Type", tool.has("json") ? "application/json" : "application/x-www-form-urlencoded"],
          );
        const headers = [
          ...defaults.filter(([name]) => !own.some(([key]) => key.toLowerCase() === name.toLowerCase())),
          ...own.filter(([, value]) => value !== ""),
        ];
        const head = await sendRequest(connection, method, path, headers, body);
        await note(
          head
            .trimEnd()
            .split("\r\n")
            .map((line) => `> ${line}`)
            .join("\n") + "\n> ",
        );
        const response = await readResponse(connection, method);
        if (response === undefined) return await fail(52, "Empty reply from server");
        await note(
          response.head
            .trimEnd()
            .split("\r\n")
            .map((line) => `< ${line}`)
            .join("\n") + "\n< ",
        );
        const location = response.header("location");
        if (tool.has("location") && response.status >= 300 && response.status < 400 && location !== undefined) {
          if (redirects >= MAX_REDIRECTS) return await fail(47, `Maximum (${MAX_REDIRECTS}) redirects followed`);
          if (tool.has("include") || tool.has("head")) await process.stdout.write(response.head);
          url = parseUrl(location.startsWith("/") ? `http://${host}:${port}${location}` : location);
          continue;
        }
        if (tool.has("fail") && response.status >= 400)
          return await fail(22, `The requested URL returned error: ${response.status}`, {
            http_code: String(response.status),
            response_code: String(response.status),
          });
        const name =
          tool.value("output") ?? (tool.has("remoteName") ? path.replace(/\?.*/, "").split("/").at(-1) : undefined);
        const file =
          name === undefined || name === "-"
            ? undefined
            : process.open(name, { write: true, create: true, truncate: true });
        const out = file?.writer ?? process.stdout;
        let size = 0;
        try {
          if (tool.has("include") || tool.has("head")) await out.write(response.head);
          for await (const chunk of response.body()) {
            size += chunk.length;
            await out.write(chunk);
          }
        } finally {
          file?.close();
        }
        await writeOut({
          http_code: String(response.status).padStart(3, "0"),
          response_code: String(response.status),
          size_download: String(size),
          content_type: response.header("content-type") ?? "",
          remote_ip: connection.remoteAddress,
          remote_port: String(connection.remotePort),
          num_redirects: String(redirects),
        });
        return 0;
      } finally {
        connection.close();
      }
    } catch (error) {
      if (error instanceof HttpError) return fail(1, error.message);
      if (!isErrno(error)) throw error;
      if (error.path !== undefined && !addresses.includes(error.path))
        return fail(23, `Failure writing output to destination: ${error.message}`);
      if (error.code === "ETIMEDOUT")
        return fail(
          28,
          `Failed to connect to ${host} port ${port} after ${process.clock.now() - started} ms: Timeout was reached`,
        );
      if (error.code === "ECONNRESET") return fail(56, "Recv failure: Connection reset by peer");
      return fail(
        7,
        `Failed to connect to ${host} port ${port} after ${process.clock.now() - started} ms: Couldn't connect to server`,
      );
    }
  }
}
