/** Characters that take two bytes in memory, and make all others of their text take two. */
export const BEYOND_LATIN1 = /[\u0100-\uffff]/

/**
 * The same text in memory of its own, one byte for each character where that is enough. A text that was put together
 * or cut out keeps alive all that it was made from.
 */
export function copyText (text: string): string {
  const encoding = BEYOND_LATIN1.test(text) ? 'utf16le' : 'latin1'
  return Buffer.from(text, encoding).toString(encoding)
}
