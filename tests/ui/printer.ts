// The virtual printer's program, and senders at its ports.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const target = process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, '..', '..', 'target')

/** What the program says when everything listens. */
export interface Ready {
  web: string
  escpos: Record<string, string>
  ipp: Record<string, string>
}

export interface Running extends Ready {
  program: ChildProcess
}

/** Starts it with a page and these flags. */
export async function start(...flags: string[]): Promise<Running> {
  const program = join(target, 'debug', 'virtual-printer')
  if (!existsSync(program)) throw new Error('the virtual printer is not built: cargo build -p virtual-printer')
  const child = spawn(program, ['--web', '127.0.0.1:0', ...flags], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, RUST_LOG: 'error' } })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => {
      reject(new Error(`the virtual printer ended with ${code}`))
    })
  })
  return { ...(JSON.parse(line) as Ready), program: child }
}

/** A sender at a printer's port: what it heard is kept, and how its connection ended. */
export class Sender {
  heard = Buffer.alloc(0)
  ended: 'open' | 'closed' | 'reset' | 'refused' = 'open'
  private readonly socket: Socket

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.heard = Buffer.concat([this.heard, bytes])
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.ended = error.code === 'ECONNREFUSED' ? 'refused' : 'reset'
    })
    socket.on('close', () => {
      if (this.ended === 'open') this.ended = 'closed'
    })
  }

  static async connect(address: string): Promise<Sender> {
    const [host = '', port = ''] = address.split(':')
    const socket = connect({ host, port: Number(port), noDelay: true })
    const sender = new Sender(socket)
    await new Promise<void>((resolve) => {
      socket.once('connect', resolve)
      socket.once('error', () => {
        resolve()
      })
    })
    return sender
  }

  send(bytes: string): void {
    this.socket.write(Buffer.from(bytes, 'latin1'))
  }

  close(): void {
    this.socket.destroy()
  }
}

/** Waits until something is so; says what it was when it never is. */
export async function until<T>(what: () => T, isSo: (value: T) => boolean): Promise<T> {
  const end = Date.now() + 10_000
  for (;;) {
    const value = what()
    if (isSo(value)) return value
    if (Date.now() > end) throw new Error(`it stayed ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
