// A union that every place must handle in full: a new variant that a place forgets does not compile.

/** Put where no variant is left. */
export function never(left: never): never {
  throw new Error(`unhandled: ${JSON.stringify(left)}`)
}
