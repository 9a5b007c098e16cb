interface Node<T> {
  readonly children: Map<string, Node<T>>;
  value: T | undefined;
}

/**
 * Values at MQTT topics or filters, found from either side: the values at all topics that a filter
 * matches, or at all filters that match a topic. Matching costs by levels, not by entries
 * [MQTT-4.7].
 */
export class TopicTree<T> {
  readonly #root: Node<T> = node();
  #size = 0;

  /** How many topics or filters have a value. */
  get size(): number {
    return this.#size;
  }

  get(path: string): T | undefined {
    let at: Node<T> | undefined = this.#root;
    for (const level of path.split("/")) at = at?.children.get(level);
    return at?.value;
  }

  set(path: string, value: T): void {
    let at = this.#root;
    for (const level of path.split("/")) {
      let next = at.children.get(level);
      if (!next) at.children.set(level, (next = node()));
      at = next;
    }
    if (at.value === undefined) this.#size += 1;
    at.value = value;
  }

  delete(path: string): void {
    const trail: { parent: Node<T>; level: string }[] = [];
    let at = this.#root;
    for (const level of path.split("/")) {
      const next = at.children.get(level);
      if (!next) return;
      trail.push({ parent: at, level });
      at = next;
    }
    if (at.value !== undefined) this.#size -= 1;
    at.value = undefined;
    this.#prune(at, trail);
  }

  /** Values at the topics that this filter matches, in the order their levels were first set. */
  *matchedBy(filter: string): Generator<T> {
    yield* topicsBelow(this.#root, filter.split("/"), 0);
  }

  /** Values at the filters that match this topic. */
  matching(topic: string): T[] {
    const found: T[] = [];
    collectFilters(this.#root, topic.split("/"), 0, found);
    return found;
  }

  #prune(last: Node<T>, trail: { parent: Node<T>; level: string }[]): void {
    let at = last;
    for (const { parent, level } of trail.toReversed()) {
      if (at.value !== undefined || at.children.size > 0) return;
      parent.children.delete(level);
      at = parent;
    }
  }
}

function node<T>(): Node<T> {
  return { children: new Map(), value: undefined };
}

function* topicsBelow<T>(at: Node<T>, levels: readonly string[], depth: number): Generator<T> {
  const level = levels[depth];
  if (level === undefined) {
    if (at.value !== undefined) yield at.value;
  } else if (level === "#") {
    // A filter ending in # also matches the level above it [MQTT-4.7.1-2].
    if (depth > 0 && at.value !== undefined) yield at.value;
    for (const child of wildChildren(at, depth)) yield* topicsBelow(child, ["", "#"], 1);
  } else if (level === "+") {
    for (const child of wildChildren(at, depth)) yield* topicsBelow(child, levels, depth + 1);
  } else {
    const child = at.children.get(level);
    if (child) yield* topicsBelow(child, levels, depth + 1);
  }
}

/** What a wildcard matches: at the first level not what starts with $ [MQTT-4.7.2-1]. */
function* wildChildren<T>(at: Node<T>, depth: number): Generator<Node<T>> {
  for (const [level, child] of at.children) {
    if (depth > 0 || !level.startsWith("$")) yield child;
  }
}

function collectFilters<T>(
  at: Node<T>,
  levels: readonly string[],
  depth: number,
  found: T[],
): void {
  const level = levels[depth];
  const wild = depth > 0 || level?.startsWith("$") !== true;
  const rest = wild ? at.children.get("#") : undefined;
  if (rest?.value !== undefined) found.push(rest.value);
  if (level === undefined) {
    if (at.value !== undefined) found.push(at.value);
    return;
  }
  const plus = wild ? at.children.get("+") : undefined;
  if (plus) collectFilters(plus, levels, depth + 1, found);
  const exact = at.children.get(level);
  if (exact) collectFilters(exact, levels, depth + 1, found);
}
