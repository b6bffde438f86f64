/** curl, as 7.88: HTTP, and HTTPS as machines of one cluster speak it (secure.ts). */
import { isErrno } from "../errno.ts";
import type { Program } from "../types.ts";
import { type Curl, NUMBERS, OPTIONS, REFUSED, VERSION } from "./curl/options.ts";
import type { Body } from "./curl/request.ts";
import { type Job, Transfer } from "./curl/transfer.ts";
import { GlobError, spelledOut, urlEncoded } from "./curl/urls.ts";
import { Exit, readAll, tool } from "./support/tool.ts";

const POINTER = "curl: try 'curl --help' or 'curl --manual' for more information";

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

export const curl: Program = tool(
  { name: "curl", usage: "[options...] <url>", usageStatus: 2, options: OPTIONS, pointer: POINTER, words: curlWords },
  async (tool) => {
    const { process } = tool;
    if (process.argv.length === 1) {
      await process.stderr.write(`${POINTER}\n`);
      return 2;
    }
    if (tool.has("version")) {
      await tool.out.write(
        `curl ${VERSION} (x86_64-pc-linux-gnu) libcurl/${VERSION}\nProtocols: http https\nFeatures:\n`,
      );
      return 0;
    }
    if (tool.has("help")) {
      await tool.out.write("Usage: curl [options...] <url>\n");
      for (const { long, ...option } of Object.values(OPTIONS))
        await tool.out.write(
          ` ${"short" in option ? `-${option.short},` : "   "} --${long}${"value" in option ? " <value>" : ""}\n`,
        );
      return 0;
    }
    for (const name of NUMBERS) {
      const value = tool.value(name);
      if (value === undefined || /^\d+(\.\d+)?$/.test(value) || (name === "redirects" && value === "-1")) continue;
      const letter =
        name === "timeout" && process.argv.some((word) => /^-[a-zA-Z]*m/.test(word)) ? "-m" : `--${OPTIONS[name].long}`;
      return tool.usage(`option ${letter}: expected a proper numerical parameter`);
    }
    const cookie = tool.value("cookie");
    if (cookie !== undefined && !cookie.includes("=")) return tool.die("cookies of files are not available here", 2);
    const jobs = await jobsOf(tool);
    if (typeof jobs === "number") return jobs;
    if (jobs.length === 0) {
      await process.stderr.write(`curl: no URL specified!\n${POINTER}\n`);
      return 2;
    }
    let status = 0;
    for (const job of jobs) {
      await tool.spend(64);
      status = await tried(tool, job);
    }
    return status;
  },
);

async function tried(tool: Curl, job: Job): Promise<number> {
  const { process } = tool;
  const retries = Number(tool.value("retry") ?? 0);
  const most = Number(tool.value("retryMaxTime") ?? 0) * 1000;
  const started = process.clock.now();
  for (let attempt = 0; ; attempt++) {
    const { code, again } = await new Transfer(tool, job).run();
    if (!again || attempt >= retries) return code;
    const seconds = Number(tool.value("retryDelay") ?? Math.min(600, 2 ** attempt));
    if (most > 0 && process.clock.now() - started + seconds * 1000 > most) return code;
    const left = retries - attempt;
    const why =
      code === 28
        ? "timeout"
        : code === 7
          ? "connection refused"
          : code === 0 || code === 22
            ? "HTTP error"
            : "(retrying all errors)";
    if (!tool.has("silent"))
      await process.stderr.write(
        `Warning: Problem : ${why}. Will retry in ${seconds} seconds. ${left} retr${left === 1 ? "ies" : "ies"} left.\n`,
      );
    await process.sleep(seconds * 1000);
  }
}

/** What the command line asks for; a number: the exit status after a complaint. */
async function jobsOf(tool: Curl): Promise<Job[] | number> {
  const { process } = tool;
  const urls = inOrder(tool);
  const outputs = tool.options.given.filter(({ name }) => name === "output" || name === "remoteName");
  const data = await bodyOf(tool);
  const upload = tool.value("upload");
  let body = tool.has("get") ? undefined : data;
  if (upload !== undefined) {
    try {
      const bytes = upload === "-" ? await readAll(tool, process.stdin) : process.files.readFile(upload);
      body = { bytes, type: undefined };
    } catch (error) {
      if (!isErrno(error)) throw error;
      await process.stderr.write(`curl: Can't open '${upload}'!\n${POINTER}\n`);
      return 26;
    }
  }
  const method = tool.has("head") ? "HEAD" : upload !== undefined ? "PUT" : body !== undefined ? "POST" : "GET";
  const query = tool.has("get") && data !== undefined ? new TextDecoder().decode(data.bytes) : "";
  const jobs: Job[] = [];
  for (const [index, given] of urls.entries()) {
    let all: string[];
    try {
      all = tool.has("globOff") ? [given] : spelledOut(given);
    } catch (error) {
      if (!(error instanceof GlobError)) throw error;
      if (!tool.has("silent") || tool.has("showError"))
        await process.stderr.write(
          `curl: (3) ${error.message} in URL position ${error.position}:\n${given}\n${" ".repeat(error.position - 1)}^\n`,
        );
      return 3;
    }
    for (const spelled of all) {
      let url = spelled;
      if (upload !== undefined && upload !== "-" && url.replace(/\?.*/, "").endsWith("/"))
        url += upload.split("/").at(-1) ?? "";
      const output = outputs[index];
      const directory = tool.value("outputDirectory");
      let file = output?.name === "output" ? output.value : undefined;
      if (output?.name === "remoteName") {
        file =
          url
            .replace(/^[a-z]+:\/\/[^/]*/i, "")
            .replace(/[?#].*/, "")
            .split("/")
            .at(-1) ?? "";
        if (file === "") {
          if (!tool.has("silent") || tool.has("showError"))
            await process.stderr.write("curl: Remote file name has no length!\n");
          return 23;
        }
      }
      if (file !== undefined && file !== "-" && directory !== undefined) file = `${directory}/${file}`;
      jobs.push({ url, number: jobs.length, output: file, body, query, method });
    }
  }
  return jobs;
}

/** URLs as they stand on the command line, with --url or without. */
function inOrder(tool: Curl): string[] {
  return [...tool.options.values("url"), ...tool.operands];
}

/** The data of a POST; undefined: there is none. */
async function bodyOf(tool: Curl): Promise<Body | undefined> {
  const { process } = tool;
  const parts: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let type: string | undefined;
  const content = async (path: string): Promise<Uint8Array> => {
    if (path === "-") return readAll(tool, process.stdin);
    try {
      return process.files.readFile(path);
    } catch (error) {
      if (!isErrno(error)) throw error;
      if (!tool.has("silent"))
        await process.stderr.write(`Warning: Couldn't read data from file "${path}", this makes an empty POST.\n`);
      return new Uint8Array(0);
    }
  };
  for (const { name, value = "" } of tool.options.given) {
    if (!["data", "dataAscii", "dataRaw", "dataBinary", "dataEncoded", "json"].includes(name)) continue;
    if (name !== "json") type ??= "application/x-www-form-urlencoded";
    if (parts.length > 0 && name !== "json") parts.push(encoder.encode("&"));
    if (name === "dataEncoded") {
      const [, field = "", mark = "", rest = ""] = /^([^=@]*)([=@])?(.*)$/s.exec(value) ?? [];
      const text = mark === "@" ? new TextDecoder().decode(await content(rest)) : mark === "=" ? rest : field;
      const named = mark !== "" && field !== "" ? `${field}=` : "";
      parts.push(encoder.encode(named + urlEncoded(text)));
    } else if (name !== "dataRaw" && value.startsWith("@")) {
      const bytes = await content(value.slice(1));
      // Files lose their line ends, but for --data-binary and --json.
      const plain = name === "data" || name === "dataAscii";
      parts.push(plain ? bytes.filter((byte) => byte !== 10 && byte !== 13 && byte !== 0) : bytes);
    } else parts.push(encoder.encode(value));
  }
  if (parts.length === 0 && type === undefined && !tool.has("json")) return undefined;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  if (bytes.length > 64 << 20) throw new Exit(27);
  return { bytes, type: type ?? "application/json" };
}
