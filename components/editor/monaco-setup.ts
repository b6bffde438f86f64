/** Monaco with what editing manifests needs: YAML, JSON as text, shell and Markdown colours, all editor features. */
import "monaco-editor/features/register.all.js";
import "monaco-editor/languages/definitions/yaml/register.js";
import "monaco-editor/languages/definitions/shell/register.js";
import "monaco-editor/languages/definitions/markdown/register.js";
import * as monaco from "monaco-editor/editor.js";

let ready = false;

/** The library, set up once per page. */
export function setUpMonaco(): typeof monaco {
  if (ready) return monaco;
  ready = true;
  (globalThis as { MonacoEnvironment?: object }).MonacoEnvironment = {
    getWorker: () => new Worker(new URL("./editor.worker.ts", import.meta.url), { type: "module" }),
  };
  const token = (value: string) => value.slice(1);
  for (const [name, base, colours] of [
    ["statecraft-light", "vs", { key: "#0a6476", string: "#14703f", number: "#9a3c0b", comment: "#59686e" }],
    ["statecraft-dark", "vs-dark", { key: "#6ed3e2", string: "#7fd6a8", number: "#f2b189", comment: "#8fa0a7" }],
  ] as const) {
    const dark = base === "vs-dark";
    monaco.editor.defineTheme(name, {
      base,
      inherit: true,
      rules: [
        { token: "type", foreground: token(colours.key) },
        { token: "string", foreground: token(colours.string) },
        { token: "number", foreground: token(colours.number) },
        { token: "keyword", foreground: token(colours.number) },
        { token: "comment", foreground: token(colours.comment), fontStyle: "italic" },
      ],
      colors: {
        "editor.background": dark ? "#12191c" : "#ffffff",
        "editor.foreground": dark ? "#e7eef0" : "#10191c",
        "editorLineNumber.foreground": dark ? "#82949b" : "#647278",
        "editorLineNumber.activeForeground": dark ? "#e7eef0" : "#10191c",
        "editor.lineHighlightBackground": dark ? "#172126" : "#f4f7f8",
        "editor.lineHighlightBorder": "#00000000",
        "editorGutter.background": dark ? "#12191c" : "#ffffff",
      },
    });
  }
  return monaco;
}
