function timeoutError (milliseconds: number): DOMException {
  return new DOMException(`No answer within ${milliseconds} milliseconds`, 'TimeoutError')
}

/**
 * Waits for an answer, but not for ever. What comes later is dropped, a rejection too. The work itself goes on.
 *
 * @param milliseconds from now until no answer is waited for
 * @throws a DOMException named TimeoutError, or whatever the work throws or rejects with
 * @example const account = await bounded(() => findAccount(id), 1500)
 */
export function bounded<T> (work: () => T | PromiseLike<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    // Before the timer: work that throws leaves none behind.
    const answer = Promise.resolve(work())
    // A loop that was blocked runs its timers before it reads its sockets, where the answer may lie by now.
    const timer = setTimeout(() => setImmediate(() => { reject(timeoutError(milliseconds)) }), milliseconds).unref()
    answer.then(value => {
      clearTimeout(timer)
      resolve(value)
    }, reason => {
      clearTimeout(timer)
      reject(reason)
    })
  })
}
