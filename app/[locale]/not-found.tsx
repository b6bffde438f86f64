"use client";

import { useLanguage } from "../../components/i18n/provider.tsx";
import { Mark } from "../../components/ui/mark.tsx";

export default function NotFound() {
  const { locale, t } = useLanguage();
  return (
    <main id="content" className="mx-auto flex min-h-dvh max-w-xl flex-col items-start justify-center gap-4 px-6">
      <Mark size={56} className="text-accent" />
      <h1 className="text-2xl font-semibold">{t("notFound.title")}</h1>
      <p className="text-ink-soft">{t("notFound.text")}</p>
      <a className="button button-accent" href={`/${locale}/learn`}>
        {t("lesson.end")}
      </a>
    </main>
  );
}
