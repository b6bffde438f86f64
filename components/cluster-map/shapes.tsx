"use client";

import type { KeyboardEvent } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import type { Placed } from "./layout.ts";
import type { ClaimView, NodeView, PodView } from "./model.ts";

interface Interaction {
  readonly selected: boolean;
  readonly onChoose: () => void;
  readonly onPoint: (on: boolean) => void;
}

/** What makes a shape of the picture a button. */
function buttonProps({ selected, onChoose, onPoint }: Interaction) {
  return {
    role: "button",
    tabIndex: 0,
    "aria-pressed": selected,
    onClick: onChoose,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      onChoose();
    },
    onPointerEnter: () => onPoint(true),
    onPointerLeave: () => onPoint(false),
    onFocus: () => onPoint(true),
    onBlur: () => onPoint(false),
  } as const;
}

const moved = (place: { readonly x: number; readonly y: number }) => ({
  transform: `translate(${place.x}px, ${place.y}px)`,
});
/** Long names keep both ends: the ordinal or hash at the end tells them apart. */
const shorten = (name: string, most: number) =>
  name.length <= most ? name : `${name.slice(0, Math.ceil(most / 2) - 1)}…${name.slice(-(Math.floor(most / 2) - 1))}`;

export function NodeShape(props: { readonly node: Placed<NodeView> } & Interaction) {
  const { node } = props;
  const { t } = useLanguage();
  const { item } = node;
  const off = !item.ready || item.cordoned;
  const state = item.cordoned ? t("map.cordoned") : t(item.ready ? "map.state.Ready" : "map.state.NotReady");
  return (
    <g
      className="node"
      data-node={item.name}
      data-off={off || undefined}
      style={moved(node)}
      aria-label={`${t("map.node")} ${item.name}, ${state}`}
      {...buttonProps(props)}
    >
      <rect className="card" width={node.width} height={node.height} rx="10" />
      <text x="14" y="22">
        {item.name}
        {off && <tspan className="off"> · {item.cordoned ? t("map.cordoned") : t("map.notReady")}</tspan>}
      </text>
    </g>
  );
}

const RING = 25;
const CIRCUMFERENCE = 2 * Math.PI * RING;

/** A Pod: the ordinal large inside of its ready ring, its revision as a band, init steps as boxes that fill. */
export function PodShape(props: { readonly pod: Placed<PodView>; readonly word: string } & Interaction) {
  const { pod, word } = props;
  const { t } = useLanguage();
  const { item } = pod;
  const revision = item.revision;
  const label = [
    `Pod ${item.name}`,
    word,
    item.node === undefined ? undefined : `${t("map.node")} ${item.node}`,
    revision === undefined ? undefined : t("map.revisionShort", { number: revision }),
    item.image,
  ]
    .filter((part) => part !== undefined && part !== "")
    .join(", ");
  const centre = { x: pod.width / 2, y: 52 };
  return (
    <g
      className="pod"
      data-meaning={item.state.meaning}
      style={moved(pod)}
      aria-label={label}
      {...buttonProps(props)}
      data-pod={item.name}
      data-on-node={item.node}
      data-revision={revision}
    >
      <rect className="card" width={pod.width} height={pod.height} rx="8" />
      {revision !== undefined && (
        <>
          <path
            d={`M0 8a8 8 0 0 1 8-8h${pod.width - 16}a8 8 0 0 1 8 8v10H0z`}
            style={{ fill: `var(--revision-${((revision - 1) % 4) + 1})` }}
          />
          <text className="band" x={pod.width / 2} y="13">
            {t("map.revisionShort", { number: revision })}
          </text>
        </>
      )}
      <circle className="track" cx={centre.x} cy={centre.y} r={RING} />
      <circle
        className="ring"
        // Turned about its own centre by CSS, so that it begins at the top.
        style={{ transformOrigin: `${centre.x}px ${centre.y}px` }}
        cx={centre.x}
        cy={centre.y}
        r={RING}
        strokeDasharray={CIRCUMFERENCE}
        strokeDashoffset={CIRCUMFERENCE * (item.ready ? 0 : item.state.meaning === "waiting" ? 0.65 : 0)}
      />
      <text className={item.ordinal === undefined ? "small" : "ordinal"} x={centre.x} y={centre.y}>
        {item.ordinal ?? shorten(item.name, 9)}
      </text>
      {item.init.total > 0 &&
        Array.from({ length: item.init.total }, (_, step) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its index.
            key={step}
            className="step"
            data-done={step < item.init.done || undefined}
            x={centre.x - (item.init.total * 10 - 2) / 2 + step * 10}
            y="80"
            width="8"
            height="5"
            rx="1.5"
          />
        ))}
      <text className="name" x={pod.width / 2} y="99">
        {shorten(item.name, 15)}
      </text>
      <text className="state" x={pod.width / 2} y="114">
        {shorten(word, 17)}
      </text>
    </g>
  );
}

/** A claim drawn as the disk it is bound to. */
export function ClaimShape(props: { readonly claim: Placed<ClaimView>; readonly word: string } & Interaction) {
  const { claim, word } = props;
  const { t } = useLanguage();
  const { item, width } = claim;
  return (
    <g
      className="claim"
      data-meaning={item.state.meaning}
      style={moved(claim)}
      aria-label={`${t("map.claim")} ${item.name}, ${word}, ${item.capacity}`}
      {...buttonProps(props)}
      data-claim={item.name}
    >
      <path className="card" d={`M1 9v44c0 5 24 9 ${width / 2 - 1} 9s${width / 2 - 1}-4 ${width / 2 - 1}-9V9`} />
      <ellipse className="card" cx={width / 2} cy="9" rx={width / 2 - 1} ry="8" />
      <text className="name" x={width / 2} y="36">
        {shorten(item.name, 15)}
      </text>
      <text className="state" x={width / 2} y="52">
        {word} · {item.capacity}
      </text>
    </g>
  );
}
