/** Markup that is safe to send: everything that was put into it has been escaped. */
export interface Html {
  readonly markup: string
}

/** What may stand in a template. */
export type HtmlPart = string | Html | readonly Html[]

function escapeText (text: string): string {
  return text.replace(/[&<>"'`]/g, character => `&#${character.charCodeAt(0)};`)
}

function toMarkup (part: HtmlPart): string {
  if (typeof part === 'string') return escapeText(part)
  return 'markup' in part ? part.markup : part.map(toMarkup).join('')
}

/**
 * Markup from a template. Texts in it are escaped; only other markup is taken as it is.
 *
 * @example html`<p>${'a < b'}</p>`.markup // '<p>a &#60; b</p>'
 */
export function html (template: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return { markup: String.raw({ raw: template }, ...parts.map(toMarkup)) }
}
