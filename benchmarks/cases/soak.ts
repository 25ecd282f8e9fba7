import type { Generation } from '../harness/generation.ts'
import { soak } from '../soak/soak.ts'
import type { Effort, ProbeGroup } from './case.ts'

const MEGABYTE = 2 ** 20

/** Both modes at the same time, each with a server of its own. */
async function measure ({ soakMinutes }: Effort): Promise<Generation> {
  const [cookie, store] = await Promise.all([soak('cookie', soakMinutes), soak('store', soakMinutes)])
  return new Map([
    ['cookie-before', cookie.before / MEGABYTE],
    ['cookie-after', cookie.after / MEGABYTE],
    ['store-before', store.before / MEGABYTE],
    ['store-after', store.after / MEGABYTE]
  ])
}

export const soaking: ProbeGroup = {
  name: 'soak',
  title: 'A soak: what a server holds after so much traffic',
  remark: '500 requests in a second: of ten one signs in, one out, two are strangers, and six come back. Sessions end ' +
    'after 30 seconds. The server is looked at when as many have ended as began, and at the end: after ten minutes ' +
    'with `--soak`, after a short time without.',
  unit: 'MiB in use, without garbage',
  relation: 'multiple',
  generations: 1,
  cases: [
    { name: 'cookie-before', title: 'cookie mode, at the start' },
    { name: 'cookie-after', title: 'cookie mode, at the end', goals: [{ kind: 'multiple', target: 1.1, limit: 1.25 }] },
    { name: 'store-before', title: 'sessions in memory, at the start' },
    {
      name: 'store-after',
      title: 'sessions in memory, at the end',
      goals: [{ kind: 'multiple', with: 'store-before', target: 1.1, limit: 1.25 }]
    }
  ],
  measure
}
