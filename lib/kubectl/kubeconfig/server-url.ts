/** Which server a kubeconfig's address means (k8s.io/client-go/rest/url_utils.go, DefaultServerURL). */
import { quote } from "../../encoding/index.ts";
import { CommandError } from "../errors.ts";

/** What Go's url.Parse would find. Undefined where it refuses. */
function parts(text: string): { readonly scheme: string; readonly host: string; readonly path: string } | undefined {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text);
  const [scheme, rest] = match === null ? ["", text] : [(match[1] ?? "").toLowerCase(), match[2] ?? ""];
  // "127.0.0.1:6443" and ":80": nothing that could be a scheme before the colon.
  if (match === null && /^[^/?#]*:/.test(text)) return undefined;
  if (!rest.startsWith("//")) return { scheme, host: "", path: rest };
  const end = rest.slice(2).search(/[/?#]/);
  const host = end === -1 ? rest.slice(2) : rest.slice(2, 2 + end);
  if (/[\s<>"^`{|}\\%]/.test(host)) return undefined;
  const port = /:([^:\]]*)$/.exec(host.replace(/^.*@/, ""))?.[1] ?? "";
  if (!/^[0-9]*$/.test(port)) return undefined;
  return { scheme, host, path: end === -1 ? "" : rest.slice(2 + end).replace(/[?#].*$/s, "") };
}

/** `tls`: an address without a scheme means https, since there are certificates. Throws `CommandError`. */
export function serverUrl(address: string, tls: boolean): { readonly url: string; readonly secure: boolean } {
  const whole = parts(address);
  if (whole !== undefined && whole.scheme !== "" && whole.host !== "") {
    // Queries and fragments of an address with a path say nothing.
    const url = whole.path.length > 1 ? address.replace(/[?#].*$/s, "") : address;
    return { url: url.replace(/\/$/, ""), secure: whole.scheme === "https" };
  }
  const guess = `${tls ? "https" : "http"}://${address}`;
  const guessed = parts(guess);
  if (guessed === undefined || !["", "/"].includes(guessed.path))
    throw new CommandError(`host must be a URL or a host:port pair: ${quote(address)}`);
  return { url: guess.replace(/\/$/, ""), secure: tls };
}
