import { createHash } from "node:crypto";
import { z } from "zod";
import type { KnownDevices } from "../core/known-devices.ts";
import { PatientWriter } from "../core/patient-writer.ts";
import { CommandError } from "../errors.ts";
import { alertRuleSchema, type AlertRule } from "../model/alert-rule.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Store } from "../store/store.ts";
import type { Alarm } from "./alarm.ts";
import { Alarms, type AlarmsOptions } from "./alarms.ts";
import { builtInRules } from "./built-in-rules.ts";
import { mainProperty, propertiesOf } from "./condition.ts";
import { alertLimits as limits } from "./limits.ts";
import { ruleId, Watcher } from "./watcher.ts";

export interface AlertsOptions extends Omit<AlarmsOptions, "isInMaintenance" | "writer"> {
  readonly store: Store;
  readonly devices: KnownDevices;
  /** Id of the device that stands for what belongs to no other. */
  readonly gateway: string;
  readonly rules: readonly AlertRule[];
  /** Whether the rules that everybody has are used. */
  readonly usesBuiltIn: boolean;
}

/** A warning that somebody has asked for by text. */
export interface Warning {
  readonly device: string;
  readonly property?: string | undefined;
  readonly below?: number | undefined;
  readonly above?: number | undefined;
  /** Id of the person who is warned. */
  readonly by: string;
}

interface Kept {
  /** Rules that were added while the gateway runs, by their ids. */
  readonly rules: KeptMap<AlertRule>;
  /** Until when nothing is told of a device, in ms since 1970; `*` for all. */
  readonly maintenance: KeptMap<number>;
}

/** Watches the bus for what people want to be told of, and tells them until somebody answers. */
export class Alerts {
  readonly #options: AlertsOptions;
  readonly #writer: PatientWriter;
  readonly #kept: Kept;
  readonly #alarms: Alarms;
  readonly #watcher: Watcher;
  #sweeping: { cancel(): void } | undefined;

  private constructor(
    options: AlertsOptions,
    writer: PatientWriter,
    kept: Kept,
    alarms: Alarms,
    watcher: Watcher,
  ) {
    this.#options = options;
    this.#writer = writer;
    this.#kept = kept;
    this.#alarms = alarms;
    this.#watcher = watcher;
  }

  /** Takes up what an earlier run left. Open it before the core starts. */
  static async load(options: AlertsOptions): Promise<Alerts> {
    const { store, time } = options;
    const writer = new PatientWriter(options);
    const kept: Kept = {
      rules: await KeptMap.load(store, "alerts/rule/", alertRuleSchema, options.counters),
      maintenance: await KeptMap.load(store, "alerts/maintenance/", z.number()),
    };
    const isInMaintenance = (device: string): boolean =>
      [device, "*"].some((one) => (kept.maintenance.get(one) ?? 0) > time.now());
    const alarms = await Alarms.load({ ...options, writer, isInMaintenance });
    const watcher = await Watcher.load({ ...options, writer, alarms });
    const alerts = new Alerts(options, writer, kept, alarms, watcher);
    watcher.use(alerts.rules());
    return alerts;
  }

  start(): void {
    this.#alarms.start();
    this.#sweeping = this.#options.clock.every(limits.sweepMs, () => {
      this.#watcher.sweep();
      this.#alarms.sweep();
    });
  }

  async stop(): Promise<void> {
    this.#sweeping?.cancel();
    this.#watcher.stop();
    await this.#writer.flush();
  }

  /** Every rule that holds; of two with one id the one that was added later. */
  rules(): readonly AlertRule[] {
    const { rules, usesBuiltIn } = this.#options;
    const all = [...(usesBuiltIn ? builtInRules : []), ...rules, ...this.#kept.rules.values()];
    return [...new Map(all.map((rule) => [ruleId(rule), rule])).values()];
  }

  /** What is wrong, oldest first. */
  open(): readonly Alarm[] {
    return this.#alarms.open();
  }

  /**
   * Resolves to who has taken it, if somebody had before.
   * @throws CommandError when no such alarm is open
   */
  acknowledge(number: number, by: string): Promise<string> {
    return this.#alarms.acknowledge(number, by);
  }

  /** @throws CommandError when no such alarm is open */
  mute(number: number, seconds: number): Promise<void> {
    return this.#alarms.mute(number, seconds);
  }

  /** Nothing is told of a device, or of all, for a while; 0 ends that. */
  async maintain(device: string, seconds: number): Promise<void> {
    const key = device === "*" ? device : this.#deviceId(device);
    const until = this.#options.time.now() + seconds * 1_000;
    const { maintenance } = this.#kept;
    await this.#writer.write([seconds > 0 ? maintenance.set(key, until) : maintenance.delete(key)]);
  }

  /**
   * Adds a rule, or replaces the one with its id; resolves to that when it is on the disk.
   * @throws CommandError when there are too many
   */
  async add(rule: AlertRule): Promise<string> {
    const id = ruleId(rule);
    if (!this.#kept.rules.has(id) && this.rules().length >= limits.rules) {
      throw new CommandError("too_large", `There are ${limits.rules} rules already`);
    }
    await this.#writer.write([this.#kept.rules.set(id, { ...rule, id })]);
    this.#watcher.use(this.rules());
    return id;
  }

  /** @throws CommandError when no rule with that id was added */
  async remove(id: string): Promise<void> {
    if (!this.#kept.rules.has(id)) {
      throw new CommandError("bad_payload", `No rule "${id}" was added`);
    }
    await this.#writer.write([this.#kept.rules.delete(id)]);
    this.#watcher.use(this.rules());
  }

  /**
   * Warns somebody of a value; takes the place of their earlier warning of the same kind.
   * @throws CommandError when the device has nothing of the sort
   */
  async warn({ device: idOrName, property, below, above, by }: Warning): Promise<string> {
    const id = this.#deviceId(idOrName);
    const device = this.#options.devices.get(id);
    const wanted = property ?? (device && mainProperty(device));
    const side = below === undefined ? "above" : "below";
    const rule = alertRuleSchema.safeParse({
      id: warningId(by, id, wanted ?? "", side),
      device: id,
      property: wanted,
      ...(below !== undefined && { below }),
      ...(above !== undefined && { above }),
      notify: [by],
    }).data;
    const isThere = rule && device && propertiesOf(rule, device).length > 0;
    if (!isThere) throw new CommandError("unknown_property", `${id} has nothing to warn of`);
    return this.add(rule);
  }

  /**
   * Ends the warnings that somebody has of a device.
   * @throws CommandError when there is none
   */
  async unwarn(device: string, by: string): Promise<void> {
    const id = this.#deviceId(device);
    const mine = this.#kept.rules
      .entries()
      .filter(
        ([, rule]) => rule.device === id && rule.notify?.length === 1 && rule.notify[0] === by,
      );
    if (mine.length === 0) throw new CommandError("bad_payload", `${by} is not warned of ${id}`);
    await this.#writer.write(mine.map(([key]) => this.#kept.rules.delete(key)));
    this.#watcher.use(this.rules());
  }

  #deviceId(idOrName: string): string {
    const found = this.#options.devices.find(idOrName);
    if (found) return found.id;
    throw new CommandError("unknown_device", `There is no device "${idOrName}"`);
  }
}

/** One id for each warning that a person can have, whatever its limit. */
function warningId(...words: readonly string[]): string {
  const digest = createHash("sha256").update(words.join("/")).digest("hex");
  return `warning-${digest.slice(0, 10)}`;
}
