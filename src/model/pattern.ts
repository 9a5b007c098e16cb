/** The words topics and documents are made of; every name on the bus matches one of these. */
export const pattern = {
  /** Legal as a Homie id, a Home Assistant node id and a DNS label. */
  deviceId: /^[a-z0-9][a-z0-9-]{0,62}$/,
  propertyKey: /^(?:x_[a-z0-9]+_)?[a-z][a-z0-9_]{0,63}$/,
  /** A property key, or metadata of a later minor version. */
  stateKey: /^(?:_[a-z]+|(?:x_[a-z0-9]+_)?[a-z][a-z0-9_]{0,63})$/,
  part: /^[a-z0-9_]{1,32}$/,
  /** Event, alert, adapter and request names. */
  name: /^[a-z0-9][a-z0-9_-]{0,63}$/,
  timestamp: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
} as const;
