// The three calls that a client makes: metadata, download, upload (W-5 to W-7), and the way from an answer to an
// error code (NET-01, NET-06).
//
// Always true: a call gives an answer whose opstatus is 0 or a partial success (500100 to 500200), or fails with a
// SyncError that says whether the server may have acted on it (`unknownOutcome`).

import { CODES, fail } from './errors.mjs';
import { exchange, TransportError } from './http.mjs';
import { isObject, parse } from './json.mjs';

const IN_PROGRESS = 500210;
const isPartial = (opstatus) => opstatus >= 500100 && opstatus <= 500200;
const isFine = (opstatus) => opstatus === 0 || isPartial(opstatus);

/** An opstatus as a number: absent is 0, a decimal text its number, anything else NaN. */
export function opstatusOf(value) {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : NaN;
}

// On web one code stands for all that the browser does not tell apart.
const TRANSPORT = {
  offline: CODES.CONNECT_TIMEOUT, unreachable: CODES.CONNECT_TIMEOUT, 'connect-timeout': CODES.CONNECT_TIMEOUT,
  timeout: CODES.CONNECT_TIMEOUT, cut: CODES.SOCKET_TIMEOUT, aborted: CODES.NETWORK,
};

export class Foundry {
  #abort = new AbortController();

  /**
   * @param {{token: () => any, renew: () => any}} identity gives a claims token, and a new one after a 401
   * @param {number} timeoutMs
   * @param {{online: boolean}} network
   */
  constructor(identity, timeoutMs, network) {
    this.identity = identity;
    this.timeoutMs = timeoutMs;
    this.network = network;
  }

  /** End all that runs; every call fails from now on. */
  close() { this.#abort.abort(); }

  /** The token for the sync that begins; 106 when there is none. */
  async signIn() { return required(await this.#ask('token')); }

  async metadata(address) {
    const headers = { 'X-Http-Method-Override': 'GET', 'X-Voltmx-Service-Version': '2.0' };
    const token = await this.#ask('token');
    return this.#call({ url: address.metadata_url, method: 'GET', headers, address, session: { token } });
  }

  /**
   * @param {{url: string, address: object, session: {token: string}, query: [string, string][], body: string}} request
   *   `session.token` is replaced when the server wants a new one
   */
  download(request) {
    return this.#call({ ...request, method: 'POST', headers: { 'X-Http-Method-Override': 'GET' } });
  }

  /** The same, with `cacheId` when the service has an upload cache. */
  upload({ cacheId, ...request }) {
    const headers = { 'X-Http-Method-Override': 'UPLOAD' };
    if (cacheId) headers['X-Voltmx-RequestCacheId'] = cacheId;
    return this.#call({ ...request, method: 'POST', headers });
  }

  async #ask(what) {
    try {
      return await this.identity[what]();
    } catch (error) {
      return fail(CODES.IDENTITY, `the identity layer failed: ${error?.message ?? error}`);
    }
  }

  // W-7: a new token is asked for once; the repetition of an upload keeps its cache id, nothing was executed (C-11).
  async #call(request) {
    const first = await this.#send(request);
    if (first.status !== 401) return read(first);
    request.session.token = required(await this.#ask('renew'));
    const second = await this.#send(request);
    if (second.status === 401)
      fail(CODES.IDENTITY, 'the server refuses the claims token', { userInfo: { httpStatus: 401 } });
    return read(second);
  }

  async #send({ url, method, headers, address, session, query = [], body }) {
    const all = { 'Content-Type': 'application/json', ...headers };
    if (session.token) all['X-Voltmx-Authorization'] = session.token;
    if (address.version) all['X-Voltmx-API-Version'] = address.version;
    try {
      if (!this.network.online) throw new TransportError('offline', 'there is no network');
      const where = { url: withQuery(url, query), timeoutMs: this.timeoutMs, signal: this.#abort.signal };
      return await exchange({ ...where, method, headers: all, body });
    } catch (error) {
      if (!(error instanceof TransportError)) return fail(CODES.NETWORK, `${url}: ${error.message}`);
      const isTimeout = error.kind === 'timeout' || error.kind === 'connect-timeout';
      return fail(TRANSPORT[error.kind], error.message, { unknownOutcome: isTimeout || error.wasSent });
    }
  }
}

function required(token) {
  return token || fail(CODES.IDENTITY, 'there is no claims token');
}

function withQuery(url, query) {
  const text = query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  return text === '' ? url : `${url}?${text}`;
}

function decode(bytes) {
  try {
    const value = parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isObject(value) ? { value } : { problem: 'the answer is no JSON object' };
  } catch (error) {
    return { problem: `the answer is not JSON: ${error.message}` };
  }
}

// The tests stand in their order: the first row whose `when` holds gives the code.
const ROWS = [
  { when: ({ status }) => status === 408, code: CODES.SOCKET_TIMEOUT, unknown: true },
  { when: ({ status }) => status === 504, code: CODES.CONNECT_TIMEOUT, unknown: true },
  { when: ({ status }) => status === 503, code: CODES.OPSTATUS },
  { when: ({ isSuccess, isError }) => !isSuccess && isError, code: CODES.OPSTATUS },
  { when: ({ isSuccess }) => !isSuccess, code: CODES.NETWORK },
  { when: ({ value, opstatus }) => !value || Number.isNaN(opstatus), code: CODES.NOT_JSON, unknown: true },
  { when: ({ opstatus }) => opstatus === IN_PROGRESS, code: CODES.IN_PROGRESS },
  { when: ({ opstatus }) => !isFine(opstatus), code: CODES.OPSTATUS },
];

/** The answer's body, or the error that it is. */
export function read({ status, headers, body }) {
  const { value, problem } = decode(body);
  const given = value?.opstatus;
  const opstatus = opstatusOf(given);
  const isError = given !== undefined && !Number.isNaN(opstatus) && !isPartial(opstatus);
  const seen = { status, value, opstatus, isError, isSuccess: status >= 200 && status < 300 };
  const row = ROWS.find(({ when }) => when(seen));
  if (!row) return value;
  const userInfo = { httpStatus: status };
  if (headers['retry-after']) userInfo.retryAfter = headers['retry-after'];
  const said = value?.errmsg ?? problem ?? '';
  return fail(row.code, `HTTP ${status}, opstatus ${given ?? 'absent'}: ${said}`,
    { userInfo, unknownOutcome: row.unknown, answer: value });
}
