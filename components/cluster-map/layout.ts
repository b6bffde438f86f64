/** Where things of a picture stand. Pure; units are CSS pixels. */
import type { ClaimView, NodeView, Picture, PodView } from "./model.ts";

const POD = { width: 108, height: 122 } as const;
const CLAIM = { width: 108, height: 66 } as const;
const GAP = 10;
const MARGIN = 12;
const NODE_HEAD = 34;
const NODE_PADDING = 12;
/** Between nodes and the storage below them: room for the lines of the bindings. */
const STORAGE_GAP = 44;
const NARROWEST_NODE = POD.width + 2 * NODE_PADDING;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface Placed<T> extends Box {
  readonly item: T;
}
interface Binding {
  readonly key: string;
  readonly pod: string;
  readonly claim: string;
  readonly path: string;
}
interface MapLayout {
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

/** `before`: where claims stood in the last layout, by key. */
export function layoutMap(
  picture: Picture,
  available: number,
  before: ReadonlyMap<string, number> = new Map(),
): MapLayout {
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
  const claims = placeClaims(picture, pods, width, y + STORAGE_GAP - GAP, before);
  const last = claims.at(-1);
  const height = last === undefined ? y - GAP + MARGIN : last.y + last.height + MARGIN;
  return { width, height, nodes, waitingRoom, pods, claims, bindings: bindingsOf(pods, claims) };
}

/**
 * Claims hang below their Pods. One whose Pod is away for a moment stays where it was (`before`, left edges by key), so
 * that the disk is seen to wait for its Pod. Where there are more than fit beside each other: rows in order of name.
 */
function placeClaims(
  picture: Picture,
  pods: readonly Placed<PodView>[],
  width: number,
  top: number,
  before: ReadonlyMap<string, number>,
): Placed<ClaimView>[] {
  const step = CLAIM.width + GAP;
  const columns = Math.max(1, Math.floor((width - 2 * MARGIN + GAP) / step));
  if (picture.claims.length > columns) {
    return picture.claims.map((item, index) => ({
      item,
      x: MARGIN + (index % columns) * step,
      y: top + Math.floor(index / columns) * (CLAIM.height + GAP),
      ...CLAIM,
    }));
  }
  const wished = picture.claims
    .map((item) => {
      const pod = pods.find((one) => one.item.namespace === item.namespace && one.item.claims.includes(item.name));
      return { item, x: pod?.x ?? before.get(item.key) ?? width };
    })
    .sort((a, b) => a.x - b.x);
  // From the left: nobody over another. Then from the right: nobody over the edge.
  let free = MARGIN;
  for (const one of wished) {
    one.x = Math.max(one.x, free);
    free = one.x + step;
  }
  let edge = width - MARGIN - CLAIM.width;
  for (const one of wished.reverse()) {
    one.x = Math.min(one.x, edge);
    edge = one.x - step;
  }
  return wished.reverse().map(({ item, x }) => ({ item, x, y: top, ...CLAIM }));
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
