/** Where everything of the service is. */
export const servicePaths = {
  unit: "/etc/systemd/system/koine.service",
  rules: "/etc/udev/rules.d/60-koine.rules",
  user: "/etc/sysusers.d/koine.conf",
  settings: "/etc/koine",
  config: "/etc/koine/koine.yaml",
  secrets: "/etc/koine/secrets.yaml",
  data: "/var/lib/koine",
} as const;

/** The system user, and its group, that the service runs as. */
export const serviceUser = "koine";
export const serviceUnit = "koine.service";
