import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { LinkError, reasonOf } from "../errors.ts";
import { limits } from "../limits.ts";

const defaultPort = { "mqtt:": 1883, "mqtts:": 8883 } as const;

/**
 * Opens a connection to an MQTT broker elsewhere, before CONNECT. Caller closes.
 * @throws LinkError when the broker cannot be reached in time
 */
export async function openMqttStream(url: URL, signal: AbortSignal): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isTls = url.protocol === "mqtts:";
  const port = Number(url.port) || defaultPort[isTls ? "mqtts:" : "mqtt:"];
  signal.throwIfAborted();
  const socket = isTls
    ? connectTls({ host, port, servername: host })
    : connectTcp({ host, port, noDelay: true });
  try {
    await opened(socket, isTls ? "secureConnect" : "connect", signal);
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new LinkError(`Cannot reach the MQTT broker ${host}:${port}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

async function opened(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  const settled = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => reject(new Error("stopped"));
      socket.setTimeout(limits.mqttDialMs, () => reject(new Error("no answer in time")));
      socket.once("error", reject);
      socket.once(event, () => resolve());
      signal.addEventListener("abort", stop, { once: true, signal: settled.signal });
    });
  } finally {
    socket.setTimeout(0);
    settled.abort();
  }
}
