import { limits } from "../limits.ts";

/** Characters that no topic has: NUL [MQTT-1.5.3-2], and what stands for bytes that were no UTF-8. */
const forbidden = /[\0\uFFFD]/;

/** Whether a message may be published there [MQTT-3.3.2-2]. */
export function isTopicName(topic: string): boolean {
  return isPath(topic) && !/[+#]/.test(topic);
}

/** Whether one may subscribe to it [MQTT-4.7.1-2, MQTT-4.7.1-3]. */
export function isTopicFilter(filter: string): boolean {
  if (!isPath(filter)) return false;
  const levels = filter.split("/");
  return levels.every((level, index) => {
    if (level === "#") return index === levels.length - 1;
    return level === "+" || !/[+#]/.test(level);
  });
}

function isPath(text: string): boolean {
  return text !== "" && !forbidden.test(text) && levelsOf(text) <= limits.topicLevels;
}

function levelsOf(text: string): number {
  let levels = 1;
  for (let at = text.indexOf("/"); at !== -1; at = text.indexOf("/", at + 1)) levels += 1;
  return levels;
}

/** Whether a filter matches a topic [MQTT-4.7], or, of two filters, whether some topic meets both. */
export function matches(filter: string, path: string): boolean {
  if (isWildAgainst(filter, path) || isWildAgainst(path, filter)) return false;
  const levels = filter.split("/");
  const others = path.split("/");
  for (let index = 0; ; index++) {
    const [level, other] = [levels[index], others[index]];
    // A # also stands for nothing at all [MQTT-4.7.1-2].
    if (level === "#" || other === "#") return true;
    if (level === undefined || other === undefined) return level === other;
    if (level !== other && level !== "+" && other !== "+") return false;
  }
}

/** Whether a filter matches every topic that another one does. */
export function covers(filter: string, other: string): boolean {
  if (isWildAgainst(filter, other)) return false;
  const levels = filter.split("/");
  const others = other.split("/");
  for (let index = 0; ; index++) {
    const [level, narrower] = [levels[index], others[index]];
    if (level === "#") return true;
    if (level === undefined || narrower === undefined) return level === narrower;
    if (narrower === "#" || (level !== "+" && level !== narrower)) return false;
  }
}

/** At the first level a wildcard stands for nothing that starts with $ [MQTT-4.7.2-1]. */
function isWildAgainst(filter: string, path: string): boolean {
  return path.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"));
}
