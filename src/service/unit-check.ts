import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LinkError } from "../errors.ts";
import { serviceUnit } from "./names.ts";
import { hasProgram, run } from "./programs.ts";

/** How far open a unit may be, by `systemd-analyze security`: 0 is closed, 10 is open. */
export const mostExposure = 3.5;

/** What systemd itself says of a unit. */
export interface UnitVerdict {
  /** 0 to 10; undefined where this systemd cannot tell. */
  readonly exposure: number | undefined;
}

/**
 * Lets systemd read the text of a unit; undefined where there is no `systemd-analyze`.
 * @param directory where it may be written for that
 * @throws LinkError when it cannot be used
 */
export async function checkUnit(text: string, directory: string): Promise<UnitVerdict | undefined> {
  if (!(await hasProgram("systemd-analyze"))) return undefined;
  const file = join(directory, serviceUnit);
  await writeFile(file, text);
  const verified = await run(["systemd-analyze", "verify", "--man=no", file]);
  if (verified.code !== 0) {
    throw new LinkError(`systemd cannot use the unit: ${verified.text}`);
  }
  return { exposure: await exposureOf(file) };
}

async function exposureOf(file: string): Promise<number | undefined> {
  const { text } = await run(["systemd-analyze", "security", "--no-pager", "--offline=true", file]);
  const [, exposure] = /Overall exposure level for \S+: (\d+(?:\.\d+)?)/.exec(text) ?? [];
  return exposure === undefined ? undefined : Number(exposure);
}
