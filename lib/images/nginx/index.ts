import { directory, link, merged, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import type { ImageDetails, ImageFamily, Repository } from "../types.ts";
import { entrypoint, nginx, VERSION_FILE } from "./program.ts";

const MAIN_CONFIG = `user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
`;

const DEFAULT_SERVER = `server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

const WELCOME = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>This page means that nginx runs and answers. Put your own files into /usr/share/nginx/html to replace it.</p>
</body>
</html>
`;

const TROUBLE = `<!DOCTYPE html>
<html>
<head>
<title>Error</title>
</head>
<body>
<h1>Something went wrong.</h1>
<p>The page cannot be shown right now. The error log of nginx says more.</p>
</body>
</html>
`;

/** Releases by minor version, with the last patch of each. `latest` and `stable` move with them. */
const RELEASES: Readonly<Record<string, string>> = {
  "1.7": "1.7.12",
  "1.8": "1.8.1",
  "1.9": "1.9.15",
  "1.10": "1.10.3",
  "1.11": "1.11.13",
  "1.12": "1.12.2",
  "1.13": "1.13.12",
  "1.14": "1.14.2",
  "1.15": "1.15.12",
  "1.16": "1.16.1",
  "1.17": "1.17.10",
  "1.18": "1.18.0",
  "1.19": "1.19.10",
  "1.20": "1.20.2",
  "1.21": "1.21.6",
  "1.22": "1.22.1",
  "1.23": "1.23.4",
  "1.24": "1.24.0",
  "1.25": "1.25.5",
  "1.26": "1.26.3",
  "1.27": "1.27.5",
  "1.28": "1.28.0",
  "1.29": "1.29.1",
};
const MAINLINE = "1.29.1";
const STABLE = "1.28.0";
/** Never published. */
const MISSING = new Set(["1.7.0"]);

/** The version a tag stands for, e.g. "1.27-alpine" -> "1.27.5"; undefined where there is no such tag. */
function nginxVersion(tag: string): string | undefined {
  const match = /^([a-z0-9.]+?)(?:-(alpine|alpine-slim|bookworm|bullseye|perl|alpine-perl))?$/.exec(tag);
  const base = match?.[1] ?? "";
  const moving: Readonly<Record<string, string>> = {
    latest: MAINLINE,
    mainline: MAINLINE,
    stable: STABLE,
    alpine: MAINLINE,
    bookworm: MAINLINE,
    "1": MAINLINE,
  };
  if (moving[base] !== undefined) return moving[base];
  if (RELEASES[base] !== undefined) return RELEASES[base];
  const patch = /^(1\.\d+)\.(\d+)$/.exec(base);
  const last = patch === null ? undefined : RELEASES[patch[1] ?? ""];
  if (patch === null || last === undefined || MISSING.has(base)) return undefined;
  return Number(patch[2]) <= Number(last.split(".")[2]) ? base : undefined;
}

function details(version: string, roots: BaseRoots, alpine: boolean, sizeBytes: number, script: boolean): ImageDetails {
  const base = alpine ? roots.alpineWith("curl", "envsubst") : roots.debianWith("curl", "envsubst");
  const root = merged(
    base,
    directory({
      "etc/nginx/nginx.conf": MAIN_CONFIG,
      "etc/nginx/mime.types": "types {\n    text/html  html htm;\n    text/css  css;\n    text/plain  txt;\n}\n",
      "etc/nginx/conf.d/default.conf": DEFAULT_SERVER,
      "usr/share/nginx/html/index.html": WELCOME,
      "usr/share/nginx/html/50x.html": TROUBLE,
      [VERSION_FILE.slice(1)]: `${version}\n`,
      "usr/sbin/nginx": program("nginx/nginx"),
      "var/log/nginx": directory({ "access.log": link("/dev/stdout"), "error.log": link("/dev/stderr") }),
      "var/cache/nginx": directory(),
      ...(script
        ? { "docker-entrypoint.sh": program("nginx/docker-entrypoint"), "docker-entrypoint.d": directory() }
        : {}),
      ...(alpine ? {} : { "usr/bin/curl": program("curl") }),
    }),
  );
  return {
    root,
    sizeBytes,
    ...(script ? { entrypoint: ["/docker-entrypoint.sh"] } : {}),
    command: ["nginx", "-g", "daemon off;"],
    env: { NGINX_VERSION: version },
    stopSignal: "SIGQUIT",
    exposedPorts: [80],
  };
}

export function nginxFamily(roots: BaseRoots): ImageFamily {
  const official: Repository = {
    name: "docker.io/library/nginx",
    tags: [
      "1.27",
      "1.7.9",
      "1.9.1",
      "1.14.2",
      "1.16.1",
      "1.19",
      "1.21",
      "1.25",
      "1.26",
      "1.28",
      "1.29",
      "latest",
      "stable",
      "alpine",
    ],
    image(tag) {
      const version = nginxVersion(tag);
      if (version === undefined) return undefined;
      const minor = Number(version.split(".")[1]);
      const alpine = tag.includes("alpine");
      return details(
        version,
        roots,
        alpine,
        alpine ? 18_900_000 + minor * 10_007 : 38_000_000 + minor * 1_294_463,
        minor >= 19,
      );
    },
  };
  // The slim image of Kubernetes' own examples: nginx without the scripts.
  const slim = (name: string, versions: Readonly<Record<string, string>>): Repository => ({
    name,
    tags: Object.keys(versions),
    image(tag) {
      const version = versions[tag];
      return version === undefined
        ? undefined
        : { ...details(version, roots, false, 41_480_000, false), stopSignal: "SIGTERM" };
    },
  });
  const old = { "0.8": "1.11.1", "0.7": "1.9.9", "0.6": "1.9.5", "0.5": "1.9.2", "0.4": "1.9.1" };
  return {
    repositories: [
      official,
      slim("registry.k8s.io/nginx-slim", {
        "0.24": "1.27.1",
        "0.27": "1.27.3",
        "0.26": "1.27.2",
        "0.25": "1.27.1",
        "0.23": "1.25.3",
        "0.22": "1.23.4",
        "0.21": "1.21.6",
        ...old,
      }),
      slim("k8s.gcr.io/nginx-slim", old),
      slim("gcr.io/google_containers/nginx-slim", old),
    ],
    programs: { "nginx/nginx": nginx, "nginx/docker-entrypoint": entrypoint },
  };
}
