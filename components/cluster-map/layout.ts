/** Where things of a picture stand. Pure; units are CSS pixels. */
import type { ClaimView, NodeView, Picture, PodView } from "./model.ts";

export const POD = { width: 108, height: 122 } as const;
export const CLAIM = { width: 108, height: 66 } as const;
const GAP = 10;
const MARGIN = 12;
const NODE_HEAD = 34;
const NODE_PADDING = 12;
/** Between nodes and the storage below them: room for the lines of the bindings. */
const STORAGE_GAP = 44;
const NARROWEST_NODE = POD.width + 2 * NODE_PADDING;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface Placed<T> extends Box {
  readonly item: T;
}
export interface Binding {
  readonly key: string;
  readonly pod: string;
  readonly claim: string;
  readonly path: string;
}
export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Placed<NodeView>[];
  /** Around Pods that no node has yet. */
  readonly waitingRoom: Box | undefined;
  readonly pods: readonly Placed<PodView>[];
  readonly claims: readonly Placed<ClaimView>[];
  readonly bindings: readonly Binding[];
}

/** How many Pods stand beside each other in a box of this width. */
const columnsIn = (width: number) => Math.max(1, Math.floor((width - 2 * NODE_PADDING + GAP) / (POD.width + GAP)));
const rowsFor = (count: number, columns: number) => Math.max(1, Math.ceil(count / columns));
const heightOf = (rows: number) => NODE_HEAD + rows * POD.height + (rows - 1) * GAP + NODE_PADDING;

function placePods(pods: readonly PodView[], box: Box): Placed<PodView>[] {
  const columns = columnsIn(box.width);
  return pods.map((item, index) => ({
    item,
    x: box.x + NODE_PADDING + (index % columns) * (POD.width + GAP),
    y: box.y + NODE_HEAD + Math.floor(index / columns) * (POD.height + GAP),
    ...POD,
  }));
}

export function layoutMap(picture: Picture, available: number): MapLayout {
  const width = Math.max(available, NARROWEST_NODE + 2 * MARGIN);
  const inner = width - 2 * MARGIN;
  const count = Math.max(1, picture.nodes.length);
  const perRow = Math.max(1, Math.min(count, Math.floor((inner + GAP) / (NARROWEST_NODE + GAP))));
  const nodeWidth = (inner - (perRow - 1) * GAP) / perRow;
  const nodes: Placed<NodeView>[] = [];
  const pods: Placed<PodView>[] = [];
  let y = MARGIN;
  for (let start = 0; start < picture.nodes.length; start += perRow) {
    const row = picture.nodes.slice(start, start + perRow);
    const columns = columnsIn(nodeWidth);
    const height = heightOf(Math.max(...row.map((node) => rowsFor(node.pods.length, columns))));
    row.forEach((item, index) => {
      const box = { x: MARGIN + index * (nodeWidth + GAP), y, width: nodeWidth, height };
      nodes.push({ item, ...box });
      pods.push(...placePods(item.pods, box));
    });
    y += height + GAP;
  }
  let waitingRoom: Box | undefined;
  if (picture.unscheduled.length > 0) {
    const height = heightOf(rowsFor(picture.unscheduled.length, columnsIn(inner)));
    waitingRoom = { x: MARGIN, y, width: inner, height };
    pods.push(...placePods(picture.unscheduled, waitingRoom));
    y += height + GAP;
  }
  const claims = placeClaims(picture, pods, width, y + STORAGE_GAP - GAP);
  const last = claims.at(-1);
  const height = last === undefined ? y - GAP + MARGIN : last.y + last.height + MARGIN;
  return { width, height, nodes, waitingRoom, pods, claims, bindings: bindingsOf(pods, claims) };
}

function placeClaims(
  picture: Picture,
  _pods: readonly Placed<PodView>[],
  width: number,
  top: number,
): Placed<ClaimView>[] {
  const inner = width - 2 * MARGIN;
  const columns = Math.max(1, Math.floor((inner + GAP) / (CLAIM.width + GAP)));
  const inRow = Math.min(columns, picture.claims.length);
  // The row is spread over the width, so that lines come down steeply.
  const step = inRow > 1 ? Math.min((inner - CLAIM.width) / (inRow - 1), 2 * CLAIM.width) : 0;
  const left = MARGIN + (inner - CLAIM.width - step * Math.max(0, inRow - 1)) / 2;
  return picture.claims.map((item, index) => ({
    item,
    x: left + (index % columns) * step,
    y: top + Math.floor(index / columns) * (CLAIM.height + GAP),
    ...CLAIM,
  }));
}

function bindingsOf(pods: readonly Placed<PodView>[], claims: readonly Placed<ClaimView>[]): Binding[] {
  return pods.flatMap((pod) =>
    pod.item.claims.flatMap((name) => {
      const claim = claims.find((one) => one.item.name === name && one.item.namespace === pod.item.namespace);
      if (claim === undefined) return [];
      const from = { x: pod.x + pod.width / 2, y: pod.y + pod.height };
      const to = { x: claim.x + claim.width / 2, y: claim.y };
      const bend = (to.y - from.y) / 2;
      return {
        key: `${pod.item.key}>${claim.item.key}`,
        pod: pod.item.key,
        claim: claim.item.key,
        path: `M${from.x} ${from.y}C${from.x} ${from.y + bend} ${to.x} ${to.y - bend} ${to.x} ${to.y}`,
      };
    }),
  );
}
