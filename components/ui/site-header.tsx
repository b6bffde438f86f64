import type { ReactNode } from "react";
import type { Locale } from "../i18n/locale.ts";
import { translateFor } from "../i18n/messages.ts";
import { LanguageSwitch } from "./language-switch.tsx";
import { Mark } from "./mark.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";

/** The top line of pages around the lessons. */
export function SiteHeader(props: { readonly locale: Locale; readonly children?: ReactNode }) {
  const t = translateFor(props.locale);
  return (
    <header className="mx-auto flex h-16 w-full max-w-6xl items-center gap-4 px-4 sm:px-6">
      <a href={`/${props.locale}`} aria-label={t("nav.home")} className="flex items-center gap-2 font-semibold">
        <Mark size={28} />
        <span className="text-lg tracking-tight">Statecraft</span>
      </a>
      <nav className="ml-auto flex items-center gap-1">
        <a href={`/${props.locale}/learn`} className="button button-plain">
          {t("nav.courses")}
        </a>
        <LanguageSwitch />
        <ThemeSwitch />
      </nav>
    </header>
  );
}
