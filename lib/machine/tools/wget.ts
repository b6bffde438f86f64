import { isErrno } from "../errno.ts";
import { formatDate } from "../strftime.ts";
import type { Program } from "../types.ts";
import { basicAuthorization, connectAny, HttpError, parseUrl, readResponse, sendRequest } from "./support/http.ts";
import { hostAddresses } from "./support/resolver.ts";
import { Exit, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  output: { short: "O", long: "output-document", value: true },
  directory: { short: "P", long: "directory-prefix", value: true },
  quiet: { short: "q", long: "quiet" },
  noVerbose: { long: "no-verbose" },
  server: { short: "S", long: "server-response" },
  timeout: { short: "T", long: "timeout", value: true },
  tries: { short: "t", long: "tries", value: true },
  spider: { long: "spider" },
  header: { long: "header", value: true },
  data: { long: "post-data", value: true },
  file: { long: "post-file", value: true },
  agent: { short: "U", long: "user-agent", value: true },
  noCheck: { long: "no-check-certificate" },
  continue: { short: "c", long: "continue" },
  progress: { long: "progress", value: true },
} as const;

const MAX_REDIRECTS = 20;

/** `busybox`: its words and statuses instead of GNU's. */
const wgetAs = (busybox: boolean): Program =>
  tool(
    { name: "wget", usage: "[OPTION]... [URL]...", usageStatus: busybox ? 1 : 2, options: OPTIONS },
    async (tool) => {
      if (tool.operands.length === 0)
        return tool.usage(busybox ? "missing URL" : "missing URL\nUsage: wget [OPTION]... [URL]...\n");
      let status = 0;
      for (const url of tool.operands) status = Math.max(status, await fetchOne(tool, url, busybox));
      return status;
    },
  );

export const wget = wgetAs(false);
export const busyboxWget = wgetAs(true);

async function fetchOne(tool: Tool<typeof OPTIONS>, given: string, busybox: boolean): Promise<number> {
  const { process } = tool;
  const quiet = tool.has("quiet");
  const say = async (text: string) => {
    if (!quiet) await process.stderr.write(text);
  };
  const fail = async (text: string, status: number): Promise<number> => {
    if (busybox) await process.stderr.write(`wget: ${text}\n`);
    else if (!quiet) await process.stderr.write(`${text}\n`);
    return busybox ? 1 : status;
  };
  let url = parseUrl(given);
  const timeout = tool.value("timeout");
  const timeoutMs = timeout === undefined ? undefined : Number(timeout) * 1000;
  for (let redirects = 0; ; redirects++) {
    if (url === undefined) return fail(busybox ? `bad address '${given}'` : `${given}: Invalid host name.`, 1);
    if (url.scheme === "https")
      return fail(busybox ? "TLS is not available here" : "https: TLS is not available here.", 5);
    if (url.scheme !== "http")
      return fail(busybox ? `not an http or ftp url: ${given}` : `${given}: Unsupported scheme '${url.scheme}'.`, 1);
    const { host, port, path } = url;
    const full = `http://${host}${port === 80 ? "" : `:${port}`}${path}`;
    if (!busybox) await say(`--${formatDate(process.clock.now(), "%Y-%m-%d %H:%M:%S")}--  ${full}\n`);
    const addresses = await hostAddresses(process, host);
    if (typeof addresses === "string") {
      return fail(
        busybox
          ? `bad address '${host}'`
          : `Resolving ${host} (${host})... failed: ${addresses === "try again" ? "Temporary failure in name resolution" : "Name or service not known"}.\nwget: unable to resolve host address '${host}'`,
        4,
      );
    }
    const shownHost = addresses[0] === host ? host : `${host} (${host})`;
    if (!busybox && addresses[0] !== host) await say(`Resolving ${host} (${host})... ${addresses.join(", ")}\n`);
    if (busybox) await say(`Connecting to ${host}${port === 80 ? "" : `:${port}`} (${addresses[0]}:${port})\n`);
    else await say(`Connecting to ${shownHost}${addresses[0] === host ? "" : `|${addresses[0]}|`}:${port}... `);
    try {
      const connection = await connectAny(process, addresses, port, timeoutMs);
      if (!busybox) await say("connected.\n");
      try {
        const postFile = tool.value("file");
        const post = tool.value("data") ?? (postFile === undefined ? undefined : process.files.readText(postFile));
        const body = post === undefined ? undefined : new TextEncoder().encode(post);
        const method = body === undefined ? (tool.has("spider") ? "HEAD" : "GET") : "POST";
        const own = tool.options
          .values("header")
          .map((line): readonly [string, string] => [
            line.slice(0, line.indexOf(":")),
            line.slice(line.indexOf(":") + 1).trim(),
          ]);
        const has = (name: string) => own.some(([key]) => key.toLowerCase() === name);
        await sendRequest(
          connection,
          method,
          path,
          [
            ...(has("host") ? [] : [["Host", port === 80 ? host : `${host}:${port}`] as const]),
            ["User-Agent", tool.value("agent") ?? (busybox ? "Wget" : "Wget/1.21.4")],
            ...(busybox ? [] : [["Accept", "*/*"] as const]),
            ...(url.user === undefined ? [] : [["Authorization", basicAuthorization(url.user)] as const]),
            ...(body === undefined
              ? []
              : [
                  ["Content-Type", "application/x-www-form-urlencoded"] as const,
                  ["Content-Length", String(body.length)] as const,
                ]),
            ...own,
            ["Connection", "close"],
          ],
          body,
        );
        if (!busybox) await say("HTTP request sent, awaiting response... ");
        const response = await readResponse(connection, method);
        if (response === undefined) return fail(busybox ? "error getting response" : "No data received.", 4);
        if (!busybox) await say(`${response.status} ${response.reason}\n`);
        if (tool.has("server"))
          await process.stderr.write(
            response.head
              .trimEnd()
              .split("\r\n")
              .map((line) => `  ${line}\n`)
              .join(""),
          );
        const location = response.header("location");
        if (response.status >= 300 && response.status < 400 && location !== undefined) {
          if (redirects >= MAX_REDIRECTS)
            return fail(busybox ? "too many redirections" : `${MAX_REDIRECTS} redirections exceeded.`, 8);
          if (!busybox) await say(`Location: ${location} [following]\n`);
          url = parseUrl(location.startsWith("/") ? `http://${host}:${port}${location}` : location);
          continue;
        }
        if (response.status >= 400) {
          return fail(
            busybox
              ? `server returned error: ${response.version} ${response.status} ${response.reason}`
              : `${formatDate(process.clock.now(), "%Y-%m-%d %H:%M:%S")} ERROR ${response.status}: ${response.reason}.`,
            8,
          );
        }
        if (tool.has("spider")) {
          if (busybox) await say("remote file exists\n");
          return 0;
        }
        const output = tool.value("output");
        const name =
          output ??
          `${tool.has("directory") ? `${tool.value("directory")}/` : ""}${path.replace(/\?.*/, "").split("/").at(-1) || "index.html"}`;
        const kind = response.header("content-type");
        if (!busybox)
          await say(
            `Length: ${response.length === undefined ? "unspecified" : response.length}${kind === undefined ? "" : ` [${kind.split(";")[0]}]`}\nSaving to: '${name === "-" ? "STDOUT" : name}'\n\n`,
          );
        else if (name !== "-") await say(`saving to '${name}'\n`);
        if (busybox && output === undefined && process.files.exists(name))
          return fail(`can't open '${name}': File exists`, 1);
        const file = name === "-" ? undefined : process.open(name, { write: true, create: true, truncate: true });
        let size = 0;
        try {
          for await (const chunk of response.body()) {
            size += chunk.length;
            await (file?.writer ?? process.stdout).write(chunk);
          }
        } finally {
          file?.close();
        }
        if (!busybox)
          await say(
            `${formatDate(process.clock.now(), "%Y-%m-%d %H:%M:%S")} - ${name === "-" ? "written to stdout" : `'${name}' saved`} [${size}${response.length === undefined ? "" : `/${response.length}`}]\n\n`,
          );
        else if (name !== "-")
          await say(
            `${name.split("/").at(-1)?.padEnd(20).slice(0, 20)} 100% |********************************|  ${String(size).padStart(4)}  0:00:00 ETA\n'${name}' saved\n`,
          );
        else
          await say(
            `${"-".padEnd(20)} 100% |********************************|  ${String(size).padStart(4)}  0:00:00 ETA\nwritten to stdout\n`,
          );
        return 0;
      } finally {
        connection.close();
      }
    } catch (error) {
      if (error instanceof Exit) throw error;
      if (error instanceof HttpError) return fail(error.message, 8);
      if (!isErrno(error)) throw error;
      if (error.path !== undefined && !addresses.includes(error.path))
        return fail(`${error.path}: ${error.message}`, 3);
      if (busybox)
        return fail(
          error.code === "ETIMEDOUT" && tool.value("timeout") !== undefined
            ? "download timed out"
            : `can't connect to remote host (${addresses[0]}): ${error.message}`,
          4,
        );
      return fail(`failed: ${error.message}.`, 4);
    }
  }
}
