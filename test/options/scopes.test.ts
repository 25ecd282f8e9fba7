import { test } from 'tap'
import { resolveScopes } from '../../lib/options/scopes.ts'
import { refuses } from './_refusal.ts'

test('scopes are words, each of them once', async t => {
  const scopes = resolveScopes(['a', 'https://api.example/b', 'a'], 'scopes')
  t.same(scopes, ['a', 'https://api.example/b'])
  t.ok(Object.isFrozen(scopes))
  for (const wrong of ['a b', '"', 'a\\', 'ä', '\u0000']) refuses(t, () => resolveScopes([wrong], 'x.scopes'), 'x.scopes', 'is one word')
  refuses(t, () => resolveScopes('a', 'x.scopes'), 'x.scopes', 'list of texts')
  refuses(t, () => resolveScopes([''], 'x.scopes'), 'x.scopes[0]')
})
