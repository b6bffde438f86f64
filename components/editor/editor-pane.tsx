"use client";

import { FilePlus2, FileText, Play, Trash2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { plural } from "../i18n/locale.ts";
import { useLanguage } from "../i18n/provider.tsx";
import { useLesson } from "../lesson/context.tsx";
import { SandboxPlaceholder } from "../lesson/sandbox-placeholder.tsx";
import { useStore } from "../live/use-store.ts";
import { useCode } from "../ui/use-code.ts";
import { EditorStore, isManifest, type OpenFile } from "./store.ts";

const loadMonaco = () => import("./monaco-editor.tsx");

/** The editor: the workspace's files, the open one, what the API server thinks of it. */
export function EditorPane(props: { readonly wanted: boolean; readonly visible: boolean }) {
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
  const MonacoEditor = useCode(loadMonaco, started);

  useEffect(() => {
    void store.load(lesson.open);
    const stops = [
      session.onFile((change) => void store.changed(change)),
      session.onWish((wish) => {
        if (wish.type === "openFile") void store.open(wish.path, wish.text);
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
      <FileList store={store} />
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex h-10 flex-none items-center gap-2 border-b border-line px-3">
          <span className="min-w-0 truncate font-mono text-[13px]">{open?.path}</span>
          <SaveState store={store} />
          <button
            type="button"
            className="button button-accent ml-auto min-h-8 px-3"
            disabled={open === undefined || !isManifest(open.path)}
            title={open === undefined ? undefined : `${t("editor.applyTitle", { file: open.path })} (Ctrl/⌘ ↵)`}
            onClick={() => void apply()}
          >
            <Play size={14} className="fill-current" aria-hidden="true" />
            {t("editor.apply")}
          </button>
        </div>
        {open?.theirs !== undefined && <Conflict store={store} open={open} />}
        <div className="relative min-h-0 flex-1">
          {open === undefined ? (
            <p className="p-6 text-center text-sm text-ink-soft">
              {files !== undefined && files.length === 0 && (
                <>
                  <span className="block font-medium text-ink">{t("editor.noFiles")}</span>
                  {t("editor.noFilesHint")}
                </>
              )}
            </p>
          ) : MonacoEditor !== undefined ? (
            <MonacoEditor sandbox={sandbox} store={store} onApply={() => void apply()} />
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
            <pre className="code h-full overflow-auto p-3 pl-14 text-ink-soft" tabIndex={0}>
              {open.text.split("\n").map((line, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number, as in the editor that takes its place.
                <div key={index}>{line === "" ? "\u200b" : line}</div>
              ))}
            </pre>
          )}
        </div>
        <Judgement open={open} problem={problem} />
      </div>
    </div>
  );
}

function FileList({ store }: { readonly store: EditorStore }) {
  const { t } = useLanguage();
  const { files, open } = useStore(store);
  const [naming, setNaming] = useState(false);
  return (
    <nav aria-label={t("editor.files")} className="hidden w-40 flex-none flex-col border-r border-line bg-page sm:flex">
      <div className="flex h-10 items-center border-b border-line pr-1 pl-3 text-[12.5px] text-ink-soft">
        <span className="flex-1">{t("editor.files")}</span>
        <button
          type="button"
          className="icon-button h-7 w-7"
          aria-label={t("editor.newFile")}
          title={t("editor.newFile")}
          onClick={() => setNaming(!naming)}
        >
          <FilePlus2 size={15} aria-hidden="true" />
        </button>
      </div>
      {naming && (
        <form
          className="border-b border-line p-2"
          onSubmit={(event) => {
            event.preventDefault();
            const name = String(new FormData(event.currentTarget).get("name") ?? "").trim();
            setNaming(false);
            if (name !== "") void store.create(name);
          }}
        >
          <input
            name="name"
            // biome-ignore lint/a11y/noAutofocus: it appears because the person asked for it.
            autoFocus
            autoComplete="off"
            aria-label={t("editor.newFileName")}
            placeholder="web.yaml"
            className="w-full rounded-md border border-line-strong bg-surface px-2 py-1 font-mono text-[12.5px]"
            onKeyDown={(event) => event.key === "Escape" && setNaming(false)}
          />
        </form>
      )}
      <ul className="min-h-0 flex-1 overflow-y-auto py-1">
        {files?.map((file) => (
          <li key={file.path} className="group flex items-center pr-1">
            <button
              type="button"
              aria-current={file.path === open?.path ? "true" : undefined}
              className="flex min-w-0 flex-1 items-center gap-2 px-3 py-1 text-left font-mono text-[12.5px] text-ink-soft hover:text-ink aria-[current]:bg-accent-soft aria-[current]:text-ink"
              title={file.path}
              onClick={() => void store.open(file.path)}
            >
              <FileText size={14} className="flex-none" aria-hidden="true" />
              <span className="truncate">{file.path}</span>
            </button>
            <button
              type="button"
              className="icon-button h-6 w-6 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100"
              aria-label={t("editor.delete", { file: file.path })}
              onClick={() => void store.remove(file.path)}
            >
              <Trash2 size={13} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </nav>
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
