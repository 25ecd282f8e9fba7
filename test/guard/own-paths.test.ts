import { test } from 'tap'
import { ReturnPaths } from '../../lib/guard/return-paths.ts'

const site = { origin: 'https://app.example.com', basePath: '/app' }
const returnPaths = new ReturnPaths(site, ['/app/auth/login', '/app/auth/logout'])

for (const path of [
  '/app/auth/logout', '/app/auth/logout?x', '/app/auth/%6cogout', '/app/%61uth/logout', '/app/auth/logout/', '/app/AUTH/Logout',
  '/app/app/auth/logout', '/app/auth/%6C%6fgin'
]) {
  test(`a login never leads to a route of ours, spelled ${path}`, async t => {
    t.equal(returnPaths.check(path), '/app/')
  })
}

test('a path with a broken escape leads to the root', async t => {
  t.equal(returnPaths.check('/app/%zz'), '/app/')
  t.equal(returnPaths.check('/app/%E0%A4%A'), '/app/')
})

test('a path that only looks like one of ours is a place to return to', async t => {
  for (const path of ['/app/auth/logout-all', '/app/authors', '/app/auth', '/app/x/auth/login']) {
    t.equal(returnPaths.check(path), path)
  }
})
