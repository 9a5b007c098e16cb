import {
  batteryAt,
  flag,
  plainKind,
  readItems,
  serviceItems,
  stateItems,
  vendorFlag,
  type Item,
  type Kind,
} from "./kind.ts";

const timeout = 0x20;
const opened = 0x10;

/** A door that was left open says so instead of saying that it is open. */
const contactState: readonly Item[] = [
  flag("motion", 1, 0x80),
  flag("light_detected", 1, 0x40),
  flag("open", 1, opened | timeout),
  vendorFlag("left_open", 1, timeout),
];
const contactCounts = { at: 6, bytes: 7 } as const;
const contactService: readonly Item[] = [
  flag("motion", 1, 0x40),
  flag("light_detected", 3, 0x01),
  flag("open", 3, 0x06),
  vendorFlag("left_open", 3, 0x04),
];
const serviceCounts = { at: 8, bytes: 9 } as const;

/** How often somebody went in, went out, and pressed the button; each starts again after its last. */
function countsAt(at: number): readonly Item[] {
  return [
    { is: "count", part: "in", at, mask: 0xc0 },
    { is: "count", part: "out", at, mask: 0x30 },
    { is: "count", part: "press", at, mask: 0x0f },
  ];
}

export const contactSensor: Kind = {
  model: "Contact Sensor",
  sleepy: true,
  read: (parts) => {
    const { state, service } = parts;
    const told =
      state && state.length >= contactCounts.bytes
        ? readItems(state, [...contactState, ...countsAt(contactCounts.at)])
        : service && service.length >= serviceCounts.bytes
          ? readItems(service, [...contactService, ...countsAt(serviceCounts.at)])
          : [];
    return [...told, ...serviceItems(parts, [vendorFlag("tested", 1, 0x80), batteryAt(2)])];
  },
};

const motionState: readonly Item[] = [flag("motion", 1, 0x40), flag("light_detected", 1, 0x20)];
const motionService: readonly Item[] = [flag("motion", 1, 0x40), flag("light_detected", 5, 0x02)];
const motionSettings: readonly Item[] = [
  vendorFlag("tested", 1, 0x80),
  vendorFlag("led", 5, 0x20),
  vendorFlag("iot", 5, 0x10),
  { vendor: "light_intensity", at: 5, mask: 0x03 },
  {
    vendor: "sensing_distance",
    at: 5,
    mask: 0x0c,
    names: { 0: "long", 1: "middle", 2: "short" },
  },
];

export const motionSensor: Kind = {
  model: "Motion Sensor",
  sleepy: true,
  read: (parts) => {
    const { state, service } = parts;
    const isWhole = service !== undefined && service.length >= 6;
    const told = stateItems(parts, 2, motionState);
    return [
      ...(told.length > 0 || !isWhole ? told : readItems(service, motionService)),
      ...(isWhole ? readItems(service, motionSettings) : []),
      ...(state || isWhole ? serviceItems(parts, [batteryAt(2)]) : []),
    ];
  },
};

export const presenceSensor: Kind = plainKind(
  { model: "Presence Sensor", sleepy: true },
  {
    from: 6,
    items: [
      vendorFlag("adaptive_state", 1, 0x80),
      flag("occupancy", 1, 0x40),
      {
        vendor: "battery_range",
        at: 1,
        mask: 0x0c,
        names: { 0: "<10%", 1: "10-19%", 2: "20-59%", 3: ">=60%" },
      },
      { is: "duration", at: 2, mask: 0xff_ff, bytes: 2 },
      { vendor: "trigger_flag", at: 4, mask: 0xff },
      vendorFlag("led", 5, 0x80),
      { vendor: "light_level", at: 5, mask: 0x1f },
    ],
  },
  [batteryAt(2)],
);

export const leakDetector: Kind = plainKind(
  { model: "Water Leak Detector", sleepy: true },
  {
    from: 3,
    items: [
      flag("water_leak", 2, 0x01),
      flag("tamper", 2, 0x02),
      batteryAt(1),
      flag("battery_low", 1, 0x80),
    ],
  },
);

export const remote: Kind = plainKind({ model: "Remote", sleepy: true }, { from: 0, items: [] }, [
  batteryAt(2),
]);

export const artFrame: Kind = plainKind(
  { model: "AI Art Frame", sleepy: true },
  {
    from: 4,
    items: [
      flag("charging", 1, 0x80),
      batteryAt(1),
      { vendor: "image_index", at: 2, mask: 0xff },
      { vendor: "display_size", at: 3, mask: 0xf0 },
      { vendor: "display_mode", at: 3, mask: 0x08 },
      { vendor: "last_network_status", at: 3, mask: 0x04 },
    ],
  },
);
