import { Authenticator, Strategy } from '@fastify/passport'
import Fastify, { type PassportUser } from 'fastify'
import authPlugin from 'fastify-login'
import { assertType, type Equals } from '../equals.js'

const app = Fastify()
const passport = new Authenticator()
passport.use('own', new class extends Strategy {
  constructor () { super('own') }
  override authenticate (): void { this.fail() }
}())
app.register(passport.initialize())
app.register(passport.secureSession())
app.register(authPlugin, { secret: 'x' })

app.get('/', { onRequest: [app.loginRequired], preValidation: passport.authenticate('own') }, async request => {
  assertType<Equals<typeof request.user, PassportUser | undefined>>(true)
  return request.isAuthenticated() && request.currentUser.isAuthenticated && request.currentUser.id
})
