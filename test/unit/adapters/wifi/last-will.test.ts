import { describe, expect, test } from "vitest";
import { DeviceTrial } from "../../../support/device-trial.ts";

describe("the kept last will of a device that nobody has heard", () => {
  test.each([
    ["tele/old/LWT", "Offline"],
    ["wled/old/status", "offline"],
    ["shellies/shellyplug-s-000001/online", "false"],
    ["shellyplus1-000000000001/online", "false"],
  ])("makes no device: %s", (topic, payload) => {
    const trial = new DeviceTrial().hearKept([topic, payload]);
    expect([trial.ref, trial.availability]).toEqual([[], undefined]);
    expect(new DeviceTrial().hear([topic, payload]).availability).toBe("offline");
  });

  test("counts as soon as anything else that was kept makes it known", () => {
    const trial = new DeviceTrial().hearKept(["tele/old/LWT", "Offline"]);
    trial.hearKept(["tele/old/STATE", { POWER: "ON" }]);
    expect([trial.values, trial.availability]).toEqual([{ onoff: true }, "offline"]);
  });

  test("is forgotten when the device is heard after all", () => {
    const trial = new DeviceTrial().hearKept(["tele/old/LWT", "Offline"]);
    trial.hear(["tele/old/LWT", "Online"]);
    expect(trial.availability).toBe("online");
  });
});
