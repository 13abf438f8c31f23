// A CouchDB for pouchdb.js: express-pouchdb over memory. Tells its port to the process that forked it.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const express = require('express');
const PouchDB = require('pouchdb').plugin(require('pouchdb-adapter-memory'));

const folder = fs.mkdtempSync(path.join(process.env.TMPDIR || os.tmpdir(), 'vmx-bench-couch-'));
process.chdir(folder); // it writes a log and settings of its own
process.on('disconnect', () => process.exit(0));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

const application = express();
application.use('/', require('express-pouchdb')(PouchDB.defaults({ adapter: 'memory' }), { mode: 'minimumForPouchDB', inMemoryConfig: true }));
const server = application.listen(0, '127.0.0.1', () => process.send(server.address().port));
