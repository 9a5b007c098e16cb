import { isList, type PropertyFacts, type Scalar } from "koine/adapter";
import type { Observation } from "../reading/observation.ts";
import { limits } from "./limits.ts";

/** What may be a secret under a name: nothing, a text, or anything but yes and no. */
type Secrecy = "none" | "text" | "value";

/** Within a word, these can be nothing else. */
const telling = /passw|passphrase|passcode|pwd|ssid|secret|credential|psk$|(?:wifi|mqtt|ap)pass$/;

const secretWords = new Set(["pass", "pincode", "login", "username", "msisdn", "imsi"]);

/** With a number behind it, it is a pin of a chip. */
const pin = /(?:^|[^a-z])pin$/i;

/** A counter of tokens is none; nor is the number of a key that was pressed. */
const secretTexts = /^tokens?$|^keys?$|^(?:api|auth|bind|link|net|pass|wifi)key$/;

/** Two words that are a secret together. */
const secretPairs = new Set([
  "access code",
  "admin code",
  "door code",
  "lock code",
  "master code",
  "mqtt user",
  "phone number",
  "pin code",
  "sms number",
  "user code",
  "user name",
]);

/** An address that carries a password or a key. */
const credentials = /:\/\/[^/\s@]*:[^/\s@]*@|[?&](?:access_?)?(?:token|key|auth|password)=/i;

/** The property, unless its name says that it holds a secret. What the vocabulary has holds none. */
export function isPublic({ is, name = "", source = "", type }: PropertyFacts): boolean {
  if (!is.startsWith("x_") || type === "boolean") return true;
  // The vendor is no part of the name.
  const own = is.replace(/^x_[^_]*_/, "");
  const secrecy = [own, name, source.split(/[./]/).at(-1) ?? ""].map(secrecyOf);
  return !secrecy.some((one) => one === "value" || (one === "text" && type !== "number"));
}

/** The observation without secrets; undefined when nothing is left of it. */
export function publicOf(observation: Observation): Observation | undefined {
  const { facts, raw } = observation;
  if (!facts.is.startsWith("x_")) return observation;
  const value = withoutSecrets(observation.value);
  if (!isPublic(facts) || value === undefined) return undefined;
  const { raw: _, ...rest } = observation;
  const told = raw === undefined ? undefined : withoutSecrets(raw);
  return { ...rest, value, ...(told !== undefined && { raw: told }) };
}

function withoutSecrets(value: Scalar): Scalar | undefined {
  if (typeof value === "string") return credentials.test(value) ? undefined : value;
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) {
    const kept = value.flatMap((item) => {
      const rest = withoutSecrets(item);
      return rest === undefined ? [] : [rest];
    });
    return kept.length === 0 && value.length > 0 ? undefined : kept;
  }
  const kept = Object.entries(value).flatMap(([name, item]) => {
    const rest = isSecret(name, item) ? undefined : withoutSecrets(item);
    return rest === undefined ? [] : [[name, rest] as const];
  });
  return kept.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(kept);
}

function isSecret(name: string, value: Scalar): boolean {
  if (typeof value === "boolean") return false;
  const secrecy = secrecyOf(name);
  return secrecy === "value" || (secrecy === "text" && typeof value !== "number");
}

const known = new Map<string, Secrecy>();

function secrecyOf(name: string): Secrecy {
  const before = known.get(name);
  if (before !== undefined) return before;
  const secrecy = pin.test(name) ? "value" : judge(wordsOf(name));
  if (known.size >= limits.rememberedPaths) known.clear();
  known.set(name, secrecy);
  return secrecy;
}

function judge(words: readonly string[]): Secrecy {
  const isTelling = words.some(
    (word, n) =>
      telling.test(word) || secretWords.has(word) || secretPairs.has(`${words[n - 1]} ${word}`),
  );
  if (isTelling) return "value";
  return words.some((word) => secretTexts.test(word)) ? "text" : "none";
}

/** `MqttPassword1` and `mqtt_password` are the same two words. */
function wordsOf(name: string): readonly string[] {
  const spaced = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ");
  return spaced
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
}
