import { test } from 'tap'
import { aStart, taken } from '../session/_issued.ts'
import { aBroker, ISSUER } from './_broker.ts'

test('smoke', async t => {
  const { tokens, keys } = await aBroker()
  const { text } = await tokens.issue(aStart())
  t.comment(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
  taken(await tokens.verify(text))
  taken(tokens.verify(text) as never)
  t.comment(await keys.jwks())
  t.equal(ISSUER, ISSUER)
})
