import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { LessonProgress } from "../../../components/catalogue/lesson-progress.tsx";
import { isLocale, plural } from "../../../components/i18n/locale.ts";
import { translateFor } from "../../../components/i18n/messages.ts";
import { SiteHeader } from "../../../components/ui/site-header.tsx";
import { courseContent } from "../../content.server.ts";
import { lessonHref } from "../../lesson-model.ts";

interface PageProps {
  readonly params: Promise<{ locale: string }>;
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { locale } = await params;
  if (!isLocale(locale)) return {};
  return {
    title: translateFor(locale)("catalogue.title"),
    alternates: { canonical: `/${locale}/learn`, languages: { en: "/en/learn", "zh-CN": "/zh/learn" } },
  };
}

export default async function CataloguePage({ params }: PageProps) {
  const { locale } = await params;
  if (!isLocale(locale)) notFound();
  const t = translateFor(locale);
  const { courses, lessons } = courseContent();
  return (
    <>
      <SiteHeader locale={locale} />
      <main id="content" className="mx-auto w-full max-w-4xl px-4 pb-24 sm:px-6">
        {lessons.size === 0 && (
          <>
            <h1 className="mt-8 text-[34px] font-bold tracking-[-0.02em]">{t("catalogue.title")}</h1>
            <p className="mt-4 font-medium">{t("catalogue.empty")}</p>
            <p className="text-ink-soft">{t("catalogue.emptyHint")}</p>
          </>
        )}
        {courses.map((course) => (
          <section key={course.slug}>
            <h1 className="mt-8 text-[34px] leading-tight font-bold tracking-[-0.02em]">{course.spec.title[locale]}</h1>
            <p className="mt-2 text-[17px] text-ink-soft">{course.spec.summary[locale]}</p>
            {course.modules.map((module) => (
              <section key={module.slug} className="mt-10">
                <h2 className="text-[19px] font-semibold">
                  <span className="text-ink-soft tabular-nums">{module.number}</span> {module.spec.title[locale]}
                </h2>
                <p className="mt-1 text-[15px] text-ink-soft">{module.spec.summary[locale]}</p>
                <ul className="mt-4 divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
                  {module.lessons.map((lesson) => (
                    <li
                      key={lesson.path}
                      className="relative flex flex-col gap-x-4 gap-y-2 px-5 py-4 hover:bg-sunken sm:flex-row"
                    >
                      <div className="min-w-0 flex-1">
                        <h3 className="text-[17px] font-medium">
                          <a href={lessonHref(locale, lesson)} className="after:absolute after:inset-0">
                            <span className="text-ink-soft tabular-nums">{lesson.number}</span>{" "}
                            {lesson.spec.title[locale]}
                          </a>
                        </h3>
                        <p className="mt-1 text-[15px] leading-[1.55] text-ink-soft">{lesson.spec.summary[locale]}</p>
                        <p className="mt-2 flex flex-wrap gap-x-4 text-[13px] text-ink-soft">
                          <span>{t("catalogue.minutes", { minutes: lesson.spec.minutes })}</span>
                          <span>
                            {t(plural(locale, "catalogue.exercises", lesson.spec.exercises.length), {
                              count: lesson.spec.exercises.length,
                            })}
                          </span>
                          {lesson.spec.prerequisites.length > 0 && (
                            <span>
                              {t("catalogue.needs")}{" "}
                              {lesson.spec.prerequisites
                                .map((path) => lessons.get(`${lesson.course}/${path}`)?.number ?? path)
                                .join(", ")}
                            </span>
                          )}
                        </p>
                      </div>
                      <LessonProgress
                        lesson={`${lesson.course}/${lesson.slug}`}
                        path={lesson.path}
                        exercises={lesson.spec.exercises.map((exercise) => exercise.id)}
                      />
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </section>
        ))}
      </main>
    </>
  );
}
