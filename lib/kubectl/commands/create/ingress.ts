/** kubectl create ingress (k8s.io/kubectl/pkg/cmd/create/create_ingress.go). */
import { CommandError } from "../../errors.ts";
import type { JsonObject } from "../../object.ts";
import type { Generator } from "./generate.ts";

/** host/path=service:port[,tls[=secret]]; upstream's expression has no end, and what follows its match is dropped. */
const RULE = /^(?<host>[\w*\-.]*)(?<path>\/[\w*\-/.]*)=(?<service>[\w-]+):(?<port>[\w-]+)/;

/** What follows the one comma of a rule is taken for "tls", whatever it is called; of more than one nothing is taken. */
function tlsOptions(text: string): { readonly tls: boolean; readonly secret: string } {
  const parts = text.split(",");
  return { tls: parts.length === 2, secret: parts.length === 2 ? (parts[1]?.split("=")[1] ?? "") : "" };
}

interface Rule {
  readonly host: string;
  readonly path: JsonObject;
  readonly tls: boolean;
  readonly secret: string;
}

const backend = (service: string, port: string): JsonObject => ({
  service: { name: service, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } },
});

function parseRule(text: string): Rule {
  const groups = RULE.exec(text)?.groups;
  if (groups === undefined) {
    throw new CommandError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  }
  const { host = "", path = "", service = "", port = "" } = groups;
  const prefix = path.endsWith("*");
  return {
    host,
    path: {
      path: prefix ? path.slice(0, -1) : path,
      pathType: prefix ? "Prefix" : "Exact",
      backend: backend(service, port),
    },
    ...tlsOptions(text),
  };
}

/** One entry a secret; hosts without one have their own. */
function tlsOf(rules: readonly Rule[]): JsonObject[] {
  const entries: { hosts: string[]; secretName?: string }[] = [];
  for (const { host, tls, secret } of rules) {
    if (!tls) continue;
    const same = entries.find((one) => (one.secretName ?? "") === secret);
    if (same === undefined) {
      entries.push({
        ...(host === "" ? { hosts: [] } : { hosts: [host] }),
        ...(secret === "" ? {} : { secretName: secret }),
      });
    } else if (host !== "" && !same.hosts.includes(host)) same.hosts.push(host);
  }
  return entries.map(({ hosts, secretName }) => ({
    ...(hosts.length === 0 ? {} : { hosts }),
    ...(secretName === undefined ? {} : { secretName }),
  }));
}

export const ingress: Generator = {
  name: "ingress",
  aliases: ["ing"],
  short: "Create an ingress with the specified name",
  arguments: "NAME --rule=host/path=service:port[,tls[=secret]]",
  flags: [
    { name: "annotation", type: "array", usage: "Annotations, as key=value" },
    { name: "class", type: "string", usage: "Class of the ingress" },
    { name: "default-backend", type: "string", usage: "Where everything else goes, as service:port" },
    { name: "rule", type: "array", usage: "host/path=service:port[,tls[=secret]]; a path with * is a prefix" },
  ],
  generate({ flags }, name) {
    const fallback = flags.string("default-backend");
    const texts = flags.list("rule");
    if (texts.length === 0 && fallback === "") {
      throw new CommandError(
        "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
      );
    }
    const rules = texts.map(parseRule);
    const annotations: JsonObject = {};
    for (const text of flags.list("annotation")) {
      const equals = text.indexOf("=");
      if (equals === -1) throw new CommandError(`annotation ${text} is invalid and should be in format key=[value]`);
      annotations[text.slice(0, equals)] = text.slice(equals + 1);
    }
    const [service = "", port, ...more] = fallback.split(":");
    if (fallback !== "" && (port === undefined || more.length > 0))
      throw new CommandError("default-backend should be in format servicename:serviceport");
    const hosts = [...new Set(rules.map(({ host }) => host))];
    const tls = tlsOf(rules);
    return {
      kind: "Ingress",
      apiVersion: "networking.k8s.io/v1",
      metadata: {
        name,
        creationTimestamp: null,
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      },
      spec: {
        ...(flags.string("class") === "" ? {} : { ingressClassName: flags.string("class") }),
        ...(fallback === "" ? {} : { defaultBackend: backend(service, port ?? "") }),
        ...(tls.length === 0 ? {} : { tls }),
        ...(hosts.length === 0
          ? {}
          : {
              rules: hosts.map((host) => ({
                ...(host === "" ? {} : { host }),
                http: { paths: rules.filter((rule) => rule.host === host).map((rule) => rule.path) },
              })),
            }),
      },
      status: { loadBalancer: {} },
    };
  },
};
