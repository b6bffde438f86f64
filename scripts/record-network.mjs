/**
 * Records what the host's network tools do with the scripts of lib/machine/tools/conformance/network/*.txt (one a line)
 * on the network that world.test-helper.ts there describes: `node scripts/record-network.mjs [group...]`. Everything
 * runs in a network, mount and host name namespace of its own. Needs Linux with curl 7.88, wget 1.21, BIND 9.18's dig and
 * nslookup, OpenBSD's netcat, iputils, and BusyBox 1.37 as its default configuration makes it (images have that one;
 * Debian's lacks most of nc): BUSYBOX says where, default /bin/busybox.
 */
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const INSIDE = "RECORD_NETWORK_INSIDE";
const folder = fileURLToPath(new URL("../lib/machine/tools/conformance/network/", import.meta.url));
/** A script may wait for things that do not answer: BusyBox's nslookup for 15 seconds. */
const PATIENCE_MS = 25_000;
const BUSYBOX = process.env.BUSYBOX ?? "/bin/busybox";
const ROOM = "/tmp/network-room";

if (process.env[INSIDE] === undefined) {
  const { status } = spawnSync(
    "unshare",
    ["-r", "-n", "-m", "-u", process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)],
    { stdio: "inherit", env: { ...process.env, [INSIDE]: "1" } },
  );
  process.exit(status ?? 1);
}

const temporary = mkdtempSync(join(tmpdir(), "network-"));
const { outputFiles } = await build({
  entryPoints: [join(folder, "world.test-helper.ts")],
  bundle: true,
  format: "esm",
  platform: "node",
  write: false,
});
writeFileSync(join(temporary, "world.mjs"), outputFiles[0].text);
const world = await import(pathToFileURL(join(temporary, "world.mjs")).href);

function root(...words) {
  const { status, stderr } = spawnSync(words[0], words.slice(1));
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
}
root("ip", "link", "set", "lo", "up");
for (const address of world.ADDRESSES) root("ip", "address", "add", `${address}/32`, "dev", "lo");
// Nobody has these addresses: what is sent to them comes back to a machine that does not forward, and is dropped.
root("ip", "route", "add", "10.98.0.0/16", "dev", "lo", "src", world.OWN_ADDRESS);
root("ip", "route", "add", "unreachable", "10.97.0.0/16");
root("hostname", world.HOSTNAME);
for (const [path, content] of [
  ["/etc/resolv.conf", world.RESOLV_CONF],
  ["/etc/hosts", world.HOSTS],
  ["/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n"],
]) {
  const copy = join(temporary, path.replaceAll("/", "_"));
  writeFileSync(copy, content);
  root("mount", "--bind", copy, path);
}

mkdirSync(ROOM, { recursive: true });
root("mount", "-t", "tmpfs", "none", ROOM);

const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, ANY: 255 };
const CODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
const nameBytes = (name) =>
  Buffer.concat([
    ...name
      .split(".")
      .filter((label) => label !== "")
      .map((label) => Buffer.from(String.fromCharCode(label.length) + label, "latin1")),
    Buffer.from([0]),
  ]);
function number(value, bytes) {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
function dataBytes({ type, data }) {
  const words = data.split(" ");
  if (type === "A") return Buffer.from(data.split(".").map(Number));
  if (type === "SRV")
    return Buffer.concat([...words.slice(0, 3).map((word) => number(Number(word), 2)), nameBytes(words[3])]);
  if (type === "SOA")
    return Buffer.concat([
      nameBytes(words[0]),
      nameBytes(words[1]),
      ...words.slice(2).map((word) => number(Number(word), 4)),
    ]);
  if (type === "TXT") return Buffer.concat([number(data.length, 1), Buffer.from(data)]);
  return nameBytes(data);
}
function dnsReply(message) {
  let at = 12;
  const labels = [];
  while (message[at] !== 0) {
    labels.push(message.toString("latin1", at + 1, at + 1 + message[at]));
    at += message[at] + 1;
  }
  const code = message.readUInt16BE(at + 1);
  const question = message.subarray(12, at + 5);
  const type = Object.keys(TYPES).find((name) => TYPES[name] === code) ?? "ANY";
  const name = labels.length === 0 ? "." : `${labels.join(".")}.`;
  const response = world.answerDns({ name, type });
  const section = (records) =>
    records.map((record) => {
      const data = dataBytes(record);
      return Buffer.concat([
        nameBytes(record.name),
        number(TYPES[record.type], 2),
        number(1, 2),
        number(record.ttl, 4),
        number(data.length, 2),
        data,
      ]);
    });
  // The client's OPT record goes back as it came.
  const opt = message.readUInt16BE(10) > 0 ? message.subarray(at + 5) : Buffer.alloc(0);
  const flags =
    0x8000 | (message.readUInt16BE(2) & 0x0100) | (response.authoritative ? 0x0400 : 0x0080) | CODES[response.code];
  return Buffer.concat([
    message.subarray(0, 2),
    number(flags, 2),
    number(1, 2),
    number(response.answers.length, 2),
    number(response.authorities.length, 2),
    number(response.additionals.length + (opt.length > 0 ? 1 : 0), 2),
    question,
    ...section(response.answers),
    ...section(response.authorities),
    ...section(response.additionals),
    opt,
  ]);
}

const open = [];
const udp = createSocket("udp4", (message, from) => udp.send(dnsReply(message), from.port, from.address));
await new Promise((resolve) => udp.bind(53, world.DNS_SERVER, resolve));
async function serve(address, port, handler) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(port, address, resolve));
  open.push(server);
}
await serve(world.DNS_SERVER, 53, (socket) => {
  socket.on("error", () => undefined);
  socket.on("data", (data) => {
    const answer = dnsReply(data.subarray(2));
    socket.write(Buffer.concat([number(answer.length, 2), answer]));
  });
});
for (const { address, port } of world.HTTP_SERVERS)
  await serve(address, port, (socket) => {
    let input = "";
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      input += data.toString("latin1");
      for (let next = world.answerHttp(input); next !== undefined; next = world.answerHttp(input)) {
        input = input.slice(next.used);
        const { text, next: goesOn } = next.answer;
        if (text !== "") socket.write(Buffer.from(text, "latin1"));
        if (goesOn === "close") socket.end();
        if (goesOn === "reset") socket.resetAndDestroy();
        if (goesOn === "hang") input = "";
      }
    });
  });
await serve(world.ECHO_SERVER.address, world.ECHO_SERVER.port, (socket) => {
  socket.on("error", () => undefined);
  socket.write(world.ECHO_SERVER.greeting);
  socket.pipe(socket);
});

function play(script, kind, path) {
  for (const name of readdirSync(ROOM)) rmSync(join(ROOM, name), { recursive: true, force: true });
  const [file, argv0, words] = kind.busybox ? [BUSYBOX, "busybox", ["sh"]] : ["/bin/bash", "bash", []];
  return new Promise((resolve) => {
    const child = spawn(file, [...words, "-c", script], {
      argv0,
      cwd: ROOM,
      env: { PATH: path, LC_ALL: "C.UTF-8", TZ: "UTC", HOME: ROOM },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what a script leaves behind ends with it.
      detached: true,
    });
    const end = () => {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {}
    };
    const late = setTimeout(() => {
      console.log(`too long: ${script}`);
      end();
    }, PATIENCE_MS);
    child.on("exit", () => {
      clearTimeout(late);
      setTimeout(end, 100);
    });
    const [out, errors] = [[], []];
    child.stdout.on("data", (data) => out.push(data));
    child.stderr.on("data", (data) => errors.push(data));
    child.on("close", (exitCode) =>
      resolve({
        script,
        stdout: world.masked(Buffer.concat(out).toString()),
        stderr: world.masked(Buffer.concat(errors).toString()),
        exitCode,
      }),
    );
  });
}

const applets = mkdtempSync(join(tmpdir(), "applets-"));
spawnSync(BUSYBOX, ["--install", "-s", applets]);
const wanted = process.argv.slice(2);
for (const name of readdirSync(folder).filter((each) => each.endsWith(".txt"))) {
  const group = name.slice(0, -4);
  if (wanted.length > 0 && !wanted.includes(group)) continue;
  const lines = readFileSync(join(folder, name), "utf8").split("\n");
  const kind = lines[0].startsWith("#! ") ? JSON.parse(lines[0].slice(3)) : {};
  const recorded = [];
  for (const script of lines.filter((line) => line !== "" && !line.startsWith("#"))) {
    recorded.push(await play(script, kind, kind.busybox ? applets : "/usr/sbin:/usr/bin:/sbin:/bin"));
  }
  writeFileSync(join(folder, `${group}.json`), `${JSON.stringify(recorded, null, 2)}\n`);
  console.log(`${group}: ${recorded.length} scripts`);
}
for (const path of [applets, temporary]) rmSync(path, { recursive: true, force: true });
process.exit(0);
