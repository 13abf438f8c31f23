// PouchDB on leveldb, replicating with express-pouchdb in a process of its own: that is the protocol which it
// speaks, so the bench's own server is not asked.
'use strict';
const { fork } = require('child_process');
const path = require('path');
const PouchDB = require('pouchdb');
const { records, seconds } = require('./records');

const options = { batch_size: 500 };
const documents = (count) => records(count).map(({ id, ...columns }) => ({ _id: id, ...columns }));
let port;
let opened = 0;

function start() {
  port = port || new Promise((resolve, reject) => {
    const server = fork(path.join(__dirname, 'couch.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    server.once('message', resolve);
    server.once('exit', (code) => reject(new Error(`express-pouchdb ended (${code})`)));
  });
  return port;
}

const remote = async (name) => new PouchDB(`http://127.0.0.1:${await start()}/${name}`);

// Filled once for each count.
const filled = new Map();
async function source(count) {
  if (!filled.has(count)) {
    const database = await remote(`full${count}`);
    await database.bulkDocs(documents(count));
    filled.set(count, database);
  }
  return filled.get(count);
}

async function pull(_url, count, folder) {
  const from = await source(count);
  const local = new PouchDB(path.join(folder, 'peer'));
  const taken = await seconds(() => local.replicate.from(from, options));
  const { doc_count: stored } = await local.info();
  await local.close();
  if (stored !== count) throw new Error(`${stored} records were stored instead of ${count}`);
  return taken;
}

async function push(_url, count, folder) {
  const local = new PouchDB(path.join(folder, 'peer'));
  await local.bulkDocs(documents(count));
  const to = await remote(`pushed${opened++}`);
  await to.info(); // it is made now
  const taken = await seconds(() => local.replicate.to(to, options));
  const { doc_count: stored } = await to.info();
  await to.destroy();
  await local.close();
  if (stored !== count) throw new Error(`${stored} records were stored instead of ${count}`);
  return taken;
}

module.exports = { name: 'PouchDB 9.0.0, leveldb', pull, push };
