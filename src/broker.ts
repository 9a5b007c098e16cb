import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { checkExposure, exposureOf } from "./bus/access/exposure.ts";
import { ServerTls } from "./bus/access/server-tls.ts";
import type { Users } from "./bus/access/users.ts";
import { EmbeddedBus } from "./bus/embedded/embedded-bus.ts";
import type { ListenerAddress } from "./bus/embedded/listener.ts";
import { ExternalBus } from "./bus/external/external-bus.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config/schema.ts";
import type { Bus } from "./core/bus.ts";
import type { Logger } from "./core/logger.ts";
import type { Counters } from "./counters.ts";
import { ConfigError, reasonOf } from "./errors.ts";
import type { BrokerProbes } from "./health/broker-readings.ts";
import type { Store } from "./store/store.ts";

export interface BrokerOptions {
  readonly config: Config["bus"];
  readonly dataDirectory: string;
  /** Names this gateway at a broker that others use, too. */
  readonly gatewayId: string;
  readonly store: Store;
  readonly users: Users;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly log: Logger;
}

/** The bus of the configuration, with what else the daemon wants of its broker. */
export interface Broker extends BrokerProbes {
  readonly bus: Bus;
  /** Where MQTT clients can connect; of another broker, none. */
  readonly addresses: readonly ListenerAddress[];
  /** Called once everybody listens: clients are let in, and what an earlier run left is answered. */
  takeUp(): void;
  /** Resolves when a message has gone through the embedded broker; undefined with another one. */
  readonly echo: (() => Promise<void>) | undefined;
  /** A connection of one of our adapters. */
  openMqtt(signal: AbortSignal): Promise<Duplex>;
  close(): Promise<void>;
}

/**
 * Opens the embedded broker, or goes to another one as a client.
 * @throws ConfigError when it would be open to everybody, or when its certificate cannot be used
 * @throws LinkError when a port cannot be taken
 */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { url } = options.config;
  return url === undefined ? openEmbedded(options) : openExternal(options, url);
}

async function openEmbedded(options: BrokerOptions): Promise<Broker> {
  const { config, users } = options;
  const { root, listen, rules, insecure } = config;
  const exposure = exposureOf(listen);
  if (!insecure) checkExposure(exposure, users.size);
  const tls = listen.some(({ protocol }) => protocol === "tls" || protocol === "wss")
    ? await openTls(options)
    : undefined;
  const secureContext = tls && (() => tls.context);
  const bus = await EmbeddedBus.open({
    ...options,
    root,
    listen,
    rules,
    secureContext,
    isInsecure: insecure,
    isHeld: true,
  });
  return {
    bus,
    addresses: bus.addresses,
    isInsecure: () =>
      exposure.unencrypted.length > 0 || (exposure.isOpen && insecure && users.size === 0),
    clientCount: () => bus.clientCount,
    figures: () => bus.figures,
    takeUp: () => bus.takeUp(),
    echo: () => bus.echo(),
    openMqtt: async () => bus.openMqtt(),
    close: async () => {
      tls?.stop();
      await bus.close();
    },
  };
}

function openTls({ config, dataDirectory, clock, log }: BrokerOptions): Promise<ServerTls> {
  const { cert, key, names } = config.tls;
  const files =
    cert === undefined || key === undefined ? undefined : { certFile: cert, keyFile: key };
  return ServerTls.open({ directory: tlsDirectory(dataDirectory), files, names, clock, log });
}

/** Where the gateway keeps its own certificates. */
export function tlsDirectory(dataDirectory: string): string {
  return join(dataDirectory, "tls");
}

async function openExternal(options: BrokerOptions, url: URL): Promise<Broker> {
  const { config, gatewayId } = options;
  const ca = config.ca === undefined ? undefined : readCa(config.ca);
  const clientId = `koine-${gatewayId}`;
  const bus = await ExternalBus.open({ ...options, root: config.root, url, clientId, ca });
  return {
    bus,
    addresses: [],
    isInsecure: () => false,
    clientCount: () => 0,
    figures: () => undefined,
    takeUp: () => {},
    echo: undefined,
    openMqtt: (signal) => bus.openMqtt(signal),
    close: () => bus.close(),
  };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(`Cannot read bus.ca "${file}": ${reasonOf(cause)}`, { cause });
  }
}
