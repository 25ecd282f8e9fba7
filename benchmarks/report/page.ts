/** Between these lines of a page stands what a run wrote. */
const BEGIN = '<!-- figures: written by npm run bench -- --write -->'
const END = '<!-- end of the figures -->'

/**
 * Puts what was written in the place of what a page has between its two marks.
 *
 * @throws Error where the page has no such place
 */
export function putBetweenMarks (page: string, written: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin === -1 || end < begin) throw new Error(`the page has no lines ${BEGIN} and ${END}`)
  return `${page.slice(0, begin + BEGIN.length)}\n\n${written.trim()}\n\n${page.slice(end)}`
}
