/** Name of our own controller among the receivers of a sender. */
export const ownReceiver = "radio";

/** What one receiver heard of one sender: one frame, as it was on the air. */
export interface Report {
  /** Who heard it: `radio`, or the name of a relay. */
  readonly receiver: string;
  /** Twelve lower-case hexadecimal digits. */
  readonly address: string;
  readonly addressType: AddressType;
  /** The answer to a scan request, apart from the advertisement. */
  readonly isResponse: boolean;
  readonly isConnectable: boolean;
  /** dBm; undefined where the receiver does not say. */
  readonly rssi: number | undefined;
  /** The structures: length, type, data, and so on. */
  readonly data: Buffer;
}

export type AddressType = "public" | "random" | "unknown";

/**
 * A Bluetooth controller as the adapter uses it: the one seam to the library. Every call settles in
 * its own time.
 */
export interface Radio {
  /** Resolves, to why, when it cannot be used any more. */
  readonly lost: Promise<Error>;
  /** Whether the controller is switched on. */
  readonly isOn: boolean;
  /**
   * Starts scanning, anew where it was on: advertisements and scan responses, copies included.
   * @throws LinkError when the controller refuses, or does not answer
   */
  scan(): Promise<void>;
  /** Resets the controller, as switching it off and on does. */
  reset(): Promise<void>;
  /**
   * Connects to a sender that was heard. The scan pauses meanwhile.
   * @throws CommandError `unreachable` when it refuses, `timeout` when the signal aborts
   */
  connect(peer: Peer, signal: AbortSignal): Promise<Connection>;
  close(): Promise<void>;
}

/** Whom to connect to. */
export interface Peer {
  readonly address: string;
  readonly addressType: AddressType;
}

/** Names a characteristic; UUIDs as `shortUuid` writes them. */
export interface Place {
  readonly service: string;
  readonly characteristic: string;
}

/** An open connection. Caller closes. One call at a time. */
export interface Connection {
  /** Resolves when the link is gone, whoever ended it. */
  readonly gone: Promise<void>;
  /** @throws CommandError with the ATT error, `timeout`, or `unreachable` when the link goes */
  read(place: Place): Promise<Buffer>;
  /** `withResponse`: resolves when the peripheral confirmed it. */
  write(place: Place, value: Buffer, withResponse: boolean): Promise<void>;
  /** @returns stops telling; the peripheral goes on sending until the connection ends */
  subscribe(place: Place, notified: (value: Buffer) => void): Promise<() => void>;
  close(): Promise<void>;
}
