/** --raw of get, create, replace and delete: one request as it is (k8s.io/kubectl/pkg/rawhttp). */
import { quote } from "../../encoding/index.ts";
import { isErrno } from "../../machine/index.ts";
import { ANY_ACCEPT, readAll } from "../client/rest.ts";
import { CommandError, UnreachableError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import type { HttpRequest } from "../transport.ts";

/** url.ParseRequestURI, as far as paths of an API server go. */
export function checkPath(text: string): void {
  if (!text.startsWith("/") && !/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text))
    throw new CommandError(
      `--raw must be a valid URL path: parse ${quote(text)}: ${text === "" ? "empty url" : "invalid URI for request"}`,
    );
}

/** The file that goes along, where `least` files or one are given and nothing that has no meaning beside --raw. */
export function rawFile(invocation: Invocation, least: 0 | 1): string | undefined {
  const { flags } = invocation;
  const files = flags.list("filename");
  const [file] = files;
  if (files.length > 1 || files.length < least)
    throw new CommandError("--raw can only use a single local file or stdin");
  if (file !== undefined && /^https?:\/\//.test(file)) throw new CommandError("--raw cannot read from a url");
  if (flags.bool("recursive")) throw new CommandError("--raw and --recursive are mutually exclusive");
  if (least === 1 && flags.optional("selector") !== "")
    throw new CommandError("--raw and --selector (-l) are mutually exclusive");
  if (flags.string("output") !== "") throw new CommandError("--raw and --output are mutually exclusive");
  checkPath(flags.string("raw"));
  return file;
}

async function bodyOf(invocation: Invocation, file: string): Promise<string> {
  const { process } = invocation;
  if (file === "-") return readAll(process.stdin);
  try {
    return process.files.readText(file);
  } catch (error) {
    // A directory opens; reading it for the request fails, which looks as if the server were out of reach.
    if (isErrno(error, "EISDIR"))
      throw new UnreachableError(invocation.context.access.server, `read ${file}: is a directory`);
    throw new CommandError(`open ${file}: no such file or directory`);
  }
}

/** Sends the request and writes the answer as it came. */
export async function sendRaw(invocation: Invocation, method: HttpRequest["method"], file?: string): Promise<void> {
  const body = file === undefined ? undefined : await bodyOf(invocation, file);
  const response = await (await invocation.rest()).open(method, invocation.flags.string("raw"), {
    accept: ANY_ACCEPT,
    // The answer is streamed, which is not logged.
    place: "raw.go:84",
    ...(body === undefined ? {} : { body, contentType: "" }),
  });
  await invocation.out(await readAll(response.body));
}
