import type { Level, LevelRule } from "./levels.ts";
import type { Right } from "./rights.ts";

/** What the configuration says of one device to people who text. */
export interface DeviceSettings {
  readonly aliases: readonly string[];
  readonly area?: string | undefined;
  readonly number?: number | undefined;
  /** What it takes to start it. */
  readonly level?: Level | undefined;
  /** How long it is on when nobody says how long, in ms. */
  readonly onMs?: number | undefined;
  /** Whether "all off" is about it. */
  readonly allOff: boolean;
}

/** What the configuration says of the dialogue. */
export interface DialogueSettings {
  /** Whether texts are answered; questions are asked all the same. */
  readonly isEnabled: boolean;
  readonly language: string;
  /** Names of people, or `group:farm`. */
  readonly owners: readonly string[];
  readonly rights: readonly Right[];
  readonly levels: readonly LevelRule[];
  readonly onMs: number;
  /** By name or id of the device, in lower case. */
  readonly devices: ReadonlyMap<string, DeviceSettings>;
}

export const noDeviceSettings: DeviceSettings = { aliases: [], allOff: true };
