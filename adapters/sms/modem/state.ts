/** How a modem stands; all but `ready` with a reason for the person who can mend it. */
export type ModemState =
  | "absent"
  | "opening"
  | "no_sim"
  | "pin_needed"
  | "searching"
  | "denied"
  | "ready";

export interface ModemStatus {
  readonly state: ModemState;
  readonly reason?: string;
}

/** What a modem is and how it does, as far as it says. */
export interface ModemFigures {
  readonly maker?: string;
  readonly model?: string;
  readonly revision?: string;
  /** IMEI. */
  readonly serial?: string;
  readonly operator?: string;
  /** dBm */
  readonly rssi?: number;
  /** Messages in its store, and room for them. */
  readonly stored?: number;
  readonly capacity?: number;
  /** What the network last said about the balance of the SIM. */
  readonly balance?: string;
}

/** A modem that needs a person. */
export class ModemTrouble extends Error {
  readonly state: ModemState;

  constructor(state: ModemState, message: string) {
    super(message);
    this.state = state;
  }
}
