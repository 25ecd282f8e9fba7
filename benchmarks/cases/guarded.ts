import type { Group } from './case.ts'

const bare = { module: 'bare', name: 'bare' }
const cookieMode = { module: 'fastify-login', name: 'cookieMode' }

/** The route that everything is about: it answers the person of the session. */
export const guarded: Group = {
  name: 'guarded',
  title: 'A guarded route that answers the person',
  remark: 'Bare Fastify has no guard, and gets the same requests with the same cookies.',
  cases: [
    { name: 'bare', title: 'bare Fastify', server: bare, sendsAs: 'cookie' },
    { name: 'bare-again', title: 'bare Fastify, once more: the noise', server: bare, sendsAs: 'cookie' },
    { name: 'bare-no-cookie', title: 'bare Fastify, requests without a cookie', server: bare, people: 0 },
    {
      name: 'cookie',
      title: 'fastify-login, cookie mode, 64 people',
      server: cookieMode,
      goals: [{ kind: 'share', target: 0.95 }]
    }
  ]
}
