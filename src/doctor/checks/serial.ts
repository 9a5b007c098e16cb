import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import type { SerialNeed } from "../../core/adapter.ts";
import { isKoineError, reasonOf } from "../../errors.ts";
import { ok, problem, warning, type Finding, type Trouble } from "../../model/finding.ts";
import { examination } from "../examination.ts";
import { holdersOf, holdersText } from "../machine-files.ts";
import type { Surroundings } from "../surroundings.ts";

/** A stick or modem: whether it is plugged in, may be used, is free, and what it says. */
export async function checkSerial(
  need: SerialNeed,
  isUsed: boolean,
  surroundings: Surroundings,
): Promise<readonly Finding[]> {
  let paths: readonly string[];
  try {
    paths = await need.find(surroundings.root);
  } catch (error) {
    return [await notFound(need, error, surroundings)];
  }
  const findings: Finding[] = [];
  const usable: string[] = [];
  for (const path of paths) {
    const renumbered = await byNumber(need, path, surroundings);
    const trouble = isUsed ? undefined : await closed(need, path, surroundings);
    if (renumbered) findings.push(renumbered);
    if (trouble) findings.push(trouble);
    else usable.push(path);
  }
  if (usable.length === 0) return findings;
  if (isUsed || !need.examine) {
    return [...findings, ...usable.map((path) => ok(`${need.what} at "${path}"`))];
  }
  const { examine } = need;
  const examined = await examination((context) => examine(usable, context), surroundings.clock);
  return [...findings, ...examined];
}

async function notFound(
  { what, port }: SerialNeed,
  error: unknown,
  { serialPorts }: Surroundings,
): Promise<Trouble> {
  const there = (await serialPorts()).map(({ path }) => path);
  const seen = there.length === 0 ? "no serial port from USB is to be seen" : there.join(", ");
  if (isKoineError(error, "config")) {
    return problem("serial_undecided", `Which port the ${what} has cannot be told`, {
      why: reasonOf(error),
      next: `Set port: of that adapter in koine.yaml; there is ${seen}`,
    });
  }
  return problem("serial_missing", `No ${what} is at "${port}"`, {
    why: reasonOf(error),
    next: `Plug it in, without a hub if that is all; then: ls -l /dev/serial/by-id (${seen})`,
  });
}

/** A path that is another one when something else is plugged in first. */
async function byNumber(
  { what }: SerialNeed,
  path: string,
  { serialPorts }: Surroundings,
): Promise<Trouble | undefined> {
  if (!/^\/dev\/tty(?:USB|ACM)\d+$/.test(path)) return undefined;
  const lasting = (await serialPorts()).find(({ device }) => device === path)?.path;
  return warning("serial_renumbered", `The ${what} is configured by its number, "${path}"`, {
    why: "The number is another one when something else is plugged in first, or after a restart",
    next: lasting === undefined ? "ls -l /dev/serial/by-id" : `Set port: ${lasting}`,
  });
}

async function closed(
  { what }: SerialNeed,
  path: string,
  surroundings: Surroundings,
): Promise<Trouble | undefined> {
  const device = await realpath(path).catch(() => undefined);
  if (device === undefined) {
    const why = "There is no such file: it is not plugged in, or the path is mistyped";
    const next = "ls -l /dev/serial/by-id";
    return problem("serial_missing", `No ${what} is at "${path}"`, { why, next });
  }
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (cause) {
    const { name } = surroundings.user;
    return problem("serial_forbidden", `${name} may not use the ${what} at "${path}"`, {
      why: `${reasonOf(cause)}; serial ports are for the group dialout`,
      next: `sudo usermod -aG dialout ${name}; then log out and in again`,
    });
  }
  const holder = holdersText(await holdersOf(surroundings, [device]));
  if (holder === undefined) return undefined;
  return problem("serial_busy", `The ${what} at "${path}" is used by another program`, {
    why: holder,
    next: holder.includes("ModemManager")
      ? "sudo systemctl disable --now ModemManager"
      : "End that program: two cannot use one port",
  });
}
