/** What the apps of a run do, in shares from 0 to 1. */
export interface AppMix {
  /** Of the devices: those that die at the gateway. */
  readonly dead: number;
  /** Those that die there, and come back with a new report. */
  readonly reborn: number;
  /** Those that move to another account. */
  readonly moved: number;
  /** Those that their app removes; half of them come back. */
  readonly removed: number;
  /** Of the requests: those that the function gets late. */
  readonly late: number;
  /** Of the devices that come back: those that do so within seconds after a push was refused, or after their removal. */
  readonly hasty: number;
}

export const defaultAppMix: AppMix = { dead: 0.2, reborn: 0.15, moved: 0.15, removed: 0.15, late: 0, hasty: 0 };
