"use client";

import { useMemo } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { momentOf, PastBanner } from "../lesson/cluster-pane.tsx";
import { useLesson } from "../lesson/context.tsx";
import { useStore } from "../live/use-store.ts";
import { lanesOf, type Mark, marksOf } from "./model.ts";

const colours: Readonly<Record<Mark["meaning"], string>> = {
  ready: "bg-ready",
  waiting: "bg-waiting",
  failed: "bg-failed",
  gone: "bg-gone",
  plain: "bg-accent-line",
};
/** Marks that the list shows at most, newest first. */
const LISTED = 200;

/** What happened, in lanes and as a list, with a scrubber over all of it. */
export function TimelinePane({ visible }: { readonly visible: boolean }) {
  if (!visible) return null;
  return <Timeline />;
}

function Timeline() {
  const { session } = useLesson();
  const { t } = useLanguage();
  const moment = momentOf(session);
  const { records } = useStore(session.cluster);
  const { past } = useStore(moment);
  const marks = useMemo(() => marksOf(records, session.cluster.at(0)), [records, session]);
  const lanes = useMemo(() => lanesOf(marks), [marks]);
  if (marks.length === 0)
    return (
      <p className="p-6 text-center text-sm text-ink-soft">
        <span className="block font-medium text-ink">{t("timeline.empty")}</span>
        {t("timeline.emptyHint")}
      </p>
    );
  const place =
    past === undefined ? records.length - 1 : records.findIndex((record) => record.sequence === past.sequence);
  // Things stand in order, not to scale: a minute of waiting would squeeze what is worth seeing into one point.
  const share = (index: number) => `${(100 * index) / Math.max(1, records.length - 1)}%`;
  return (
    <div className="flex h-full min-h-0 flex-col text-[13px]">
      <PastBanner moment={moment} />
      <div className="flex-none border-b border-line px-3 py-2">
        <div className="max-h-44 overflow-y-auto">
          {lanes.map((lane) => (
            <div key={lane.object} className="flex h-6 items-center gap-3">
              <span className="w-36 flex-none truncate font-mono text-[12px]" title={`${lane.kind} ${lane.name}`}>
                {lane.name}
              </span>
              <span className="relative mx-2 h-px flex-1 bg-line">
                {lane.marks.map((mark) => (
                  <span
                    key={mark.id}
                    title={t(mark.key, mark.values)}
                    className={`absolute -top-1 -ml-1 h-2 w-2 rounded-full ${colours[mark.meaning]}`}
                    style={{ left: share(mark.index) }}
                  />
                ))}
                <span className="absolute -top-3 h-6 w-px bg-accent-line" style={{ left: share(place) }} />
              </span>
            </div>
          ))}
        </div>
        <div className="mt-1 flex items-center gap-3">
          <button type="button" className="button min-h-7 w-36 px-2 text-xs" onClick={() => moment.live()}>
            {t("timeline.now")}
          </button>
          <input
            type="range"
            className="mx-0 flex-1 accent-[var(--accent)]"
            aria-label={t("timeline.scrub")}
            min={0}
            max={records.length - 1}
            value={place}
            onChange={(event) => moment.goTo(Number(event.target.value))}
          />
        </div>
      </div>
      <Happenings marks={marks} place={place} onGo={(index) => moment.goTo(index)} />
    </div>
  );
}

function Happenings(props: {
  readonly marks: readonly Mark[];
  readonly place: number;
  readonly onGo: (index: number) => void;
}) {
  const { t, locale } = useLanguage();
  const clock = new Intl.DateTimeFormat(locale === "zh" ? "zh-CN" : "en", { timeStyle: "medium", hour12: false });
  const newest = props.marks.slice(-LISTED).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <ol aria-label={t("timeline.events")} className="min-h-0 flex-1 overflow-y-auto py-1" tabIndex={0}>
      {newest.map((mark) => (
        <li key={mark.id}>
          <button
            type="button"
            className={`flex w-full items-baseline gap-3 px-3 py-1 text-left hover:bg-sunken ${mark.index > props.place ? "opacity-60" : ""}`}
            onClick={() => props.onGo(mark.index)}
          >
            <time className="flex-none text-ink-soft tabular-nums" dateTime={new Date(mark.time).toISOString()}>
              {clock.format(mark.time)}
            </time>
            <span
              aria-hidden="true"
              className={`h-2 w-2 flex-none self-center rounded-full ${colours[mark.meaning]}`}
            />
            <span className="min-w-0 flex-1">
              <span className="text-ink-soft">{mark.kind}</span> <span className="font-mono">{mark.name}</span>{" "}
              {t(mark.key, mark.values)}
            </span>
            <span className="hidden flex-none text-xs text-ink-soft lg:inline">
              {t("timeline.by", { actor: mark.actor })}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
