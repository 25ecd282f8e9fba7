/** What a terminal obeys, and what turns or hides the text around it. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

/**
 * A text of somebody else as a terminal may show it: on one line, without control characters, and not too long.
 *
 * @example shownText('\u001b[2Jhello') // '\\u{1b}[2Jhello'
 */
export function shownText (text: string, longest = 300): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return shown.replace(hidden, character => `\\u{${Number(character.codePointAt(0)).toString(16)}}`)
}

const visible = /^[\x21-\x7e]+$/

/** Whether a text can stand in a header, in a list of words and on a terminal as it is (RFC 6749, appendix A). */
export function isVisible (text: unknown): text is string {
  return typeof text === 'string' && visible.test(text)
}
