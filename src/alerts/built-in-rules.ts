import { alertRuleSchema, type AlertRule } from "../model/alert-rule.ts";

/** What everybody wants to be told of, unless the configuration says otherwise. */
export const builtInRules: readonly AlertRule[] = [
  { id: "smoke", property: "smoke", is: true, severity: "critical" },
  { id: "gas", property: "gas_alarm", is: true, severity: "critical" },
  { id: "carbon-monoxide", property: "co_alarm", is: true, severity: "critical" },
  { id: "water-leak", property: "water_leak", is: true, severity: "critical" },
  { id: "battery", property: "battery", below: 15, hysteresis: 10, for: 600 },
  { id: "battery-low", property: "battery_low", is: true, for: 600 },
  { id: "disk", device: "class:gateway", property: "disk_free", below: 200_000_000, for: 60 },
  { id: "memory-leak", device: "class:gateway", property: "heap_verdict", is: "leak" },
  {
    id: "memory-growth",
    device: "class:gateway",
    property: "heap_verdict",
    is: "growing",
    for: 7_200,
  },
  {
    id: "memory",
    device: "class:gateway",
    property: "heap_severity",
    is: "critical",
    severity: "critical",
  },
  { id: "adapter", adapter: "*", for: 300 },
].map((rule) => alertRuleSchema.parse(rule));
