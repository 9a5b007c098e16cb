import { realpath } from "node:fs/promises";
import { ConfigError, LinkError } from "koine/adapter";
import type { AdapterTypes } from "zigbee-herdsman";
import type * as AdapterDiscovery from "zigbee-herdsman/dist/adapter/adapterDiscovery.js";
import type { ZigbeeConfig } from "./config.ts";
import { serialPorts, systemFolders, type SerialPort, type SystemFolders } from "../serial/usb.ts";

type Asked = Pick<ZigbeeConfig, "port" | "stick" | "baud_rate" | "rtscts">;
type Port = AdapterTypes.SerialPortOptions;
type Discovery = Pick<typeof AdapterDiscovery, "findUsbAdapterBestMatch">;

/**
 * The port of the stick and what drives it: as configured, the rest by the USB ids that the library
 * knows sticks by. The system's own folders are read for that, as not every system has `udevadm`.
 * @throws LinkError when there is no stick to be seen
 * @throws ConfigError when the configuration says too little
 */
export async function findPort(
  asked: Asked,
  folders: SystemFolders = systemFolders,
): Promise<Port> {
  const { port, stick, baud_rate: baudRate, rtscts } = asked;
  const settings = {
    ...(stick !== undefined && { adapter: stick }),
    ...(baudRate !== undefined && { baudRate }),
    ...(rtscts !== undefined && { rtscts }),
  };
  if (port.startsWith("mdns:")) return { path: port, ...settings };
  if (/^(?:tcp|socket):/.test(port)) {
    if (stick !== undefined) return { path: port, ...settings };
    throw new ConfigError(
      `Cannot tell what is behind "${port}": say stick: zstack, ember or whatever it is`,
    );
  }
  const discovery = await import("zigbee-herdsman/dist/adapter/adapterDiscovery.js");
  const ports = await serialPorts(folders);
  const recognise = (one: SerialPort): Port | undefined => recognised(one, stick, discovery);
  if (port === "auto") return { ...onlyStick(ports, recognise), ...settings };
  const device = await realpath(port).catch(() => undefined);
  const plugged = ports.find((one) => one.path === port || one.device === device);
  const known = plugged && recognise(plugged);
  if (known || stick !== undefined) return { ...known, path: port, ...settings };
  if (device === undefined) throw new LinkError(`No Zigbee stick is plugged in at "${port}"`);
  throw new ConfigError(
    `Cannot tell what is plugged in at "${port}": say stick: zstack, ember or whatever it is`,
  );
}

function onlyStick(
  ports: readonly SerialPort[],
  recognise: (port: SerialPort) => Port | undefined,
): Port {
  const [first, ...others] = ports.flatMap((port) => recognise(port) ?? []);
  if (first && others.length === 0) return first;
  if (first) {
    const choices = [first, ...others].map(({ path }) => path).join(" or ");
    throw new ConfigError(`Cannot choose between several Zigbee sticks: set port: to ${choices}`);
  }
  const seen = ports.map(({ path }) => path).join(", ");
  const hint = seen === "" ? "no serial port is to be seen" : `there is ${seen}`;
  throw new LinkError(`No Zigbee stick is plugged in that is known by its USB ids; ${hint}`);
}

/** What the library knows a port by; nothing else is a Zigbee stick for us. */
function recognised(
  port: SerialPort,
  stick: Port["adapter"],
  { findUsbAdapterBestMatch }: Discovery,
): Port | undefined {
  const { path, vendorId, productId, manufacturer } = port;
  const kind = stick === "ezsp" ? "ember" : stick;
  const portInfo = {
    path,
    manufacturer,
    serialNumber: undefined,
    pnpId: undefined,
    locationId: undefined,
    productId,
    vendorId,
  };
  const match = findUsbAdapterBestMatch(kind, portInfo, false);
  if (!match) return undefined;
  const [adapter, [, , { options }]] = match;
  return { path, adapter, ...options };
}
