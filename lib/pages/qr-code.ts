import { generate } from 'lean-qr'
import { toSvgPath } from 'lean-qr/extras/svg'
import { html, type Markup } from './html.ts'

/** Bytes. A code with more modules is too fine for the camera of a phone before a screen. */
const LONGEST = 512
/** Empty modules around it, which readers need (ISO/IEC 18004, section 9.1). */
const QUIET = 4

/** A QR code as a drawing, black on white whatever the colours of the page are; nothing where the text is too long. */
export function qrCode (text: string, label: string): Markup {
  if (Buffer.byteLength(text) > LONGEST) return html``
  const code = generate(text)
  const size = String(code.size + 2 * QUIET)
  return html`<svg class="qr" viewBox="-${String(QUIET)} -${String(QUIET)} ${size} ${size}" role="img" aria-label="${label}"><path d="${toSvgPath(code)}"/></svg>`
}
