/** What `explain` may say of a device: a message that no converter could read, or that it is not set up. */
export const diagnostics = ["bad_payload", "configure_failed"] as const;
export type Diagnostic = (typeof diagnostics)[number];
