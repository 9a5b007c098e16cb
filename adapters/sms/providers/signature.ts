import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Whether two signatures are the same; takes as long whatever they are. */
export function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/**
 * What Twilio signs a request with: the address, and each parameter with its value, in the order of
 * their names.
 * @param url as Twilio dials it
 */
export function twilioSignature(
  token: string,
  url: string,
  params: URLSearchParams,
  algorithm: "sha1" | "sha256" = "sha1",
): string {
  const names = [...new Set(params.keys())].toSorted();
  const said = names.map((name) =>
    [...new Set(params.getAll(name))]
      .toSorted()
      .map((value) => name + value)
      .join(""),
  );
  return createHmac(algorithm, token)
    .update(url + said.join(""))
    .digest("base64");
}

export type VonageMethod = "md5hash" | "md5" | "sha1" | "sha256" | "sha512";

/** What Vonage signs parameters with, in lower-case digits; `sig` itself is no part of it. */
export function vonageSignature(
  secret: string,
  method: VonageMethod,
  params: Readonly<Record<string, string>>,
): string {
  const said = Object.keys(params)
    .filter((name) => name !== "sig")
    .toSorted()
    .map((name) => `&${name}=${(params[name] ?? "").replaceAll(/[&=]/g, "_")}`)
    .join("");
  const hash =
    method === "md5hash"
      ? createHash("md5").update(said + secret)
      : createHmac(method, secret).update(said);
  return hash.digest("hex");
}

/** What SMSGate signs a hook with: its body and the time it says, in s since 1970. */
export function smsGateSignature(key: string, body: string, timestamp: string): string {
  return createHmac("sha256", key)
    .update(body + timestamp)
    .digest("hex");
}
