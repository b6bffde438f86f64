"use client";

import { Check, Copy, FilePen, Play } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { useLesson } from "./context.tsx";

const FEEDBACK_MS = 1600;

function useFeedback<T>(): readonly [T | undefined, (value: T) => void] {
  const [value, setValue] = useState<T>();
  return [
    value,
    (next) => {
      setValue(() => next);
      setTimeout(() => setValue(undefined), FEEDBACK_MS);
    },
  ];
}

function CopyButton(props: { readonly text: string }) {
  const { t } = useLanguage();
  const [copied, setCopied] = useFeedback<boolean>();
  return (
    <button
      type="button"
      className="icon-button h-8 w-8"
      aria-label={`${t("command.copy")}: ${props.text.split("\n")[0]}`}
      title={copied === true ? t("command.copied") : t("command.copy")}
      onClick={() => void navigator.clipboard?.writeText(props.text).then(() => setCopied(true))}
    >
      {copied === true ? (
        <Check size={15} className="text-ready" aria-hidden="true" />
      ) : (
        <Copy size={15} aria-hidden="true" />
      )}
    </button>
  );
}

/** One command line of the text: a click types it into the terminal. */
export function CommandBlock(props: { readonly command: string; readonly children?: ReactNode }) {
  const { command } = props;
  const { session } = useLesson();
  const { t } = useLanguage();
  const [sent, setSent] = useFeedback<"sent" | "notReady">();
  return (
    <div className="group flex items-center border-line pr-1 [&+&]:border-t">
      <button
        type="button"
        className="flex min-w-0 flex-1 items-start gap-3 px-3 py-2 text-left hover:bg-accent-soft"
        title={t("command.run")}
        data-command={command}
        onClick={() => {
          session.run(command).then(
            (done) => setSent(done ? "sent" : "notReady"),
            () => setSent("notReady"),
          );
        }}
      >
        <Play size={15} className="mt-[4px] flex-none fill-current text-accent" aria-hidden="true" />
        <span className="sr-only">{t("command.run")}: </span>
        <code className="min-w-0 flex-1 break-words whitespace-pre-wrap">{props.children ?? command}</code>
        <span role="status" className="font-sans text-xs text-ink-soft">
          {sent === "sent" ? t("command.sent") : sent === "notReady" ? t("command.notReady") : ""}
        </span>
      </button>
      <CopyButton text={command} />
    </div>
  );
}

/** A file shown in the text: opens in the editor, as the text shows it where the workspace has none of that name. */
export function FileBlock(props: { readonly file: string; readonly text: string; readonly children: ReactNode }) {
  const { session } = useLesson();
  const { t } = useLanguage();
  return (
    <figure>
      <figcaption className="flex items-center gap-2 border-b border-line px-3 py-1 font-mono text-[12.5px] text-ink-soft">
        <span className="flex-1">{props.file}</span>
        <button
          type="button"
          className="button button-plain min-h-8 px-2 font-sans text-xs"
          onClick={() => session.wish({ type: "openFile", path: props.file, text: props.text })}
        >
          <FilePen size={14} aria-hidden="true" />
          {t("command.open")}
        </button>
        <CopyButton text={props.text} />
      </figcaption>
      {props.children}
    </figure>
  );
}
