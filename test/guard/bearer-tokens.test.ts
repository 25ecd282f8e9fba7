import { test } from 'tap'
import { BearerToken, type ProofEvidence } from '../../lib/bearer-token.ts'
import { BearerTokens } from '../../lib/guard/bearer-tokens.ts'
import { aToken } from './_bearer.ts'

const evidence: ProofEvidence = {
  scheme: 'bearer', proofs: [], method: 'GET', url: 'https://app.example/', certificate: () => undefined
}
const noProofs = { check: () => undefined }
const own = aToken({ id: 'own' })
const foreign = aToken({ id: 'foreign' })
const noneSeen = { lookAgain: () => undefined }
const knows = (known: BearerToken) => ({ ...noneSeen, verify: (text: string) => text === known.id ? known : undefined })

test('a token of this application is shown to no issuer', async t => {
  const seen: string[] = []
  const issuers = { ...noneSeen, verify (text: string) { seen.push(text); return foreign } }
  for (const ours of [knows(own), { ...noneSeen, verify: async (text: string) => knows(own).verify(text) }]) {
    const tokens = new BearerTokens(ours, issuers, noProofs)
    t.equal(await tokens.verify('own'), own)
    t.same(seen, [])
    t.equal(await tokens.verify('other'), foreign)
    t.same(seen.splice(0), ['other'])
  }
})

test('what is known without waiting is known at once', async t => {
  const tokens = new BearerTokens(knows(own), { ...noneSeen, verify: () => foreign }, noProofs)
  t.equal(tokens.verify('own'), own)
  t.equal(tokens.verify('foreign'), foreign)
})

test('a token that was seen before is known to whoever has seen it, and nobody verifies anything', async t => {
  const saw = (seen: BearerToken) => ({
    lookAgain: (text: string) => text === seen.id ? seen : undefined,
    verify (): never { throw new Error('nobody is asked') }
  })
  const tokens = new BearerTokens(saw(own), saw(foreign), noProofs)
  t.equal(tokens.lookAgain('own'), own)
  t.equal(tokens.lookAgain('foreign'), foreign)
  t.equal(tokens.lookAgain('other'), undefined)
  t.equal(new BearerTokens(undefined, undefined, noProofs).lookAgain('own'), undefined)
})

test('a token that nobody knows is invalid', async t => {
  const verdict = await new BearerTokens(undefined, undefined, noProofs).verify('x')
  t.notOk(verdict instanceof BearerToken)
  t.match(verdict, { refusal: 'invalid' })
})

test('who sent a token is asked for what belongs to it', async t => {
  const asked: unknown[] = []
  const proofs = { check (...args: unknown[]) { asked.push(args); return { fault: 'missing' } as const } }
  t.same(await new BearerTokens(undefined, undefined, proofs).prove(own, evidence), { fault: 'missing' })
  t.same(asked, [[own, evidence]])
})
