import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { CrossSite } from '../errors.ts'
import type { Settings } from '../options/settings.ts'
import type { SetCookie } from '../session/cookies.ts'
import { ReplyHeaders, writeAnswer } from './answer.ts'
import { tokenScheme } from './bearer-credentials.ts'
import { evidenceHeaders } from './callers.ts'
import { writeClearSiteData } from './clear-site-data.ts'
import type { Realm } from './realm.ts'
import { configOf, isAuthOff, isCookieRoute } from './route-config.ts'
import { isHarmless, isProven } from './same-site.ts'
import { createSecureCookieReport } from './secure-cookie-report.ts'
import { toError } from './to-error.ts'

/** What the plugin does around every request of its scope. */
export interface Hooks {
  onRequest (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
  onSend (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: HookHandlerDoneFunction): void
}

/**
 * Goes on from a promise. An answer that cannot be sent, because of a header or a payload, throws here; nobody else
 * would catch it, and the process would end.
 */
function goOn (done: HookHandlerDoneFunction): void {
  try {
    done()
  } catch (error) {
    done(toError(error))
  }
}

export function createHooks (realm: Realm): Hooks {
  const { settings, cookies, sessions, callers } = realm
  const asksEveryRequest = callers !== undefined && callers.authenticators.length > 0
  const takesTokens = callers?.bearer !== undefined
  const takesTime = asksEveryRequest || settings.loadUser !== undefined || !sessions.isLocal
  const evidence = evidenceHeaders(callers)
  const reportSwallowedCookie = createSecureCookieReport(settings)

  /**
   * Demands the same-site proof of what could change something in the name of the cookie, and looks up who it is where
   * that takes time. A failed look-up waits for who asks: a route that never does is unharmed.
   */
  function look (request: FastifyRequest, site: Settings, done: HookHandlerDoneFunction): void {
    if (!takesTime && !takesTokens && isHarmless(request)) return done()
    const header = request.raw.headers.cookie
    const hasCookie = header !== undefined && cookies.mayHaveSession(header)
    const hasToken = takesTokens && tokenScheme(request) !== undefined && !isCookieRoute(configOf(request))
    if (!(hasCookie || hasToken || asksEveryRequest) || isAuthOff(configOf(request))) return done()
    // Whatever an authenticator would say: a site that makes a browser send the cookie may make it send more. A header
    // with a token it can make it send only where the application lets it; where the cookie counts, it is asked then.
    if (hasCookie && !hasToken && !isProven(request, site)) {
      realm.of(request).touch()
      return done(new CrossSite())
    }
    if (!takesTime && !hasToken) return done()
    const looking = realm.of(request).lookAhead()
    if (looking === undefined) done()
    else looking.then(() => done(), done)
  }

  return {
    /** Where there are tenants, whose site it is comes first. */
    onRequest (request, reply, done) {
      realm.attend(request, reply)
      if (realm.enter === undefined || isAuthOff(configOf(request))) return look(request, settings, done)
      realm.enter(request, reply).then(() => {
        const login = realm.peek(request)
        // Nobody is known at a site that is none: whoever asks who it is hears that.
        if (login === undefined) done()
        else look(request, login.site.settings, done)
      }, done)
    },

    /** Writes what was prepared. Fastify runs it twice when a later hook throws; the second time changes nothing. */
    onSend (request, reply, _payload, done) {
      const login = realm.peek(request)
      if (login === undefined) {
        realm.close(request)
        return done()
      }
      const write = (setCookies: readonly SetCookie[]): void => {
        if (setCookies.length > 0) reportSwallowedCookie(request)
        if (login.isTouched) writeAnswer(new ReplyHeaders(reply), setCookies, evidence)
        if (login.hasLoggedOut) writeClearSiteData(new ReplyHeaders(reply), request, settings)
      }
      const setCookies = login.setCookies()
      if (setCookies instanceof Promise) {
        setCookies.then(write).then(() => goOn(done), done)
      } else {
        write(setCookies)
        done()
      }
    }
  }
}
