/** The GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1), by septet; NUL is the escape. */
export const gsmAlphabet =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/** Characters of its extension, which take two septets each (6.2.1.1). */
export const gsmExtension = "\f^{}\\[~]|€";
