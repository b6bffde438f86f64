"use client";

import { Pause, Play, Radio } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { ClusterMap } from "../cluster-map/cluster-map.tsx";
import { useLanguage } from "../i18n/provider.tsx";
import { framesOf, type RecordedChange } from "./recording.ts";

const STEP_MS = 700;
/** How long the finished picture stands before it begins again, in steps. */
const REST_STEPS = 6;
/** Five replicas running: a good first picture. */
const FIRST_FRAME = 9;

/** A recording of a rollout, played on the same picture that lessons use. Stands still for who wants less motion. */
export function LivingCluster({ changes }: { readonly changes: readonly RecordedChange[] }) {
  const { t } = useLanguage();
  const frames = useMemo(() => framesOf(changes), [changes]);
  const [step, setStep] = useState(FIRST_FRAME);
  const [playing, setPlaying] = useState(false);
  useEffect(() => setPlaying(!matchMedia("(prefers-reduced-motion: reduce)").matches), []);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      if (!document.hidden) setStep((now) => (now + 1 >= frames.length + REST_STEPS ? 0 : now + 1));
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [playing, frames]);
  const objects = frames[Math.min(step, frames.length - 1)] ?? new Map();
  return (
    <figure className="overflow-hidden rounded-lg border border-line bg-surface shadow-card">
      <div className="min-h-[440px]">
        <ClusterMap objects={objects} toolbar={false} />
      </div>
      <figcaption className="flex items-center gap-3 border-t border-line px-4 py-2.5 text-[13px] text-ink-soft">
        <span className="flex flex-none items-center gap-1.5 font-medium text-ink">
          <Radio size={15} aria-hidden="true" />
          {t("landing.recording")}
        </span>
        <span className="flex-1">{t("landing.recordingNote")}</span>
        <button
          type="button"
          className="icon-button"
          aria-label={t(playing ? "landing.pause" : "landing.play")}
          onClick={() => setPlaying(!playing)}
        >
          {playing ? <Pause size={16} aria-hidden="true" /> : <Play size={16} aria-hidden="true" />}
        </button>
      </figcaption>
    </figure>
  );
}
