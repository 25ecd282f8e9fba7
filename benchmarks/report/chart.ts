import type { CaseOutcome, GroupOutcome } from '../harness/outcome.ts'
import { formatFigure } from './figures.ts'

const WIDTH = 860
const LABELS = 400
const BAR = 14
const ROW = 22
const HEADING = 40
const MARGIN = 16

/** As much of a full bar as there is room for: some are faster than what they relate to. */
const MOST = 1.15
const FULL = (WIDTH - LABELS - MARGIN - 60) / MOST

const STYLE = `
  text { font: 12px sans-serif; fill: #1f2328 }
  .heading { font-weight: bold; font-size: 13px }
  .other { fill: #8c959f }
  .ours { fill: #0969da }
  .spread { stroke: #1f2328; stroke-opacity: .6 }
  .full { stroke: #8c959f; stroke-dasharray: 2 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .other { fill: #6e7681 }
    .ours { fill: #4493f8 }
    .spread { stroke: #e6edf3 }
    .full { stroke: #6e7681 }
  }`

function escape (text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const round = (value: number): number => Math.round(value * 10) / 10
const lengthOf = (share: number): number => round(Math.min(share, MOST) * FULL)

/** A bar as long as the median, with a line from the lowest to the highest. */
function drawCase ({ title, relation: { median, lowest, highest } }: CaseOutcome, top: number): string {
  const middle = top + BAR / 2
  const text = middle + 4
  const kind = title.startsWith('fastify-login') ? 'ours' : 'other'
  const [from, to] = [LABELS + lengthOf(lowest), LABELS + lengthOf(highest)]
  return [
    `<text x="${LABELS - 8}" y="${text}" text-anchor="end">${escape(title)}</text>`,
    `<rect class="${kind}" x="${LABELS}" y="${top}" width="${lengthOf(median)}" height="${BAR}"/>`,
    `<line class="spread" x1="${from}" y1="${middle}" x2="${to}" y2="${middle}"/>`,
    `<text x="${Math.max(to, LABELS + lengthOf(median)) + 6}" y="${text}">${formatFigure('share', median)}</text>`
  ].join('\n')
}

function drawGroup ({ title, cases }: GroupOutcome, top: number): string {
  const first = top + HEADING
  const end = first + cases.length * ROW
  const full = LABELS + lengthOf(1)
  return [
    `<text class="heading" x="${MARGIN}" y="${top + HEADING - 12}">${escape(title)}</text>`,
    `<line class="full" x1="${full}" y1="${first - 4}" x2="${full}" y2="${end - 4}"/>`,
    ...cases.map((each, index) => drawCase(each, first + index * ROW))
  ].join('\n')
}

/**
 * The shares of all groups as bars, for light and dark pages: the longer, the more requests per second of CPU. Groups
 * that count otherwise have no bars.
 */
export function drawChart (groups: readonly GroupOutcome[]): string {
  const drawn: string[] = []
  let top = 0
  for (const group of groups.filter(({ relation }) => relation === 'share')) {
    drawn.push(drawGroup(group, top))
    top += HEADING + group.cases.length * ROW
  }
  const height = top + MARGIN
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>Throughput per CPU beside the first of each group</title>
<style>${STYLE}
</style>
${drawn.join('\n')}
</svg>
`
}
