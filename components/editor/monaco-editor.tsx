"use client";

import type * as Monaco from "monaco-editor/editor.js";
import { useEffect, useRef } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { useThemeName } from "../ui/use-theme-name.ts";
import type { ShownDocument } from "./document.ts";
import { offerKubernetesHelp } from "./kubernetes-help.ts";
import { setUpMonaco } from "./monaco-setup.ts";
import { SchemaSource } from "./schema.ts";

const languages: readonly (readonly [RegExp, string])[] = [
  [/\.(ya?ml|json)$/, "yaml"],
  [/\.sh$/, "shell"],
  [/\.md$/, "markdown"],
];
const languageOf = (path: string) => languages.find(([pattern]) => pattern.test(path))?.[1] ?? "plaintext";

/** Two presses of Escape within this time leave the editor (ms). One alone closes what Monaco has open. */
const DOUBLE_ESCAPE_MS = 400;

/** Monaco on what is shown. One model per document, so that undo survives changing between them. */
export default function MonacoEditor(props: {
  readonly sandbox: string;
  readonly document: ShownDocument;
  /** The editor takes the focus whenever this goes up from 0. */
  readonly focus: number;
  readonly onApply: () => void;
  readonly onLeave: () => void;
}) {
  const { sandbox, document: shown, focus } = props;
  const { t } = useLanguage();
  const theme = useThemeName();
  const place = useRef<HTMLDivElement>(null);
  const instance = useRef<Monaco.editor.IStandaloneCodeEditor | undefined>(undefined);
  const callbacks = useRef(props);
  callbacks.current = props;

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
      // The cursor begins on a word, which looks like a selection everywhere else in the text.
      occurrencesHighlight: "off",
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
    instance.current = editor;
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, () => shown.save());
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () => {
      if (shown.isFile) callbacks.current.onApply();
      else shown.save();
    });
    // Twice in a row: what is typed between makes it two of their own.
    let lastEscape = 0;
    const keys = editor.onKeyDown(({ keyCode, browserEvent }) => {
      const isEscape = keyCode === monaco.KeyCode.Escape;
      if (isEscape && browserEvent.timeStamp - lastEscape < DOUBLE_ESCAPE_MS) callbacks.current.onLeave();
      lastEscape = isEscape ? browserEvent.timeStamp : 0;
    });

    let applyingOutside = false;
    const listening = editor.onDidChangeModelContent(() => {
      if (!applyingOutside) shown.type(editor.getValue());
    });

    const follow = () => {
      const open = shown.get();
      if (open === undefined) return editor.setModel(null);
      let model = models.get(open.key);
      const isNew = model === undefined;
      if (model === undefined) {
        model = monaco.editor.createModel(open.text, languageOf(open.path));
        models.set(open.key, model);
      }
      applyingOutside = true;
      if (editor.getModel() !== model) editor.setModel(model);
      // Reasons of a refusal are long lines; elsewhere (a last-applied annotation) they would be in the way.
      editor.updateOptions({ wordWrap: open.wrap ? "on" : "off" });
      if (isNew) editor.setPosition({ lineNumber: open.headLines + 1, column: 1 });
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
    const forget = () => {
      for (const [key, model] of models) {
        if (!shown.isOver(key)) continue;
        models.delete(key);
        model.dispose();
      }
    };
    const update = () => {
      follow();
      forget();
    };
    update();
    const stop = shown.subscribe(update);
    return () => {
      stop();
      stopHelp();
      listening.dispose();
      keys.dispose();
      instance.current = undefined;
      editor.dispose();
      for (const model of models.values()) model.dispose();
    };
  }, [sandbox, shown, t]);

  useEffect(() => {
    if (focus > 0) instance.current?.focus();
  }, [focus]);

  useEffect(() => {
    setUpMonaco().editor.setTheme(theme === "dark" ? "statecraft-dark" : "statecraft-light");
  }, [theme]);

  return <div ref={place} className="absolute inset-0" data-editor />;
}
