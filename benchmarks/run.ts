import { Contender } from './harness/contender.ts'
import { orderOf } from './harness/order.ts'
import { medianOf } from './harness/statistics.ts'
const cs = [
  { name: 'bare', title: '', server: { module: 'bare', name: 'bare' }, people: 1 },
  { name: 'bareC', title: '', server: { module: 'bare', name: 'bareWithCookie' }, people: 1 },
  { name: 'warm', title: '', server: { module: 'fastify-login', name: 'cookieMode' } },
  { name: 'unseen', title: '', server: { module: 'fastify-login', name: 'cookieMode' }, isUnseen: true },
  { name: 'mem', title: '', server: { module: 'fastify-login', name: 'memoryStore' } },
]
for (let g = 0; g < 3; g++) {
  const all = []
  for (const c of cs) all.push(await Contender.start(c, {}))
  for (const c of all) await c.warmUp({ milliseconds: 1000 })
  for (let r = 0; r < 5; r++) for (const c of orderOf(all, r)) await c.measure({ milliseconds: 400 })
  const base = medianOf(all[0].figures)
  for (const c of all) console.log(c.case.name, c.figures.map(f => f.toFixed(1)).join(' '), (base / medianOf(c.figures)).toFixed(3))
  for (const c of all) await c.stop()
}
