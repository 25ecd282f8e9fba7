import Fastify from 'fastify'
import { AuthUser } from 'fastify-login'
import { createClock, signedIn, type SignedIn, type TestClock } from 'fastify-login/testing'
import { assertType, type Equals } from '../equals.js'

const app = Fastify()
const alice = await signedIn(app, 'alice')
assertType<Equals<typeof alice, SignedIn>>(true)
assertType<Equals<typeof alice.headers, { readonly cookie: string }>>(true)
await app.inject({ url: '/me', ...alice })
await signedIn(app, new AuthUser('bob'), { remember: true, fresh: false })

const clock = createClock()
assertType<Equals<typeof clock, TestClock>>(true)
assertType<Equals<ReturnType<typeof clock.now>, number>>(true)
clock.advance(60)
createClock(0)

// @ts-expect-error somebody must be signed in
await signedIn(app)
// @ts-expect-error an unknown option
await signedIn(app, 'alice', { expired: true })
