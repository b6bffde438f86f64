import type { MDXComponents } from "mdx/types";
import { proseComponents } from "./components/mdx/prose-components.tsx";

/** What the elements of lesson texts become. */
export function useMDXComponents(): MDXComponents {
  return proseComponents;
}
