import { ok, problem, reasonOf, warning, type ExamineContext, type Finding } from "koine/adapter";
import { Engine } from "../at/engine.ts";
import type { ModemConfig } from "../config.ts";
import { limits } from "../limits.ts";
import { openPort } from "./port.ts";
import { askPin, figuresOf, identify, isRegistered, wake } from "./setup.ts";
import { ModemTrouble, type ModemFigures } from "./state.ts";

/**
 * Asks a modem what it is, and how its SIM and the network are; enters no PIN. Of several ports the
 * first that answers is the one.
 */
export async function examine(
  config: ModemConfig,
  ports: readonly string[],
  context: ExamineContext,
): Promise<readonly Finding[]> {
  let reason = "";
  for (const port of ports) {
    try {
      return await examineAt(config, port, context);
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  // One that others use: of their processes only root is told.
  if (/cannot lock|busy/i.test(reason)) {
    return [
      problem("serial_busy", `The modem at "${ports.join('", "')}" is used by another program`, {
        why: reason,
        next: "sudo koine doctor says by which; end that program: two cannot use one port",
      }),
    ];
  }
  return [
    problem("modem_silent", `The modem at "${ports.join('", "')}" does not answer`, {
      why: reason,
      next: "Pull it out and put it in again; look whether it gets enough power, and whether baud_rate: is right",
    }),
  ];
}

/** @throws LinkError or AtFailure when it does not answer */
async function examineAt(
  config: ModemConfig,
  path: string,
  { clock, signal }: ExamineContext,
): Promise<readonly Finding[]> {
  const port = await openPort(path, config.baud_rate);
  const engine = new Engine({ clock, port, unasked: () => {}, count: () => {} });
  const stop = (): void => engine.close("silent");
  signal.addEventListener("abort", stop);
  try {
    await wake(engine, limits.guessTries);
    const what = await identify(engine);
    const locked = await lockOf(engine, config);
    if (locked) return [locked];
    const figures = await figuresOf(engine);
    return [networkFinding(await isRegistered(engine), { ...what, ...figures }, path)];
  } finally {
    signal.removeEventListener("abort", stop);
    engine.close();
  }
}

async function lockOf(engine: Engine, { pin }: ModemConfig): Promise<Finding | undefined> {
  let asked: string;
  try {
    asked = await askPin(engine);
  } catch (error) {
    if (!(error instanceof ModemTrouble)) throw error;
    return problem("sim_missing", error.message, {
      why: "Without a SIM there is no network for it",
      next: "Switch the modem off, put the SIM in, the cut corner first as drawn on it, and on again",
    });
  }
  if (asked === "READY") return undefined;
  if (asked === "SIM PIN" && pin !== undefined) return ok("The SIM asks for its PIN, which is set");
  return problem("sim_locked", `The SIM asks for ${asked}`, {
    why: "Until it gets that it does nothing",
    next:
      asked === "SIM PIN"
        ? "Set pin: !secret sim_pin in koine.yaml; or switch the PIN off with a phone"
        : "Put the SIM into a phone and enter it there",
  });
}

function networkFinding(
  registered: "yes" | "no" | "denied",
  { maker = "", model = "modem", operator, rssi }: ModemFigures,
  path: string,
): Finding {
  const what = `${maker} ${model}`.trim();
  switch (registered) {
    case "yes": {
      const signal = rssi === undefined ? "" : `, signal ${rssi} dBm`;
      return ok(`${what} at "${path}", in the network ${operator ?? "of its SIM"}${signal}`);
    }
    case "denied":
      return problem("network_denied", `The network does not take the SIM of ${what}`, {
        why: "It is not active, blocked, or not for this country",
        next: "Try the SIM in a phone, or ask its operator",
      });
    case "no":
      return warning("network_missing", `${what} has found no network`, {
        why: rssi === undefined ? "It hears none" : `It hears one at ${rssi} dBm`,
        next: "Wait a minute; then look at its antenna, or move it to a window",
      });
  }
}
