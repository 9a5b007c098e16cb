import { pattern } from "./pattern.ts";

/**
 * One thing that identifies a device: a scheme and a value in that scheme. Hardware addresses are
 * `zigbee`, `wifi` and `ble`, lower-case hexadecimal without separators; others are names that a
 * dialect gives, such as `["tasmota", "kitchen_plug"]`.
 */
export type Identifier = readonly [scheme: string, value: string];

/** How an adapter names a device: everything it knows that identifies it, strongest first. */
export type Ref = readonly Identifier[];

/** Whether something from an adapter may stand as an identifier. */
export function isIdentifier(value: unknown): value is Identifier {
  if (!Array.isArray(value)) return false;
  const { length, 0: scheme, 1: name }: readonly unknown[] = value;
  return (
    length === 2 &&
    typeof scheme === "string" &&
    /^[a-z0-9][a-z0-9-]{0,31}$/.test(scheme) &&
    typeof name === "string" &&
    name.length > 0 &&
    name.length <= maxIdentifierLength
  );
}

const maxIdentifierLength = 512;

/** Schemes whose values belong to one piece of hardware for ever. */
const hardwareSchemes = new Set(["zigbee", "wifi", "ble"]);

export function isHardware([scheme]: Identifier): boolean {
  return hardwareSchemes.has(scheme);
}

/** One text for an identifier, for maps and store keys. */
export function identifierText([scheme, value]: Identifier): string {
  return `${scheme}:${value}`;
}

const maxIdLength = 63;
const hashLength = 8;

/** The scheme of names that a device's id is to be, as they are. */
export const idScheme = "id";

/**
 * The id that an identifier gives a new device: scheme and value as a slug, or the value alone where
 * it was made to be one. A value too long for an id is cut and told apart by a hash of the whole.
 */
export function mintId([scheme, value]: Identifier): string {
  const name = slug(value) || hash(value);
  const id = scheme === idScheme ? name : `${scheme}-${name}`;
  if (id.length <= maxIdLength) return id;
  return `${id.slice(0, maxIdLength - hashLength - 1).replace(/-+$/, "")}-${hash(value)}`;
}

/** Lower-case letters, digits and single hyphens; marks are dropped, `ß` is `ss`. */
export function slug(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replaceAll("ß", "ss")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

/** A key-safe word for a vendor's name: `LinkCount` is `link_count`. Starts with a letter. */
function word(text: string): string {
  const plain = slug(text.replace(/([a-z\d])(?=[A-Z])/g, "$1 ")).replaceAll("-", "_");
  return /^[a-z]/.test(plain) ? plain : `n${plain}`;
}

const maxVendorNameLength = 48;

/**
 * `x_<vendor>_<name>`: the property name of something the vocabulary does not have. Of a name that
 * is too long, or that has letters a key may not have, a hash keeps it apart from others.
 */
export function vendorProperty(vendor: string, name: string): string {
  return `x_${slug(vendor).replaceAll("-", "")}_${fitted(name, word(name), maxVendorNameLength)}`;
}

const maxPartLength = 32;

/** A part word of a vendor's name; as `vendorProperty` where it is too long or has other letters. */
export function partOf(text: string): string {
  return fitted(text, slug(text).replaceAll("-", "_"), maxPartLength);
}

/** The plain form of a text if it is faithful, otherwise as much of it as fits, and a hash. */
function fitted(text: string, plain: string, maxLength: number): string {
  const letters = text.normalize("NFKD").replace(/[^\p{L}\p{N}]|ß/gu, "");
  const isFaithful = /^[a-z0-9]*$/i.test(letters);
  if (isFaithful && plain.length > 0 && plain.length <= maxLength) return plain;
  const start = plain.slice(0, maxLength - hashLength - 1).replace(/_+$/, "");
  return start === "" ? `n${hash(text)}` : `${start}_${hash(text)}`;
}

/** Which property of a device: its meaning, and which of several of that meaning. */
export interface PropertyRef {
  readonly is: string;
  readonly part?: string | undefined;
}

/** Leaves room for `_2` behind it in what a property key may have. */
const maxKeyLength = 60;

/** One text for a property ref, for maps. */
export function propertyText({ is, part }: PropertyRef): string {
  return part === undefined ? is : `${is}/${part}`;
}

/**
 * The key of a new property. Part `1`, or none, has the bare name; a numbered part `_2`; a named
 * part its name, which an optional part leaves out when it is the first of its kind.
 * @param taken whether a key belongs to another property of this device already
 */
export function mintKey(
  { is, part, optionalPart }: PropertyRef & { readonly optionalPart?: boolean | undefined },
  taken: (key: string) => boolean,
): string {
  const bare = part === undefined || part === "1" || (optionalPart === true && !taken(is));
  const room = maxKeyLength - (part?.length ?? 0) - 1;
  const wanted = bare ? is : `${is.slice(0, room)}_${part}`;
  let key = wanted;
  for (let n = 2; taken(key); n++) key = `${wanted}_${n}`;
  return key;
}

export function isDeviceId(text: string): boolean {
  return pattern.deviceId.test(text) && text !== reservedId;
}

/** The topic segment beside the devices that is Koine itself. */
export const reservedId = "bridge";

/** FNV-1a, 32 bit, as eight hexadecimal digits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(hashLength, "0");
}
