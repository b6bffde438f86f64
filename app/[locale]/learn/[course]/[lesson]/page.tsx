import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ComponentType } from "react";
import { isLocale, type Locale } from "../../../../../components/i18n/locale.ts";
import { translateFor } from "../../../../../components/i18n/messages.ts";
import { LessonProvider } from "../../../../../components/lesson/context.tsx";
import { LessonShell } from "../../../../../components/lesson/lesson-shell.tsx";
import type { LessonLink } from "../../../../../components/lesson/model.ts";
import { sizesScript } from "../../../../../components/lesson/sizes.ts";
import { findLesson, type Lesson } from "../../../../../lib/course/index.ts";
import { courseContent } from "../../../../content.server.ts";
import { lessonModel } from "../../../../lesson-model.ts";

interface PageProps {
  readonly params: Promise<{ locale: string; course: string; lesson: string }>;
}

export function generateStaticParams() {
  return [...courseContent().lessons.values()].map((lesson) => ({ course: lesson.course, lesson: lesson.slug }));
}

async function lessonOf({ params }: PageProps) {
  const { locale, course: courseSlug, lesson: slug } = await params;
  const content = courseContent();
  const course = content.courses.find((one) => one.slug === courseSlug);
  const lesson = findLesson(content, courseSlug, slug);
  if (!isLocale(locale) || course === undefined || lesson === undefined) notFound();
  return { locale, course, lesson };
}

export async function generateMetadata(props: PageProps): Promise<Metadata> {
  const { locale, lesson } = await lessonOf(props);
  const path = `/learn/${lesson.course}/${lesson.slug}`;
  return {
    title: lesson.spec.title[locale],
    description: lesson.spec.summary[locale],
    alternates: { canonical: `/${locale}${path}`, languages: { en: `/en${path}`, "zh-CN": `/zh${path}` } },
  };
}

async function proseOf(lesson: Lesson, locale: Locale): Promise<ComponentType> {
  const folder = lesson.path.slice(lesson.course.length + 1);
  const module = (await import(`../../../../../content/${lesson.course}/${folder}/${locale}.mdx`)) as {
    readonly default: ComponentType;
  };
  return module.default;
}

export default async function LessonPage(props: PageProps) {
  const { locale, course, lesson } = await lessonOf(props);
  const t = translateFor(locale);
  const model = lessonModel(course, lesson, locale);
  const Prose = await proseOf(lesson, locale);
  return (
    <LessonProvider lesson={model}>
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: our own constant; must run before the first paint. */}
      <script dangerouslySetInnerHTML={{ __html: sizesScript }} />
      <LessonShell>
        <article className="prose mx-auto w-full px-5 pt-6 pb-16 sm:px-8">
          <p className="text-[13.5px] text-ink-soft">
            {model.number} · {t("lesson.minutes", { minutes: model.minutes })}
          </p>
          <h1 className="!mt-1 text-[30px] leading-tight font-bold tracking-[-0.02em]">{model.title}</h1>
          <section aria-label={t("lesson.objectives")} className="rounded-md bg-sunken px-5 py-4 text-[15px]">
            <p className="font-medium">{t("lesson.objectives")}</p>
            <ul className="mt-1.5">
              {model.objectives.map((objective) => (
                <li key={objective}>{objective}</li>
              ))}
            </ul>
          </section>
          <Prose />
          <nav className="!mt-14 flex flex-wrap justify-between gap-4 border-t border-line pt-6 text-[15px]">
            <Turn label={t("lesson.previous")} link={model.previous} />
            <Turn
              label={model.next === undefined ? t("lesson.end") : t("lesson.next")}
              link={model.next ?? { title: model.courseTitle, number: "", href: `/${locale}/learn` }}
            />
          </nav>
        </article>
      </LessonShell>
    </LessonProvider>
  );
}

function Turn(props: { readonly label: string; readonly link: LessonLink | undefined }) {
  if (props.link === undefined) return <span />;
  return (
    <a href={props.link.href} className="group rounded-md border border-line px-4 py-3 hover:border-line-strong">
      <span className="block text-[13px] text-ink-soft">{props.label}</span>
      <span className="font-medium text-accent">
        {props.link.number} {props.link.title}
      </span>
    </a>
  );
}
