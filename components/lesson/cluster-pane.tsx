"use client";

import { FileSearch, History } from "lucide-react";
import dynamic from "next/dynamic";
import { useEffect, useMemo } from "react";
import { FaultStore } from "../faults/store.ts";
import { useLanguage } from "../i18n/provider.tsx";
import { useStore } from "../live/use-store.ts";
import { MomentStore } from "../timeline/store.ts";
import { useLesson } from "./context.tsx";
import { SandboxPlaceholder } from "./sandbox-placeholder.tsx";

const ClusterMap = dynamic(() => import("../cluster-map/cluster-map.tsx").then((module) => module.ClusterMap), {
  ssr: false,
});

const moments = new WeakMap<object, MomentStore>();

/** Which moment of this session's cluster is looked at, and what in it. Shared by cluster view and timeline. */
export function momentOf(
  session: object & { readonly cluster: ConstructorParameters<typeof MomentStore>[0] },
): MomentStore {
  let moment = moments.get(session);
  if (moment === undefined) {
    moment = new MomentStore(session.cluster);
    moments.set(session, moment);
  }
  return moment;
}

/** The cluster as a picture: now, or at a moment of the past, which is then clearly said. */
export function ClusterPane({ visible }: { readonly visible: boolean }) {
  const { session } = useLesson();
  const { t } = useLanguage();
  const moment = momentOf(session);
  const { objects } = useStore(session.cluster);
  const { selected, past } = useStore(moment);
  const { phase, activity } = useStore(session.state);
  const faultStore = useMemo(() => new FaultStore(() => session.api), [session]);
  useEffect(
    () =>
      session.onWish((wish) => {
        if (wish.type !== "show" || wish.subject.name === undefined) return;
        moment.select(`${wish.subject.kind}/${wish.subject.namespace ?? "default"}/${wish.subject.name}`);
      }),
    [session, moment],
  );
  if (!visible) return null;
  if (phase !== "ready" || objects.size === 0) return <SandboxPlaceholder />;
  return (
    <div className="flex h-full min-h-0 flex-col">
      {past !== undefined && <PastBanner moment={moment} />}
      <div className={`min-h-0 flex-1 ${past === undefined ? "" : "bg-gone-soft"}`}>
        <ClusterMap
          objects={past?.objects ?? objects}
          selected={selected}
          onSelect={(key) => moment.select(key)}
          faults={past === undefined ? { store: faultStore, list: activity?.faults ?? [] } : undefined}
          actions={(pod) => (
            <button
              type="button"
              className="button button-plain min-h-7 px-2 text-xs"
              onClick={() => void session.run(`kubectl describe pod ${pod.name}`)}
            >
              <FileSearch size={14} aria-hidden="true" />
              {t("map.describe")}
            </button>
          )}
        />
      </div>
    </div>
  );
}

export function PastBanner({ moment }: { readonly moment: MomentStore }) {
  const { t, locale } = useLanguage();
  const { past } = useStore(moment);
  if (past === undefined) return null;
  const time = new Date(past.time).toLocaleTimeString(locale === "zh" ? "zh-CN" : "en", { hour12: false });
  return (
    <p className="flex flex-none items-center gap-2 border-b border-line bg-gone-soft px-3 py-1.5 text-[13px] text-gone">
      <History size={16} aria-hidden="true" />
      {t("map.past", { time })}
      <button type="button" className="button ml-auto min-h-7 px-2 text-xs" onClick={() => moment.live()}>
        {t("map.live")}
      </button>
    </p>
  );
}
