import { fileURLToPath } from "node:url";
import createMdx from "@next/mdx";

const local = (path) => fileURLToPath(new URL(path, import.meta.url));

// Turbopack takes plug-ins by name only: a package, or the absolute path of a file of ours.
const withMdx = createMdx({
  options: {
    remarkPlugins: ["remark-gfm", local("./components/mdx/remark-code-meta.mjs")],
    rehypePlugins: [],
  },
});

/** @type {import("next").NextConfig} */
const config = {
  reactStrictMode: true,
  poweredByHeader: false,
  // Pages are read by people on their own machine or behind a proxy that compresses; the server compresses otherwise.
  compress: true,
  turbopack: { root: local(".") },
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
  experimental: { globalNotFound: true },
  serverExternalPackages: ["@electric-sql/pglite", "@kubernetes/client-node", "pg", "esbuild"],
};

export default withMdx(config);
