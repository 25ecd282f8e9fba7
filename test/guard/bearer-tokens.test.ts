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
const knows = (known: BearerToken) => ({ verify: (text: string) => text === known.id ? known : undefined })

test('a token of this application is shown to no issuer', async t => {
  const seen: string[] = []
  const issuers = { verify (text: string) { seen.push(text); return foreign } }
  for (const ours of [knows(own), { verify: async (text: string) => knows(own).verify(text) }]) {
    const tokens = new BearerTokens(ours, issuers, noProofs)
    t.equal(await tokens.verify('own'), own)
    t.same(seen, [])
    t.equal(await tokens.verify('other'), foreign)
    t.same(seen.splice(0), ['other'])
  }
})

test('what is known without waiting is known at once', async t => {
  const tokens = new BearerTokens(knows(own), { verify: () => foreign }, noProofs)
  t.equal(tokens.verify('own'), own)
  t.equal(tokens.verify('foreign'), foreign)
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
