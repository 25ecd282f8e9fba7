import t from 'tap'
import { loadOidcProvider } from '../../lib/dev-provider/oidc-provider.ts'

t.test('oidc-provider is loaded when it is needed', async t => {
  t.type((await loadOidcProvider()).Provider, 'function')
})

t.test('without the package the error says what to install', async t => {
  await t.rejects(loadOidcProvider('oidc-provider-that-nobody-installed'), {
    code: 'FST_LOGIN_CONFIGURATION', message: /npm install --save-dev oidc-provider/
  })
})

t.test('where the package is there but broken, the cause says how', async t => {
  await t.rejects(loadOidcProvider('data:text/javascript,throw new RangeError("broken")'), {
    code: 'FST_LOGIN_CONFIGURATION', cause: { message: 'broken' }
  })
})
