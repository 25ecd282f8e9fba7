import { test } from 'tap'
import { resolveOpenapi } from '../../lib/options/openapi-options.ts'

test('documents say what guards demand unless somebody says no', async t => {
  const transform = (drawing: object): object => drawing
  t.same(resolveOpenapi(), {})
  t.equal(resolveOpenapi({ transform })?.transform, transform)
  t.ok(Object.isFrozen(resolveOpenapi({})))
  t.equal(resolveOpenapi(false), undefined)
})

test('anything else is refused by its name', async t => {
  t.throws(() => resolveOpenapi(true), { message: /"openapi" must be an object/ })
  t.throws(() => resolveOpenapi(null), { message: /"openapi" must be an object/ })
  t.throws(() => resolveOpenapi({ transform: 'x' }), { message: /"openapi\.transform" must be a function/ })
  t.throws(() => resolveOpenapi({ hide: true }), { message: /"openapi\.hide" is not an option/ })
})
