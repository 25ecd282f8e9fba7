/** Whether the application refuses the request itself, with a status of its own. */
export function isRefusal (error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { statusCode } = error as { statusCode?: unknown }
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
}
