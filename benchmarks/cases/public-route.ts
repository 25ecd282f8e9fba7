import type { Group } from './case.ts'

const bare = { module: 'bare', name: 'bare' }
const cookieMode = { module: 'fastify-login', name: 'cookieMode' }

export const publicRoute: Group = {
  name: 'public',
  title: 'A public route that never asks who it is',
  cases: [
    { name: 'bare', title: 'bare Fastify, a session cookie sent', server: bare, path: '/public', sendsAs: 'cookie' },
    { name: 'bare-again', title: 'bare Fastify, once more: the noise', server: bare, path: '/public', sendsAs: 'cookie' },
    {
      name: 'cookie',
      title: 'fastify-login, a session cookie sent',
      server: cookieMode,
      path: '/public',
      goals: [{ kind: 'share', target: 'bare-again' }]
    },
    { name: 'bare-stranger', title: 'bare Fastify, no cookie', server: bare, path: '/public', people: 0 },
    {
      name: 'stranger',
      title: 'fastify-login, no cookie',
      server: cookieMode,
      path: '/public',
      people: 0,
      goals: [{ kind: 'share', with: 'bare-stranger', target: 'bare-again' }]
    }
  ]
}
