/** The import rules of the house: imports go downhill only (docs/architecture.md). */
const rooms = {
  encoding: [],
  clock: [],
  machine: ["encoding", "clock"],
  images: ["encoding", "machine", "clock"],
  kubernetes: ["encoding", "clock", "machine"],
  template: ["encoding"],
  kubectl: ["encoding", "clock", "machine", "template"],
  helm: ["encoding", "clock", "machine", "template", "kubectl"],
  course: [],
  protocol: ["grading", "sandbox"],
  sandbox: ["encoding", "clock", "machine", "kubernetes", "images", "kubectl", "helm", "course"],
  grading: ["encoding", "clock", "sandbox", "course"],
  db: [],
  accounts: ["db"],
  progress: ["db", "course", "grading"],
  attempts: ["protocol", "sandbox", "grading", "course", "progress", "accounts", "db"],
  classroom: ["db", "progress", "course", "grading", "accounts"],
  gradebook: ["db", "progress", "course", "grading", "accounts", "classroom"],
};
const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports-downhill`,
  severity: "error",
  from: { path: `^lib/${room}/`, pathNot: "\\.test\\.ts$" },
  to: { path: "^(lib|app|components|server\\.ts)", pathNot: `^lib/(${[room, ...allowed].join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: "kubernetes-core-uses-machine-in-nodes-only",
      comment: "Only kubelet, network and the stream contracts know lib/machine.",
      severity: "error",
      from: { path: "^lib/kubernetes/(machinery|store|controllers|scheduler|api)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^lib/machine/" },
    },
    {
      name: "no-react-in-lib",
      severity: "error",
      from: { path: "^lib/" },
      to: { path: "^(node_modules/)?(react|react-dom|next|next-intl)(/|$)" },
    },
    {
      name: "no-node-in-portable-rooms",
      comment: "A cluster must be able to run in a browser tab later.",
      severity: "error",
      from: { path: "^lib/(encoding|clock|machine|images|kubernetes|template|helm)/", pathNot: "\\.(node|test)\\.ts$" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "components-are-no-servers",
      severity: "error",
      from: { path: "^components/" },
      to: {
        path: "^(lib/(db|sandbox|kubernetes|images|kubectl|accounts|cli)/|server\\.ts)",
        // Types alone: swc does not tell the parser that an import is of types.
        pathNot: "^lib/sandbox/types\\.ts$",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "no-cycles-between-files",
      severity: "warn",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    // Its swc parser does not read JSX; components/imports.test.ts holds the rules for these files.
    exclude: { path: "\\.tsx$" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".mts", ".js", ".json"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
