/** How a modem of one make behaves, beside what the standards say. */
export interface Manners {
  readonly maker: string;
  readonly model: string;
  readonly revision: string;
  /** Repeats what it is told until it is told not to. */
  readonly echoes: boolean;
  /** Does not hear the first line after it got power: it learns the speed from it. */
  readonly swallowsFirst: boolean;
  /** What it says when it starts. */
  readonly boot: readonly string[];
  /** `AT+CNMI` it takes. */
  readonly notifies: RegExp;
  /** Where messages lie, and how many. */
  readonly storage: "SM" | "ME";
  readonly capacity: number;
  /** Ms until it answers, and until it waits for a text. */
  readonly answerMs: number;
  readonly promptMs: number;
  /** What it says of its own accord, every so often. */
  readonly chatter: readonly string[];
  /** Has `AT+CSMS`. */
  readonly hasCsms: boolean;
  /** What it says of a call: as it is made, answered and over, and of one from somebody who gave up. */
  readonly calls: {
    readonly made: readonly string[];
    readonly answered: readonly string[];
    readonly over: readonly string[];
    readonly missed: readonly string[];
  };
  /** Commands of its maker that it takes and does nothing about. */
  readonly takes: readonly string[];
}

export type Make = "sim800l" | "sim7600" | "e3372" | "ec25";

export const manners: Readonly<Record<Make, Manners>> = {
  sim800l: {
    maker: "SIMCOM_Ltd",
    model: "SIMCOM_SIM800L",
    revision: "Revision:1418B05SIM800L24",
    echoes: true,
    swallowsFirst: true,
    boot: ["RDY", "+CFUN: 1", "+CPIN: READY", "Call Ready", "SMS Ready"],
    notifies: /^[0-3],[0-3],[0-3],[0-2],[01]$/,
    storage: "SM",
    capacity: 15,
    answerMs: 10,
    promptMs: 60,
    chatter: ['*PSUTTZ: 2024,3,10,3,7,8,"+12",0', "+CREG: 1"],
    hasCsms: true,
    calls: { made: [], answered: [], over: [], missed: ["NO CARRIER"] },
    takes: [],
  },
  sim7600: {
    maker: "SIMCOM INCORPORATED",
    model: "SIMCOM_SIM7600E-H",
    revision: "+CGMR: LE11B12SIM7600M22",
    echoes: true,
    swallowsFirst: false,
    boot: ["RDY", "+CPIN: READY", "SMS DONE", "PB DONE"],
    notifies: /^2,[0-3],[0-3],[0-2],[01]$/,
    storage: "ME",
    capacity: 23,
    answerMs: 4,
    promptMs: 20,
    chatter: ["+CTZV: +12,0"],
    hasCsms: true,
    calls: {
      made: [],
      answered: ["VOICE CALL: BEGIN"],
      over: ["VOICE CALL: END: 000004"],
      missed: ["MISSED_CALL: 10:12AM 254712345678"],
    },
    takes: [],
  },
  e3372: {
    maker: "huawei",
    model: "E3372",
    revision: "21.180.01.00.00",
    echoes: false,
    swallowsFirst: false,
    boot: ["^SYSSTART"],
    notifies: /^[12],1,[02],[12],0$/,
    storage: "SM",
    capacity: 20,
    answerMs: 3,
    promptMs: 10,
    chatter: ["^RSSI:18", '^HCSQ:"LTE",50,44,116,20', "^LTERSRP: -99,-11"],
    hasCsms: false,
    calls: {
      made: ["^ORIG:1,0"],
      answered: ["^CONN:1,0"],
      over: ["^CEND:1,4,104,16"],
      missed: ["^CEND:1,0,67,31"],
    },
    takes: ["^CURC=", "^PORTSEL="],
  },
  ec25: {
    maker: "Quectel",
    model: "EC25",
    revision: "EC25EFAR06A06M4G",
    echoes: true,
    swallowsFirst: false,
    boot: ["RDY", "+CFUN: 1", "+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"],
    notifies: /^2,[12],[0-2],[0-2],0$/,
    storage: "ME",
    capacity: 40,
    answerMs: 4,
    promptMs: 15,
    chatter: ['+QIND: "csq",21,99'],
    hasCsms: true,
    calls: { made: [], answered: [], over: [], missed: ["NO CARRIER"] },
    takes: [],
  },
};
