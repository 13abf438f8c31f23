// A peer as a process: "pull URL COUNT" or "push URL COUNT" on a line of stdin, its seconds on a line of stdout.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const readline = require('readline');

const peer = require(path.resolve(process.argv[2]));

async function timed(verb, url, count) {
  const folder = fs.mkdtempSync(path.join(process.env.TMPDIR || os.tmpdir(), 'vmx-bench-peer-'));
  try {
    return await peer[verb](url, count, folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

(async () => {
  console.log(peer.name);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [verb, url, count] = line.split(' ');
    console.log(await timed(verb, url, Number(count)));
  }
  process.exit(0);
})().catch((error) => {
  console.log(`failed ${error && error.message}`);
  console.error(error);
  process.exit(1);
});
