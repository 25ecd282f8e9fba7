import type { FastifyRequest } from 'fastify'
import { html, type Html } from '../html.ts'
import type { Page } from '../site.ts'
import { bar } from './bar.ts'

const monthName = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' })
const shortMonthName = new Intl.DateTimeFormat('en', { month: 'short', year: 'numeric', timeZone: 'UTC' })

/** Invented visits for each day of a month, the same at every look. */
function visits (year: number, month: number): readonly number[] {
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return Array.from({ length: days }, (_, day) => {
    const wave = Math.sin(day * 0.9 + month) + Math.sin(day * 0.23 + year) + Math.sin(day * 2.1)
    return Math.round(420 + wave * 90 + day * 4)
  })
}

function chart (numbers: readonly number[], label: string): Html {
  const most = Math.max(...numbers)
  const bars = numbers.map((number, index) => {
    const height = Math.round(number / most * 100)
    return html`<rect x="${index * 10 + 2}" y="${100 - height}" width="6" height="${height}" rx="1.5"/>`
  })
  return html`<svg class="chart" viewBox="0 0 ${numbers.length * 10} 100" preserveAspectRatio="none" role="img" aria-label="${label}">${bars}</svg>`
}

function link (year: number, month: number): Html {
  const date = new Date(Date.UTC(year, month - 1))
  const address = `/reports/${date.getUTCFullYear()}?month=${date.getUTCMonth() + 1}`
  return html`<a class="button quiet" href="${address}">${shortMonthName.format(date)}</a>`
}

/** `/reports/:year?month=`: a deep link that survives the sign-in. */
export function reportPage (request: FastifyRequest, year: number, month: number): Page {
  const numbers = visits(year, month)
  const title = monthName.format(Date.UTC(year, month - 1))
  const sum = numbers.reduce((total, number) => total + number, 0).toLocaleString('en')
  const best = numbers.indexOf(Math.max(...numbers)) + 1
  return {
    title: `Report of ${title}`,
    bar: bar(request),
    main: html`<p class="eyebrow">Report</p>
<h1>${title}</h1>
<p class="lead">You are at <code>${request.url}</code>, whether you were signed in before or came here through the sign-in.</p>
<div class="cards"><section class="card"><h2>Visits per day</h2>
<figure>${chart(numbers, `Bar chart of the visits on each day of ${title}`)}
<figcaption>${sum} visits in all, the most of them on day ${best}. The numbers are invented.</figcaption></figure></section></div>
<nav class="months" aria-label="Months">${link(year, month - 1)} ${link(year, month + 1)}</nav>`
  }
}
