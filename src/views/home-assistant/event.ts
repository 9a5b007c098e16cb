import { valuesOf, type Entity, type Item, type Subject } from "./entity.ts";
import { classOn } from "./sensors.ts";

/** What happens at a moment. Home Assistant has to know every word that may come. */
export function eventsOf(item: Item, subject: Subject): readonly Entity[] {
  const words = valuesOf(item);
  if (words.length === 0) return [];
  const options = {
    state_topic: subject.event(item.property.is),
    event_types: words,
    value_template: templateOf(item.property.part),
    ...classOn("event", item),
  };
  return [{ platform: "event", item, options }];
}

/** The event in Home Assistant's words; nothing, where another part was meant. */
function templateOf(part = ""): string {
  const steps = `{% if value_json.steps is defined %}, "steps": {{ value_json.steps }}{% endif %}`;
  const event = `{"event_type": {{ value_json.action | tojson }}${steps} }`;
  return `{% if value_json.part | default('') == '${part}' %}${event}{% endif %}`;
}
