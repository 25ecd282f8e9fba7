/** Text that is safe in a page, because {@link html} made it. */
export class Markup {
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}

const ESCAPES: Readonly<Record<string, string>> = Object.freeze({
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'
})

function escape (text: string): string {
  return text.replace(/[&<>"']/g, character => String(ESCAPES[character]))
}

/**
 * Makes markup of a template: what is put in is text and gets escaped, unless it is markup itself.
 *
 * @example html`<p>${'a < b'}</p>`.text // '<p>a &lt; b</p>'
 */
export function html (parts: TemplateStringsArray, ...values: ReadonlyArray<string | Markup>): Markup {
  const texts = values.map(value => value instanceof Markup ? value.text : escape(value))
  return new Markup(String.raw({ raw: parts }, ...texts))
}

/** Markup after markup. */
export function joined (parts: readonly Markup[]): Markup {
  return new Markup(parts.map(({ text }) => text).join(''))
}
