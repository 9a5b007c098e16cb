import type { Scalar } from "koine/adapter";

/** What a notification is about, and the numbers by which it says that it is so, or not. */
interface Notification {
  readonly name: RegExp;
  readonly is: string;
  readonly on: readonly number[];
  readonly off: readonly number[];
}

/** 0 is idle. A door that is open may say whether it is tilted. */
const notifications: readonly Notification[] = [
  { name: /Motion_sensor_status/, is: "motion", on: [7, 8], off: [0] },
  { name: /Cover_status/, is: "tamper", on: [3], off: [0] },
  { name: /Door_state/, is: "open", on: [22, 5_632, 5_633], off: [23] },
  { name: /Water_Alarm/, is: "water_leak", on: [1, 2], off: [0] },
  { name: /Smoke_Alarm/, is: "smoke", on: [1, 2], off: [0] },
  { name: /CO_Alarm/, is: "co_alarm", on: [1, 2], off: [0] },
  { name: /Heat_Alarm/, is: "heat_alarm", on: [1, 2], off: [0] },
];

/** How a notification is read; undefined where it is about something else. */
export function notificationOf(
  property: string,
  key = "",
):
  | { readonly is: string; readonly read: (raw: Scalar) => Scalar; readonly says: string }
  | undefined {
  const path = `${property}/${key}`.replaceAll(" ", "_");
  const found = notifications.find(({ name }) => name.test(path));
  if (!found) return undefined;
  const { is, on, off } = found;
  return {
    is,
    read: (raw) => truth(raw, on, off),
    says: `${on.join(" or ")} → true, ${off.join(" or ")} → false`,
  };
}

/** Any other number says that the node does not know. */
function truth(raw: Scalar, on: readonly number[], off: readonly number[]): boolean | null {
  if (typeof raw !== "number") return null;
  if (on.includes(raw)) return true;
  return off.includes(raw) ? false : null;
}
