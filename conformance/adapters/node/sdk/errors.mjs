// Errors as an application gets them: a documented code, a message, a domain (CBK-04).
//
// Always true: whatever ends a call or a sync is a SyncError; everything else that is thrown is a bug in this port.

export const CODES = {
  IDENTITY: 106, DATABASE: 2000, DATABASE_OPEN: 2006,
  NETWORK: 2030, CONNECT_TIMEOUT: 2031, SOCKET_TIMEOUT: 2032, NOT_JSON: 2037, OPSTATUS: 2038, IN_PROGRESS: 2044,
  LOCAL: 2300, NOT_FOUND: 2301, KEY_CHANGED: 2303, LOCAL_OPTIONS: 2304, KEY_EMPTY: 2305, EMPTY_RECORD: 2307,
  MANDATORY: 2308, GENERATED: 2309, UNKNOWN_FIELD: 2310, TYPE_OR_LENGTH: 2311,
  SAME_NAME: 2330, SETUP: 2332, RELATION_TARGET: 2338, BAD_KEY: 2339, NO_TIMESTAMP: 2341, NO_METADATA: 2342,
  NO_NAMESPACES: 2344, NO_OBJECTS: 2345, RELATION_TYPE: 2346, NO_FIELDS: 2349, BUSY: 2353, NO_KEY: 2356,
  OBJECT_NAME: 2400, UNKNOWN_OBJECT: 2404, NO_DELTA_CONTEXT: 2405, UNKNOWN_SERVICE: 2406, FIELD_NAME: 2409,
  SYNC: 2460, RUNNING: 2461, NO_RELATION: 2466, KEY_COUNTS: 2467, TWO_PARENTS: 2468, TOO_MANY_PASSES: 2469,
  FILTER: 2472, UPLOAD: 2473, DOWNLOAD: 2474, CACHED_REQUEST: 2476, SYNC_TYPE: 2477, APP_OPTIONS: 2482,
  NOT_SET_UP: 2483, KEY_MISSING: 2484,
};

export class SyncError extends Error {
  /**
   * @param {number} code one of CODES
   * @param {string} message what happened, and to what
   * @param {{userInfo?: object, unknownOutcome?: boolean, answer?: object}} [more] `unknownOutcome`: the server may
   *   have done what it was asked (W-41); `answer`: the body of a complete error answer
   */
  constructor(code, message, more = {}) {
    super(message);
    this.code = code;
    this.userInfo = more.userInfo ?? {};
    this.unknownOutcome = more.unknownOutcome ?? false;
    this.answer = more.answer;
  }

  /** What the failure callback gets; `more` stands beside the error's own members. */
  payload(more = {}) {
    return {
      code: this.code, domain: 'OfflineObjectsError', message: this.message, status: -1, callStack: this.stack,
      userInfo: this.userInfo, ...more,
    };
  }
}

/** Throw a SyncError; its own `more` as there. */
export function fail(code, message, more) { throw new SyncError(code, message, more); }

/** Any thrown value as a SyncError: a bug ends a sync like an error does, and says what it was. */
export function asSyncError(error) {
  return error instanceof SyncError ? error : new SyncError(CODES.SYNC, `internal error: ${error?.stack ?? error}`);
}
