import type { MDXComponents } from "mdx/types";
import { isValidElement, type ReactElement, type ReactNode } from "react";
import { Exercise } from "../lesson/exercise-card.tsx";
import { CodeBlock } from "./code-block.tsx";
import { Aside, Challenge, Predict, Production } from "./teaching.tsx";

interface CodeProps {
  readonly className?: string;
  readonly "data-meta"?: string;
  readonly children?: ReactNode;
}

/** What the elements of lesson texts become, and the components that lesson texts may use. */
export const proseComponents: MDXComponents = {
  pre: ({ children }: { readonly children?: ReactNode }) => {
    if (!isValidElement(children)) return <pre>{children}</pre>;
    const { className, "data-meta": meta, children: text } = (children as ReactElement<CodeProps>).props;
    return <CodeBlock language={className?.replace("language-", "") ?? "text"} meta={meta} text={String(text ?? "")} />;
  },
  table: ({ children }: { readonly children?: ReactNode }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <div className="overflow-x-auto" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  Exercise,
  Predict,
  Aside,
  Production,
  Challenge,
};
