import { describe, expect, it } from "vitest";
import {
  EMPTY_GOSSIP,
  type Gossip,
  keepMajority,
  keyOf,
  leaderActions,
  leaderOf,
  type Member,
  merge,
  present,
  type Status,
  same,
  unreachable,
  withMember,
  withStatus,
} from "./gossip.ts";

const member = (name: string, status: Status = "Up"): Member => ({
  address: `akka://S@${name}:25520`,
  uid: "1",
  status,
  upNumber: status === "Joining" ? 0 : 1,
  roles: ["dc-default"],
});
const key = (name: string) => keyOf(member(name));
const cluster = (...names: string[]) => names.reduce((gossip, name) => withMember(gossip, member(name)), EMPTY_GOSSIP);
const losing = (gossip: Gossip, observer: string, ...lost: string[]): Gossip => ({
  ...gossip,
  observations: { ...gossip.observations, [key(observer)]: { version: 1, unreachable: lost.map(key) } },
});

describe("gossip", () => {
  it("merges into the same whatever was heard first, and never goes back", () => {
    const base = cluster("a-0", "a-1");
    const left = { ...withStatus(base, key("a-0"), "Leaving"), counts: { x: 2 } };
    const right = { ...losing(withStatus(base, key("a-0"), "Exiting"), "a-1", "a-0"), counts: { x: 1, y: 3 } };
    expect(same(merge(left, right), merge(right, left))).toBe(true);
    expect(merge(left, right).members[key("a-0")]?.status).toBe("Exiting");
    expect(merge(left, right).counts).toEqual({ x: 2, y: 3 });
    expect(same(withStatus(right, key("a-0"), "Up"), right)).toBe(true);
  });

  it("has the first reached member by address as leader, numbers counted as numbers", () => {
    const gossip = cluster("a-10", "a-2", "a-1");
    expect(leaderOf(gossip)?.address).toBe("akka://S@a-1:25520");
    expect(leaderOf(losing(gossip, "a-2", "a-1"))?.address).toBe("akka://S@a-2:25520");
  });

  it("lets nobody in while somebody is neither reached nor given up", () => {
    const gossip = withMember(cluster("a-0", "a-1"), member("a-2", "Joining"));
    expect(leaderActions(gossip).members[key("a-2")]).toMatchObject({ status: "Up", upNumber: 2 });
    const split = losing(gossip, "a-0", "a-1");
    expect(leaderActions(split).members[key("a-2")]?.status).toBe("Joining");
    const given = withStatus(split, key("a-1"), "Down");
    expect(leaderActions(leaderActions(given)).members[key("a-2")]?.status).toBe("Up");
    expect(present(leaderActions(given)).map(({ address }) => address)).not.toContain("akka://S@a-1:25520");
  });

  it("does not listen to those that are down", () => {
    const gossip = withStatus(losing(cluster("a-0", "a-1"), "a-1", "a-0"), key("a-1"), "Down");
    expect(unreachable(gossip).size).toBe(0);
  });
});

describe("keep-majority", () => {
  it("gives up the smaller part, on whichever side it is asked", () => {
    const gossip = cluster("a-0", "a-1", "a-2");
    expect(keepMajority(losing(gossip, "a-1", "a-0"), key("a-1"))).toEqual([key("a-0")]);
    expect([...keepMajority(losing(gossip, "a-0", "a-1", "a-2"), key("a-0"))]).toEqual([key("a-0")]);
  });

  it("keeps the part with the lowest address where both are as large, and does not count newcomers", () => {
    const gossip = cluster("a-0", "a-1");
    expect(keepMajority(losing(gossip, "a-0", "a-1"), key("a-0"))).toEqual([key("a-1")]);
    expect(keepMajority(losing(gossip, "a-1", "a-0"), key("a-1"))).toEqual([key("a-1")]);
    const more = withMember(gossip, member("a-2", "Joining"));
    expect(keepMajority(losing(more, "a-1", "a-0"), key("a-1"))).toEqual([key("a-1"), key("a-2")]);
  });
});
