/**
 * Keeps what stands after the language of a fenced code block ("```sh run", "```yaml file=web.yaml"), which MDX drops:
 * it becomes the attribute data-meta of the code element.
 */
export default function remarkCodeMeta() {
  return (tree) => visit(tree);
}

function visit(node) {
  if (node.type === "code" && node.meta) {
    node.data = { ...node.data, hProperties: { ...node.data?.hProperties, "data-meta": node.meta } };
  }
  for (const child of node.children ?? []) visit(child);
}
