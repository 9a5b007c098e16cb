import type { Found, Outgoing, Progress, Sent, Tried } from "../routes/route.ts";

/** A request to a provider. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What it answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, where it is JSON; undefined otherwise. */
  readonly json: unknown;
  readonly text: string;
}

/** A text that a provider has for us. */
export interface Arrival {
  /** What the provider calls it: two with the same are the same. */
  readonly id: string;
  /** As the whole world dials it, or a name. */
  readonly from: string;
  readonly body: string;
  /** When it was sent, in ms since 1970, where the provider says so. */
  readonly sentAtMs?: number | undefined;
  /** Of a long text that comes in parts, counted from 1. */
  readonly part?: { readonly reference: string; readonly total: number; readonly number: number };
}

/** Something that a provider says by itself. */
export interface Hook {
  readonly method: string;
  /** As the provider dials it, to the letter: it is what some sign. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Ms since 1970, when it came. */
  readonly nowMs: number;
}

/** What a hook says; nothing of both when it is of no interest. */
export interface HookSaid {
  readonly arrival?: Arrival;
  readonly progress?: Omit<Progress, "route">;
  /** What the provider wants to read. */
  readonly answer?: { readonly type: string; readonly body: string };
}

/** A page of what came in. */
export interface Page {
  readonly arrivals: readonly Arrival[];
  /** Entries that could not be read. */
  readonly odd: number;
  /** Where the next round begins, when this was the last page. */
  readonly cursor: string;
  /** Where the next page is, below the address of the provider. */
  readonly next?: string | undefined;
}

/** What one provider speaks: requests and answers, nothing that keeps anything. */
export interface Dialect {
  send(text: Outgoing): HttpRequest;
  /** What an answer means that is no matter of HTTP itself. */
  sent(answer: HttpAnswer, text: Outgoing): Sent;
  /** To ask whether it has a text. */
  readonly find?: {
    readonly request: (text: Outgoing) => HttpRequest;
    readonly read: (answer: HttpAnswer, text: Outgoing, tried: Tried) => Found | undefined;
  };
  /** To ask what became of one. */
  readonly ask?: {
    readonly request: (reference: string) => HttpRequest;
    readonly read: (answer: HttpAnswer) => Omit<Progress, "route" | "reference"> | undefined;
  };
  /** To ask what came in. */
  readonly poll?: {
    /** @param cursor where the last round ended; of the first one, when the gateway began, in ms since 1970 */
    readonly first: (cursor: string) => HttpRequest;
    readonly page: (path: string) => HttpRequest;
    /**
     * @param path of the page, where it is not the first
     * @throws ProtocolError when it cannot be read
     */
    readonly read: (answer: HttpAnswer, cursor: string, nowMs: number, path?: string) => Page;
  };
  /**
   * Reads a hook, if it is really of the provider; undefined when it is not.
   * @throws ProtocolError when it cannot be read
   */
  hook?(hook: Hook): HookSaid | undefined;
}
