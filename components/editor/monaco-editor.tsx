"use client";

import type * as Monaco from "monaco-editor/editor.js";
import { useEffect, useRef } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { useThemeName } from "../ui/use-theme-name.ts";
import { offerKubernetesHelp } from "./kubernetes-help.ts";
import { setUpMonaco } from "./monaco-setup.ts";
import { SchemaSource } from "./schema.ts";
import type { EditorStore } from "./store.ts";

const languages: readonly (readonly [RegExp, string])[] = [
  [/\.(ya?ml|json)$/, "yaml"],
  [/\.sh$/, "shell"],
  [/\.md$/, "markdown"],
];
const languageOf = (path: string) => languages.find(([pattern]) => pattern.test(path))?.[1] ?? "plaintext";

/** Monaco on the open file of the store. One model per file, so that undo survives changing files. */
export default function MonacoEditor(props: {
  readonly sandbox: string;
  readonly store: EditorStore;
  readonly onApply: () => void;
}) {
  const { sandbox, store } = props;
  const { t } = useLanguage();
  const theme = useThemeName();
  const place = useRef<HTMLDivElement>(null);
  const apply = useRef(props.onApply);
  apply.current = props.onApply;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const monaco = setUpMonaco();
    const stopHelp = offerKubernetesHelp(monaco, new SchemaSource(sandbox));
    const models = new Map<string, Monaco.editor.ITextModel>();
    const editor = monaco.editor.create(element, {
      automaticLayout: true,
      model: null,
      minimap: { enabled: false },
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--font-mono"),
      fontSize: 13.5,
      lineHeight: 21,
      tabSize: 2,
      insertSpaces: true,
      detectIndentation: false,
      scrollBeyondLastLine: false,
      renderLineHighlight: "line",
      padding: { top: 10, bottom: 10 },
      fixedOverflowWidgets: true,
      quickSuggestions: { other: true, comments: false, strings: true },
      wordBasedSuggestions: "off",
      folding: true,
      // It takes the keys of one manifest of a file for parents of the next.
      stickyScroll: { enabled: false },
      guides: { indentation: true },
      overviewRulerLanes: 0,
      scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, alwaysConsumeMouseWheel: false },
      accessibilitySupport: "auto",
      ariaLabel: t("lesson.editor"),
      tabFocusMode: false,
    });
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, () => void store.save());
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () => apply.current());

    let applyingOutside = false;
    const listening = editor.onDidChangeModelContent(() => {
      if (!applyingOutside) store.edit(editor.getValue());
    });

    const follow = () => {
      const { open } = store.get();
      if (open === undefined) return editor.setModel(null);
      let model = models.get(open.path);
      if (model === undefined) {
        model = monaco.editor.createModel(open.text, languageOf(open.path));
        models.set(open.path, model);
      }
      applyingOutside = true;
      if (editor.getModel() !== model) editor.setModel(model);
      // A change from outside is an edit, not a new text: the cursor stays and it can be undone.
      if (model.getValue() !== open.text) {
        model.pushEditOperations([], [{ range: model.getFullModelRange(), text: open.text }], () => null);
      }
      applyingOutside = false;
      monaco.editor.setModelMarkers(
        model,
        "api-server",
        open.problems.map((problem) => ({
          severity: monaco.MarkerSeverity.Error,
          message: problem.message,
          startLineNumber: problem.line,
          startColumn: problem.column,
          endLineNumber: problem.endLine,
          endColumn: problem.endColumn,
        })),
      );
    };
    follow();
    const stop = store.subscribe(follow);
    return () => {
      stop();
      stopHelp();
      listening.dispose();
      editor.dispose();
      for (const model of models.values()) model.dispose();
    };
  }, [sandbox, store, t]);

  useEffect(() => {
    setUpMonaco().editor.setTheme(theme === "dark" ? "statecraft-dark" : "statecraft-light");
  }, [theme]);

  return <div ref={place} className="absolute inset-0" data-editor />;
}
