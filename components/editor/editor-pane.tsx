"use client";

import { Play } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { plural } from "../i18n/locale.ts";
import { useLanguage } from "../i18n/provider.tsx";
import { useLesson } from "../lesson/context.tsx";
import { SandboxPlaceholder } from "../lesson/sandbox-placeholder.tsx";
import { useStore } from "../live/use-store.ts";
import { useCode } from "../ui/use-code.ts";
import { ShownDocument } from "./document.ts";
import { EditBar, EditTabs, tabId } from "./edit-bar.tsx";
import { FileList } from "./file-list.tsx";
import { EditorStore, isManifest, type OpenFile } from "./store.ts";
import { useEdits } from "./use-edits.ts";

const loadMonaco = () => import("./monaco-editor.tsx");

/** The editor: the workspace's files, the open one, what the API server thinks of it. */
export function EditorPane(props: { readonly wanted: boolean }) {
  const { session } = useLesson();
  const { sandboxId } = useStore(session.state);
  const [everWanted, setEverWanted] = useState(false);
  if (props.wanted && !everWanted) setEverWanted(true);
  const api = sandboxId === undefined ? undefined : session.api;
  const store = useMemo(() => (api === undefined ? undefined : new EditorStore(api)), [api]);
  if (store === undefined || sandboxId === undefined) return <SandboxPlaceholder />;
  return <Workspace sandbox={sandboxId} store={store} started={everWanted} />;
}

function Workspace(props: { readonly sandbox: string; readonly store: EditorStore; readonly started: boolean }) {
  const { sandbox, store, started } = props;
  const { lesson, session } = useLesson();
  const { t } = useLanguage();
  const { files, open, problem } = useStore(store);
  const edits = useStore(session.edits);
  const active = edits.open.find(({ edit }) => edit.id === edits.active);
  const document = useMemo(() => new ShownDocument(store, session.edits), [store, session]);
  const actions = useRef<HTMLDivElement>(null);
  const focus = useEdits(session);
  const MonacoEditor = useCode(loadMonaco, started || active !== undefined);

  useEffect(() => {
    void store.load(lesson.open);
    const stops = [
      session.onFile((change) => void store.changed(change)),
      session.onWish((wish) => {
        if (wish.type !== "openFile") return;
        session.edits.select(undefined);
        void store.open(wish.path, wish.text);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      store.dispose();
    };
  }, [store, session, lesson.open]);

  const apply = async () => {
    const path = store.get().open?.path;
    if (path === undefined) return;
    await store.save();
    await session.run(`kubectl apply -f ${/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`}`);
  };

  return (
    <div className="flex h-full min-h-0">
      <FileList store={store} behind={active !== undefined} onOpen={() => session.edits.select(undefined)} />
      <div className="flex min-w-0 flex-1 flex-col">
        {edits.open.length > 0 && <EditTabs edits={session.edits} file={open?.path} />}
        {/* Where texts of commands are open, this is the panel of their tabs. */}
        <div
          {...(edits.open.length > 0 ? { role: "tabpanel", "aria-labelledby": tabId(active?.edit.id) } : {})}
          id="edit-panel"
          className="flex min-h-0 flex-1 flex-col"
        >
          <div ref={actions} className="contents">
            {active === undefined ? (
              <FileBar store={store} onApply={() => void apply()} />
            ) : (
              <EditBar key={active.edit.id} edits={session.edits} one={active} />
            )}
          </div>
          {active === undefined && open?.theirs !== undefined && <Conflict store={store} open={open} />}
          <div className="relative min-h-0 flex-1">
            {active === undefined && open === undefined ? (
              <p className="p-6 text-center text-sm text-ink-soft">
                {files !== undefined && files.length === 0 && (
                  <>
                    <span className="block font-medium text-ink">{t("editor.noFiles")}</span>
                    {t("editor.noFilesHint")}
                  </>
                )}
              </p>
            ) : MonacoEditor !== undefined ? (
              <MonacoEditor
                sandbox={sandbox}
                document={document}
                focus={focus}
                onApply={() => void apply()}
                onLeave={() => actions.current?.querySelector<HTMLElement>("button:not(:disabled)")?.focus()}
              />
            ) : (
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
              <pre className="code h-full overflow-auto p-3 pl-14 text-ink-soft" tabIndex={0}>
                {(active?.text ?? open?.text ?? "").split("\n").map((line, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number, as in the editor that takes its place.
                  <div key={index}>{line === "" ? "\u200b" : line}</div>
                ))}
              </pre>
            )}
          </div>
          {active === undefined && <Judgement open={open} problem={problem} />}
        </div>
      </div>
    </div>
  );
}

/** What is open, whether it is saved, and the button that applies it. */
function FileBar({ store, onApply }: { readonly store: EditorStore; readonly onApply: () => void }) {
  const { t } = useLanguage();
  const { open, files = [] } = useStore(store);
  return (
    <div className="flex h-10 flex-none items-center gap-2 border-b border-line px-3">
      <span className={`min-w-0 truncate font-mono text-[13px] ${files.length > 1 ? "hidden sm:inline" : ""}`}>
        {open?.path}
      </span>
      {/* Where there is no room for the list of files. */}
      {files.length > 1 && (
        <select
          aria-label={t("editor.files")}
          className="h-8 min-w-0 rounded-md border border-line bg-surface px-1.5 font-mono text-[13px] sm:hidden"
          value={open?.path ?? ""}
          onChange={(event) => void store.open(event.target.value)}
        >
          {open === undefined && <option value="" />}
          {files.map(({ path }) => (
            <option key={path} value={path}>
              {path}
            </option>
          ))}
        </select>
      )}
      <SaveState store={store} />
      <button
        type="button"
        className="button button-accent ml-auto min-h-8 px-3"
        disabled={open === undefined || !isManifest(open.path)}
        title={open === undefined ? undefined : `${t("editor.applyTitle", { file: open.path })} (Ctrl/⌘ ↵)`}
        onClick={onApply}
      >
        <Play size={14} className="fill-current" aria-hidden="true" />
        {t("editor.apply")}
      </button>
    </div>
  );
}

function SaveState({ store }: { readonly store: EditorStore }) {
  const { t } = useLanguage();
  const { open, saving } = useStore(store);
  if (open === undefined) return null;
  return (
    <span className="flex-none text-xs text-ink-soft" data-saved={open.text === open.saved}>
      {saving ? t("editor.saving") : open.text === open.saved ? t("editor.saved") : t("editor.unsaved")}
    </span>
  );
}

function Conflict(props: { readonly store: EditorStore; readonly open: OpenFile }) {
  const { t } = useLanguage();
  return (
    <p
      role="alert"
      className="flex flex-none flex-wrap items-center gap-2 bg-waiting-soft px-3 py-1.5 text-[13px] text-waiting"
    >
      <span className="flex-1">{t("editor.conflict", { file: props.open.path })}</span>
      <button type="button" className="button min-h-7" onClick={() => props.store.resolve("mine")}>
        {t("editor.keepMine")}
      </button>
      <button type="button" className="button min-h-7" onClick={() => props.store.resolve("theirs")}>
        {t("editor.takeTheirs")}
      </button>
    </p>
  );
}

/** What the API server says about the text, in one line. */
function Judgement(props: { readonly open: OpenFile | undefined; readonly problem: string | undefined }) {
  const { open, problem } = props;
  const { t, locale } = useLanguage();
  if (problem !== undefined)
    return (
      <p role="alert" className="flex-none border-t border-line px-3 py-1 text-xs text-failed">
        {t("editor.saveFailed", { message: problem })}
      </p>
    );
  if (open === undefined || !isManifest(open.path)) return null;
  const first = open.problems[0];
  return (
    <p
      role="status"
      className="min-h-7 flex-none truncate border-t border-line px-3 py-1 text-xs leading-5 text-ink-soft"
      data-problems={open.problems.length}
      title={first?.message}
    >
      {open.checking ? (
        t("editor.checking")
      ) : first !== undefined ? (
        <span className="text-failed">
          {t(plural(locale, "editor.problems", open.problems.length), { count: open.problems.length })} ·{" "}
          {t("editor.line", { line: first.line })}: {first.message}
        </span>
      ) : open.judged ? (
        <span className="text-ready">✓ {t("editor.accepted")}</span>
      ) : null}
    </p>
  );
}
