import { z } from "zod";
import { verb, type Verb } from "../core/requests.ts";
import { alertRuleSchema } from "../model/alert-rule.ts";
import type { Scalar } from "../model/scalar.ts";
import { timestamp } from "../model/state.ts";
import type { Alerts } from "./alerts.ts";
import { alertLimits as limits } from "./limits.ts";

const alarm = z.number().int().min(1).max(limits.alarms).describe("Number of the alarm");
const device = z.string().min(1).describe("Id or name of the device");
const by = z.string().min(1).max(64).describe("Who does it: id of a person, or any word");

/** What may be asked about alarms. */
export function alertRequests(alerts: Alerts): Readonly<Record<string, Verb>> {
  return {
    alerts: verb(z.strictObject({}), () =>
      alerts
        .open()
        .map(({ number, device: id, alert, severity, state, sinceMs, by: who = null }) => ({
          number,
          device: id,
          alert,
          severity,
          state,
          since: timestamp(sinceMs),
          by: who,
        })),
    ),
    "alert-ack": verb(z.strictObject({ alarm, by: by.default("mqtt") }), async (params) => {
      return { alarm: params.alarm, by: await alerts.acknowledge(params.alarm, params.by) };
    }),
    "alert-mute": verb(
      z.strictObject({
        alarm,
        seconds: z.number().min(1).max(limits.longestMuteS).default(3_600),
        by: by.optional(),
      }),
      async (params) => {
        await alerts.mute(params.alarm, params.seconds);
        return { alarm: params.alarm };
      },
    ),
    "alert-maintenance": verb(
      z.strictObject({
        device: device.default("*"),
        seconds: z.number().min(0).max(limits.longestMuteS),
      }),
      async (params) => {
        await alerts.maintain(params.device, params.seconds);
        return { device: params.device };
      },
    ),
    "alert-rules": verb(z.strictObject({}), () => alerts.rules().map((rule) => plain(rule))),
    "alert-rule": verb(alertRuleSchema, async (rule) => ({ id: await alerts.add(rule) })),
    "alert-rule-remove": verb(z.strictObject({ id: z.string() }), async ({ id }) => {
      await alerts.remove(id);
      return { id };
    }),
    "alert-warn": verb(
      z.strictObject({
        device,
        property: z.string().min(1).optional(),
        below: z.number().optional(),
        above: z.number().optional(),
        by,
      }),
      async (warning) => ({ id: await alerts.warn(warning) }),
    ),
    "alert-unwarn": verb(z.strictObject({ device, by }), async (params) => {
      await alerts.unwarn(params.device, params.by);
      return {};
    }),
  };
}

function plain(rule: object): Scalar {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
}
