// The adapter: the testee protocol (conformance/PROTOCOL.md) on standard input and output, around the port in sdk/.
//
// Always true: a line on standard output is one message. Calls are answered in any order; the answer to startSync is
// written when the SDK's call has returned, which is before its first callback. `seq` is taken where the SDK enters the
// application's callback.

import fs from 'node:fs';

import { SyncError } from './sdk/errors.mjs';
import { Client } from './sdk/client.mjs';

const PROTOCOL = 1;
const HELLO = {
  name: 'offline-objects-node', version: '0.1.0', apiVersion: '9.5', api: 'js', channel: 'web',
  capabilities: ['serviceLevel', 'objectLevel', 'uploadCache', 'hierarchy', 'localCrud', 'editsDuringSync', 'restart',
    'kill', 'rawOptions', 'identity', 'network', 'int64', 'largeRecords'],
  limits: { minNetworkTimeoutMs: 1 },
};
const METHOD_NOT_FOUND = -32601, INVALID_PARAMS = -32602, INTERNAL_ERROR = -32603;

class ProtocolError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** What the suite's identity layer gives: scripted by setClaimsToken. */
class Identity {
  constructor(token) { this.set({ token }); }
  set({ token, next, error }) { Object.assign(this, { claims: token, next, error }); }
  token() {
    if (this.error !== undefined && this.error !== null) throw new Error(JSON.stringify(this.error));
    return this.claims;
  }
  renew() {
    if (this.next !== undefined) this.claims = this.next;
    return this.token();
  }
}

let client; // between open and close
let identity;
let seq = 0;

// ---- messages ----

// Synchronous, so that nothing is lost or reordered when the process ends.
function write(message) {
  const bytes = Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  for (let done = 0; done < bytes.length;) {
    try {
      done += fs.writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error; // a pipe that is full: the runner reads it
    }
  }
}

function callback(sync, kind) {
  return (payload) => write({ method: 'callback', params: { seq: ++seq, sync, kind, payload } });
}

// ---- calls ----

/** A call of the SDK that succeeds or fails: both are results. Anything else that is thrown is the adapter's fault. */
async function outcomeOf(call) {
  try {
    return { outcome: 'success', payload: await call() };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { outcome: 'failure', payload: error.payload() };
  }
}

const CALLS = {
  hello({ protocol }) {
    if (protocol !== PROTOCOL)
      throw new ProtocolError(INVALID_PARAMS, `protocol ${protocol} is not supported: only ${PROTOCOL}`);
    return HELLO;
  },

  open({ storage, fresh, serviceDocument, claimsToken, networkTimeoutMs }) {
    identity = new Identity(claimsToken);
    client = new Client({ storage, fresh, document: serviceDocument, identity, timeoutMs: networkTimeoutMs });
    return {};
  },

  close() {
    client?.close();
    client = undefined;
    return {};
  },

  setup: ({ options }) => outcomeOf(() => client.setup(options)),
  incrementalSetup: () => outcomeOf(() => client.incrementalSetup()),
  reset: () => outcomeOf(() => client.reset()),
  drop: () => outcomeOf(() => client.drop()),

  startSync({ sync, level, target, callbacks, ...given }) {
    const [onSuccess, onFailure, onProgress] = ['success', 'failure', 'progress']
      .map((kind) => (callbacks.includes(kind) ? callback(sync, kind) : undefined));
    const options = 'optionsRaw' in given ? fromText(given.optionsRaw) : given.options;
    try {
      if (level === 'application') client.startSync(options, onSuccess, onFailure, onProgress);
      else if (level === 'objectService') client.startServiceSync(target, options, onSuccess, onFailure, onProgress);
      else client.startObjectSync(target, options, onSuccess, onFailure, onProgress);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      return { refused: true, payload: error.payload() };
    }
    return { started: true };
  },

  create: ({ object, record, options }) => outcomeOf(() => client.local.create(object, record, options)),
  update: ({ object, record, options }) => outcomeOf(() => client.local.update(object, record, options)),
  delete: ({ object, record, options }) => outcomeOf(() => client.local.delete(object, record, options)),
  get: ({ object, options }) => outcomeOf(() => client.local.get(object, options)),
  markForUpload: ({ object, options }) => outcomeOf(() => client.local.markForUpload(object, options)),
  getPendingRecordsForUpload: ({ object, options }) =>
    outcomeOf(() => client.local.getPendingRecordsForUpload(object, options)),
  rollback: ({ level, target, primaryKeys }) => outcomeOf(() => client.local.rollback(level, target, primaryKeys)),
  clearOfflineData: ({ level, target }) => outcomeOf(() => client.local.clearOfflineData(level, target)),

  snapshot: ({ objects }) => ({ objects: Object.fromEntries(objects.map((name) => [name, rowsOf(name)])) }),

  setClaimsToken(params) {
    identity.set(params);
    return {};
  },

  setNetwork({ online }) {
    client.network.online = online;
    return {};
  },

  bye: () => ({}),
};

// Text that is no JSON is passed as the text that it is: in JavaScript any value can be handed over.
function fromText(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// An object that the app does not know has no rows.
function rowsOf(name) {
  try {
    return client.local.get(name, null);
  } catch {
    return [];
  }
}

async function answer({ id, method, params = {} }) {
  try {
    if (!Object.hasOwn(CALLS, method)) throw new ProtocolError(METHOD_NOT_FOUND, `there is no call ${method}`);
    const result = CALLS[method](params);
    write({ id, result: result instanceof Promise ? await result : result });
  } catch (error) {
    const code = error instanceof ProtocolError ? error.code : INTERNAL_ERROR;
    write({ id, error: { code, message: error.message } });
    if (!(error instanceof ProtocolError)) console.error(error);
  }
  if (method === 'bye') setImmediate(() => process.exit(0)); // answers that are made already go first
}

// Lines end at "\n" alone: node:readline would also break them at U+2028, which JSON may hold.
let rest = '';
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  lines.forEach((line) => answer(JSON.parse(line)));
});
