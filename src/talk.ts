import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { Alerts } from "./alerts/alerts.ts";
import type { Step } from "./alerts/chain.ts";
import { clearAlerts } from "./alerts/clear.ts";
import { alertRequests } from "./alerts/requests.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import type { Bus } from "./core/bus.ts";
import type { Core } from "./core/core.ts";
import { KnownDevices } from "./core/known-devices.ts";
import type { Logger } from "./core/logger.ts";
import { PatientWriter } from "./core/patient-writer.ts";
import { SteadyTime } from "./core/steady-time.ts";
import type { Counters } from "./counters.ts";
import { Dialogue } from "./dialogue/dialogue.ts";
import { dialogueRequests, privateDialogueRequests } from "./dialogue/requests.ts";
import type { DialogueSettings } from "./dialogue/settings.ts";
import { parseQuietHours } from "./model/quiet-hours.ts";
import type { Store } from "./store/store.ts";

export interface TalkOptions {
  readonly config: Pick<Config, "dialogue" | "alerts">;
  /** Id of this gateway. */
  readonly id: string;
  readonly bus: Bus;
  readonly store: Store;
  readonly core: Pick<Core, "requests">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** What talks with people: it answers their texts, and tells them what is wrong. */
export interface Talk {
  /** Called when the adapters may be commanded. */
  start(): void;
  stop(): Promise<void>;
}

const minuteMs = 60_000;
/** How long people have to answer where the configuration has no chain. */
const usualWaitMs = 5 * minuteMs;

/** Puts together what talks with people, before the core starts. */
export async function openTalk(options: TalkOptions): Promise<Talk> {
  const { config, core, log } = options;
  const { store, clock } = options;
  const devices = new KnownDevices(options.bus);
  const writer = new PatientWriter(options);
  const time = await SteadyTime.load(store, clock, writer);
  const { requests } = core;
  const dialogue = await Dialogue.load({
    ...options,
    requests,
    devices,
    time,
    log: log.child({ part: "dialogue" }),
    settings: dialogueSettings(config.dialogue),
    newId: randomUUID,
    randomBelow: randomInt,
    randomHex: (bytes) => randomBytes(bytes).toString("hex"),
  });
  requests.add(dialogueRequests(dialogue));
  requests.addPrivate(privateDialogueRequests(dialogue));
  const alerts = config.alerts.enabled
    ? await Alerts.load({
        ...options,
        ...alertSettings(config),
        devices,
        time,
        log: log.child({ part: "alerts" }),
        notifier: dialogue.notices,
        gateway: `gateway-${options.id}`,
      })
    : undefined;
  if (alerts) requests.add(alertRequests(alerts));
  else await clearAlerts(options.bus, store);
  return {
    start() {
      time.start();
      dialogue.start();
      alerts?.start();
    },
    async stop() {
      await alerts?.stop();
      await dialogue.stop();
      time.stop();
      await writer.flush();
      devices.close();
    },
  };
}

function alertSettings({ alerts, dialogue: { owners } }: TalkOptions["config"]) {
  const { rules, chain, call: callsLast, quiet, built_in: usesBuiltIn } = alerts;
  const first = owners.length > 0 ? [{ who: owners, waitMs: usualWaitMs }] : [];
  const usual = [...first, { who: ["*"], waitMs: usualWaitMs }];
  const hours = Object.entries(quiet).flatMap(([name, text]) => {
    const parsed = parseQuietHours(text);
    return parsed ? [[name.toLowerCase(), parsed] as const] : [];
  });
  return {
    rules,
    usesBuiltIn,
    callsLast,
    chain: chain?.map(({ who, wait }): Step => ({ who, waitMs: wait * 1_000 })) ?? usual,
    quiet: new Map(hours),
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
