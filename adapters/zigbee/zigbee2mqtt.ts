import { join } from "node:path";
import { ProtocolError, reasonOf, z, type ToolOptions } from "koine/adapter";
import { parse } from "yaml";
import { keepWhatIs, refuseToReplace } from "./backup.ts";
import { fileNames, readText, writeBacksUp, writeFileSafely } from "./files.ts";
import { networkIn, refuseKnownKey, type Network } from "./network.ts";

const named = z.looseObject({ friendly_name: z.coerce.string().optional() });
/** By address, or by the number of a group. */
const table = z.record(z.string(), named.nullable());
/** The same, or in which files it stands. */
const tables = z.union([table, z.string(), z.array(z.string())]).nullish();

/** What of zigbee2mqtt's configuration.yaml is looked at. */
const configurationSchema = z.looseObject({
  devices: tables,
  groups: tables,
  advanced: z
    .looseObject({
      network_key: z.union([z.array(z.number()), z.string()]).optional(),
      pan_id: z.union([z.number(), z.string()]).optional(),
      ext_pan_id: z.union([z.array(z.number()), z.string()]).optional(),
      channel: z.coerce.number().optional(),
    })
    .nullish(),
});
type Configuration = z.infer<typeof configurationSchema>;

/**
 * Takes over a network from zigbee2mqtt: its devices, keys and names. Nothing in its folder changes.
 * @throws ProtocolError when there is no such network, or not all of it
 * @throws ConfigError when everybody knows its key
 */
export async function importZigbee2mqtt({
  argument: folder,
  directory,
  force,
  nowMs,
}: ToolOptions): Promise<readonly string[]> {
  const database = await readText(join(folder, fileNames.database));
  if (database === undefined) {
    throw new ProtocolError(
      `There is no ${fileNames.database} in "${folder}": name the data folder of zigbee2mqtt, such as /opt/zigbee2mqtt/data`,
    );
  }
  const backup = await readText(join(folder, fileNames.backup));
  const configuration = await configurationIn(folder);
  const network = await networkOf(folder, backup, configuration);
  refuseKnownKey(network);
  const names = await namesIn(folder, configuration);
  await refuseToReplace(directory, force);
  await keepWhatIs(directory, nowMs);
  const write = async (name: string, text: string): Promise<void> =>
    writeFileSafely(join(directory, name), text);
  await write(fileNames.database, database);
  if (backup !== undefined) await write(fileNames.backup, backup);
  await writeBacksUp(directory, backup !== undefined);
  await write(fileNames.network, `${JSON.stringify(network, undefined, 2)}\n`);
  await write(fileNames.names, `${JSON.stringify(Object.fromEntries(names), undefined, 2)}\n`);
  const devices = database.split("\n").filter((line) => /"type":"(?:Router|EndDevice)"/.test(line));
  return [
    `Imported ${devices.length} devices and ${names.size} names from "${folder}".`,
    ...(backup === undefined
      ? [
          "There was no coordinator backup: the stick must stay the one it is until Koine has made one.",
        ]
      : []),
    "Stop zigbee2mqtt for good before the gateway is started: two programs cannot share a stick.",
  ];
}

async function configurationIn(folder: string): Promise<Configuration> {
  const path = join(folder, "configuration.yaml");
  const text = await readText(path);
  if (text === undefined) return {};
  try {
    return configurationSchema.parse(yamlIn(text) ?? {});
  } catch (cause) {
    throw new ProtocolError(`Cannot read "${path}": ${reasonOf(cause)}`, { cause });
  }
}

/** `!secret name` and the like are left as they are: texts. */
function yamlIn(text: string): unknown {
  return parse(text, { logLevel: "silent" });
}

async function networkOf(
  folder: string,
  backup: string | undefined,
  configuration: Configuration,
): Promise<Network> {
  const known = backup === undefined ? undefined : networkIn(backup);
  const { channel } = configuration.advanced ?? {};
  if (known) return { ...known, ...(channel !== undefined && { channel }) };
  const told = await networkInConfiguration(folder, configuration);
  if (told) return told;
  throw new ProtocolError(
    `Neither coordinator_backup.json nor configuration.yaml in "${folder}" says which network it is: start zigbee2mqtt once, so that it writes them`,
  );
}

async function networkInConfiguration(
  folder: string,
  { advanced }: Configuration,
): Promise<Network | undefined> {
  const { network_key: key, pan_id: panId, ext_pan_id: extended, channel } = advanced ?? {};
  const [keyHex, extendedHex] = await Promise.all([
    hexOf(folder, key, "network_key"),
    hexOf(folder, extended, "ext_pan_id"),
  ]);
  const pan = Number(panId);
  if (keyHex?.length !== 32 || !Number.isInteger(pan)) return undefined;
  return {
    pan_id: pan,
    extended_pan_id: extendedHex ?? "dd".repeat(8),
    channel: channel ?? 11,
    key: keyHex,
  };
}

/** A list of bytes as hexadecimal digits; a text names where it stands: `!secret network_key`. */
async function hexOf(
  folder: string,
  given: readonly number[] | string | undefined,
  name: string,
): Promise<string | undefined> {
  if (typeof given === "object") return Buffer.from(given).toString("hex");
  if (given === undefined || given === "GENERATE") return undefined;
  const [, file = "secret", key = name] = /^!?(\S+?)(?:\.yaml)?\s+(\S+)$/.exec(given) ?? [];
  const text = await readText(join(folder, `${file}.yaml`));
  const { data } = z.record(z.string(), z.unknown()).safeParse(text && yamlIn(text));
  const { data: bytes } = z.array(z.number()).safeParse(data?.[key]);
  return bytes && Buffer.from(bytes).toString("hex");
}

/** Friendly names of devices, by address, and of groups, as `group-1`. */
async function namesIn(
  folder: string,
  { devices, groups }: Configuration,
): Promise<ReadonlyMap<string, string>> {
  const rows = [...(await rowsIn(folder, devices)), ...(await rowsIn(folder, groups, "group-"))];
  return new Map(
    rows.flatMap(([key, name]) => {
      const known = key.replace(/^0x/, "").toLowerCase();
      const isUsable = name !== key && /^(?:[0-9a-f]{16}|group-\d+)$/.test(known);
      return isUsable ? [[known, name] as const] : [];
    }),
  );
}

async function rowsIn(
  folder: string,
  given: z.infer<typeof tables>,
  prefix = "",
): Promise<readonly (readonly [key: string, name: string])[]> {
  const all =
    typeof given === "string" || Array.isArray(given)
      ? await Promise.all([given].flat().map(async (file) => tableIn(join(folder, file))))
      : [given ?? {}];
  return all.flatMap((rows) =>
    Object.entries(rows).flatMap(([key, row]) => {
      const name = row?.friendly_name;
      return name === undefined ? [] : [[`${prefix}${key}`, name] as const];
    }),
  );
}

async function tableIn(path: string): Promise<z.infer<typeof table>> {
  const text = await readText(path);
  const { data } = table.safeParse(text === undefined ? {} : yamlIn(text));
  return data ?? {};
}
