import { once, type EventEmitter } from "node:events";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { createWebSocketStream, WebSocket } from "ws";
import { openMqttStream } from "../../core/mqtt-stream.ts";
import { InvariantError, LinkError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";

export interface BrokerAddress {
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`; what it says of user and password is for MQTT. */
  readonly url: URL;
  /** PEM certificates of who may vouch for the broker, instead of those that the system trusts. */
  readonly ca?: string | undefined;
}

const protocols: ReadonlySet<string> = new Set(["mqtt:", "mqtts:", "ws:", "wss:"]);

/** Whether a URL says how to reach a broker. */
export function isBrokerUrl({ protocol }: URL): boolean {
  return protocols.has(protocol);
}

/**
 * Opens a connection to a broker, before CONNECT. Caller closes.
 * @throws LinkError when the broker cannot be reached in time, or the signal aborts first
 */
export async function openBrokerStream(
  { url, ca }: BrokerAddress,
  signal: AbortSignal,
): Promise<Duplex> {
  switch (url.protocol) {
    case "mqtt:":
      return openMqttStream(url, signal);
    case "mqtts:":
      return openTls(url, ca, signal);
    case "ws:":
    case "wss:":
      return openWebSocket(url, ca, signal);
    default:
      throw new InvariantError(`No way to reach a broker over "${url.protocol}"`);
  }
}

async function openTls(url: URL, ca: string | undefined, signal: AbortSignal): Promise<Duplex> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || 8883;
  const socket = connectTls({
    host,
    port,
    // A server name is never an address (RFC 6066 section 3).
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
  });
  await opened(socket, "secureConnect", { url, signal, giveUp: () => socket.destroy() });
  return socket;
}

async function openWebSocket(
  url: URL,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  const address = new URL(url);
  // They would be sent to the web server, as those of a web page.
  address.username = "";
  address.password = "";
  const socket = new WebSocket(address, ["mqtt"], {
    perMessageDeflate: false,
    ...(ca !== undefined && { ca }),
  });
  await opened(socket, "open", { url, signal, giveUp: () => socket.terminate() });
  return createWebSocketStream(socket);
}

interface Opening {
  readonly url: URL;
  readonly signal: AbortSignal;
  readonly giveUp: () => void;
}

async function opened(
  socket: EventEmitter,
  event: string,
  { url, signal, giveUp }: Opening,
): Promise<void> {
  const late = AbortSignal.timeout(limits.mqttDialMs);
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, late]) });
  } catch (cause) {
    // Giving up a connection that is not there yet is an error too.
    socket.on("error", () => {});
    giveUp();
    const reason = late.aborted ? "no answer in time" : reasonOf(cause);
    throw new LinkError(`Cannot reach the MQTT broker ${url.host}: ${reason}`, { cause });
  }
}
