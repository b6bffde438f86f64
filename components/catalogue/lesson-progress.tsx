"use client";

import { CircleCheck } from "lucide-react";
import { useEffect, useState } from "react";
import { useLanguage } from "../i18n/provider.tsx";

interface ProgressAnswer {
  readonly lessons?: Readonly<Record<string, { readonly exercises?: Readonly<Record<string, string>> }>>;
}

let asked: Promise<ProgressAnswer> | undefined;

/** One request for all rows of the page. */
function progress(): Promise<ProgressAnswer> {
  asked ??= fetch("/api/progress")
    .then((answer) => (answer.ok ? (answer.json() as Promise<ProgressAnswer>) : {}))
    .catch(() => ({}));
  return asked;
}

/** How far the person is in one lesson. Filled in after the page is there: the catalogue itself is the same for all. */
export function LessonProgress(props: {
  readonly lesson: string;
  readonly path: string;
  readonly exercises: readonly string[];
}) {
  const { t } = useLanguage();
  const [done, setDone] = useState<number>();
  const { lesson, path, exercises } = props;
  useEffect(() => {
    let wanted = true;
    void progress().then(({ lessons }) => {
      const known = lessons?.[lesson]?.exercises ?? lessons?.[path]?.exercises ?? {};
      if (wanted) setDone(exercises.filter((id) => known[id] === "pass").length);
    });
    return () => {
      wanted = false;
    };
  }, [lesson, path, exercises]);
  const total = exercises.length;
  if (total === 0) return null;
  const count = done ?? 0;
  return (
    <p
      className={`flex flex-none flex-col gap-1.5 pt-1 text-[13px] text-ink-soft sm:w-32 sm:items-end ${done === undefined ? "invisible" : ""}`}
    >
      {count === total ? (
        <span className="flex items-center gap-1.5 font-medium text-ready">
          <CircleCheck size={16} aria-hidden="true" />
          {t("catalogue.complete")}
        </span>
      ) : (
        <span>{count === 0 ? t("catalogue.notStarted") : t("catalogue.progress", { done: count, total })}</span>
      )}
      <span aria-hidden="true" className="h-1 w-full overflow-hidden rounded-full bg-line">
        <span
          className="block h-full rounded-full bg-ready transition-[width] duration-200"
          style={{ width: `${(100 * count) / total}%` }}
        />
      </span>
    </p>
  );
}
