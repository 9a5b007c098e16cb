import type { Bus } from "../core/bus.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Store } from "../store/store.ts";
import { alarmSchema } from "./alarm.ts";

/** Takes back from the bus what an earlier run has raised: nobody watches any more. */
export async function clearAlerts(bus: Bus, store: Store): Promise<void> {
  const alarms = await KeptMap.load(store, "alerts/alarm/", alarmSchema);
  for (const { device, alert } of alarms.values()) {
    bus.publish({ kind: "alert", device, alert, body: undefined });
  }
  await store.write(alarms.entries().map(([key]) => alarms.delete(key)));
}
