// An action that a person started and that takes a moment.

/** Whether it is running, and its last failure. */
export class AsyncAction {
  busy = $state(false)
  failure = $state.raw<unknown>(null)

  /** Runs it, once at a time. True when it succeeded. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.failure = null
    try {
      await work()
      return true
    } catch (thrown) {
      this.failure = thrown
      return false
    } finally {
      this.busy = false
    }
  }
}
