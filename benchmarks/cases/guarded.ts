import type { Group } from './case.ts'
import { BARE, bareOnce, bareTwice, ours } from './servers.ts'

/** The route that everything is about: it answers the person of the session. */
export const guarded: Group = {
  name: 'guarded',
  title: 'A guarded route that answers the person of the session',
  remark: 'Sessions are in the cookie. Bare Fastify has no guard, and gets the same requests with the same cookies. ' +
    'What two runs of it differ by is the noise.',
  cases: [
    ...bareTwice({ sendsAs: 'cookie' }),
    { name: 'bare-no-cookie', title: 'bare Fastify, requests without a cookie', server: BARE, people: 0 },
    {
      name: 'cookie',
      title: 'fastify-login, 64 people',
      server: ours('cookieMode'),
      goals: [{ kind: 'share', target: 0.95 }]
    },
    {
      name: 'unseen',
      title: 'fastify-login, each cookie for the first time',
      server: ours('cookieMode'),
      unseen: 10_000,
      goals: [{ kind: 'share', target: 0.62 }, { kind: 'share', with: 'secure-session-unseen', target: 1 }]
    },
    {
      name: 'secure-session-unseen',
      title: '@fastify/secure-session, each cookie for the first time',
      server: { module: 'secure-session', name: 'secureSessionAlone' },
      unseen: 10_000
    }
  ]
}

/** The cache of opened cookies, where it fits and where it does not. */
export const crowds: Group = {
  name: 'crowds',
  title: 'The same with many people in turn',
  remark: 'fastify-login remembers the cookies that it opened last. No option turns that off: the case without it is ' +
    'the same build with a cache that is told to keep nothing.',
  cases: [
    bareOnce({ sendsAs: '20000' }),
    {
      name: '20000',
      title: 'fastify-login, 20,000 people',
      server: ours('cookieMode'),
      people: 20_000,
      goals: [{ kind: 'share', target: 0.87 }]
    },
    {
      name: '100000',
      title: 'fastify-login, 100,000 people',
      server: ours('cookieMode'),
      people: 100_000,
      goals: [{ kind: 'share', with: '100000-uncached', target: 0.95 }]
    },
    {
      name: '100000-uncached',
      title: 'fastify-login without its cache, 100,000 people',
      server: ours('withoutCache'),
      people: 100_000,
      goals: [{ kind: 'share', target: 0.62 }]
    }
  ]
}

/** What it costs that a session which is used lasts longer. */
export const rolling: Group = {
  name: 'rolling',
  title: 'Sessions that last longer when they are used',
  remark: 'Time passes by requests here: each person comes once in a minute, so that a session is sealed again after ' +
    'some 70 requests.',
  cases: [
    { name: 'off', title: 'fastify-login, nothing is due', server: ours('neverDue'), keepsCookies: true },
    {
      name: 'on',
      title: 'fastify-login, sessions of 24 hours',
      server: ours('dueByAndBy'),
      keepsCookies: true,
      goals: [{ kind: 'share', target: 0.95 }]
    }
  ]
}
