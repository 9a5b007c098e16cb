/** How a command to a modem failed. */
export type FailureKind =
  /** The modem said no. */
  | "refused"
  /** It said nothing in time: whether it obeyed is not known. */
  | "silent"
  /** The port is gone, or was given up. */
  | "gone";

/** A command that a modem did not carry out, or of which that is not known. */
export class AtFailure extends Error {
  readonly kind: FailureKind;
  /** `+CMS ERROR` (3GPP TS 27.005, 3.2.5) or `+CME ERROR` (27.007, 9.2), where it came with a number. */
  readonly code: number | undefined;
  /** The message itself had left already when it happened. */
  readonly isAfterText: boolean;

  constructor(
    kind: FailureKind,
    message: string,
    { code, isAfterText = false }: { code?: number | undefined; isAfterText?: boolean } = {},
  ) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.isAfterText = isAfterText;
  }
}
