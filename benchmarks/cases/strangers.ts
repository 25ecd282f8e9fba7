import type { Group, ServerCase } from './case.ts'
import { ours } from './servers.ts'

const STRANGER: Pick<ServerCase, 'status' | 'people'> = { status: 401, people: 0 }

export const strangers: Group = {
  name: 'strangers',
  title: 'A stranger, refused with 401',
  cases: [
    {
      ...STRANGER,
      name: 'by-hand',
      title: 'a hook written by hand that answers',
      server: { module: 'bare', name: 'refusing' }
    },
    {
      ...STRANGER,
      name: 'guard',
      title: 'fastify-login',
      server: ours('cookieMode'),
      goals: [{ kind: 'share', target: 0.85 }]
    },
    {
      ...STRANGER,
      name: 'by-hand-error',
      title: 'a hook written by hand with an error for the error handler of the application',
      server: { module: 'bare', name: 'refusingByError' }
    },
    {
      ...STRANGER,
      name: 'guard-error',
      title: 'fastify-login with an error handler of the application',
      server: ours('withErrorHandler')
    }
  ]
}
