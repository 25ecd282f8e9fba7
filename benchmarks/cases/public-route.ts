import type { Group } from './case.ts'
import { BARE, bareTwice, ours } from './servers.ts'

export const publicRoute: Group = {
  name: 'public',
  title: 'A public route that never asks who it is',
  remark: 'The target is that fastify-login differs from bare Fastify by no more than bare Fastify from itself.',
  cases: [
    ...bareTwice({ path: '/public', sendsAs: 'cookie' }),
    {
      name: 'cookie',
      title: 'fastify-login, a session cookie is sent',
      server: ours('cookieMode'),
      path: '/public',
      goals: [{ kind: 'share', target: 'bare-again' }]
    },
    { name: 'bare-stranger', title: 'bare Fastify, no cookie is sent', server: BARE, path: '/public', people: 0 },
    {
      name: 'stranger',
      title: 'fastify-login, no cookie is sent',
      server: ours('cookieMode'),
      path: '/public',
      people: 0,
      goals: [{ kind: 'share', with: 'bare-stranger', target: 'bare-again' }]
    }
  ]
}
