import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import type { Bus } from "./core/bus.ts";
import type { Core } from "./core/core.ts";
import { KnownDevices } from "./core/known-devices.ts";
import type { Logger } from "./core/logger.ts";
import type { Counters } from "./counters.ts";
import { Dialogue } from "./dialogue/dialogue.ts";
import { dialogueRequests, privateDialogueRequests } from "./dialogue/requests.ts";
import type { DialogueSettings } from "./dialogue/settings.ts";
import type { Store } from "./store/store.ts";

export interface TalkOptions {
  readonly config: Pick<Config, "dialogue">;
  readonly bus: Bus;
  readonly store: Store;
  readonly core: Pick<Core, "requests">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** What talks with people: it answers their texts. */
export interface Talk {
  /** Called when the adapters may be commanded. */
  start(): void;
  stop(): Promise<void>;
}

const minuteMs = 60_000;

/** Puts together what talks with people, before the core starts. */
export async function openTalk(options: TalkOptions): Promise<Talk> {
  const { config, core, log } = options;
  const devices = new KnownDevices(options.bus);
  const { requests } = core;
  const dialogue = await Dialogue.load({
    ...options,
    requests,
    devices,
    log: log.child({ part: "dialogue" }),
    settings: dialogueSettings(config.dialogue),
    newId: randomUUID,
    randomBelow: randomInt,
    randomHex: (bytes) => randomBytes(bytes).toString("hex"),
  });
  requests.add(dialogueRequests(dialogue));
  requests.addPrivate(privateDialogueRequests(dialogue));
  return {
    start: () => dialogue.start(),
    async stop() {
      await dialogue.stop();
      devices.close();
    },
  };
}

function dialogueSettings({
  enabled: isEnabled,
  language,
  owners,
  rights,
  levels,
  on_minutes: minutes,
  devices,
}: Config["dialogue"]): DialogueSettings {
  return {
    isEnabled,
    language,
    owners,
    rights: rights.map(({ who, on, may }) => ({ who, on, may })),
    levels,
    onMs: minutes * minuteMs,
    devices: new Map(
      Object.entries(devices).map(([name, { on_minutes: own, all_off: allOff, ...rest }]) => [
        name.toLowerCase(),
        { ...rest, allOff, onMs: own === undefined ? undefined : own * minuteMs },
      ]),
    ),
  };
}
