import { africastalking } from "./africastalking.ts";
import type { ProviderConfig } from "./config.ts";
import type { Dialect } from "./dialect.ts";
import { smsgate } from "./smsgate.ts";
import { twilio } from "./twilio.ts";
import { vonage } from "./vonage.ts";

/** What a configured provider speaks. */
export function dialectOf(config: ProviderConfig): Dialect {
  switch (config.use) {
    case "twilio":
      return twilio(config);
    case "vonage":
      return vonage(config);
    case "smsgate":
      return smsgate(config);
    case "africastalking":
      return africastalking(config);
  }
}
