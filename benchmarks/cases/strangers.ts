import type { Group } from './case.ts'

export const strangers: Group = {
  name: 'strangers',
  title: 'A stranger, refused with 401',
  cases: [
    {
      name: 'by-hand',
      title: 'bare Fastify, a hand-written hook that answers 401',
      server: { module: 'bare', name: 'refusing' },
      status: 401,
      people: 0
    },
    {
      name: 'guard',
      title: 'fastify-login, no error handler of the application',
      server: { module: 'fastify-login', name: 'cookieMode' },
      status: 401,
      people: 0,
      goals: [{ kind: 'share', target: 0.85 }]
    },
    {
      name: 'by-hand-error',
      title: 'bare Fastify, a hook with an Error for the error handler of the application',
      server: { module: 'bare', name: 'refusingByError' },
      status: 401,
      people: 0
    },
    {
      name: 'guard-error',
      title: 'fastify-login, with an error handler of the application',
      server: { module: 'fastify-login', name: 'withErrorHandler' },
      status: 401,
      people: 0,
      goals: [{ kind: 'share', with: 'by-hand-error' }]
    }
  ]
}
