import type { Clock } from "../clock.ts";
import type { Finding } from "../model/finding.ts";

/** What an examination goes by. */
export interface ExamineContext {
  readonly clock: Clock;
  /** Aborts when it has taken too long. */
  readonly signal: AbortSignal;
}

/** A serial port with a stick or modem behind it. */
export interface SerialNeed {
  readonly type: "serial";
  /** What it is for: `Zigbee stick`, `modem`. */
  readonly what: string;
  /** As configured: a path, `auto`, or `usb:1e0e:9001`. */
  readonly port: string;
  /**
   * The ports where it may be, as paths.
   * @param root where the files of the machine are: `/`, but in tests
   * @throws LinkError when nothing is plugged in
   * @throws ConfigError when the configuration says too little
   */
  readonly find: (root: string) => Promise<readonly string[]>;
  /** Talks to what is behind ports that nobody else uses, and says how that is. Never rejects. */
  readonly examine?: (
    paths: readonly string[],
    context: ExamineContext,
  ) => Promise<readonly Finding[]>;
}

/** Something that listens on TCP: a stick or modem on the network, a broker before CONNECT. */
export interface ServerNeed {
  readonly type: "server";
  readonly what: string;
  readonly url: URL;
  /** Talks to it, while nobody else does, and says how that is. Never rejects. */
  readonly examine?: (context: ExamineContext) => Promise<readonly Finding[]>;
}

/** A broker of devices, other than Koine's own. */
export interface BrokerNeed {
  readonly type: "broker";
  readonly what: string;
  readonly url: URL;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** A Bluetooth controller of this machine. */
export interface BluetoothNeed {
  readonly type: "bluetooth";
  /** `hci0` */
  readonly controller: string;
  /** @throws when the library for it cannot be loaded */
  readonly load: () => void;
}

/** One thing that an adapter needs of the machine it runs on, or of the network. */
export type Need = SerialNeed | ServerNeed | BrokerNeed | BluetoothNeed;
