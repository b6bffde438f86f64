"use client";

import { useEffect, useState } from "react";
import { useLesson } from "../lesson/context.tsx";
import type { UpperPane } from "../lesson/layout-store.ts";
import type { LessonSession } from "../live/session.ts";

/**
 * Brings the editor to the person when a command gives it a text, and takes them back to where they came from when it
 * is done. Gives a number that goes up whenever the focus belongs into the editor.
 */
export function useEdits(session: LessonSession): number {
  const { layout } = useLesson();
  const [focus, setFocus] = useState(0);

  useEffect(() => {
    let before: UpperPane | undefined;
    const keep = () => session.edits.keepHere();
    addEventListener("pagehide", keep);
    const stop = session.edits.onNews((news) => {
      if (news.type === "offered") {
        layout.update({ upper: "editor" });
        return;
      }
      if (news.type === "opened") {
        if (session.edits.get().open.length === 1) before = layout.get().upper;
        layout.show("editor");
        // Another window of the same person shows it as well, without taking the keys away from anything.
        if (document.hasFocus()) setFocus((count) => count + 1);
        return;
      }
      const inEditor = document.activeElement === document.body || document.activeElement?.closest("#edit-panel");
      const { upper, narrow } = layout.get();
      if (session.edits.get().open.length === 0 && before !== undefined) {
        if (upper === "editor") layout.update({ upper: before });
        before = undefined;
      }
      if (inEditor && document.hasFocus()) session.wish({ type: "terminal", terminal: news.terminal });
      else if (narrow === "editor") layout.update({ narrow: "terminal" });
    });
    const stopWishes = session.onWish((wish) => {
      if (wish.type !== "edit") return;
      session.edits.select(wish.id);
      setFocus((count) => count + 1);
    });
    return () => {
      stop();
      stopWishes();
      removeEventListener("pagehide", keep);
    };
  }, [session, layout]);

  return focus;
}
