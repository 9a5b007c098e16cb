import { ProtocolError, type z } from "koine/adapter";

/**
 * What a provider said, as it should be.
 * @throws ProtocolError when it is not
 */
export function parsed<T>(schema: z.ZodType<T>, said: unknown, who: string): T {
  const { data, error } = schema.safeParse(said);
  if (error) throw new ProtocolError(`Cannot read what ${who} said`);
  return data;
}

/** HTTP's own way to say who one is (RFC 7617). */
export function basic(user: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

/** A number without its plus, with it; a name as it is. */
export function withPlus(from: string): string {
  return /^[1-9]\d{6,14}$/.test(from) ? `+${from}` : from;
}

/** The parameters of a form, a query or a JSON object, as texts. */
export function paramsOf(query: URLSearchParams, body: string): Readonly<Record<string, string>> {
  const own = Object.fromEntries(query);
  if (!body.trimStart().startsWith("{")) {
    return { ...own, ...Object.fromEntries(new URLSearchParams(body)) };
  }
  const json = jsonOf(body);
  const fields = typeof json === "object" && json !== null ? Object.entries(json) : [];
  return { ...own, ...Object.fromEntries(fields.map(([name, value]) => [name, String(value)])) };
}

/** What a text means as JSON; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Those of a list that are as they should be, and how many are not. */
export function readable<T>(
  schema: z.ZodType<T>,
  list: readonly unknown[],
): { readonly all: readonly T[]; readonly odd: number } {
  const all = list.flatMap((one) => {
    const { data, success } = schema.safeParse(one);
    return success ? [data] : [];
  });
  return { all, odd: list.length - all.length };
}

/** A time in ms since 1970; undefined when it is none. */
export function timeOf(text: string | null | undefined): number | undefined {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}

/** The query of an address. */
export function queryOf(address: string): URLSearchParams {
  return URL.canParse(address) ? new URL(address).searchParams : new URLSearchParams();
}
