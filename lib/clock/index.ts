export { afterHostDelay, hostNow, inLaterTurn, inTurnOfItsOwn } from "./host.ts";

export { realClock } from "./real.ts";
export type { Cancel, Clock, ClockState, VirtualClock } from "./types.ts";
export { virtualClock } from "./virtual.ts";
