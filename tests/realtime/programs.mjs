// Starts the programs that the tests speak to, and a line to them that can be cut.

import { spawn } from 'node:child_process';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds and starts a program of the workspace; resolves with its ready line and a way to end it. */
export async function start(target, args = [], env = {}) {
  const child = spawn('cargo', ['run', '--quiet', '--package', 'server', ...target, '--', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    // Its own process group, so that cargo and the program under it end together.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    new Promise((resolve) => lines.once('line', resolve)),
    gone.then((code) => Promise.reject(new Error(`it ended before it was ready (${code})`))),
  ]);
  const stop = async () => {
    child.stdin.end();
    const running = () => child.exitCode === null && child.signalCode === null;
    if (running() && !(await Promise.race([gone.then(() => true), new Promise((done) => setTimeout(done, 500))]))) {
      process.kill(-child.pid, 'SIGTERM');
    }
    await gone;
    lines.close();
  };
  return { ...JSON.parse(line), stop };
}

/** A TCP line to a port: `cut` breaks what is connected without a word, and nothing connects until `mend`. */
export async function breakable(port) {
  const sockets = new Set();
  let whole = true;
  const server = net.createServer((near) => {
    if (!whole) return near.resetAndDestroy();
    const far = net.connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
    }
    near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: server.address().port,
    cut,
    mend: () => {
      whole = true;
    },
    close: () => {
      cut();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** POST with JSON both ways; anything but 2xx is an error that carries the status. */
export async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw Object.assign(new Error(`${url}: ${response.status} ${text}`), { status: response.status });
  return JSON.parse(text);
}

/** Collects what an emitter says, and waits for one that fits. */
export function listen(emitter, ...names) {
  const heard = [];
  const waiting = new Set();
  for (const name of names) {
    emitter.on(name, (context) => {
      heard.push({ name, ...context });
      for (const look of waiting) look();
    });
  }
  const until = (fits, what) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`never heard: ${what}; heard ${JSON.stringify(heard)}`));
      }, 15_000);
      const look = () => {
        const found = heard.find(fits);
        if (!found) return;
        clearTimeout(late);
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { heard, until };
}
