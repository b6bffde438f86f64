/** All authorizers, in upstream's order (--authorization-mode=Node,RBAC): the first that allows decides. */
import type { UserInfo } from "../../machinery/types.ts";
import type { Store } from "../../store/store.ts";
import { NodeAuthorizer, nodeIdentity } from "./node/authorizer.ts";
import { type Attributes, type Decision, type PolicyRule, RbacAuthorizer, refusal } from "./rbac.ts";

export class Authorizer {
  readonly #nodes: NodeAuthorizer;
  readonly #rbac: RbacAuthorizer;

  constructor(store: Store) {
    this.#nodes = new NodeAuthorizer(store);
    this.#rbac = new RbacAuthorizer(store);
  }

  /** Why not is what each of them says, a line each (union.go). */
  decide(user: UserInfo, attributes: Attributes): Decision {
    const byNode = this.#nodes.decide(user, attributes);
    if (byNode?.allowed === true) return byNode;
    const byRole = this.#rbac.decide(user, attributes);
    if (byNode === undefined || byRole.allowed) return byRole;
    return { allowed: false, reason: [byNode.reason, byRole.reason].filter((reason) => reason !== "").join("\n") };
  }

  /** Throws the refusal upstream words. */
  authorize(user: UserInfo, attributes: Attributes): void {
    const decision = this.decide(user, attributes);
    if (!decision.allowed) throw refusal(user, attributes, decision.reason);
  }

  /** All rules that hold for a user in a namespace. What nodes may do cannot be listed. */
  rulesFor(user: UserInfo, namespace: string | undefined): PolicyRule[] {
    return this.#rbac.rulesFor(user, namespace);
  }

  /** Why `rulesFor` is not all that a user may do; undefined where it is. */
  rulesProblem(user: UserInfo): string | undefined {
    return nodeIdentity(user) === undefined ? undefined : "node authorizer does not support user rule resolution";
  }

  rulesOfRole(ref: { kind?: string; name?: string }, namespace: string | undefined): readonly PolicyRule[] {
    return this.#rbac.rulesOfRole(ref, namespace);
  }
}
