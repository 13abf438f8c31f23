// The same records as ../samples.c, and the way to the same server.
'use strict';
const http = require('http');

const agent = new http.Agent({ keepAlive: true });

function record(number) {
  return {
    id: String(number),
    Name: `Employee ${number}`,
    Salary: 1000.25 + (number % 5000),
    Active: 1,
    HiredOn: '2026-01-02T03:04:05Z',
    DeptId: number % 97,
    City: 'Karlsruhe',
    Street: `Long Street ${number % 211}`,
    Phone: `+49 721 ${number}`,
    Notes: null,
  };
}

const records = (count) => Array.from({ length: count }, (_, number) => record(number));

function request(method, url, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const call = http.request(url, { method, agent, headers }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString())));
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

const page = (url, number) => request('GET', `${url}/${number}`);
const post = (url, value) => request('POST', url, JSON.stringify(value));

// Seconds that `work` takes.
async function seconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

module.exports = { record, records, page, post, seconds };
