import { z } from "zod";
import { CommandError, LinkError, ProtocolError } from "../errors.ts";
import { deviceSummarySchema, type DeviceSummary } from "../model/bridge.ts";
import { descriptionSchema, type Description } from "../model/description.ts";
import { nearest } from "../nearest.ts";
import type { Client } from "./client.ts";

/** The device index of the running gateway. */
export async function listDevices(client: Client): Promise<readonly DeviceSummary[]> {
  const body = await client.retained("bridge/devices");
  const parsed = z.array(deviceSummarySchema).safeParse(body);
  if (parsed.success) return parsed.data;
  throw new LinkError("The broker answers, but no Koine publishes there");
}

/**
 * A device by id or, in any case, by name.
 * @throws CommandError `unknown_device`, with the device that was likely meant
 * @throws ProtocolError when what it is described as cannot be read
 */
export async function findDevice(client: Client, idOrName: string): Promise<Description> {
  const devices = await listDevices(client);
  const wanted = idOrName.toLowerCase();
  const found =
    devices.find(({ id }) => id === wanted) ??
    devices.find(({ name }) => name.toLowerCase() === wanted);
  if (!found) {
    const meant = nearest(
      idOrName,
      devices.flatMap(({ id, name }) => [id, name]),
    );
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    throw new CommandError("unknown_device", `There is no device "${idOrName}"${hint}`);
  }
  const described = descriptionSchema.safeParse(await client.retained(`${found.id}/description`));
  if (described.success) return described.data;
  throw new ProtocolError(`Cannot read the description of ${found.id}`, { cause: described.error });
}
