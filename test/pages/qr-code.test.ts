import { generate } from 'lean-qr'
import { test } from 'tap'
import { qrCode } from '../../lib/pages/qr-code.ts'
import { harmless, hostile } from './_hostile.ts'

const text = 'https://id.example.com/go?user_code=BDFH-KLMN'

type Point = readonly [x: number, y: number]

/** The modules that a drawing fills, by the rule that browsers follow (SVG 2, fill-rule: nonzero). */
function modulesOf (path: string, size: number): readonly string[] {
  const outlines: readonly (readonly Point[])[] = path.split('Z').filter(part => part !== '').map(part =>
    part.split(/[ML]/).filter(point => point !== '').map(point => point.split(' ').map(Number) as unknown as Point))
  const windings = (x: number, y: number): number => outlines.flatMap(points => points.map((from, index) => {
    const to = points[(index + 1) % points.length] ?? from
    // An edge that a ray to the right crosses.
    if (from[0] !== to[0] || from[0] <= x) return 0
    return Math.min(from[1], to[1]) < y && y < Math.max(from[1], to[1]) ? Math.sign(to[1] - from[1]) : 0
  })).reduce((sum, winding) => sum + winding, 0)
  return Array.from({ length: size }, (_row, y) =>
    Array.from({ length: size }, (_column, x) => windings(x + 0.5, y + 0.5) === 0 ? '.' : '#').join(''))
}

test('the drawing has the modules of the code, and nothing else', async t => {
  const drawing = qrCode(text, 'QR code').text
  const code = generate(text)
  const rows = Array.from({ length: code.size }, (_row, y) =>
    Array.from({ length: code.size }, (_column, x) => code.get(x, y) ? '#' : '.').join(''))
  t.same(modulesOf(String(/ d="([^"]+)"/.exec(drawing)?.[1]), code.size), rows)
  t.equal(rows[0]?.slice(0, 8), '#######.', 'it begins with a finder pattern')
})

test('four empty modules are around it (ISO/IEC 18004, section 9.1)', async t => {
  const { size } = generate(text)
  t.match(qrCode(text, 'QR code').text, `viewBox="-4 -4 ${size + 8} ${size + 8}"`)
})

test('its label is text, and what it says is only drawn', async t => {
  const drawing = qrCode(hostile, hostile).text
  t.match(drawing, `aria-label="${harmless}"`)
  t.notMatch(drawing, '<script')
})

test('a text that no camera could read from a screen is not drawn', async t => {
  t.match(qrCode('a'.repeat(512), '').text, '<svg')
  t.equal(qrCode('a'.repeat(513), '').text, '')
  t.equal(qrCode('ä'.repeat(257), '').text, '', 'bytes count')
})
