/** Markup that is safe to send: everything that was put into it has been escaped. */
export class Html {
  readonly markup: string

  constructor (markup: string) {
    this.markup = markup
  }
}

/** What may stand in a template: text gets escaped, markup and lists of it are taken as they are. */
export type HtmlPart = string | number | Html | readonly Html[]

function escape (text: string): string {
  return text.replace(/[&<>"'`]/g, character => `&#${character.charCodeAt(0)};`)
}

function toMarkup (part: HtmlPart): string {
  if (part instanceof Html) return part.markup
  return typeof part === 'object' ? part.map(toMarkup).join('') : escape(String(part))
}

/**
 * Markup from a template.
 *
 * @example html`<p>${'a < b'}</p>`.markup // '<p>a &#60; b</p>'
 */
export function html (template: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(String.raw({ raw: template }, ...parts.map(toMarkup)))
}
