import { z } from "zod";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Context } from "./context.ts";
import { ask, type ControlOptions } from "./control.ts";

const renamedSchema = z.looseObject({ name: z.string() });

/** `koine devices rename`: gives a device a name; its id and keys stay. */
export async function rename(
  device: string,
  name: string,
  options: ControlOptions,
  context: Context,
): Promise<ExitCode> {
  const answer = await ask("rename", { device, name }, options, context);
  const { name: given } = renamedSchema.parse(answer);
  context.print(`${device} is now called ${given}`);
  return exitCode.ok;
}

/** `koine devices remove`: forgets a device, until it is heard again. */
export async function remove(
  device: string,
  options: ControlOptions,
  context: Context,
): Promise<ExitCode> {
  await ask("remove", { device }, options, context);
  context.print(`${device} is removed; if it is heard again, it comes back as a new device`);
  return exitCode.ok;
}

/** `koine devices replace`: lets new hardware take the place of a dead device. */
export async function replace(
  dead: string,
  successor: string,
  options: ControlOptions,
  context: Context,
): Promise<ExitCode> {
  await ask("replace", { device: dead, with: successor }, options, context);
  context.print(`${dead} lives on in the hardware that was ${successor}`);
  return exitCode.ok;
}
