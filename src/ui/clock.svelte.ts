// One clock for all screens, so that two of them never disagree.

const STEP_MS = 1_000

class Clock {
  now = $state.raw(new Date())

  /** Runs until the returned function is called. It moves with whole seconds only when somebody looks. */
  start(): () => void {
    const timer = setInterval(() => (this.now = new Date()), STEP_MS)
    return () => clearInterval(timer)
  }
}

export const clock = new Clock()
