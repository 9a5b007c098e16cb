import type { Observation } from "../../../reading/observation.ts";
import { reading } from "../readings.ts";
import { acted, casesOf, happened, own, told, u8, type ObjectReader } from "./told.ts";

/* Object definition of Mijia: fingerprint, door, armed, lock. */

const operators = new Map([
  [0x0000_0000, "administrator"],
  [0xffff_ffff, "unknown"],
  [0xdead_beef, "invalid"],
]);

const fingerprints = [
  "match_successful",
  "match_failed",
  "timeout",
  "low_quality",
  "insufficient_area",
  "skin_too_dry",
  "skin_too_wet",
];

/** Key and result. */
export const fingerprint: ObjectReader = {
  sizes: [5],
  tell: (data) => {
    const result = fingerprints[data.readUInt8(4)];
    if (result === undefined) return undefined;
    const key = keyText(data.readUInt32LE(0));
    return {
      observations: [
        own("fingerprint_matches", result === "match_successful"),
        own("fingerprint_result", result, { values: fingerprints }),
        own("key_id", key),
      ],
      events: [happened("fingerprint", { result, key_id: key })],
    };
  },
};

const leftOpen = "door_left_open";
const isOpen = reading("open", true);
const isClosed = reading("open", false);

/** What an event of the door says; with or without the time. */
export const door = casesOf(
  {
    0: told(isOpen, own("door_stuck", false)),
    1: told(isClosed, own(leftOpen, false), reading("tamper", false)),
    2: told(isOpen, own(leftOpen, true)),
    3: { observations: [isClosed], events: [happened("knock", { operation: "knock" })] },
    4: told(isOpen, reading("tamper", true)),
    5: told(isClosed, own("door_stuck", true)),
  },
  [1, 5],
);

/** A contact on a door or window. */
export const contact = casesOf({
  0: told(isOpen),
  1: told(isClosed, own(leftOpen, false)),
  2: told(isOpen, own(leftOpen, true)),
  3: { events: [happened("device", { operation: "reset" })] },
});

/** The state of a door; it may be unknown. */
export const doorState = casesOf({
  0: told(isOpen),
  1: told(isClosed),
  0xff: told(reading("open", null)),
});

/** 1 arms; on DSL-C08 the outer handle sends it, and it locks. With or without the time. */
export const armed: ObjectReader = {
  sizes: [1, 5],
  tell: (data, model) => {
    const isArmed = u8(data) !== 0;
    const action = isArmed ? "arm_away" : "disarm";
    if (model !== "DSL-C08") {
      return { observations: [own("armed", isArmed)], events: [acted(action)] };
    }
    return {
      observations: [
        own("armed", isArmed),
        reading("locked", isArmed),
        own("lock_method", "manual", { values: methodWords }),
      ],
      events: [acted(action), happened("lock", { operation: action, method: "manual" })],
    };
  },
};

interface Operation {
  readonly word: string;
  readonly of: "lock" | "antilock" | "childlock";
  readonly locks: boolean;
}

const operations: Readonly<Record<number, Operation>> = {
  0b0000: { word: "unlock_outside_the_door", of: "lock", locks: false },
  0b0001: { word: "lock", of: "lock", locks: true },
  0b0010: { word: "turn_on_antilock", of: "antilock", locks: true },
  0b0011: { word: "turn_off_antilock", of: "antilock", locks: false },
  0b0100: { word: "unlock_inside_the_door", of: "lock", locks: false },
  0b0101: { word: "lock_inside_the_door", of: "lock", locks: true },
  0b0110: { word: "turn_on_child_lock", of: "childlock", locks: true },
  0b0111: { word: "turn_off_child_lock", of: "childlock", locks: false },
  0b1000: { word: "lock_outside_the_door", of: "lock", locks: true },
};
const abnormal = 0b1111;
const operationWords = [...Object.values(operations).map(({ word }) => word), "abnormal"];

const methods: Readonly<Record<number, string>> = {
  0b0000: "bluetooth",
  0b0001: "password",
  0b0010: "biometrics",
  0b0011: "key",
  0b0100: "turntable",
  0b0101: "nfc",
  0b0110: "one_time_password",
  0b0111: "two_step_verification",
  0b1000: "coercion",
  0b1001: "homekit",
  0b1010: "manual",
  0b1011: "automatic",
  0b1111: "abnormal",
};
const methodWords = Object.values(methods);

const troubles: Readonly<Record<number, string>> = {
  0xc0de0000: "frequent_wrong_passwords",
  0xc0de0001: "frequent_wrong_fingerprints",
  0xc0de0002: "password_timeout",
  0xc0de0003: "lock_picking",
  0xc0de0004: "reset_button_pressed",
  0xc0de0005: "frequent_wrong_keys",
  0xc0de0006: "foreign_body_in_keyhole",
  0xc0de0007: "key_left_in_lock",
  0xc0de0008: "frequent_wrong_nfc",
  0xc0de0009: "not_locked_in_time",
  0xc0de000a: "frequent_failures_of_several_methods",
  0xc0de000b: "frequent_wrong_faces",
  0xc0de000c: "frequent_wrong_veins",
  0xc0de000d: "hijacking_alarm",
  0xc0de000e: "unlocked_inside_while_armed",
  0xc0de000f: "frequent_wrong_palm_prints",
  0xc0de0010: "safe_was_moved",
  0xc0de1000: "battery_below_10_percent",
  0xc0de1001: "battery_below_5_percent",
  0xc0de1002: "fingerprint_sensor_abnormal",
  0xc0de1003: "accessory_battery_low",
  0xc0de1004: "mechanical_failure",
  0xc0de1005: "lock_sensor_faulty",
};

/** The number of a key; above Bluetooth's keys only the lower half counts, of each sort its own. */
function keyText(key: number): string {
  return operators.get(key) ?? String(key <= 0x7fff_ffff ? key : key & 0xffff);
}

/** What was done, with which key, when. */
export const lock: ObjectReader = {
  sizes: [9],
  tell: (data) => {
    const code = u8(data) & 0x0f;
    const method = methods[u8(data) >> 4];
    const operation = operations[code];
    const word = code === abnormal ? "abnormal" : operation?.word;
    if (word === undefined || method === undefined) return undefined;
    const key = data.readUInt32LE(1);
    const trouble = troubles[key];
    return {
      observations: [
        ...stateAfter(operation),
        own("lock_action", word, { values: operationWords }),
        own("lock_method", method, { values: methodWords }),
        ...(trouble === undefined ? [own("key_id", keyText(key))] : []),
      ],
      events: [
        happened("lock", {
          operation: word,
          method,
          ...(trouble === undefined && { key_id: keyText(key) }),
        }),
        ...(trouble === undefined ? [] : [happened("error", { error: trouble })]),
      ],
    };
  },
};

/** The second bolt and the child lock say nothing of the bolt itself. */
function stateAfter(operation: Operation | undefined): readonly Observation[] {
  if (!operation) return [];
  const { of, locks } = operation;
  return [of === "lock" ? reading("locked", locks) : own(of, locks)];
}

const boltBit = 0b0001;
const childLockBit = 0b1000;

/** Bits of the bolts. */
export const lockState: ObjectReader = {
  sizes: [1],
  tell: (data) => {
    const bits = u8(data);
    return told(
      reading("locked", (bits & boltBit) !== 0),
      own("childlock", (bits & childLockBit) !== 0),
    );
  },
};

/** The maker's door contacts by MIoT: 1 open, 2 closed. */
export const opening = casesOf({
  1: told(isOpen),
  2: told(isClosed, own(leftOpen, false), reading("tamper", false)),
});

/** Torn off its door. */
export const tornOff = casesOf({ 1: told(isOpen, reading("tamper", true)) });
/** Not closed in time. */
export const stillOpen = casesOf({ 1: told(isOpen, own(leftOpen, true)) });
/** The same of other makers: 0 open, 1 closed. */
export const openOrClosed = casesOf({ 0: told(isOpen), 1: told(isClosed) });
