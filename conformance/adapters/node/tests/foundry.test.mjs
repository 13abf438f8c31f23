// From an answer, or none, to an error code; against a server on the loopback interface (NET-01, NET-06).

import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import zlib from 'node:zlib';

import { Foundry, read } from '../sdk/foundry.mjs';

const answer = (status, body, headers = {}) => ({ status, headers, body: Buffer.from(body) });

test('answers have their codes, in the order of the table', () => {
  const cases = [
    [200, '', 2037, true], [200, '<html>', 2037, true], [200, '[]', 2037, true], [200, Buffer.from([0x7b, 0xff, 0x7d]), 2037, true],
    [200, '{"opstatus":true}', 2037, true], [200, '{"opstatus":20006}', 2038], [200, '{"opstatus":"8009"}', 2038],
    [200, '{"opstatus":500210}', 2044], [200, '{"opstatus":500201}', 2038], [408, '{"opstatus":1}', 2032, true], [504, '', 2031, true],
    [503, '{}', 2038], [500, '{"opstatus":8009}', 2038], [500, '{"opstatus":0}', 2038], [500, '{"opstatus":500100}', 2030],
    [404, '', 2030], [302, '', 2030],
  ];
  for (const [status, body, code, unknownOutcome = false] of cases)
    assert.throws(() => read(answer(status, body)), { code, unknownOutcome }, `${status} ${body}`);
  for (const body of ['{}', '{"opstatus":0}', '{"opstatus":"0"}', '{"opstatus":500100}', '{"opstatus":"500200"}'])
    assert.ok(read(answer(200, body)), body);
});

test('the status and Retry-After are told', () => {
  assert.throws(() => read(answer(429, '', { 'retry-after': '7' })), { code: 2030, userInfo: { httpStatus: 429, retryAfter: '7' } });
});

/** A Foundry client before a server that answers with `handle`. */
async function before(t, handle, { timeoutMs = 5000, identity = { token: () => 'one', renew: () => 'two' } } = {}) {
  const server = http.createServer(handle);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => { server.closeAllConnections(); server.close(); });
  const foundry = new Foundry(identity, timeoutMs, { online: true });
  const call = (more = {}) => foundry.upload({
    url: `http://127.0.0.1:${server.address().port}/x`, address: {}, session: { token: 'one' }, query: [], body: '{}', ...more,
  });
  return { call, foundry, server };
}

test('a query arrives as it was given, an answer may be packed', async (t) => {
  let seen;
  const { call } = await before(t, (request, response) => {
    seen = new URL(request.url, 'http://x').searchParams.get('a b&');
    response.setHeader('Content-Encoding', 'gzip');
    response.end(zlib.gzipSync('{"opstatus":0}'));
  });
  assert.equal((await call({ query: [['a b&', '+=%é']] })).opstatus, 0);
  assert.equal(seen, '+=%é');
});

test('a token is renewed once, and the repetition keeps its cache id', async (t) => {
  const seen = [];
  const { call } = await before(t, ({ headers }, response) => {
    seen.push([headers['x-voltmx-authorization'], headers['x-voltmx-requestcacheid']]);
    response.statusCode = seen.length === 2 ? 200 : 401;
    response.end('{}');
  });
  const session = { token: 'one' };
  await call({ cacheId: 'c1', session });
  assert.deepEqual(seen, [['one', 'c1'], ['two', 'c1']]);
  assert.equal(session.token, 'two');
  seen.length = 2; // the next answers are 401
  await assert.rejects(call(), { code: 106 });
});

test('no answer, half an answer, no server: each tells whether the request may have arrived', async (t) => {
  const silent = await before(t, () => {}, { timeoutMs: 50 });
  await assert.rejects(silent.call(), { code: 2031, unknownOutcome: true });
  const cut = await before(t, (_, response) => {
    response.writeHead(200, { 'Content-Length': 100 });
    response.write('{');
    response.socket.end();
  });
  await assert.rejects(cut.call(), { code: 2032, unknownOutcome: true });
  cut.server.close();
  await assert.rejects(silent.call({ url: 'http://127.0.0.1:1/x' }), { code: 2031, unknownOutcome: false });
  await assert.rejects(silent.call({ url: 'no address' }), { code: 2030, unknownOutcome: false });
  silent.foundry.network.online = false;
  await assert.rejects(silent.call(), { code: 2031, unknownOutcome: false });
});
