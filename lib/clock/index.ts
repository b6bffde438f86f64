export { afterHostDelay, hostNow, inLaterTurn } from "./host.ts";
export type { RandomState } from "./random.ts";
export { SeededRandom } from "./random.ts";
export { type RealClockOptions, realClock } from "./real.ts";
export type { Cancel, Clock, ClockState, VirtualClock } from "./types.ts";
export { type VirtualClockOptions, virtualClock } from "./virtual.ts";
