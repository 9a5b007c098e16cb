import { randomBytes, randomInt } from "node:crypto";
import { join } from "node:path";
import { ConfigError, reasonOf, z } from "koine/adapter";
import type { ZigbeeConfig } from "./config.ts";
import { fileNames, readText, writeFileSafely } from "./files.ts";

const hexBytes = (count: number): z.ZodString =>
  z.string().regex(new RegExp(`^[0-9a-f]{${count * 2}}$`));

/** What makes a Zigbee network this one and no other. */
const networkSchema = z.strictObject({
  pan_id: z.number().int().min(1).max(0xfffe),
  /** Hexadecimal, most significant byte first. */
  extended_pan_id: hexBytes(8),
  channel: z.number().int().min(11).max(26),
  key: hexBytes(16),
});
export type Network = Readonly<z.infer<typeof networkSchema>>;

/** The part of a coordinator backup that says which network it is of. */
const backupSchema = z.looseObject({
  metadata: z.looseObject({ format: z.literal("zigpy/open-coordinator-backup") }),
  pan_id: z.string().regex(/^[0-9a-f]{4}$/i),
  extended_pan_id: z.string().regex(/^[0-9a-f]{16}$/i),
  channel: z.number().int(),
  network_key: z.looseObject({ key: z.string().regex(/^[0-9a-f]{32}$/i) }),
});

const defaultChannel = 15;

/**
 * The key that was the default of a widespread program for years, and is known to everybody:
 * zigbee2mqtt issue 685.
 */
const knownKey = "01030507090b0d0f00020406080a0c0d";

/** The network that is to be started, and the one that was kept, where there was one. */
export interface LoadedNetwork {
  readonly network: Network;
  readonly kept: Network | undefined;
}

/**
 * The network of this adapter: that of the configuration, of earlier runs, or a new one with random
 * keys. Nothing is written yet.
 * @throws ConfigError when the file of it cannot be understood
 */
export async function loadNetwork(directory: string, config: ZigbeeConfig): Promise<LoadedNetwork> {
  const path = join(directory, fileNames.network);
  const text = await readText(path);
  const kept = text === undefined ? await networkOfBackup(directory) : parseNetwork(path, text);
  const network = { ...(kept ?? newNetwork()), ...asked(config) };
  refuseKnownKey(network);
  return { network, kept };
}

/** @throws ConfigError when anybody could listen to the network and command its devices */
export function refuseKnownKey({ key }: Network): void {
  if (key !== knownKey) return;
  throw new ConfigError(
    "Cannot use this network key: it was the default of another program and everybody knows it; set network.key, or leave it out for a random one, and let the devices join anew",
  );
}

/** Keeps a network before it is used. */
export async function saveNetwork(directory: string, network: Network): Promise<void> {
  const path = join(directory, fileNames.network);
  const text = `${JSON.stringify(network, undefined, 2)}\n`;
  if ((await readText(path)) !== text) await writeFileSafely(path, text);
}

/** Whether a text is the file of a network. */
export function isNetworkFile(text: string): boolean {
  try {
    return networkSchema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

function parseNetwork(path: string, text: string): Network {
  try {
    return networkSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConfigError(
      `Cannot read "${path}", which holds the keys of the Zigbee network: ${reasonOf(cause)}; put it back from a backup with: koine zigbee restore`,
      { cause },
    );
  }
}

/** The network that a coordinator backup is of; undefined when there is none that can be read. */
async function networkOfBackup(directory: string): Promise<Network | undefined> {
  const text = await readText(join(directory, fileNames.backup));
  return text === undefined ? undefined : networkIn(text);
}

/** The network that the text of a coordinator backup is of; undefined when it is none. */
export function networkIn(text: string): Network | undefined {
  try {
    const {
      pan_id: panId,
      extended_pan_id: extendedPanId,
      channel,
      network_key: key,
    } = backupSchema.parse(JSON.parse(text));
    return {
      pan_id: Number.parseInt(panId, 16),
      extended_pan_id: extendedPanId.toLowerCase(),
      channel,
      key: key.key.toLowerCase(),
    };
  } catch {
    // Cut off, or of another program: it says nothing.
    return undefined;
  }
}

function newNetwork(): Network {
  return {
    pan_id: randomInt(1, 0xfffe),
    extended_pan_id: randomBytes(8).toString("hex"),
    channel: defaultChannel,
    key: randomBytes(16).toString("hex"),
  };
}

function asked({ channel, network }: ZigbeeConfig): Partial<Network> {
  const { pan_id: panId, extended_pan_id: extendedPanId, key } = network;
  return {
    ...(channel !== undefined && { channel }),
    ...(panId !== undefined && { pan_id: panId }),
    ...(extendedPanId !== undefined && { extended_pan_id: extendedPanId.toLowerCase() }),
    ...(key !== undefined && { key: key.toLowerCase() }),
  };
}

/** Whether two are one network; its channel may change. */
export function isSameNetwork(one: Network, other: Network): boolean {
  return (
    one.pan_id === other.pan_id &&
    one.extended_pan_id === other.extended_pan_id &&
    one.key === other.key
  );
}

/** A hexadecimal text as a list of bytes. */
export function bytesOf(hex: string): number[] {
  return [...Buffer.from(hex, "hex")];
}
