import { test } from 'tap'
import { drawChart } from '../../benchmarks/report/chart.ts'
import { findRegressions } from '../../benchmarks/report/check.ts'
import { formatNumber, formatSpread } from '../../benchmarks/report/figures.ts'
import { putBetweenMarks } from '../../benchmarks/report/page.ts'
import { writeGroup } from '../../benchmarks/report/table.ts'
import { outcomeOf } from './_outcomes.ts'

test('figures have the digits that count, and no spread where there was one process', async t => {
  t.strictSame([1169.4, 23.44, 0.512].map(formatNumber), ['1,169', '23.4', '0.51'])
  t.equal(formatSpread('share', { median: 0.97, lowest: 0.95, highest: 0.994 }), '97 % (95 to 99)')
  t.equal(formatSpread('multiple', { median: 2, lowest: 2, highest: 2 }), '2.00 ×')
})

test('a table has cost, share, and what is reached of the target', async t => {
  t.equal(writeGroup(outcomeOf([{ kind: 'share', target: 0.4 }])), `### A group

What it is about.

| | µs of CPU per request | % of the first | target |
|---|---|---|---|
| the first | 10.0 |  |  |
| fastify-login <& more> | 25.0 (20.0 to 40.0) | 40 % (25 to 50) | at least 40 %: reached |`)
})

test('a missed target is said aloud', async t => {
  t.match(writeGroup(outcomeOf([{ kind: 'share', target: 0.41 }])), 'at least 41 %: **missed**')
  t.match(writeGroup(outcomeOf([{ kind: 'cost', target: 24 }])), '| at most 24.0: **missed** |')
})

test('a check names the case that costs more than its limit, and no other', async t => {
  t.strictSame(findRegressions([outcomeOf([{ kind: 'share', target: 0.9, limit: 0.4 }, { kind: 'cost', limit: 25 }])]), [])
  t.strictSame(findRegressions([outcomeOf([{ kind: 'share', limit: 0.41 }])]), [
    'group/second: "fastify-login <& more>" has 40 % (25 to 50) beside "the first", but must have at least 41 %.'
  ])
})

test('a chart is one text without fonts, scripts or anything from elsewhere', async t => {
  const chart = drawChart([outcomeOf([])])
  t.match(chart, /^<svg [^>]*viewBox="0 0 860 \d+"/)
  t.match(chart, 'fastify-login &lt;&amp; more&gt;')
  t.match(chart, 'prefers-color-scheme: dark')
  t.notMatch(chart, /<script|@font-face|url\(|href|NaN|undefined/)
  const bars = [...chart.matchAll(/<rect class="(\w+)"[^>]* width="([\d.]+)"/g)]
  t.strictSame(bars.map(([, kind]) => kind), ['other', 'ours'])
  t.equal((Number(bars[1]?.[2]) / Number(bars[0]?.[2])).toFixed(2), '0.40')
})

test('a chart leaves out what is no share', async t => {
  t.notMatch(drawChart([{ ...outcomeOf([]), relation: 'multiple' }]), '<rect')
})

test('what is written takes the place of what was written before, and of nothing else', async t => {
  const page = 'before\n<!-- figures: written by npm run bench -- --write -->\nold\n<!-- end of the figures -->\nafter\n'
  const once = putBetweenMarks(page, 'new\n')
  t.equal(once, page.replace('old', '\nnew\n'))
  t.equal(putBetweenMarks(once, 'new'), once)
  t.throws(() => putBetweenMarks('a page without marks', ''), /has no lines/)
})
