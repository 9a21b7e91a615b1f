// The official JavaScript client of Centrifugo, as a stranger, against the hub inside the server.

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Centrifuge, UnauthorizedError } from 'centrifuge';
import WebSocket from 'ws';

import { breakable, listen, post, start } from './programs.mjs';

const FAST = { websocket: WebSocket, minReconnectDelay: 50, maxReconnectDelay: 200 };

const event = (number) => ({ id: `e${number}`, type: 'order.created', order_id: randomUUID(), revision: 1 });

describe('the hub', () => {
  let hub;
  let line;
  const clients = [];

  before(async () => {
    hub = await start(['--example', 'hub'], ['3']);
    line = await breakable(new URL(hub.url).port);
  });

  after(async () => {
    for (const client of clients) client.disconnect();
    await line?.close();
    await hub?.stop();
  });

  const token = async (user, channel) => (await post(`${hub.url}/token`, { user, channel })).token;
  const publish = (channel, number) => post(`${hub.url}/publish`, { channel, data: event(number), key: `${channel}-${number}` });

  function client(user, options = {}) {
    const realtime = `ws://127.0.0.1:${line.port}/connection/websocket`;
    const made = new Centrifuge(realtime, { ...FAST, getToken: () => token(user), ...options });
    clients.push(made);
    return made;
  }

  function subscription(of, user, channel, options = {}) {
    return of.newSubscription(channel, { getToken: () => token(user, channel), ...options });
  }

  test('an event arrives at whoever is subscribed', async () => {
    const channel = `business:${randomUUID()}`;
    const one = client('u1');
    const sub = subscription(one, 'u1', channel);
    const events = listen(sub, 'subscribed', 'publication');
    sub.subscribe();
    one.connect();
    const subscribed = await events.until((e) => e.name === 'subscribed', 'subscribed');
    assert.equal(subscribed.recoverable, true);
    assert.equal(subscribed.positioned, true);
    const position = await publish(channel, 1);
    const heard = await events.until((e) => e.name === 'publication', 'the event');
    assert.equal(heard.data.type, 'order.created');
    assert.equal(heard.offset, position.offset);
  });

  test('what was missed while the line was cut arrives once and in order', async () => {
    const channel = `business:${randomUUID()}`;
    const one = client('u1');
    const sub = subscription(one, 'u1', channel);
    const events = listen(sub, 'subscribed', 'subscribing', 'publication');
    sub.subscribe();
    one.connect();
    await events.until((e) => e.name === 'subscribed', 'subscribed');
    await publish(channel, 1);
    await events.until((e) => e.data?.id === 'e1', 'the first event');
    line.cut();
    await events.until((e) => e.name === 'subscribing' && e.code === 1, 'the loss');
    for (const number of [2, 3, 4]) await publish(channel, number);
    line.mend();
    const back = await events.until((e) => e.name === 'subscribed' && e.wasRecovering, 'the recovery');
    assert.equal(back.recovered, true);
    await publish(channel, 5);
    await events.until((e) => e.data?.id === 'e5', 'an event after the recovery');
    const ids = events.heard.filter((e) => e.name === 'publication').map((e) => e.data.id);
    assert.deepEqual(ids, ['e1', 'e2', 'e3', 'e4', 'e5']);
  });

  test('more missed events than history keeps are not called recovered', async () => {
    const channel = `location:${randomUUID()}`;
    const one = client('u1');
    const sub = subscription(one, 'u1', channel);
    const events = listen(sub, 'subscribed', 'subscribing', 'publication');
    sub.subscribe();
    one.connect();
    await events.until((e) => e.name === 'subscribed', 'subscribed');
    line.cut();
    await events.until((e) => e.name === 'subscribing' && e.code === 1, 'the loss');
    for (let number = 1; number <= 65; number += 1) await publish(channel, number);
    line.mend();
    const back = await events.until((e) => e.name === 'subscribed' && e.wasRecovering, 'the return');
    assert.equal(back.recovered, false);
    assert.equal(events.heard.filter((e) => e.name === 'publication').length, 0);
  });

  test('tokens are renewed on the same connection before they end', async () => {
    const channel = `business:${randomUUID()}`;
    let connections = 0;
    let channels = 0;
    const one = client('u1', {
      getToken: () => {
        connections += 1;
        return token('u1');
      },
    });
    const sub = one.newSubscription(channel, {
      getToken: () => {
        channels += 1;
        return token('u1', channel);
      },
    });
    const life = listen(one, 'connected', 'connecting', 'disconnected');
    const events = listen(sub, 'subscribed', 'subscribing', 'unsubscribed', 'publication');
    sub.subscribe();
    one.connect();
    await life.until((e) => e.name === 'connected', 'connected');
    await events.until((e) => e.name === 'subscribed', 'subscribed');
    // Tokens live for three seconds here.
    const patience = Date.now() + 15_000;
    while ((connections < 3 || channels < 3) && Date.now() < patience) await new Promise((done) => setTimeout(done, 100));
    assert.ok(connections >= 3 && channels >= 3, `renewed ${connections} and ${channels} times`);
    await publish(channel, 1);
    await events.until((e) => e.data?.id === 'e1', 'an event after the renewals');
    assert.deepEqual(life.heard.map((e) => e.name), ['connecting', 'connected']);
    assert.equal(events.heard.filter((e) => e.name === 'subscribed').length, 1);
  });

  test("a token for another restaurant's channel ends the connection for good", async () => {
    const mine = `business:${randomUUID()}`;
    const theirs = `business:${randomUUID()}`;
    const one = client('u1');
    const sub = one.newSubscription(theirs, { getToken: () => token('u1', mine) });
    const life = listen(one, 'disconnected');
    sub.subscribe();
    one.connect();
    const end = await life.until((e) => e.name === 'disconnected', 'the end');
    assert.equal(end.code, 3500);
    assert.equal(end.reason, 'invalid token');
  });

  test('a channel whose token is refused, missing or forged stays closed', async () => {
    const channel = `business:${randomUUID()}`;
    const one = client('u1');
    one.connect();
    const refused = one.newSubscription(channel, { getToken: () => Promise.reject(new UnauthorizedError('')) });
    const events = listen(refused, 'unsubscribed');
    refused.subscribe();
    assert.equal((await events.until((e) => e.name === 'unsubscribed', 'refused')).code, 1);
    for (const options of [{}, { token: `${await token('u1', channel)}x` }]) {
      one.removeSubscription(one.getSubscription(channel));
      const sub = one.newSubscription(channel, options);
      const heard = listen(sub, 'unsubscribed');
      sub.subscribe();
      const end = await heard.until((e) => e.name === 'unsubscribed', JSON.stringify(options));
      assert.equal(end.code, 103);
    }
  });

  test('a forged connection token is refused for good', async () => {
    const one = client('u1', { getToken: undefined, token: `${await token('u1')}x` });
    const life = listen(one, 'disconnected');
    one.connect();
    assert.equal((await life.until((e) => e.name === 'disconnected', 'the end')).code, 3500);
  });

  test('those in a channel see who is there, who comes and goes, and what was said', async () => {
    const channel = `business:${randomUUID()}`;
    const one = client('u1');
    const sub = subscription(one, 'u1', channel, { joinLeave: true });
    const events = listen(sub, 'subscribed', 'join', 'leave');
    sub.subscribe();
    one.connect();
    await events.until((e) => e.name === 'subscribed', 'subscribed');
    const two = client('u2');
    subscription(two, 'u2', channel).subscribe();
    two.connect();
    const joined = await events.until((e) => e.name === 'join' && e.info.user === 'u2', 'somebody comes');
    const { clients: present } = await sub.presence();
    assert.equal(present[joined.info.client].user, 'u2');
    assert.deepEqual(await sub.presenceStats(), { numClients: 2, numUsers: 2 });
    for (const number of [1, 2, 3]) await publish(channel, number);
    const history = await sub.history({ limit: 2, reverse: true });
    assert.deepEqual(history.publications.map((p) => p.data.id), ['e3', 'e2']);
    two.disconnect();
    await events.until((e) => e.name === 'leave' && e.info.user === 'u2', 'somebody goes');
    await assert.rejects(sub.publish({}), { code: 103 });
  });
});

describe('the server', () => {
  let server;
  let line;
  let folder;
  let one;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'panbot-realtime-'));
    const secret = () => randomBytes(32).toString('hex');
    const database = `sqlite:${path.join(folder, 'server.sqlite')}`;
    server = await start(['--bin', 'panbot-server'], ['--listen', '127.0.0.1:0', '--database', database, '--demo', '--order-every', '0'], {
      PANBOT_JWT_SECRET: secret(),
      PANBOT_REALTIME_SECRET: secret(),
      PANBOT_REALTIME_SUB_SECRET: secret(),
      RUST_LOG: 'warn',
    });
    line = await breakable(new URL(server.url).port);
  });

  after(async () => {
    one?.disconnect();
    await line?.close();
    await server?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  test('an order is heard of at once, and after a cut as well', async () => {
    const rest = `${server.url}/api/v1`;
    const { email, password } = server.demo.staff;
    const { access_token: access } = await post(`${rest}/auth/login`, { email, password });
    const authorization = { authorization: `Bearer ${access}` };
    const menu = await (await fetch(`${rest}/menu`, { headers: authorization })).json();
    const order = () =>
      post(
        `${rest}/orders`,
        { channel: 'till', kind: 'pickup', lines: [{ item_id: menu.items[0].id, quantity: 1 }], payment: { method: 'cash', paid: true } },
        authorization,
      );
    const channel = `business:${server.demo.business_id}`;
    const realtime = async (body) => (await post(`${rest}/realtime/token`, body, authorization)).token;

    one = new Centrifuge(`ws://127.0.0.1:${line.port}/connection/websocket`, { ...FAST, getToken: () => realtime({}) });
    const sub = one.newSubscription(channel, { getToken: () => realtime({ channel }) });
    const events = listen(sub, 'subscribed', 'subscribing', 'publication');
    sub.subscribe();
    one.connect();
    await events.until((e) => e.name === 'subscribed', 'subscribed');
    const first = await order();
    const heard = await events.until((e) => e.data?.order_id === first.id, 'the order');
    assert.equal(heard.data.type, 'order.created');
    assert.equal(heard.data.revision, 1);

    line.cut();
    await events.until((e) => e.name === 'subscribing' && e.code === 1, 'the loss');
    const second = await order();
    line.mend();
    const back = await events.until((e) => e.name === 'subscribed' && e.wasRecovering, 'the recovery');
    assert.equal(back.recovered, true);
    await events.until((e) => e.data?.order_id === second.id, 'the order that was missed');

    await assert.rejects(realtime({ channel: `business:${randomUUID()}` }), { status: 403 });
  });
});
