import { test } from 'tap'
import { missingScopes } from '../../lib/oidc/scopes.ts'

const graph = 'https://graph.microsoft.com'

const cases: ReadonlyArray<readonly [title: string, granted: readonly string[], needed: string, isHeld: boolean]> = [
  ['the same word holds', ['a', 'mail.read'], 'mail.read', true],
  ['a longer word does not hold', ['mail.readwrite'], 'mail.read', false],
  ['a shorter word does not hold', ['mail'], 'mail.read', false],
  ['another case does not hold (RFC 6749, section 3.3)', ['Mail.Read'], 'mail.read', false],
  ['a provider may drop the address of the resource', ['User.Read'], `${graph}/User.Read`, true],
  ['another scope of that resource does not hold', ['User.ReadAll'], `${graph}/User.Read`, false],
  ['a bare word is not held by one with an address', [`${graph}/User.Read`], 'User.Read', false],
  ['anything that was granted holds /.default', ['User.Read'], `${graph}/.default`, true],
  ['nothing holds no /.default', [], `${graph}/.default`, false],
  ['a path without an address is one word', ['read'], 'mail/read', false]
]

for (const [title, granted, needed, isHeld] of cases) {
  test(`${title}: ${JSON.stringify(granted)} for ${needed}`, async t => {
    t.same(missingScopes(granted, [needed]), isHeld ? [] : [needed])
  })
}

test('what is missing is named in its order', async t => {
  t.same(missingScopes(['b'], ['c', 'b', 'a']), ['c', 'a'])
})
