"use client";

import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { LessonSession } from "../live/session.ts";
import { LayoutStore } from "./layout-store.ts";
import type { LessonModel } from "./model.ts";

const questionsOf = (lesson: LessonModel) =>
  new Set(
    lesson.exercises.flatMap((exercise) =>
      exercise.checks.filter((check) => check.quiz !== undefined).map((check) => `${exercise.id}/${check.id}`),
    ),
  );

interface LessonContextValue {
  readonly lesson: LessonModel;
  readonly session: LessonSession;
  readonly layout: LayoutStore;
}

const Context = createContext<LessonContextValue | undefined>(undefined);

/** One learner at one lesson: begins when the page is there, ends when it goes. */
export function LessonProvider(props: { readonly lesson: LessonModel; readonly children: ReactNode }) {
  const { lesson } = props;
  const [value] = useState(() => ({
    lesson,
    session: new LessonSession(lesson.course, lesson.slug, questionsOf(lesson)),
    layout: new LayoutStore(lesson.open === undefined ? "cluster" : "editor"),
  }));
  const { session, layout } = value;
  useEffect(() => {
    session.start();
    const stop = session.onWish((wish) => {
      if (wish.type === "terminal") layout.show("terminal");
      else layout.show(wish.type === "show" ? "cluster" : "editor");
    });
    return () => {
      stop();
      session.stop();
    };
  }, [session, layout]);
  return <Context value={{ ...value, lesson }}>{props.children}</Context>;
}

export function useLesson(): LessonContextValue {
  const value = useContext(Context);
  if (value === undefined) throw new Error("useLesson outside of LessonProvider");
  return value;
}
