import type { AdapterHost } from "koine/adapter";
import type { Text } from "./inbox.ts";
import { limits } from "./limits.ts";
import { masked, withoutNumbers } from "./number.ts";

/** Tells that somebody has texted whom nobody knows: not what, and not too often. */
export class Strangers {
  readonly #host: AdapterHost;
  /** When the last ones were told, in monotonic ms. */
  #toldAt: readonly number[] = [];

  constructor(host: AdapterHost) {
    this.#host = host;
  }

  texted({ from, isName }: Pick<Text, "from" | "isName">): void {
    const host = this.#host;
    host.count("texts_of_strangers");
    const now = host.clock.monotonic();
    const lately = this.#toldAt.filter((at) => now - at < limits.hourMs);
    if (lately.length >= limits.strangersToldAnHour) return host.count("strangers_untold");
    this.#toldAt = [...lately, now];
    const data = isName ? { sender: senderOf(from) } : { number: masked(from) };
    host.emit({ type: "notice", name: "stranger_text", data });
  }
}

/** Anybody may write a name, and a number in it. */
function senderOf(name: string): string {
  return Array.from(withoutNumbers(name)).slice(0, limits.senderLength).join("");
}
