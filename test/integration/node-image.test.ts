/** The node image: servers of tutorials, from a ConfigMap, and what it refuses. */
import { expect, it } from "vitest";
import { configMaps } from "../../lib/kubernetes/api/resources.ts";
import { type Harness, startNodes } from "./nodes-harness.ts";

const SERVER = `const http = require("http");
const os = require("node:os");
const fs = require("fs");
const path = require("path");

const file = path.join(process.env.DATA || "/tmp", "visits.txt");
let visits = fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) : 0;

function handle(request, response) {
  console.log("%s %s", request.method, request.url);
  if (request.url === "/healthz") {
    response.writeHead(200, { "Content-Type": "text/plain" });
    return response.end("ok");
  }
  if (request.method === "POST") {
    let body = "";
    request.on("data", (chunk) => { body += chunk; });
    request.on("end", () => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ got: JSON.parse(body).name }));
    });
    return;
  }
  if (request.url === "/slow") return setTimeout(() => response.end("late\\n"), 2000);
  if (request.url !== "/") {
    response.statusCode = 404;
    return response.end("nothing here\\n");
  }
  visits++;
  fs.writeFileSync(file, String(visits));
  response.end(\`visit \${visits} to \${os.hostname()}\\n\`);
}

const server = http.createServer(handle);
server.listen(process.env.PORT || 8080, () => console.log("listening"));
process.on("SIGTERM", () => {
  console.log("closing");
  server.close(() => process.exit(0));
});
`;

function configured(nodes: Harness, files: Readonly<Record<string, string>>): void {
  nodes.client.create(configMaps, { metadata: { name: "app", namespace: "default" }, data: files } as never);
}

const pod = (image: string, extra: object = {}) => ({
  containers: [
    {
      name: "app",
      image,
      command: ["node", "server.js"],
      workingDir: "/app",
      volumeMounts: [{ name: "app", mountPath: "/app" }],
      ...extra,
    },
  ],
  volumes: [{ name: "app", configMap: { name: "app" } }],
});

it("runs a server of one's own: requests, bodies, timers, files, signals", async () => {
  const nodes = startNodes();
  configured(nodes, { "server.js": SERVER });
  nodes.run("web", pod("node:22"));
  await nodes.until(() => nodes.reason("web") === "Running");
  await nodes.clock.settle();
  nodes.run("client", { containers: [{ name: "c", image: "curlimages/curl", command: ["sleep", "999"] }] });
  await nodes.until(() => nodes.reason("client") === "Running");
  const web = `http://${nodes.pod("web")?.status?.podIP}:8080`;
  const get = async (path: string) => (await nodes.exec("client", `curl -s ${path}`)).stdout;
  expect(await get(`${web}/`)).toBe("visit 1 to web\n");
  expect(await get(`${web}/`)).toBe("visit 2 to web\n");
  expect(await get(`-o /dev/null -w '%{http_code}' ${web}/other`)).toBe("404");
  expect(await get(`-d '{"name":"x"}' ${web}/`)).toBe('{"got":"x"}');
  expect(await get(`${web}/slow`)).toBe("late\n");
  expect(await nodes.logs("web")).toContain("listening\nGET /\nGET /\nGET /other\nPOST /\nGET /slow\n");
  await nodes.exec("web", "kill 1");
  await nodes.until(() => nodes.pod("web")?.status?.containerStatuses?.[0]?.restartCount === 1);
  expect(await nodes.logs("web", { previous: true })).toContain("closing\n");
  expect(nodes.pod("web")?.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(0);
  expect(nodes.bugs).toEqual([]);
});

it("as the first process hears no SIGTERM that it has no handler for", async () => {
  const nodes = startNodes();
  nodes.run("hello", {
    containers: [{ name: "app", image: "gcr.io/google-samples/node-hello:1.0", command: ["node", "server.js"] }],
  });
  await nodes.until(() => nodes.reason("hello") === "Running");
  await nodes.clock.settle();
  await nodes.exec("hello", "kill 1");
  await nodes.clock.advance(5000);
  expect(nodes.pod("hello")?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  expect(nodes.bugs).toEqual([]);
});

it("says what it cannot run, and what went wrong", async () => {
  const nodes = startNodes();
  nodes.run("n", { containers: [{ name: "n", image: "node:22", command: ["sleep", "999"] }] });
  await nodes.until(() => nodes.reason("n") === "Running");
  const run = async (script: string) => {
    const { stdout, stderr, code } = await nodes.exec("n", script);
    return `${stdout}${stderr}[${code}]`;
  };
  expect(await run("node --version")).toBe("v22.20.0\n[0]");
  expect(await run(`node -e 'console.log(1 + 1, { a: [1, "b"] }, "x")'`)).toBe("2 { a: [ 1, 'b' ] } x\n[0]");
  expect(await run("node missing.js")).toContain("Error: Cannot find module '/missing.js'\n");
  expect(await run(`node -e 'require("express")'`)).toContain("Error: Cannot find module 'express'\n");
  expect(await run(`node -e 'require("crypto")'`)).toContain("module 'crypto' is not supported here");
  expect(await run(`node -e 'class A {}'`)).toContain("SyntaxError: 'class' is not supported here");
  expect(await run(`node -e 'throw new Error("no")'`)).toMatch(/Error: no\n\nNode\.js v22\.20\.0\n\[1\]$/);
  expect(
    await run(`node -e 'setTimeout(() => process.exit(7), 500); setInterval(() => console.log("tick"), 200)'`),
  ).toBe("tick\ntick\n[7]");
  expect(
    await run(`node -e 'const h = require("http"); h.createServer().listen(80); h.createServer().listen(80)'`),
  ).toContain("Error: listen EADDRINUSE: address already in use :::80\n");
  expect(nodes.bugs).toEqual([]);
});
