// The upload half of a sync: first what is cached, then the log of edits, in requests of bounded size.
//
// Always true:
// 1. With an upload cache, id, body and query of a request are on disk before its first byte leaves (W-41). They go
//    when the answer is stored, or when a failure says that the server surely did not act on it.
// 2. While something is cached for the scope, nothing newer of it is sent (UPC-06).
// 3. Each log entry is sent at most once in a sync; one that failed holds back the later edits of its row (W-33).

import { CODES, SyncError } from './errors.mjs';
import { nestedRequests } from './hierarchy.mjs';
import { sentRecords, uploadBody } from './records.mjs';
import { AnswerStorer } from './upload_answer.mjs';

/** Replay, then upload what is pending. Throws the SyncError that ends the sync. */
export async function upload(run) {
  await replay(run);
  if (run.options.syncType === 'downloadOnly') return;
  let isAnyGood = false, failure;
  const requests = run.isNested ? nestedRequests(run) : flatRequests(run);
  for (const roots of requests) {
    try {
      await sendNew(run, roots);
      isAnyGood = true;
    } catch (error) {
      if (error.code !== CODES.OPSTATUS) throw error; // W-39: the loop survives this one alone
      failure ??= error;
    }
  }
  if (failure && !isAnyGood) throw failure;
  if (run.options.syncType === 'uploadOnly') removeUploaded(run);
}

// ---- the cache ----

// W-42: at service level the objects' requests in the order of their making, then the service's own; at object level
// the service's, then the object's.
function cachedInOrder({ database, service, object }) {
  const cached = database.cached(service);
  const ofService = cached.filter(({ scope }) => scope === '');
  const ofObjects = cached.filter(({ scope }) => scope !== '' && (!object || scope === object.name));
  return object ? [...ofService, ...ofObjects] : [...ofObjects, ...ofService];
}

async function replay(run) {
  for (const request of cachedInOrder(run)) {
    request.rowIds.forEach((rowId) => run.attempted.add(rowId));
    await send(run, { ...request, isReplay: true });
  }
}

/** Whether a request that failed must be sent again as it was: nobody knows whether the server acted on it (W-43). */
function isKept({ code, unknownOutcome, userInfo }, isReplay) {
  return unknownOutcome || code === CODES.IN_PROGRESS || (isReplay && userInfo.httpStatus === 429);
}

// ---- requests ----

/** Up to uploadBatchSize entries in log order; the next request is made when the last one is stored. */
function* flatRequests(run) {
  const { database, service } = run;
  for (let after = 0; ;) {
    const entries = database.log(service).filter((entry) => entry.rowId > after && run.isInSync(entry));
    const ready = [];
    for (const entry of entries) {
      if (ready.length === run.options.uploadBatchSize) break;
      after = entry.rowId;
      if (run.isReady(entry, ready)) ready.push(entry);
    }
    if (ready.length === 0) return;
    yield ready.map((entry) => run.nodeOf(entry));
  }
}

async function sendNew(run, roots) {
  const { database, service } = run;
  const body = uploadBody(roots, { numericBooleans: run.settings.numericBooleans, isNested: run.isNested });
  const rowIds = sentRecords(service, body).map(({ rowId }) => rowId);
  const query = Object.entries(run.options.uploadRequestQueryParams);
  const request = { scope: run.object?.name ?? '', body, query, rowIds };
  rowIds.forEach((rowId) => run.attempted.add(rowId));
  const id = service.uploadCache ? database.commit(() => database.cacheUpload(service, request)) : undefined;
  await send(run, { ...request, id });
}

async function send(run, { id, scope, body, query, isReplay }) {
  const { database, service } = run;
  const storer = new AnswerStorer(run, sentRecords(service, body));
  try {
    const started = Date.now();
    const answer = await run.foundry.upload({ ...run.call(scope), cacheId: id, query, body });
    const answered = Date.now();
    run.stats.note('upload', { started, answered, count: storer.store(answer, id) });
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    if (id && !isKept(error, isReplay)) database.commit(() => database.forgetUpload(service, id));
    if (error.answer) storer.noteErrors(error.answer);
    throw error;
  }
}

// OPT-18: rows that were uploaded leave the device; those with later edits, and the rejected ones, stay.
function removeUploaded({ database, uploaded, options }) {
  database.commit(() => {
    for (const { object, key } of uploaded) {
      const row = database.row(object, key);
      const isListed = options.removeAfterUpload.some((name) => object.isCalled(name));
      if (isListed && row.pending.length === 0) database.saveRow(object, key, { ...row, local: null });
    }
  });
}
