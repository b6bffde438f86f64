"use client";

import { Table2, Workflow, X } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { Fault } from "../../lib/sandbox/types.ts";
import { FaultBar, FaultMenu } from "../faults/fault-controls.tsx";
import type { Selection } from "../faults/model.ts";
import type { FaultStore } from "../faults/store.ts";
import { useLanguage } from "../i18n/provider.tsx";
import type { Objects } from "../live/record.ts";
import { MeaningIcon } from "../ui/meaning.tsx";
import { ClusterTable } from "./cluster-table.tsx";
import { layoutMap } from "./layout.ts";
import { type Picture, type PodView, pictureOf, type StateWord } from "./model.ts";
import { ClaimShape, NodeShape, PodShape } from "./shapes.tsx";

interface ClusterMapProps {
  readonly objects: Objects;
  /** Key of what stands out ("Pod/default/web-0"). */
  readonly selected?: string | undefined;
  readonly onSelect?: ((key: string | undefined) => void) | undefined;
  /** More to do with what is selected. */
  readonly actions?: ((pod: PodView) => ReactNode) | undefined;
  /** Where things may be broken on purpose. */
  readonly faults?: { readonly store: FaultStore; readonly list: readonly Fault[] } | undefined;
  readonly toolbar?: boolean;
}

/** The picture of a cluster: nodes holding Pods, storage below them, and what binds them. */
export function ClusterMap(props: ClusterMapProps) {
  const { t } = useLanguage();
  const picture = useMemo(() => pictureOf(props.objects.values()), [props.objects]);
  const [table, setTable] = useState(false);
  const empty = picture.workloads.length + picture.claims.length + picture.services.length + podCount(picture) === 0;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex min-h-11 flex-none flex-wrap items-center gap-x-4 gap-y-1 px-3 py-1.5 text-[13px]">
        <Summary picture={picture} />
        {props.toolbar !== false && (
          <button
            type="button"
            className="button button-plain ml-auto min-h-8 px-2 text-[13px]"
            aria-pressed={table}
            onClick={() => setTable(!table)}
          >
            {table ? <Workflow size={16} aria-hidden="true" /> : <Table2 size={16} aria-hidden="true" />}
            {table ? t("map.showPicture") : t("map.showTable")}
          </button>
        )}
      </div>
      {props.faults !== undefined && (
        <FaultBar store={props.faults.store} faults={props.faults.list} picture={picture} />
      )}
      <div className="min-h-0 flex-1 overflow-auto">
        {table ? <ClusterTable picture={picture} /> : <Drawing {...props} picture={picture} />}
        {empty && !table && (
          <p className="px-4 py-3 text-center text-sm text-ink-soft">
            <span className="block font-medium text-ink">{t("map.empty")}</span>
            {t("map.emptyHint")}
          </p>
        )}
      </div>
      <Details picture={picture} {...props} />
    </div>
  );
}

const podCount = (picture: Picture) =>
  picture.unscheduled.length + picture.nodes.reduce((sum, node) => sum + node.pods.length, 0);

export function useStateWord(): (state: StateWord) => string {
  const { t } = useLanguage();
  return (state) => state.reason ?? (state.key === undefined ? "" : t(state.key, state.values));
}

/** Services and workloads in words: what is wanted, what is there. */
function Summary({ picture }: { readonly picture: Picture }) {
  const { t } = useLanguage();
  return (
    <ul className="flex flex-wrap items-center gap-x-4 gap-y-1">
      {picture.workloads.map((workload) => (
        <li key={workload.key} className="flex items-center gap-1.5">
          <MeaningIcon meaning={workload.ready >= workload.wanted ? "ready" : "waiting"} />
          <span className="font-medium">
            <span className="text-ink-soft">{workload.kind}</span> {workload.name}
          </span>
          <span className="text-ink-soft tabular-nums">
            {t("map.replicas", { ready: workload.ready, wanted: workload.wanted })}
            {workload.partition > 0 && ` · ${t("map.partition", { partition: workload.partition })}`}
          </span>
        </li>
      ))}
      {picture.services.map((service) => (
        <li key={service.key} className="flex items-center gap-1.5">
          <span className="text-ink-soft">Service</span>
          <span className="font-medium">{service.name}</span>
          {service.headless && (
            <span className="rounded-sm border border-line px-1 text-xs text-ink-soft">{t("map.headless")}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Drawing(props: ClusterMapProps & { readonly picture: Picture }) {
  const { picture, selected, onSelect } = props;
  const { t } = useLanguage();
  const word = useStateWord();
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720);
  const [pointed, setPointed] = useState<string>();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined && entry.contentRect.width > 0) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const before = useRef<ReadonlyMap<string, number>>(new Map());
  const layout = useMemo(() => layoutMap(picture, width, before.current), [picture, width]);
  useEffect(() => {
    before.current = new Map(layout.claims.map((claim) => [claim.item.key, claim.x]));
  }, [layout]);
  const focus = pointed ?? selected;
  const choose = (key: string) => onSelect?.(selected === key ? undefined : key);
  const interaction = (key: string) => ({
    selected: selected === key,
    onChoose: () => choose(key),
    onPoint: (on: boolean) => setPointed(on ? key : undefined),
  });
  return (
    <div ref={place} className="w-full">
      {/* biome-ignore lint/a11y/useSemanticElements: a group inside of a picture; fieldset is for forms. */}
      <svg
        role="group"
        aria-label={t("map.label")}
        width={layout.width}
        height={layout.height}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        className="cluster-map block"
      >
        {layout.nodes.map((node) => (
          <NodeShape key={node.item.name} node={node} {...interaction(node.item.key)} />
        ))}
        {layout.waitingRoom !== undefined && (
          <g className="waiting-room">
            <rect {...layout.waitingRoom} rx="10" />
            <text x={layout.waitingRoom.x + 14} y={layout.waitingRoom.y + 22}>
              {t("map.unscheduled")}
            </text>
          </g>
        )}
        {layout.bindings.map((binding) => (
          <path
            key={binding.key}
            d={binding.path}
            className="binding"
            data-lit={focus === binding.pod || focus === binding.claim || undefined}
          />
        ))}
        {layout.claims.map((claim) => (
          <ClaimShape
            key={claim.item.key}
            claim={claim}
            word={word(claim.item.state)}
            {...interaction(claim.item.key)}
          />
        ))}
        {layout.pods.map((pod) => (
          <PodShape key={pod.item.key} pod={pod} word={word(pod.item.state)} {...interaction(pod.item.key)} />
        ))}
      </svg>
    </div>
  );
}

function Details(props: ClusterMapProps & { readonly picture: Picture }) {
  const { picture, selected, onSelect } = props;
  const { t } = useLanguage();
  const word = useStateWord();
  if (selected === undefined) return null;
  const pod = [...picture.unscheduled, ...picture.nodes.flatMap((node) => node.pods)].find(
    (one) => one.key === selected,
  );
  const claim = picture.claims.find((one) => one.key === selected);
  const node = picture.nodes.find((one) => one.key === selected);
  const selection: Selection | undefined =
    pod !== undefined
      ? { kind: "pod", pod }
      : claim !== undefined
        ? { kind: "claim", claim }
        : node !== undefined
          ? { kind: "node", node }
          : undefined;
  const rows: [string, string | undefined][] =
    pod !== undefined
      ? [
          [t("map.state"), word(pod.state)],
          [t("map.nodeName"), pod.node],
          [t("map.image"), pod.image],
          [t("map.revision"), pod.revision?.toString()],
          [t("map.dns"), pod.dns],
          [t("map.address"), pod.address],
          [t("map.storage"), pod.claims.join(", ") || undefined],
          [t("map.owner"), pod.owner],
        ]
      : claim !== undefined
        ? [
            [t("map.state"), word(claim.state)],
            [t("map.volume"), claim.volume],
            ["StorageClass", claim.storageClass],
            [t("map.storage"), claim.capacity],
          ]
        : node !== undefined
          ? [
              [
                t("map.state"),
                node.cordoned ? t("map.cordoned") : t(node.ready ? "map.state.Ready" : "map.state.NotReady"),
              ],
              [t("map.pods"), node.pods.map(({ name }) => name).join(", ") || undefined],
            ]
          : [];
  const name = pod?.name ?? claim?.name ?? node?.name;
  const meaning = pod?.state.meaning ?? claim?.state.meaning ?? (node?.ready === true ? "ready" : "failed");
  if (selection === undefined) return null;
  return (
    <section aria-label={name} className="relative flex-none border-t border-line bg-surface px-4 py-3 text-[13px]">
      <h3 className="flex items-center gap-2 font-semibold">
        <MeaningIcon meaning={meaning} />
        {name}
        {pod !== undefined && props.actions?.(pod)}
      </h3>
      <button
        type="button"
        className="icon-button absolute top-2 right-2"
        aria-label={t("map.close")}
        onClick={() => onSelect?.(undefined)}
      >
        <X size={16} aria-hidden="true" />
      </button>
      <dl className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(190px,1fr))] gap-x-4 gap-y-1">
        {rows.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name} className="flex min-w-0 gap-2">
              <dt className="flex-none text-ink-soft">{name}</dt>
              <dd className="min-w-0 truncate font-mono text-[12.5px]" title={value}>
                {value}
              </dd>
            </div>
          ),
        )}
      </dl>
      {props.faults !== undefined && (
        <FaultMenu store={props.faults.store} faults={props.faults.list} picture={picture} selection={selection} />
      )}
    </section>
  );
}
