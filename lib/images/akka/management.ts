/** Akka Management's HTTP (cluster/members, health, bootstrap), and the small application that runs on the cluster. */
import type { HttpReply, HttpRequest } from "../kit/http.ts";
import { keyOf, leaderOf, type Member, present, unreachable } from "./gossip.ts";
import type { AkkaNode } from "./node.ts";

const json = (body: unknown, status = 200): HttpReply => ({
  status,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});
const text = (body: string, status = 200): HttpReply => ({
  status,
  headers: { "Content-Type": "text/plain; charset=UTF-8" },
  body,
});

const memberJson = ({ address, uid, roles, status }: Member) => ({ node: address, nodeUid: uid, roles, status });

function members(node: AkkaNode): unknown {
  const { gossip } = node;
  const lost = unreachable(gossip);
  const all = present(gossip);
  const oldest = all.filter(({ upNumber }) => upNumber > 0).sort((a, b) => a.upNumber - b.upNumber);
  const roles = [...new Set(all.flatMap((member) => member.roles))].sort();
  const leader = leaderOf(gossip);
  return {
    ...(leader === undefined ? {} : { leader: leader.address }),
    members: all.map(memberJson),
    ...(oldest[0] === undefined ? {} : { oldest: oldest[0].address }),
    oldestPerRole: Object.fromEntries(
      roles.flatMap((role) => {
        const first = oldest.find((member) => member.roles.includes(role));
        return first === undefined ? [] : [[role, first.address]];
      }),
    ),
    selfNode: node.address,
    unreachable: all
      .filter((member) => lost.has(keyOf(member)))
      .map((member) => ({
        node: member.address,
        observedBy: (lost.get(keyOf(member)) ?? [])
          .map((observer) => gossip.members[observer]?.address ?? observer)
          .sort(),
      })),
  };
}

function one(node: AkkaNode, name: string): Member | undefined {
  return present(node.gossip).find(
    ({ address }) => address === name || address.endsWith(`@${name}`) || address.replace(/^akka:\/\//, "") === name,
  );
}

export function management(node: AkkaNode, request: HttpRequest | undefined): HttpReply {
  if (request === undefined) return text("Bad Request", 400);
  const { method, path } = request;
  if (path === "/cluster/members" || path === "/cluster/members/") {
    if (method === "GET") return json(members(node));
    return text("HTTP method not allowed, supported methods: GET", 405);
  }
  const name = /^\/cluster\/members\/(.+)$/.exec(path)?.[1];
  if (name !== undefined) {
    const member = one(node, name);
    if (member === undefined) return json({ message: `Member [${name}] not found` }, 404);
    if (method === "GET") return json(memberJson(member));
    const form = new URLSearchParams(new TextDecoder().decode(request.body));
    const operation =
      method === "DELETE" ? "leave" : method === "PUT" ? (form.get("operation") ?? "").toLowerCase() : "";
    if (operation === "leave") {
      node.leave(keyOf(member));
      return json({ message: `Leaving ${member.address}` });
    }
    if (operation === "down") {
      node.down(keyOf(member));
      return json({ message: `Downing ${member.address}` });
    }
    if (method === "PUT") return json({ message: "Operation not supported" }, 400);
    return text("HTTP method not allowed, supported methods: GET, DELETE, PUT", 405);
  }
  const status = node.self?.status;
  switch (path) {
    case "/alive":
    case "/health/alive":
      return text("OK");
    case "/ready":
    case "/health/ready":
      return status === "Up" || status === "Leaving" ? text("OK") : text("Not Healthy: ClusterMembershipCheck", 500);
    case "/bootstrap/seed-nodes":
      return json({
        selfNode: node.address,
        seedNodes: present(node.gossip)
          .filter((member) => member.status === "Up")
          .map((member) => ({ node: member.address, nodeUid: member.uid, roles: member.roles, status: member.status })),
      });
    default:
      return text("The requested resource could not be found.", 404);
  }
}

/** GET /: who answers. GET and POST /counter: a number that all members share. */
export function application(node: AkkaNode, request: HttpRequest | undefined): HttpReply {
  if (request === undefined) return text("Bad Request\n", 400);
  if (request.path === "/") return text(`Hello from ${node.process.machine.hostname}\n`);
  if (request.path === "/counter") {
    if (request.method === "POST") {
      if (node.self?.status !== "Up") return text("not a member of the cluster\n", 503);
      return text(`${node.increment()}\n`);
    }
    return text(`${node.count}\n`);
  }
  return text("The requested resource could not be found.\n", 404);
}
