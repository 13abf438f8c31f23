// WatermelonDB on better-sqlite3: its synchronize() with everything in one pull and one push, which is the
// fewest transactions that it can do with.
'use strict';
const path = require('path');
const { Database, Model, appSchema, tableSchema } = require('@nozbe/watermelondb');
const SQLiteAdapter = require('@nozbe/watermelondb/adapters/sqlite').default;
const { synchronize } = require('@nozbe/watermelondb/sync');
const logger = require('@nozbe/watermelondb/utils/common/logger').default;
const { records, page, post, seconds } = require('./records');

logger.silence();

class Employee extends Model {}
Employee.table = 'employees';

const types = { Salary: 'number', Active: 'boolean', DeptId: 'number' };
const columns = ['Name', 'Salary', 'Active', 'HiredOn', 'DeptId', 'City', 'Street', 'Phone', 'Notes'];

function open(folder) {
  const schema = appSchema({
    version: 1,
    tables: [tableSchema({
      name: 'employees',
      columns: columns.map((name) => ({ name, type: types[name] || 'string', isOptional: name === 'Notes' })),
    })],
  });
  const adapter = new SQLiteAdapter({ schema, dbName: path.join(folder, 'peer.db'), jsi: false });
  return new Database({ adapter, modelClasses: [Employee] });
}

const changes = (created) => ({ changes: { employees: { created, updated: [], deleted: [] } }, timestamp: 1 });

async function pull(url, count, folder) {
  const database = open(folder);
  const taken = await seconds(() => synchronize({
    database,
    pullChanges: async () => {
      const created = [];
      for (let number = 0, more = true; more; number++) {
        const answer = await page(url, number);
        for (const one of answer.records) created.push(one);
        more = answer.more;
      }
      return changes(created);
    },
    pushChanges: async () => {},
  }));
  const stored = await database.get('employees').query().fetchCount();
  if (stored !== count) throw new Error(`${stored} records were stored instead of ${count}`);
  return taken;
}

async function push(url, count, folder) {
  const database = open(folder);
  const employees = database.get('employees');
  await database.write(() => database.batch(...records(count).map((one) => employees.prepareCreateFromDirtyRaw(one))));
  let sent = 0;
  const taken = await seconds(() => synchronize({
    database,
    pullChanges: async () => changes([]),
    pushChanges: async (all) => {
      sent += all.changes.employees.created.length;
      await post(url, all);
    },
  }));
  if (sent !== count) throw new Error(`${sent} records were sent instead of ${count}`);
  return taken;
}

module.exports = { name: 'WatermelonDB 0.28.0', pull, push };
