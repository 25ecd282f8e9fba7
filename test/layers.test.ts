import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { test } from 'tap'
import ts from 'typescript'

/** The floors of the house, from the ground up. What stands on one floor is a room. */
const floors: ReadonlyArray<readonly string[]> = [
  ['errors.ts', 'errors', 'events.ts', 'bounded.ts', 'in-parts.ts', 'user.ts', 'return-path.ts', 'secret-text.ts',
    'logout-marks.ts', 'awaitable.ts', 'opened-cache.ts', 'bearer-token.ts', 'loopback-host.ts',
    'copy-text.ts', 'deep-freeze.ts', 'digest.ts', 'recent-keys.ts', 'same-text.ts', 'userinfo-claims.ts'],
  ['stores', 'vault.ts'],
  ['options'],
  ['session', 'oidc'],
  ['broker'],
  ['programs'],
  ['guard'],
  ['routes', 'pages'],
  ['plugin.ts', 'login.ts', 'bearer.ts'],
  ['index.ts', 'testing', 'dev-provider', 'client', 'cli']
]

/** The rooms of the workshop for OpenID Connect: each may know those before it. */
const oidcRooms: readonly string[] = ['presets', 'provider', 'tokens', 'login', 'logout', 'device', 'client', 'bearer']

/** Rooms of one floor that know one another all the same: which file or room of the neighbour, and why. */
const neighbours: ReadonlyArray<readonly [room: string, neighbour: string, why: string]> = [
  ['routes', 'pages', 'a route sends pages'],
  ['plugin.ts', 'login.ts', 'the plugin decorates with it'],
  ['plugin.ts', 'bearer.ts', 'the plugin puts it together with the rest'],
  ['errors.ts', 'errors', 'one place for all of them'],
  ['bearer-token.ts', 'user.ts', 'a token is about somebody'],
  ['events.ts', 'user.ts', 'an event is about somebody'],
  ['opened-cache.ts', 'copy-text.ts', 'it keeps texts of its own'],
  ['opened-cache.ts', 'recent-keys.ts', 'it may keep what comes again'],
  ['userinfo-claims.ts', 'user.ts', 'they are those of a user'],
  ['cli', 'dev-provider/index.ts', 'a command starts the development provider'],
  ['cli', 'client/index.ts', 'a command gets a token']
]

/** Calls that change a Fastify instance. Every file beside plugin.ts that makes one is an exception. */
const wiring = new Set([
  'register', 'decorate', 'decorateRequest', 'decorateReply', 'addHook', 'route', 'setErrorHandler', 'setNotFoundHandler',
  'addContentTypeParser', 'removeAllContentTypeParsers', 'removeContentTypeParser', 'setSchemaController'
])

const wired: Readonly<Record<string, readonly string[]>> = {
  'plugin.ts': ['addHook', 'decorate', 'decorateReply', 'decorateRequest', 'register'],
  'routes/index.ts': ['addContentTypeParser', 'removeAllContentTypeParsers', 'route', 'setErrorHandler'], // in a scope of its own
  'vault.ts': ['register'], // @fastify/secure-session, in a scope without routes
  'guard/realm.ts': ['decorate'], // the realm under a symbol, beside the function that finds it there
  'dev-provider/index.ts': ['addHook'] // closes the provider with the application
}

/** Files with code whose test is not their twin. */
const testedElsewhere: Readonly<Record<string, string>> = {
  'index.ts': 'plugin.test.ts',
  'errors/define.ts': 'errors.test.ts',
  'errors/login-failed.ts': 'errors.test.ts',
  'errors/misuse.ts': 'errors.test.ts',
  'errors/refusals.ts': 'errors.test.ts',
  'errors/unavailable.ts': 'errors.test.ts',
  'login.ts': 'journeys/service-tokens.test.ts',
  'guard/answer-cookies.ts': 'guard/hooks.test.ts',
  'guard/callers.ts': 'guard/basic.test.ts',
  'guard/claim-scope.ts': 'encapsulation.test.ts',
  'guard/cookie-user.ts': 'guard/request-login.test.ts',
  'guard/request-user.ts': 'guard/request-login.test.ts',
  'guard/unwritten-report.ts': 'guard/hooks.test.ts',
  'guard/token-refusals.ts': 'guard/request-token.test.ts',
  'guard/refusals.ts': 'journeys/step-up.test.ts',
  'guard/session-tokens.ts': 'journeys/access-tokens.test.ts',
  'guard/openapi/responses.ts': 'guard/openapi/describe.test.ts',
  'guard/is-refusal.ts': 'guard/request-caller.test.ts',
  'guard/load-account.ts': 'guard/request-login.test.ts',
  'guard/route-config.ts': 'guard/request-login.test.ts',
  'guard/session-user.ts': 'guard/request-login.test.ts',
  'guard/to-error.ts': 'guard/require.test.ts',
  'guard/request-visit.ts': 'session/session-registry.test.ts',
  'awaitable.ts': 'session/sealed-sessions.test.ts',
  'session/issued-token.ts': 'session/issued-tokens.test.ts',
  'session/plain-json.ts': 'session/session.test.ts',
  'session/create-sessions.ts': 'session/modes.test.ts',
  'session/session-info.ts': 'session/session-registry.test.ts',
  'client/client-error.ts': 'client/failure.test.ts',
  'client/index.ts': 'cli/login.test.ts',
  'client/kept-token.ts': 'client/token-file.test.ts',
  'client/server.ts': 'client/authenticate.test.ts',
  'client/settings.ts': 'client/authenticate.test.ts',
  'options/auth-options.ts': 'options/settings.test.ts',
  'programs/create-programs.ts': 'programs/program-grants.test.ts',
  'oidc/login/program-demand.ts': 'oidc/login/demands.test.ts',
  'routes/accept-person.ts': 'routes/program-return.test.ts',
  'routes/ask-person.ts': 'routes/authorize.test.ts',
  'routes/person.ts': 'routes/callback.test.ts',
  'routes/published-document.ts': 'routes/resource-metadata.test.ts',
  'routes/arrive.ts': 'routes/on-login.test.ts',
  'programs/device-refusal.ts': 'programs/program-devices.test.ts',
  'programs/device-request.ts': 'programs/program-devices.test.ts',
  'programs/program-device.ts': 'programs/program-devices.test.ts',
  'routes/sign-in.ts': 'routes/login.test.ts',
  'routes/start-session.ts': 'routes/callback.test.ts',
  'routes/site-pages.ts': 'routes/tenants.test.ts',
  'routes/sites.ts': 'routes/tenants.test.ts',
  'routes/tenant-sites.ts': 'routes/tenants.test.ts',
  'dev-provider/style.ts': 'dev-provider/page.test.ts',
  'guard/edit-profile.ts': 'routes/further-flows.test.ts',
  'oidc/login/claim-demands.ts': 'oidc/presets/google.test.ts',
  'oidc/presets/words.ts': 'oidc/presets/entra.test.ts',
  'oidc/provider/discovery.ts': 'oidc/provider/provider.test.ts',
  'oidc/provider/outage.ts': 'oidc/bearer/provider-tokens.test.ts',
  'oidc/bearer/introspected-token.ts': 'oidc/bearer/introspection.test.ts',
  'oidc/bearer/jwt-tokens.ts': 'oidc/bearer/provider-tokens.test.ts',
  'oidc/bearer/opaque-tokens.ts': 'oidc/bearer/introspection.test.ts',
  'oidc/bearer/seen-token.ts': 'oidc/bearer/provider-tokens.test.ts',
  'oidc/bearer/token-claims.ts': 'oidc/bearer/token-kind.test.ts',
  'oidc/bearer/token-fault.ts': 'hostile/access-token.test.ts',
  'options/session-settings.ts': 'options/settings.test.ts',
  'options/introspection-settings.ts': 'options/token-issuers.test.ts',
  'oidc/provider/flow-settings.ts': 'routes/further-flows.test.ts',
  'oidc/provider/token-issuer.ts': 'oidc/presets/entra.test.ts',
  'oidc/client/addressee.ts': 'routes/several-providers.test.ts',
  'oidc/client/oidc-client.ts': 'routes/several-providers.test.ts',
  'oidc/client/oidc-clients.ts': 'routes/several-providers.test.ts',
  'oidc/login/browser-logins.ts': 'oidc/login/login-flow.test.ts',
  'oidc/device/device-questions.ts': 'oidc/device/device-flow.test.ts',
  'oidc/provider/verify-jwt.ts': 'oidc/provider/id-token.test.ts',
  'oidc/tokens/grant.ts': 'routes/several-providers.test.ts',
  'oidc/tokens/granted-token.ts': 'oidc/login/code-exchange.test.ts',
  'oidc/tokens/keep-refreshed.ts': 'oidc/tokens/refresher.test.ts',
  'oidc/tokens/patience.ts': 'oidc/tokens/refresher.test.ts',
  'oidc/tokens/refresh-view.ts': 'oidc/tokens/refresher.test.ts',
  'oidc/tokens/refreshed-grant.ts': 'oidc/tokens/access-tokens.test.ts',
  'oidc/tokens/token-request.ts': 'oidc/tokens/client-tokens.test.ts',
  'stores/gate.ts': 'stores/bounded-store.test.ts',
  'stores/redis/tags.ts': 'stores/redis/redis-store.test.ts',
  'testing/contract/bench.ts': 'testing/store-contract.test.ts',
  'testing/contract/expiry.ts': 'testing/store-contract.test.ts',
  'testing/contract/operations.ts': 'testing/store-contract.test.ts',
  'testing/contract/races.ts': 'testing/store-contract.test.ts',
  'testing/contract/restart.ts': 'testing/store-contract.test.ts',
  'testing/contract/tags.ts': 'testing/store-contract.test.ts',
  'testing/contract/texts.ts': 'testing/store-contract.test.ts'
}

const MOST_LINES = 250

interface LibFile {
  /** Path below lib/. */
  readonly path: string
  readonly room: string
  readonly source: ts.SourceFile
}

const root = join(import.meta.dirname, '..')

function readLib (): readonly LibFile[] {
  return readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => path.replaceAll('\\', '/'))
    .map(path => ({
      path,
      room: String(path.split('/', 1)[0]),
      source: ts.createSourceFile(path, readFileSync(join(root, 'lib', path), 'utf8'), ts.ScriptTarget.ES2023, true)
    }))
}

const lib = readLib()

function * nodesOf (node: ts.Node): Generator<ts.Node> {
  yield node
  for (const child of node.getChildren()) yield * nodesOf(child)
}

interface Import {
  /** As it is written, or the path below lib/ where it is relative. */
  readonly target: string
  readonly isOfTypes: boolean
}

function importsOf ({ path, source }: LibFile): readonly Import[] {
  const imports: Import[] = []
  const add = (specifier: ts.Node | undefined, isOfTypes: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return
    const { text } = specifier
    imports.push({ target: text.startsWith('.') ? posix.join(posix.dirname(path), text) : text, isOfTypes })
  }
  for (const node of nodesOf(source)) {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isImportOfTypes(node))
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly)
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false)
  }
  return imports
}

function isImportOfTypes ({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false
  const { namedBindings, name } = importClause
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  if (name !== undefined || namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false
  return namedBindings.elements.every(element => element.isTypeOnly)
}

const roomOf = (path: string): string => String(path.split('/', 1)[0])
const floorOf = (path: string): number => floors.findIndex(rooms => rooms.includes(roomOf(path)))
const isLibFile = (target: string): boolean => lib.some(({ path }) => path === target)

const isNeighbourly = (file: LibFile, target: string): boolean => neighbours.some(([room, neighbour]) =>
  room === file.room && (target === neighbour || target.startsWith(`${neighbour}/`)))

test('every file of lib stands on a floor', async t => {
  t.ok(lib.length > 50)
  t.same(lib.map(({ path }) => path).filter(path => floorOf(path) === -1), [])
})

test('every relative import leads to a file of lib', async t => {
  const lost = lib.flatMap(file => importsOf(file).map(({ target }) => target)
    .filter(target => /\.\w+$/.test(target) && !isLibFile(target) && !/^[@\w-]+(\/[\w.-]+)?$/.test(target))
    .map(target => `${file.path} imports ${target}`))
  t.same(lost, [])
})

test('nothing imports upstairs', async t => {
  const upwards = lib.flatMap(file => importsOf(file)
    .filter(({ target }) => isLibFile(target) && floorOf(target) > floorOf(file.path))
    .map(({ target }) => `${file.path} imports ${target}`))
  t.same(upwards, [])
})

test('the rooms of one floor do not know one another, but for the exceptions named here', async t => {
  const nosy = lib.flatMap(file => importsOf(file)
    .filter(({ target }) => isLibFile(target) && floorOf(target) === floorOf(file.path))
    .filter(({ target }) => roomOf(target) !== file.room && !isNeighbourly(file, target))
    .map(({ target }) => `${file.path} imports ${target}`))
  t.same(nosy, [])
})

test('within oidc a room knows itself and those before it', async t => {
  const rankOf = (path: string): number => oidcRooms.indexOf(String(path.split('/')[1]))
  const files = lib.filter(({ room }) => room === 'oidc')
  t.same(files.map(({ path }) => path).filter(path => rankOf(path) === -1), [])
  const backwards = files.flatMap(file => importsOf(file)
    .filter(({ target }) => roomOf(target) === 'oidc' && rankOf(target) > rankOf(file.path))
    .map(({ target }) => `${file.path} imports ${target}`))
  t.same(backwards, [])
})

test('every exception between neighbours is used', async t => {
  for (const [room, neighbour, why] of neighbours) {
    const files = lib.filter(file => file.room === room)
    const targets = files.flatMap(file => importsOf(file).map(({ target }) => target))
    t.ok(targets.some(target => target === neighbour || target.startsWith(`${neighbour}/`)), `${room}: ${why}`)
  }
})

test('oidc knows the vault as a type only', async t => {
  const values = lib.filter(({ room }) => room === 'oidc').flatMap(file => importsOf(file)
    .filter(({ target, isOfTypes }) => target === 'vault.ts' && !isOfTypes)
    .map(({ target }) => `${file.path} imports ${target}`))
  t.same(values, [])
})

test('oidc knows nothing of Fastify, not even its types', async t => {
  const files = lib.filter(({ room }) => room === 'oidc')
  t.ok(files.length > 5)
  const knowing = files.filter(file => importsOf(file).some(({ target }) => /^@?fastify\b/.test(target)))
  t.same(knowing.map(({ path }) => path), [])
})

test('the client loads nothing of the plugin but what loads nothing itself', async t => {
  const seen = new Set<string>()
  function follow (path: string): void {
    if (seen.has(path)) return
    seen.add(path)
    for (const file of lib.filter(one => one.path === path)) {
      for (const { target, isOfTypes } of importsOf(file)) if (!isOfTypes) follow(target)
    }
  }
  follow('client/index.ts')
  t.same([...seen].filter(target => !target.startsWith('client/') && !target.startsWith('node:')).sort(), [
    'loopback-host.ts', 'oauth4webapi', 'oidc/provider/bounded-fetch.ts', 'pages/html.ts', 'pages/layout.ts', 'same-text.ts'
  ])
})

test('the pages know nothing but one another', async t => {
  const targets = lib.filter(({ room }) => room === 'pages')
    .flatMap(file => importsOf(file).map(({ target }) => target))
  const foreign = targets.filter(target => roomOf(target) !== 'pages' && !target.startsWith('node:'))
  t.same(foreign, ['lean-qr', 'lean-qr/extras/svg'], 'but what draws a QR code')
})

test('no two files of lib import each other in a circle', async t => {
  const ways = new Map(lib.map(file => [file.path, importsOf(file).map(({ target }) => target).filter(isLibFile)]))
  const clean = new Set<string>()
  function circleFrom (path: string, way: readonly string[]): readonly string[] | undefined {
    if (way.includes(path)) return [...way, path]
    if (clean.has(path)) return undefined
    const circle = ways.get(path)?.map(target => circleFrom(target, [...way, path])).find(found => found !== undefined)
    if (circle === undefined) clean.add(path)
    return circle
  }
  t.same(lib.map(({ path }) => circleFrom(path, [])).find(circle => circle !== undefined), undefined)
})

test('plugin.ts alone registers, decorates and hooks, but for the exceptions named here', async t => {
  const found: Record<string, readonly string[]> = {}
  for (const { path, source } of lib) {
    const calls = [...nodesOf(source)].filter(ts.isCallExpression).map(({ expression }) => expression)
      .filter(ts.isPropertyAccessExpression).map(({ name }) => name.text).filter(name => wiring.has(name))
    if (calls.length > 0) found[path] = [...new Set(calls)].sort()
  }
  t.same(found, wired)
})

/** Whether something of a file is left when its types are gone. */
function hasCode ({ source }: LibFile): boolean {
  return source.statements.some(statement => {
    if (ts.isImportDeclaration(statement)) return !isImportOfTypes(statement)
    return !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)
  })
}

const twinOf = (path: string): string => path.replace(/\.ts$/, '.test.ts')
const isTest = (path: string): boolean => existsSync(join(root, 'test', path))

test('every file of lib with code in it has a twin among the tests, or is tested where it says here', async t => {
  const alone = lib.filter(hasCode).map(({ path }) => path)
    .filter(path => !isTest(twinOf(path)) && !isTest(testedElsewhere[path] ?? twinOf(path)))
  t.same(alone, [])
})

test('no file that is tested elsewhere has a twin, and each is there', async t => {
  for (const [path, elsewhere] of Object.entries(testedElsewhere)) {
    t.ok(isLibFile(path), path)
    t.notOk(isTest(twinOf(path)), twinOf(path))
    t.ok(isTest(elsewhere), elsewhere)
  }
})

test(`no file of lib is longer than ${MOST_LINES} lines`, async t => {
  const long = lib.map(({ path, source }) => [path, source.getLineAndCharacterOfPosition(source.end).line] as const)
  t.same(long.filter(([, lines]) => lines > MOST_LINES), [])
})

/** Names that a module declares at its top and could change. */
function topNames ({ source }: LibFile): ReadonlySet<string> {
  const declarations = source.statements.filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations)
  return new Set(declarations.map(({ name }) => name.getText()))
}

const mutators = new Set([
  'set', 'add', 'delete', 'clear', 'push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'
])

function isAssignment ({ operatorToken }: ts.BinaryExpression): boolean {
  return operatorToken.kind >= ts.SyntaxKind.FirstAssignment && operatorToken.kind <= ts.SyntaxKind.LastAssignment
}

function changesOf (file: LibFile): readonly string[] {
  const names = topNames(file)
  const isTop = (node: ts.Node): boolean => ts.isIdentifier(node) && names.has(node.text)
  const isPartOfTop = (node: ts.Node): boolean =>
    (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) && isTop(node.expression)
  return [...nodesOf(file.source)].filter(node => {
    if (ts.isBinaryExpression(node)) return isAssignment(node) && (isTop(node.left) || isPartOfTop(node.left))
    if (ts.isDeleteExpression(node)) return isPartOfTop(node.expression)
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false
    return isTop(node.expression.expression) && mutators.has(node.expression.name.text)
  }).map(node => `${file.path}: ${node.getText()}`)
}

test('no module keeps anything that changes: caches live in an instance', async t => {
  const variables = lib.flatMap(({ path, source }) => source.statements.filter(ts.isVariableStatement)
    .filter(({ declarationList }) => (declarationList.flags & ts.NodeFlags.Const) === 0)
    .map(statement => `${path}: ${statement.getText()}`))
  const statics = lib.flatMap(({ path, source }) => [...nodesOf(source)].filter(ts.isPropertyDeclaration)
    .filter(({ modifiers = [] }) => modifiers.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword))
    .filter(({ modifiers = [] }) => !modifiers.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword))
    .map(property => `${path}: ${property.getText()}`))
  t.same(variables, [])
  t.same(statics, [])
  t.same(lib.flatMap(changesOf), [])
})
