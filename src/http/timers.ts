/** Starts a timer and hands back how to stop it; passed in so that tests need not wait. */
export type StartTimer = (run: () => void, delayMs: number) => () => void

/** A timer that does not keep the process alive. */
export const startTimer: StartTimer = (run, delayMs) => {
  const timer = setTimeout(run, delayMs)
  timer.unref()
  return () => clearTimeout(timer)
}
