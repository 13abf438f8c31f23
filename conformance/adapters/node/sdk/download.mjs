// The download half of a sync: page after page, each stored whole or not at all (W-18 to W-27).
//
// Always true: a delta moves when the last page is stored, in that page's commit, and only for objects of which every
// record could be taken (W-22, W-25). A row with a pending edit keeps what the app sees (W-24).

import { CODES, fail } from './errors.mjs';
import { opstatusOf } from './foundry.mjs';
import { isObject, print } from './json.mjs';
import { hasKey, isPartial, keepUnsynced, valuesFrom, walk } from './records.mjs';
import { keyText } from './values.mjs';

const MAX_SAME_CONTEXT = 2; // W-27, C-6: a context that comes a third time is an endless server
const refuse = (message) => fail(CODES.DOWNLOAD, message);

/** Fetch and store all pages. Throws the SyncError that ends the sync. */
export async function download(run) {
  const { service, object, options } = run;
  const stayed = new Set(); // objects whose delta must not move
  const contexts = new Map();
  const query = queryOf(run);
  let body = print(firstBody(run));
  for (;;) {
    const started = Date.now();
    const answer = await run.foundry.download({ ...run.call(object?.name ?? ''), query, body });
    const answered = Date.now();
    const groups = readGroups(run, answer);
    const hasMore = String(answer.hasMoreRecords) === 'true';
    const count = storePage(run, groups, stayed, hasMore ? undefined : deltasOf(service, answer));
    run.stats.note('download', { started, answered, count });
    if (!hasMore) return;
    if (!isObject(answer.delta_context))
      fail(CODES.NO_DELTA_CONTEXT, `${service.name}: more pages without a delta_context`);
    body = print({ delta_context: answer.delta_context });
    contexts.set(body, (contexts.get(body) ?? 0) + 1);
    if (contexts.get(body) > MAX_SAME_CONTEXT) refuse(`${service.name}: the server gives the same page for ever`);
  }
}

// ---- requests ----

function queryOf({ object, options }) {
  const query = Object.entries(options.downloadRequestQueryParams);
  query.push(['$batchsize', String(options.downloadBatchSize)]);
  if (!object) return [...query, ['offline', 'true']];
  if (options.filter.has(object)) query.push(['$filter', options.filter.get(object)]);
  if (object.expand) query.push(['$expand', object.expand]);
  return query;
}

// W-19: an object appears when it has a delta, a filter or something to expand.
function firstBody({ database, service, object, options }) {
  const objs = Object.create(null);
  for (const each of object ? [object] : service.objects) {
    const filter = options.filter.get(each);
    const parts = [filter && `$filter=${filter}`, each.expand && `$expand=${each.expand}`].filter(Boolean);
    const delta = database.delta(each, filter);
    const odatastring = object || parts.length === 0 ? undefined : parts.join('&'); // object level: in the query
    if (delta !== undefined || odatastring) objs[each.name] = { delta, odatastring };
  }
  return Object.keys(objs).length > 0 ? { delta_context: { objs } } : {};
}

// ---- answers ----

/** The answer's records by object, checked: [{ object, records, opstatus, errmsg }]. Unknown objects are left out. */
function readGroups({ service, object }, answer) {
  const groups = object ? [{ name: object.name, records: answer.records }] : answer.Objects ?? [];
  if (!Array.isArray(groups) || !groups.every(isObject)) refuse(`${service.name}: "Objects" is no list of objects`);
  return groups.map(({ name, records = [], opstatus, errmsg }) => {
    if (!Array.isArray(records) || !records.every(isObject)) refuse(`${name}: "records" is no list of records`);
    return { object: service.object(name), records, opstatus: opstatusOf(opstatus), errmsg };
  }).filter((group) => group.object);
}

function deltasOf(service, answer) {
  const objs = isObject(answer.delta_context?.objs) ? answer.delta_context.objs : {};
  return Object.entries(objs).filter(([, given]) => isObject(given) && given.delta !== undefined)
    .map(([name, given]) => [service.object(name), given.delta]).filter(([object]) => object);
}

/** One page in one commit; `deltas` with the last one. Gives the number of records that came. */
function storePage(run, groups, stayed, deltas) {
  const { database, options } = run;
  const errors = [];
  const stays = (object, opstatus, errmsg) => {
    stayed.add(object);
    const text = String(errmsg ?? 'the object was not delivered');
    errors.push({ objectService: run.service.name, object: object.name, opstatus, errmsg: text });
  };
  let count = 0;
  database.commit(() => {
    for (const group of groups) {
      if (group.opstatus !== 0) {
        stays(group.object, Number.isNaN(group.opstatus) ? CODES.DOWNLOAD : group.opstatus, group.errmsg);
        continue;
      }
      for (const { object, record } of group.records.flatMap((each) => walk(group.object, each))) {
        count += 1;
        if (storeRecord(run, object, record)) continue;
        stays(object, CODES.DOWNLOAD, 'a record lacks a column');
        stayed.add(group.object); // it came with this object's delta
      }
    }
    for (const [object, delta] of deltas ?? [])
      if (!stayed.has(object)) database.saveDelta(object, options.filter.get(object), delta);
  });
  run.syncErrors.download.push(...errors);
  return count;
}

/** False when the record is partial, and left out. */
function storeRecord({ database, options }, object, record) {
  const metadata = isObject(record._metadata) ? record._metadata : {};
  const isGone = metadata.action === 'delete';
  if (!hasKey(object, record) || (!isGone && isPartial(object, record))) return false;
  const values = valuesFrom(object, record);
  if (!values) refuse(`${object.name}: a column holds no column value`);
  const key = keyText(object, values);
  const row = isGone ? null : keepUnsynced(object, values, database.row(object, key).local);
  const checksum = String(metadata.checksum ?? '');
  database.storeServerRow(object, key, row, checksum, !options.downloadReconciliationRequired);
  return true;
}
