import { test } from 'tap'
import { assertStoreUrl } from '../../lib/stores/store-url.ts'

test('what is a URL passes', async t => {
  for (const url of ['mysql://app:secret@[::1]:3306/app', 'postgresql:///app?host=/run/postgresql']) {
    t.doesNotThrow(() => assertStoreUrl(url, ''))
  }
})

test('anything else is refused, and not repeated: a password may be in it', async t => {
  for (const url of ['', 'localhost', 'mysql://app:secret/1@localhost/app', 'postgresql://app:secret@[::1/app']) {
    try {
      assertStoreUrl(url, 'mysql://user:password@host/database')
      t.fail(url)
    } catch (error) {
      t.match(error, { code: 'FST_LOGIN_CONFIGURATION', message: /encodeURIComponent.* Write mysql:/ })
      t.notMatch(String(Object(error).stack), /secret/)
    }
  }
})
