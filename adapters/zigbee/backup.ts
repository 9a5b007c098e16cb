import { join } from "node:path";
import { ProtocolError, reasonOf, z, type Scalar, type ToolOptions } from "koine/adapter";
import { fileNames, Generations, readText, writeFileSafely } from "./files.ts";
import { networkIn } from "./network.ts";

const format = "koine-zigbee-backup";

const documentSchema = z.strictObject({
  format: z.literal(format),
  version: z.literal(1),
  created: z.string(),
  /** Texts of the files, by name; only those that there are. */
  files: z.partialRecord(z.enum(Object.values(fileNames)), z.string()),
});

/** All that another stick needs to take over the network, as one document. */
export async function backupDocument(directory: string, nowMs: number): Promise<Scalar> {
  const names = Object.values(fileNames);
  const texts = await Promise.all(names.map((name) => readText(join(directory, name))));
  const files = names.flatMap((name, index) => {
    const text = texts[index];
    return text === undefined ? [] : [[name, text] as const];
  });
  const created = new Date(nowMs).toISOString();
  return { format, version: 1, created, files: Object.fromEntries(files) };
}

/**
 * Puts a backup back in the place of what is there, which is kept as generations.
 * @throws ProtocolError when it is no backup, or one without a network
 */
export async function restoreBackup({
  argument,
  directory,
  force,
  nowMs,
}: ToolOptions): Promise<readonly string[]> {
  const text = await readText(argument);
  if (text === undefined) throw new ProtocolError(`There is no file "${argument}"`);
  const files = filesIn(argument, text);
  const backup = files[fileNames.backup];
  if (backup !== undefined && !networkIn(backup)) {
    throw new ProtocolError(`Cannot restore "${argument}": its coordinator backup cannot be read`);
  }
  await refuseToReplace(directory, force);
  await keepWhatIs(directory, nowMs);
  for (const [name, content] of Object.entries(files)) {
    await writeFileSafely(join(directory, name), content);
  }
  return [
    `Restored ${Object.keys(files).join(", ")}.`,
    "Start the gateway: a new stick takes over the network by itself.",
  ];
}

function filesIn(path: string, text: string): z.infer<typeof documentSchema>["files"] {
  try {
    return documentSchema.parse(JSON.parse(text)).files;
  } catch (cause) {
    throw new ProtocolError(`Cannot read "${path}" as a backup: ${reasonOf(cause)}`, { cause });
  }
}

/** @throws ProtocolError when there is a network already, and nobody said that it may go */
export async function refuseToReplace(directory: string, force: boolean): Promise<void> {
  const database = await readText(join(directory, fileNames.database));
  const devices = (database ?? "").split("\n").filter((line) => line !== "").length - 1;
  if (devices <= 0 || force) return;
  throw new ProtocolError(
    `There is a network with ${devices} devices already; --force replaces it, and keeps its files in generations/`,
  );
}

export async function keepWhatIs(directory: string, nowMs: number): Promise<void> {
  const generations = new Generations(directory);
  for (const name of Object.values(fileNames)) await generations.keep(name, nowMs);
}
