import {
  CommandError,
  isIdentifier,
  isList,
  z,
  type Ref,
  type RequestSpec,
  type Scalar,
} from "koine/adapter";
import { limits } from "./limits.ts";
import type { Operations } from "./operations.ts";

/** A device or group, as the gateway gives it: what identifies it. */
const ref = z.custom<Ref>(
  (given) => Array.isArray(given) && given.length > 0 && given.every(isIdentifier),
  "expected a device",
);

/** Before the gateway has looked it up: its id or name. */
const device = z.string().min(1).max(256);
const endpoint = z.number().int().min(1).max(240);

/** One request: what comes with it, and who answers. */
interface Verb extends RequestSpec {
  answer(operations: Operations, params: unknown, signal: AbortSignal): Promise<Scalar>;
}

interface Definition<P> extends RequestSpec {
  /** The same, with refs in the place of devices. */
  readonly resolved: z.ZodType<P>;
  readonly answer: (
    operations: Operations,
    params: P,
    signal: AbortSignal,
  ) => Promise<Scalar> | Scalar;
}

function verb<P>({ resolved, answer, ...spec }: Definition<P>): Verb {
  return {
    ...spec,
    answer: async (operations, params, signal) =>
      answer(operations, resolved.parse(params), signal),
  };
}

/** A request about one device. */
function ofDevice(
  description: string,
  answer: (operations: Operations, device: Ref, signal: AbortSignal) => Promise<Scalar> | Scalar,
): Verb {
  return verb({
    description,
    devices: ["device"],
    params: z.strictObject({ device }),
    resolved: z.strictObject({ device: ref }),
    answer: (operations, given, signal) => answer(operations, given.device, signal),
  });
}

/** A request without parameters. */
function plain(
  description: string,
  answer: (operations: Operations, signal: AbortSignal) => Promise<Scalar> | Scalar,
): Verb {
  const nothing = z.strictObject({});
  return verb({
    description,
    params: nothing,
    resolved: nothing,
    answer: (operations, _, signal) => answer(operations, signal),
  });
}

const membership = {
  devices: ["group", "device"],
  params: z.strictObject({ group: device, device, endpoint: endpoint.optional() }),
  resolved: z.strictObject({ group: ref, device: ref, endpoint: endpoint.optional() }),
};

const binding = {
  devices: ["device", "target"],
  params: z.strictObject({
    device,
    target: device.optional(),
    cluster: z.string().optional(),
    endpoint: endpoint.optional(),
  }),
  resolved: z.strictObject({
    device: ref,
    target: ref.optional(),
    cluster: z.string().optional(),
    endpoint: endpoint.optional(),
  }),
};

const scene = {
  devices: ["target"],
  params: z.strictObject({ target: device, scene: z.number().int().min(0).max(255) }),
  resolved: z.strictObject({ target: ref, scene: z.number().int().min(0).max(255) }),
};

const joinTime = z.number().int().min(0).max(limits.permitJoinS).default(120);

/** Everything that can be asked of this adapter, beside commands to its devices. */
export const verbs: Readonly<Record<string, Verb>> = {
  "permit-join": verb({
    description: "let devices join for some seconds; 0 ends it. With via: only at that router",
    devices: ["via"],
    params: z.strictObject({ time: joinTime, via: device.optional() }),
    resolved: z.strictObject({ time: z.number(), via: ref.optional() }),
    answer: (operations, { time, via }) => operations.permitJoin(time, via),
  }),
  "install-code": verb({
    description: "let in a device that has an install code: the code, or the text of its QR code",
    params: z.strictObject({ code: z.string().min(8).max(512) }),
    resolved: z.strictObject({ code: z.string() }),
    answer: (operations, { code }) => operations.addInstallCode(code),
  }),
  remove: verb({
    description: "let a device leave the network; force=true forgets it even if it does not answer",
    devices: ["device"],
    params: z.strictObject({ device, force: z.boolean().default(false) }),
    resolved: z.strictObject({ device: ref, force: z.boolean() }),
    answer: (operations, given, signal) => operations.remove(given.device, given.force, signal),
  }),
  interview: ofDevice("ask a device once more what it is", (operations, given, signal) =>
    operations.interview(given, signal),
  ),
  configure: ofDevice(
    "set a device up anew: bindings, and what it reports how often",
    (operations, given, signal) => operations.configure(given, signal),
  ),
  "ota-check": ofDevice("look for newer firmware for a device", (operations, given) =>
    operations.checkFirmware(given),
  ),
  "ota-update": verb({
    description: "give a device new firmware: from a file of the gateway, or what the index has",
    devices: ["device"],
    params: z.strictObject({ device, file: z.string().optional() }),
    resolved: z.strictObject({ device: ref, file: z.string().optional() }),
    answer: (operations, given) => operations.updateFirmware(given.device, given.file),
  }),
  "ota-abort": ofDevice("end an update of firmware", (operations, given) =>
    operations.abortFirmware(given),
  ),
  "group-create": verb({
    description: "make a group of devices, which then is a device of its own",
    params: z.strictObject({ name: z.string().min(1).max(128) }),
    resolved: z.strictObject({ name: z.string() }),
    answer: (operations, { name }) => operations.createGroup(name),
  }),
  "group-remove": verb({
    description: "dissolve a group",
    devices: ["group"],
    params: z.strictObject({ group: device }),
    resolved: z.strictObject({ group: ref }),
    answer: (operations, { group }, signal) => operations.removeGroup(group, signal),
  }),
  "group-add": verb({
    description: "put a device, or one endpoint of it, into a group",
    ...membership,
    answer: (operations, given, signal) => operations.joinGroup(given, signal),
  }),
  "group-leave": verb({
    description: "take a device, or one endpoint of it, out of a group",
    ...membership,
    answer: (operations, given, signal) => operations.leaveGroup(given, signal),
  }),
  bind: verb({
    description:
      "let a device talk to another device or a group by itself; without target: to the gateway",
    ...binding,
    answer: (operations, given, signal) => operations.bind(given, true, signal),
  }),
  unbind: verb({
    description: "end that",
    ...binding,
    answer: (operations, given, signal) => operations.bind(given, false, signal),
  }),
  "scene-store": verb({
    description: "let a device or group remember how it is now, under a number",
    ...scene,
    answer: (operations, given, signal) =>
      operations.scene(given.target, "scene_store", given.scene, signal),
  }),
  "scene-recall": verb({
    description: "let a device or group be as it was then",
    ...scene,
    answer: (operations, given, signal) =>
      operations.scene(given.target, "scene_recall", given.scene, signal),
  }),
  "scene-remove": verb({
    description: "let a device or group forget that",
    ...scene,
    answer: (operations, given, signal) =>
      operations.scene(given.target, "scene_remove", given.scene, signal),
  }),
  map: verb({
    description: "ask all routers who is in reach of whom; format=svg for a picture",
    params: z.strictObject({ format: z.enum(["json", "svg"]).default("json") }),
    resolved: z.strictObject({ format: z.enum(["json", "svg"]) }),
    answer: (operations, { format }) => operations.map(format),
  }),
  network: plain("what network this is, without its key", (operations) => operations.networkInfo()),
  backup: {
    ...plain(
      "everything another stick needs to take over the network, its key included",
      (operations) => operations.backup(),
    ),
    isPrivate: true,
  },
};

/**
 * Answers a request.
 * @throws CommandError when there is no such request
 */
export async function answerRequest(
  operations: Operations,
  name: string,
  params: Scalar,
  signal: AbortSignal,
): Promise<Scalar> {
  const one = verbs[name];
  if (!one) throw new CommandError("unsupported", `There is no request "${name}"`);
  return one.answer(operations, isList(params) ? [...params] : params, signal);
}
