/** --write-out: what is told of a transfer. */
import type { Curl } from "./options.ts";

/** A transfer as far as it came. */
export interface Told {
  code: number;
  exitCode: number;
  error: string;
  url: string;
  effective: string;
  urlNumber: number;
  method: string;
  scheme: string;
  version: string;
  type: string;
  file: string;
  redirectUrl: string;
  redirects: number;
  connects: number;
  headers: readonly (readonly [string, string])[];
  headerBytes: number;
  requestBytes: number;
  downloaded: number;
  uploaded: number;
  remote: readonly [address: string, port: number];
  local: readonly [address: string, port: number];
  started: number;
  /** Moments, in ms after the beginning. */
  times: { lookup: number; connect: number; first: number; total: number; redirect: number };
}

const seconds = (ms: number) => (ms / 1000).toFixed(6);

const VARIABLES: Readonly<Record<string, (told: Told) => string>> = {
  http_code: ({ code }) => String(code).padStart(3, "0"),
  response_code: ({ code }) => String(code).padStart(3, "0"),
  http_connect: () => "000",
  exitcode: ({ exitCode }) => String(exitCode),
  errormsg: ({ error }) => error,
  url: ({ url }) => url,
  url_effective: ({ effective }) => effective,
  urlnum: ({ urlNumber }) => String(urlNumber),
  method: ({ method }) => method,
  scheme: ({ scheme }) => scheme.toUpperCase(),
  http_version: ({ version }) => version,
  content_type: ({ type }) => type,
  filename_effective: ({ file }) => file,
  redirect_url: ({ redirectUrl }) => redirectUrl,
  num_redirects: ({ redirects }) => String(redirects),
  num_connects: ({ connects }) => String(connects),
  num_headers: ({ headers }) => String(headers.length),
  referer: () => "",
  remote_ip: ({ remote: [address] }) => address,
  remote_port: ({ remote: [, port] }) => String(port),
  local_ip: ({ local: [address] }) => address,
  local_port: ({ local: [, port] }) => String(port),
  size_download: ({ downloaded }) => String(downloaded),
  size_upload: ({ uploaded }) => String(uploaded),
  size_header: ({ headerBytes }) => String(headerBytes),
  size_request: ({ requestBytes }) => String(requestBytes),
  speed_download: ({ downloaded, times }) => String(Math.floor((downloaded * 1000) / Math.max(1, times.total))),
  speed_upload: ({ uploaded, times }) => String(Math.floor((uploaded * 1000) / Math.max(1, times.total))),
  ssl_verify_result: () => "0",
  proxy_ssl_verify_result: () => "0",
  time_appconnect: () => seconds(0),
  time_namelookup: ({ times }) => seconds(times.lookup),
  time_connect: ({ times }) => seconds(times.connect),
  time_pretransfer: ({ times }) => seconds(times.connect),
  time_starttransfer: ({ times }) => seconds(times.first),
  time_redirect: ({ times }) => seconds(times.redirect),
  time_total: ({ times }) => seconds(times.total),
  header_json: ({ headers }) => {
    const byName = new Map<string, string[]>();
    for (const [name, value] of headers)
      byName.set(name.toLowerCase(), [...(byName.get(name.toLowerCase()) ?? []), value]);
    const rows = [...byName].map(([name, values]) => `"${name}":${JSON.stringify(values)}`);
    return `{${rows.join(",\n")}\n}`;
  },
};

/** Variables whose values nobody has here. */
const ELSEWHERE = /^(json|certs|num_certs|conn_id|xfer_id|ftp_entry_path|speed_\w+|ssl_\w+|proxy_\w+)$/;

export async function writeOut(tool: Curl, told: Told): Promise<void> {
  const format = tool.value("writeOut");
  if (format === undefined) return;
  const { stderr } = tool.process;
  let toErrors = false;
  const say = async (text: string) => {
    if (!toErrors) return tool.out.write(text);
    await tool.out.flush();
    return stderr.write(text);
  };
  for (const [part, key, letter] of format.matchAll(/%%|%\{([^}]*)\}|\\([nrt])|[^%\\]+|[%\\]/g)) {
    await tool.spend(1);
    if (letter !== undefined) await say(letter === "n" ? "\n" : letter === "r" ? "\r" : "\t");
    else if (part === "%%") await say("%");
    else if (key === undefined) await say(part);
    else if (key === "stderr" || key === "stdout") toErrors = key === "stderr";
    else if (key === "onerror") {
      // The rest is for failures alone.
      if (told.exitCode === 0) return;
    } else {
      const value = VARIABLES[key];
      if (value !== undefined) await say(value(told));
      else
        await stderr.write(
          ELSEWHERE.test(key)
            ? `curl: --write-out variable '${key}' is not available here\n`
            : `curl: unknown --write-out variable: '${key}'\n`,
        );
    }
  }
}
