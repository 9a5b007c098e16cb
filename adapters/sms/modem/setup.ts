import { createHash } from "node:crypto";
import type { AdapterHost } from "koine/adapter";
import type { Engine } from "../at/engine.ts";
import { AtFailure } from "../at/failure.ts";
import { limits } from "../limits.ts";
import { ModemTrouble, type ModemFigures } from "./state.ts";

/** Errors of a SIM (3GPP TS 27.007, 9.2.1; 27.005, 3.2.5). */
const noSim: ReadonlySet<number> = new Set([10, 13, 15, 310, 313, 315]);
/** What can be asked for so that messages are told; the first that a modem takes. */
const notifications = ["2,1,0,2,0", "2,1,0,1,0", "2,1,0,0,0", "1,1,0,2,0", "1,1,0,1,0", "2,1"];

/** Says something until it answers: one without power a moment ago has to find its speed first. */
export async function wake(engine: Engine, tries: number): Promise<void> {
  for (let turn = 1; ; turn++) {
    try {
      await engine.run("AT", { timeoutMs: limits.wakeMs, isUrgent: true });
      return;
    } catch (error) {
      const isPatient = error instanceof AtFailure && error.kind !== "gone" && turn < tries;
      if (!isPatient) throw error;
    }
  }
}

/** Has it start anew, as far as it still listens (3GPP TS 27.007, 8.2); most leave their port for that. */
export async function restart(engine: Engine): Promise<void> {
  try {
    await engine.run("AT+CFUN=1,1", { timeoutMs: limits.wakeMs, isUrgent: true });
  } catch (error) {
    // One that is stuck says nothing, and may obey all the same.
    if (!(error instanceof AtFailure) || error.kind === "gone") throw error;
  }
}

/** What it is. Nothing of it is needed, and some make a secret of it. */
export async function identify(engine: Engine): Promise<ModemFigures> {
  await attempt(engine, "ATE0");
  await attempt(engine, "AT+CMEE=1");
  const [maker, model, revision, serial] = [
    await textOf(engine, "AT+CGMI"),
    await textOf(engine, "AT+CGMM"),
    await textOf(engine, "AT+CGMR"),
    await textOf(engine, "AT+CGSN"),
  ];
  return {
    ...(maker !== undefined && { maker }),
    ...(model !== undefined && { model }),
    ...(revision !== undefined && { revision: revision.replace(/^(?:\+CGMR:\s*|Revision:)/, "") }),
    ...(serial !== undefined && /^\d{14,16}$/.test(serial) && { serial }),
  };
}

/**
 * Opens the SIM, with the PIN where it asks for one. A PIN that was refused is not tried again, not
 * after a restart either: the third time locks the SIM.
 * @throws ModemTrouble when a person is needed
 */
export async function unlockSim(
  engine: Engine,
  { name, pin }: { readonly name: string; readonly pin: string | undefined },
  store: AdapterHost["store"],
): Promise<void> {
  const refusedPin = `pin_refused/${name}`;
  const asked = await askPin(engine);
  if (asked === "READY") {
    // It was right, whatever an earlier run got to note.
    if ((await store.get(refusedPin)) !== undefined) {
      await store.write([{ key: refusedPin, value: undefined }]);
    }
    return;
  }
  if (asked !== "SIM PIN") throw new ModemTrouble("pin_needed", `The SIM asks for ${asked}`);
  if (pin === undefined) throw new ModemTrouble("pin_needed", "The SIM asks for its PIN: set pin:");
  const hash = createHash("sha256").update(pin).digest("base64url");
  if ((await store.get(refusedPin)) === hash) {
    throw new ModemTrouble("pin_needed", "The SIM has refused this PIN: set another pin:");
  }
  const left = await triesLeft(engine);
  if (left !== undefined && left <= 1) {
    throw new ModemTrouble("pin_needed", "The SIM takes one more PIN: enter it in a phone");
  }
  // Before it is tried: whatever happens then, it is not tried a second time.
  await store.write([{ key: refusedPin, value: hash }]);
  try {
    await engine.run(`AT+CPIN="${pin}"`, { timeoutMs: limits.simMs });
  } catch (error) {
    if (!(error instanceof AtFailure) || error.kind !== "refused") throw error;
    throw new ModemTrouble("pin_needed", "The SIM refuses the PIN: set another pin:");
  }
  await store.write([{ key: refusedPin, value: undefined }]);
}

/** What the SIM asks for: READY when nothing. It may need a moment after the modem got power. */
export async function askPin(engine: Engine): Promise<string> {
  for (let turn = 1; ; turn++) {
    try {
      const [line] = await engine.run("AT+CPIN?", { answer: "+CPIN" });
      const said = /^\+CPIN:\s*(.+)$/.exec(line?.line ?? "")?.[1];
      if (said !== undefined) return said;
    } catch (error) {
      if (!(error instanceof AtFailure) || error.kind === "gone") throw error;
      if (error.code !== undefined && noSim.has(error.code)) {
        throw new ModemTrouble("no_sim", "There is no SIM in the modem");
      }
    }
    if (turn >= limits.simTries) throw new ModemTrouble("no_sim", "The SIM does not answer");
    await engine.pause(limits.simAgainMs);
  }
}

async function triesLeft(engine: Engine): Promise<number | undefined> {
  const lines = await attempt(engine, "AT+CPINR", "+CPINR");
  const [, left] = /SIM PIN\d?\s*,\s*(\d+)/.exec(lines[0] ?? "") ?? [];
  return left === undefined ? undefined : Number(left);
}

/**
 * Messages in PDU mode, read where they come in, and to be told of them.
 * @returns the memory that is read, where the modem says so
 */
export async function prepareMessages(engine: Engine): Promise<string | undefined> {
  await engine.run("AT+CMGF=0");
  await attempt(engine, "AT+CSMS=1", "+CSMS");
  for (const notification of notifications) {
    if (await succeeds(engine, `AT+CNMI=${notification}`)) break;
  }
  await attempt(engine, "AT+CLIP=1");
  const [line] = await attempt(engine, "AT+CPMS?", "+CPMS");
  const [read, , incoming] = [...(line ?? "").matchAll(/"(\w+)"/g)].map(([, name]) => name);
  if (incoming === undefined || incoming === read) return read;
  return (await succeeds(engine, `AT+CPMS="${incoming}"`)) ? incoming : read;
}

/** How it does now. */
export async function figuresOf(engine: Engine): Promise<ModemFigures> {
  const [quality] = await attempt(engine, "AT+CSQ", "+CSQ");
  const [operator] = await attempt(engine, "AT+COPS?", "+COPS");
  const [storage] = await attempt(engine, "AT+CPMS?", "+CPMS");
  const steps = Number(/:\s*(\d+)/.exec(quality ?? "")?.[1] ?? 99);
  const name = /"(?<name>[^"]+)"/.exec(operator ?? "")?.groups?.["name"];
  const [, stored, capacity] = /:\s*"\w+",(\d+),(\d+)/.exec(storage ?? "") ?? [];
  return {
    // 3GPP TS 27.007, 8.5: steps of 2 dBm from -113 on.
    ...(steps <= 31 && { rssi: 2 * steps - 113 }),
    ...(name !== undefined && { operator: name }),
    ...(stored !== undefined && { stored: Number(stored) }),
    ...(capacity !== undefined && { capacity: Number(capacity) }),
  };
}

/** How it is registered; data networks carry texts, too. */
export async function isRegistered(engine: Engine): Promise<"yes" | "no" | "denied"> {
  const states = [
    ...(await attempt(engine, "AT+CREG?", "+CREG")),
    ...(await attempt(engine, "AT+CEREG?", "+CEREG")),
  ].map((line) => Number(/:\s*\d+\s*,\s*(\d+)/.exec(line)?.[1] ?? 0));
  // Home, roaming, and both for texts only.
  if (states.some((state) => [1, 5, 6, 7].includes(state))) return "yes";
  return states.includes(3) ? "denied" : "no";
}

/** The lines of an answer, without any where a modem refuses: not all have everything. */
async function attempt(engine: Engine, command: string, answer?: string): Promise<string[]> {
  try {
    const lines = await engine.run(command, answer === undefined ? {} : { answer });
    return lines.map(({ line }) => line);
  } catch (error) {
    if (error instanceof AtFailure && error.kind === "refused") return [];
    throw error;
  }
}

async function textOf(engine: Engine, command: string): Promise<string | undefined> {
  const [line] = await attempt(engine, command);
  return line;
}

async function succeeds(engine: Engine, command: string): Promise<boolean> {
  try {
    await engine.run(command);
    return true;
  } catch (error) {
    if (error instanceof AtFailure && error.kind === "refused") return false;
    throw error;
  }
}
