/**
 * The network that the scripts beside this file talk to, as data and pure functions: names, what HTTP servers answer,
 * addresses that refuse, swallow or cannot be reached. `scripts/record-network.mjs` serves it to the real tools in a
 * network namespace, `network.test.ts` to ours. It looks like the inside of a Pod beside a StatefulSet.
 */
import type { DnsQuestion, DnsRecord, DnsRecordType, DnsResponse } from "../../../types.ts";

export const HOSTNAME = "client";
export const OWN_ADDRESS = "10.244.0.9";
export const DNS_SERVER = "10.96.0.10";
/** Addresses that exist; what listens on them is below, other ports refuse. */
export const ADDRESSES = [OWN_ADDRESS, DNS_SERVER, "10.244.0.5", "10.244.0.6", "10.96.0.20"];
/** Servers that speak HTTP. */
export const HTTP_SERVERS: readonly { readonly address: string; readonly port: number }[] = [
  { address: "10.244.0.5", port: 80 },
  { address: "10.244.0.6", port: 80 },
  { address: "10.96.0.20", port: 80 },
  { address: "10.96.0.20", port: 8080 },
];
/** Says a line, and repeats what it hears. */
export const ECHO_SERVER = { address: "10.244.0.5", port: 7000, greeting: "hello\n" };
/** Packets to it get lost: 10.98.0.0/16. */
export const isSilent = (address: string) => address.startsWith("10.98.");
/** There is no way to it: 10.97.0.0/16. */
export const isUnreachable = (address: string) => address.startsWith("10.97.");

export const RESOLV_CONF = `search default.svc.cluster.local svc.cluster.local cluster.local
nameserver ${DNS_SERVER}
options ndots:5
`;
export const HOSTS = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
${OWN_ADDRESS}\t${HOSTNAME}
`;

const ZONE = "cluster.local.";
const SVC = `default.svc.${ZONE}`;
const SOA = `ns.dns.${ZONE} hostmaster.${ZONE} 1700000000 7200 1800 86400 30`;

const entry = (name: string, type: DnsRecordType, data: string): DnsRecord => ({ name, type, ttl: 30, data });
const RECORDS: readonly DnsRecord[] = [
  entry(`nginx.${SVC}`, "A", "10.244.0.5"),
  entry(`nginx.${SVC}`, "A", "10.244.0.6"),
  entry(`web-0.nginx.${SVC}`, "A", "10.244.0.5"),
  entry(`web-1.nginx.${SVC}`, "A", "10.244.0.6"),
  entry(`nginx.${SVC}`, "SRV", `0 50 80 web-0.nginx.${SVC}`),
  entry(`nginx.${SVC}`, "SRV", `0 50 80 web-1.nginx.${SVC}`),
  entry(`_web._tcp.nginx.${SVC}`, "SRV", `0 50 80 web-0.nginx.${SVC}`),
  entry(`_web._tcp.nginx.${SVC}`, "SRV", `0 50 80 web-1.nginx.${SVC}`),
  entry(`web.${SVC}`, "A", "10.96.0.20"),
  entry(`_http._tcp.web.${SVC}`, "SRV", `0 100 80 web.${SVC}`),
  entry(`kubernetes.${SVC}`, "A", "10.96.0.1"),
  entry(`slow.${SVC}`, "A", "10.98.0.1"),
  entry(`far.${SVC}`, "A", "10.97.0.1"),
  entry(`alias.${SVC}`, "CNAME", `web.${SVC}`),
  entry(`outside.${SVC}`, "CNAME", "db.example.com."),
  entry(ZONE, "SOA", SOA),
  entry(ZONE, "NS", `ns.dns.${ZONE}`),
  entry(`dns-version.${ZONE}`, "TXT", "1.1.0"),
  entry("5.0.244.10.in-addr.arpa.", "PTR", `web-0.nginx.${SVC}`),
  entry("20.0.96.10.in-addr.arpa.", "PTR", `web.${SVC}`),
  entry("10.0.96.10.in-addr.arpa.", "PTR", `kube-dns.kube-system.svc.${ZONE}`),
];
/** Names the server fails at. */
const BROKEN = "broken.example.";

/** As CoreDNS does: it knows the cluster's names, and knows that no others exist. */
export function answerDns({ name, type }: DnsQuestion): DnsResponse {
  const asked = (name.endsWith(".") ? name : `${name}.`).toLowerCase();
  const base = { answers: [], authorities: [], additionals: [] };
  if (asked === BROKEN) return { ...base, code: "SERVFAIL", authoritative: false };
  const own = asked.endsWith(`.${ZONE}`) || asked === ZONE || asked.endsWith(".in-addr.arpa.");
  if (!own) return { ...base, code: "NXDOMAIN", authoritative: false };
  const soa = [entry(ZONE, "SOA", SOA)];
  const all = RECORDS.filter((record) => record.name === asked);
  const exists = all.length > 0 || asked === ZONE || RECORDS.some((record) => record.name.endsWith(`.${asked}`));
  if (!exists) return { ...base, code: "NXDOMAIN", authoritative: true, authorities: soa };
  const alias = all.find((record) => record.type === "CNAME");
  if (alias !== undefined && type !== "CNAME") {
    const { answers } = answerDns({ name: alias.data, type });
    return { ...base, code: "NOERROR", authoritative: true, answers: [alias, ...answers] };
  }
  const answers = all.filter((record) => record.type === type);
  if (answers.length === 0) return { ...base, code: "NOERROR", authoritative: true, authorities: soa };
  const additionals = answers.flatMap(({ data, type: kind }) =>
    kind === "SRV" ? RECORDS.filter((record) => record.type === "A" && record.name === data.split(" ")[3]) : [],
  );
  return { ...base, code: "NOERROR", authoritative: true, answers, additionals };
}

/** What a server does after it has read a request: the bytes it sends, then how it goes on. */
interface HttpAnswer {
  readonly text: string;
  /** `keep`: it waits for the next request. `hang`: it says nothing more, and does not close. */
  readonly next: "keep" | "close" | "reset" | "hang";
}

const HEAD = "Server: nginx/1.27.0\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\n";

function reply(status: string, body: string, headers: readonly string[] = [], type = "text/html"): HttpAnswer {
  const lines = [`Content-Type: ${type}`, `Content-Length: ${body.length}`, ...headers, "Connection: keep-alive"];
  return {
    text: `HTTP/1.1 ${status}\r\n${HEAD}${lines.map((line) => `${line}\r\n`).join("")}\r\n${body}`,
    next: "keep",
  };
}

const page = (title: string) =>
  `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n</body>\n</html>\n`;
const failing = (status: string, headers: readonly string[] = []) => reply(status, page(status), headers);

type Route = (request: { readonly method: string; readonly head: string; readonly body: string }) => HttpAnswer;

const ROUTES: Readonly<Record<string, Route>> = {
  "/": () => reply("200 OK", "web-0\n"),
  "/plain.txt": () => reply("200 OK", "one\ntwo\n", ['ETag: "abc"'], "text/plain"),
  "/dir/file.tar": () => reply("200 OK", "x".repeat(3000), [], "application/octet-stream"),
  "/json": () => reply("200 OK", '{"a":1}', [], "application/json"),
  "/untyped": () => ({ text: `HTTP/1.1 200 OK\r\n${HEAD}Content-Length: 3\r\n\r\nabc`, next: "keep" }),
  "/nothing": () => reply("200 OK", ""),
  "/204": () => ({ text: `HTTP/1.1 204 No Content\r\n${HEAD}\r\n`, next: "keep" }),
  "/304": () => ({ text: `HTTP/1.1 304 Not Modified\r\n${HEAD}\r\n`, next: "keep" }),
  "/500": () => failing("500 Internal Server Error"),
  "/503": () => failing("503 Service Unavailable", ["Retry-After: 1"]),
  "/403": () => failing("403 Forbidden"),
  "/400": () => failing("400 Bad Request"),
  "/redirect": () => failing("302 Found", ["Location: /plain.txt"]),
  "/permanent": () => failing("301 Moved Permanently", ["Location: http://web.default.svc.cluster.local/plain.txt"]),
  "/elsewhere": () => failing("302 Found", ["Location: http://web-1.nginx:81/"]),
  "/307": () => failing("307 Temporary Redirect", ["Location: /echo"]),
  "/303": () => failing("303 See Other", ["Location: /echo"]),
  "/relative/a": () => failing("302 Found", ["Location: b"]),
  "/relative/b": () => reply("200 OK", "b\n", [], "text/plain"),
  "/loop": () => failing("302 Found", ["Location: /loop"]),
  "/tls": () => failing("302 Found", ["Location: https://web/"]),
  "/nowhere": () => failing("302 Found"),
  "/chunked": () => ({
    text: `HTTP/1.1 200 OK\r\n${HEAD}Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n0\r\n\r\n`,
    next: "keep",
  }),
  "/until-close": () => ({
    text: `HTTP/1.0 200 OK\r\n${HEAD}Content-Type: text/plain\r\n\r\nuntil the end\n`,
    next: "close",
  }),
  "/short": () => ({ text: `HTTP/1.1 200 OK\r\n${HEAD}Content-Length: 100\r\n\r\nonly this\n`, next: "close" }),
  "/empty": () => ({ text: "", next: "close" }),
  "/reset": () => ({ text: "", next: "reset" }),
  "/hang": () => ({ text: "", next: "hang" }),
  "/half": () => ({ text: `HTTP/1.1 200 OK\r\n${HEAD}Content-Length: 100\r\n\r\nonly this\n`, next: "hang" }),
  "/garbage": () => ({ text: "this is no HTTP\n", next: "close" }),
  "/cookie": () => reply("200 OK", "a cookie\n", ["Set-Cookie: a=1; Path=/"], "text/plain"),
  "/secret": ({ head }) =>
    /^authorization: basic YWRtaW46c2VjcmV0\r?$/im.test(head)
      ? reply("200 OK", "welcome\n", [], "text/plain")
      : failing("401 Unauthorized", ['WWW-Authenticate: Basic realm="here"']),
  "/echo": ({ head, body }) => reply("200 OK", `${head.replaceAll("\r", "")}${body}|\n`, [], "text/plain"),
};

/** Undefined: the request is not whole yet. One character is one byte. */
export function answerHttp(input: string): { readonly answer: HttpAnswer; readonly used: number } | undefined {
  const end = input.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = input.slice(0, end + 4);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const used = head.length + length;
  if (input.length < used) return undefined;
  const [method = "", target = ""] = head.split(" ");
  const path = target.replace(/\?.*/, "");
  const route = ROUTES[path] ?? (path.startsWith("/echo/") ? ROUTES["/echo"] : undefined);
  const whole = route?.({ method, head, body: input.slice(head.length, used) }) ?? failing("404 Not Found");
  const text = method === "HEAD" ? whole.text.replace(/(\r\n\r\n)[\s\S]*$/, "$1") : whole.text;
  const next = whole.next === "keep" && /^connection: *close/im.test(head) ? "close" : whole.next;
  return { answer: { text, next }, used };
}

/** What differs from run to run, or from release to release, shown alike. */
export function masked(text: string): string {
  return MASKS.reduce((all, [pattern, words]) => all.replace(pattern, words), text);
}

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/BusyBox v1.*$/s, "BusyBox\n"],
  [/\nUsage\n {2}ping \[options\][\s\S]*$/, "\nUsage\n"],
  [/ipg\/ewma \S+ ms/g, "ipg/ewma <n> ms"],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "<date>"],
  [/\(\d[\d.]* [KMG]B\/s\)/g, "(<rate>)"],
  [/\(0\.00 B\/s\)/g, "(<rate>)"],
  [/ +in \d[\d.]*s *$/gm, " in <time>"],
  [/100% +[\d.]+[KMGT]? *[= ]\s*\d[\d.]*s/g, "100% <rate>"],
  [/completed in \d+ms/g, "completed in <n>ms"],
  [/ +[\d.]+[KMGT ]?=[\d.]+s/g, " <rate>"],
  [/(?:\r[ \d.kM:-]+)+\n?/g, "\r<meter>"],
  [/bundle for host: 0x[0-9a-f]+/g, "bundle for host: <pointer>"],
  [/after \d+ ms/g, "after <n> ms"],
  [/timed out after \d+ milliseconds/g, "timed out after <n> milliseconds"],
  [/Query time: \d+ msec/g, "Query time: <n> msec"],
  [/WHEN: .*$/gm, "WHEN: <date>"],
  [/, id: \d+/g, ", id: <id>"],
  [/COOKIE: [0-9a-f]+/g, "COOKIE: <cookie>"],
  [/DiG 9[^ ]* /g, "DiG <version> "],
  [/\b(3[2-9]|[45]\d)\d{3}\b/g, "<port>"],
  [/\b60\d{3}\b/g, "<port>"],
  [/time[=:] ?\d[\d.]* ms/g, "time=<n> ms"],
  [/, time \d+ms/g, ", time <n>ms"],
  [/= \d[\d.]*\/\d[\d./]* ms/g, "= <n> ms"],
];
