// One HTTP exchange: a request goes out, a whole answer comes back, or it is told how far it got.
//
// Always true: a connection serves one request, so that none is sent into a connection that the server has given up
// (NET-04), and nothing is ever sent twice by this module. A TransportError with `wasSent` false says that no byte of
// the request left: the server cannot have seen it (W-41).

import http from 'node:http';
import https from 'node:https';
import zlib from 'node:zlib';

const MAX_ANSWER = 256 << 20; // bytes, W-7

export class TransportError extends Error {
  /** @param {'offline'|'unreachable'|'connect-timeout'|'timeout'|'cut'|'aborted'} kind */
  constructor(kind, message, wasSent = false) {
    super(message);
    this.kind = kind;
    this.wasSent = wasSent;
  }
}

/**
 * @param {object} request
 * @param {string} request.url
 * @param {string} request.method
 * @param {object} request.headers
 * @param {string} [request.body]
 * @param {number} request.timeoutMs bounds the connect and, apart from it, the time from the last byte sent to the last
 *   byte received (W-7)
 * @param {AbortSignal} request.signal
 * @returns {Promise<{status: number, headers: object, body: Buffer}>} fails with TransportError
 */
export function exchange({ url, method, headers, body, timeoutMs, signal }) {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const isSecure = target.protocol === 'https:';
    let wasSent = false, isDone = false, timer;
    const options = { method, headers: withLength(headers, body), agent: false, signal };
    const request = (isSecure ? https : http).request(target, options);

    const end = () => {
      isDone = true;
      clearTimeout(timer);
    };
    const fail = (kind, message) => {
      end();
      reject(new TransportError(signal.aborted ? 'aborted' : kind, `${target.host}: ${message}`, wasSent));
      request.destroy();
    };
    const limit = (kind) => {
      clearTimeout(timer);
      if (!isDone) timer = setTimeout(fail, timeoutMs, kind, `no answer within ${timeoutMs} ms`);
    };

    limit('connect-timeout');
    request.on('socket', (socket) => socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      wasSent = true;
      if (!request.writableFinished) clearTimeout(timer); // sending takes the time that it takes
    }));
    request.on('finish', () => limit('timeout'));
    request.on('error', (error) => fail(wasSent ? 'cut' : 'unreachable', error.message));
    request.on('response', (answer) => {
      collect(answer).then((bytes) => {
        end();
        resolve({ status: answer.statusCode, headers: answer.headers, body: bytes });
      }, (error) => fail('cut', error.message));
    });
    request.end(body);
  });
}

function withLength(headers, body) {
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  return { ...headers, ...length, Connection: 'close', 'Accept-Encoding': 'gzip' };
}

async function collect(answer) {
  const unpacked = answer.headers['content-encoding'] === 'gzip' ? answer.pipe(zlib.createGunzip()) : answer;
  const cut = new Promise((_, reject) => { // pipe() does not hand errors on
    answer.on('error', reject);
    answer.on('aborted', () => reject(new Error('the answer was cut short')));
  });
  return Promise.race([cut, read(unpacked)]);
}

async function read(stream) {
  const chunks = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_ANSWER) throw new Error(`the answer is longer than ${MAX_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
