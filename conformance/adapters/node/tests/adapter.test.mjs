// The adapter as a process: what a runner relies on before any scenario.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { folder } from './helpers.mjs';

const ADAPTER = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'adapter.mjs');

/** Give these calls to a process and gather all that it prints, until it ends. */
async function converse(...calls) {
  const child = spawn(process.execPath, [ADAPTER], { stdio: ['pipe', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { printed += text; });
  for (const [i, [method, params]] of [...calls, ['bye', {}]].entries())
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: i + 1, method, params })}\n`);
  const [status] = await once(child, 'close');
  return { status, messages: printed.trimEnd().split('\n').map((line) => JSON.parse(line)) };
}

const open = (storage) => ['open', {
  storage, fresh: true, serviceUrl: '', serviceDocument: { services_meta: {} }, appKey: '', appSecret: '',
  claimsToken: 'x', networkTimeoutMs: 1000,
}];

test('hello, what is unknown, and the end', async () => {
  const { status, messages } = await converse(['hello', { protocol: 1 }], ['hello', { protocol: 2 }], ['nothing', {}], ['toString', {}]);
  assert.equal(status, 0);
  assert.equal(messages[0].result.channel, 'web');
  assert.deepEqual(messages.slice(1, 4).map(({ error }) => error.code), [-32602, -32601, -32601]);
  assert.deepEqual(messages[4], { jsonrpc: '2.0', id: 5, result: {} });
});

test('a failure of the SDK is a result, and started comes before the callback', async (t) => {
  const sync = { sync: 's1', level: 'application', options: {} };
  const { messages } = await converse(open(folder(t)), ['startSync', { ...sync, callbacks: ['success', 'failure'] }],
    ['startSync', { ...sync, callbacks: ['success'] }], ['create', { object: '\u2028', record: { a: 1 } }]);
  const byId = new Map(messages.map((message) => [message.id, message.result]));
  assert.deepEqual(byId.get(2), { started: true });
  assert.equal(byId.get(3).refused, true);
  assert.equal(byId.get(4).payload.code, 2483);
});
