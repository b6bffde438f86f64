"use client";

import { createContext, type ReactNode, useContext, useMemo } from "react";
import { type Locale, type Messages, type Translate, translator } from "./locale.ts";

interface Language {
  readonly locale: Locale;
  readonly t: Translate;
}

const LanguageContext = createContext<Language | undefined>(undefined);

/** Hands the page's language to client components. The words come with the page, so that only one language travels. */
export function LanguageProvider(props: {
  readonly locale: Locale;
  readonly messages: Messages;
  readonly children: ReactNode;
}) {
  const { locale, messages } = props;
  const language = useMemo<Language>(() => ({ locale, t: translator(messages) }), [locale, messages]);
  return <LanguageContext value={language}>{props.children}</LanguageContext>;
}

export function useLanguage(): Language {
  const language = useContext(LanguageContext);
  if (language === undefined) throw new Error("useLanguage outside of LanguageProvider");
  return language;
}
