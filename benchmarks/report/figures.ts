import type { Goal } from '../cases/case.ts'
import type { Spread } from '../harness/statistics.ts'

/** A number with three digits that count, as a person reads it: 1,169 · 23.4 · 0.51. */
export function formatNumber (value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function percent (share: number): string {
  return (share * 100).toFixed(share < 0.1 ? 1 : 0)
}

const formats: Readonly<Record<Goal['kind'], { readonly one: (value: number) => string, readonly unit: string }>> = {
  share: { one: percent, unit: ' %' },
  multiple: { one: formatNumber, unit: ' ×' },
  cost: { one: formatNumber, unit: '' }
}

export function formatFigure (kind: Goal['kind'], value: number): string {
  return formats[kind].one(value) + formats[kind].unit
}

/** The median, and in parentheses the lowest and the highest where there were several. */
export function formatSpread (kind: Goal['kind'], { median, lowest, highest }: Spread): string {
  const figure = formatFigure(kind, median)
  if (lowest === highest) return figure
  return `${figure} (${formats[kind].one(lowest)} to ${formats[kind].one(highest)})`
}
