"use client";

import { FilePlus2, FileText, Trash2 } from "lucide-react";
import { useState } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { useStore } from "../live/use-store.ts";
import type { EditorStore } from "./store.ts";

/** The workspace's files. `onOpen`: one of them is to be seen. */
export function FileList({
  store,
  behind,
  onOpen,
}: {
  readonly store: EditorStore;
  /** A text of a command is in front of the files. */
  readonly behind: boolean;
  readonly onOpen: () => void;
}) {
  const { t } = useLanguage();
  const { files, open } = useStore(store);
  const [naming, setNaming] = useState(false);
  /** The file whose deletion was asked for: what is deleted does not come back. */
  const [deleting, setDeleting] = useState<string>();
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
            if (name === "") return;
            onOpen();
            void store.create(name);
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
          <li key={file.path} className="group flex items-center pr-1 has-[[aria-current]]:bg-accent-soft">
            <button
              type="button"
              aria-current={!behind && file.path === open?.path ? "true" : undefined}
              className="flex min-w-0 flex-1 items-center gap-2 px-3 py-1 text-left font-mono text-[12.5px] text-ink-soft hover:text-ink aria-[current]:text-ink"
              title={file.path}
              onClick={() => {
                onOpen();
                void store.open(file.path);
              }}
            >
              <FileText size={14} className="flex-none" aria-hidden="true" />
              <span className="truncate">{file.path}</span>
            </button>
            {deleting === file.path ? (
              <button
                type="button"
                className="button min-h-6 flex-none px-1.5 text-xs text-failed"
                // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was just pressed.
                autoFocus
                aria-label={t("editor.delete", { file: file.path })}
                onBlur={() => setDeleting(undefined)}
                onKeyDown={(event) => event.key === "Escape" && setDeleting(undefined)}
                onClick={() => void store.remove(file.path)}
              >
                {t("editor.deleteNow")}
              </button>
            ) : (
              <button
                type="button"
                className="icon-button h-6 w-6 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100"
                aria-label={t("editor.delete", { file: file.path })}
                onClick={() => setDeleting(file.path)}
              >
                <Trash2 size={13} aria-hidden="true" />
              </button>
            )}
          </li>
        ))}
      </ul>
    </nav>
  );
}
