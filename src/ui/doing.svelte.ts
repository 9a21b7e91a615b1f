// Something that a person started and that takes a moment.

/** Knows whether it is going on and what it failed with. */
export class Doing {
  busy = $state(false)
  failure = $state.raw<unknown>(null)

  /** Does it, once at a time. True when it went well. */
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
