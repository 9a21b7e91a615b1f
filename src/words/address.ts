// Addresses of printers as people write them.

/** Without the scheme and the port that all have. */
export function plainAddress(address: string): string {
  return address.replace(/^tcp:\/\//, '').replace(/:9100$/, '')
}
