/** Node selectors: which nodes a Pod or a volume may be on (component-helpers/scheduling/corev1/nodeaffinity). Pure. */

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

interface NodeSelectorTerm {
  readonly matchExpressions?: readonly Requirement[];
  readonly matchFields?: readonly Requirement[];
}

interface NodeSelector {
  readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
}

interface NodeLike {
  readonly metadata: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
}

function satisfies(value: string | undefined, { operator, values = [] }: Requirement): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** All requirements of the term hold. A term that requires nothing matches nothing. */
export function termMatches(term: NodeSelectorTerm, node: NodeLike): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => satisfies(node.metadata.labels?.[requirement.key], requirement)) &&
    matchFields.every(
      (requirement) => requirement.key === "metadata.name" && satisfies(node.metadata.name, requirement),
    )
  );
}

/** Some term matches. No selector selects every node, a selector without terms none. */
export function nodeSelectorMatches(selector: NodeSelector | undefined, node: NodeLike): boolean {
  return selector === undefined || selector.nodeSelectorTerms.some((term) => termMatches(term, node));
}
