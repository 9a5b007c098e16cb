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
import type { Session } from "./session.ts";

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
  answer(session: Session, params: unknown, signal: AbortSignal): Promise<Scalar>;
}

interface Definition<P> extends RequestSpec {
  /** The same, with refs in the place of devices. */
  readonly resolved: z.ZodType<P>;
  readonly answer: (session: Session, params: P, signal: AbortSignal) => Promise<Scalar> | Scalar;
}

function verb<P>({ resolved, answer, ...spec }: Definition<P>): Verb {
  return {
    ...spec,
    answer: async (session, params, signal) => answer(session, resolved.parse(params), signal),
  };
}

/** A request about one device. */
function ofDevice(
  description: string,
  answer: (session: Session, device: Ref, signal: AbortSignal) => Promise<Scalar> | Scalar,
): Verb {
  return verb({
    description,
    devices: ["device"],
    params: z.strictObject({ device }),
    resolved: z.strictObject({ device: ref }),
    answer: (session, given, signal) => answer(session, given.device, signal),
  });
}

/** A request without parameters. */
function plain(
  description: string,
  answer: (session: Session, signal: AbortSignal) => Promise<Scalar> | Scalar,
): Verb {
  const nothing = z.strictObject({});
  return verb({
    description,
    params: nothing,
    resolved: nothing,
    answer: (session, _, signal) => answer(session, signal),
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
    answer: (session, { time, via }) => session.permitJoin(time, via),
  }),
  "install-code": verb({
    description: "let in a device that has an install code: the code, or the text of its QR code",
    params: z.strictObject({ code: z.string().min(8).max(512) }),
    resolved: z.strictObject({ code: z.string() }),
    answer: (session, { code }) => session.addInstallCode(code),
  }),
  remove: verb({
    description: "let a device leave the network; force=true forgets it even if it does not answer",
    devices: ["device"],
    params: z.strictObject({ device, force: z.boolean().default(false) }),
    resolved: z.strictObject({ device: ref, force: z.boolean() }),
    answer: (session, given) => session.remove(given.device, given.force),
  }),
  interview: ofDevice("ask a device once more what it is", (session, given) =>
    session.interview(given),
  ),
  configure: ofDevice(
    "set a device up anew: bindings, and what it reports how often",
    (session, given) => session.configure(given),
  ),
  "ota-check": ofDevice("look for newer firmware for a device", (session, given) =>
    session.checkFirmware(given),
  ),
  "ota-update": verb({
    description: "give a device new firmware: from a file of the gateway, or what the index has",
    devices: ["device"],
    params: z.strictObject({ device, file: z.string().optional() }),
    resolved: z.strictObject({ device: ref, file: z.string().optional() }),
    answer: (session, given) => session.updateFirmware(given.device, given.file),
  }),
  "ota-abort": ofDevice("end an update of firmware", (session, given) =>
    session.abortFirmware(given),
  ),
  "group-create": verb({
    description: "make a group of devices, which then is a device of its own",
    params: z.strictObject({ name: z.string().min(1).max(128) }),
    resolved: z.strictObject({ name: z.string() }),
    answer: (session, { name }) => session.createGroup(name),
  }),
  "group-remove": verb({
    description: "dissolve a group",
    devices: ["group"],
    params: z.strictObject({ group: device }),
    resolved: z.strictObject({ group: ref }),
    answer: (session, { group }) => session.removeGroup(group),
  }),
  "group-add": verb({
    description: "put a device, or one endpoint of it, into a group",
    ...membership,
    answer: (session, given) => session.joinGroup(given.group, given.device, given.endpoint),
  }),
  "group-leave": verb({
    description: "take a device, or one endpoint of it, out of a group",
    ...membership,
    answer: (session, given) => session.leaveGroup(given.group, given.device, given.endpoint),
  }),
  bind: verb({
    description:
      "let a device talk to another device or a group by itself; without target: to the gateway",
    ...binding,
    answer: (session, given) => session.bind(given, true),
  }),
  unbind: verb({
    description: "end that",
    ...binding,
    answer: (session, given) => session.bind(given, false),
  }),
  "scene-store": verb({
    description: "let a device or group remember how it is now, under a number",
    ...scene,
    answer: (session, given) => session.scene(given.target, "scene_store", given.scene),
  }),
  "scene-recall": verb({
    description: "let a device or group be as it was then",
    ...scene,
    answer: (session, given) => session.scene(given.target, "scene_recall", given.scene),
  }),
  "scene-remove": verb({
    description: "let a device or group forget that",
    ...scene,
    answer: (session, given) => session.scene(given.target, "scene_remove", given.scene),
  }),
  map: verb({
    description: "ask all routers who is in reach of whom; format=svg for a picture",
    params: z.strictObject({ format: z.enum(["json", "svg"]).default("json") }),
    resolved: z.strictObject({ format: z.enum(["json", "svg"]) }),
    answer: (session, { format }) => session.map(format),
  }),
  network: plain("what network this is, without its key", (session) => session.networkInfo()),
  backup: {
    ...plain(
      "everything another stick needs to take over the network, its key included",
      (session) => session.backup(),
    ),
    isPrivate: true,
  },
};

/**
 * Answers a request.
 * @throws CommandError when there is no such request
 */
export async function answerRequest(
  session: Session,
  name: string,
  params: Scalar,
  signal: AbortSignal,
): Promise<Scalar> {
  const one = verbs[name];
  if (!one) throw new CommandError("unsupported", `There is no request "${name}"`);
  return one.answer(session, isList(params) ? [...params] : params, signal);
}
