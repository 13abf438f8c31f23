// configure.js FOLDER BASE RACES MOUNTEBANK-PORT MOCKOON-PORT: write what each peer is started with: three canned answers (FOLDER/small, page, upload),
// and RACES addresses of which each fails once.
'use strict';
const fs = require('fs');
const path = require('path');
const crypto = require('crypto');

const [folder, base, races, mountebankPort, mockoonPort] = process.argv.slice(2);
const FAILED = { status: 503, body: '{"errmsg":"once"}' };

function answer(name) {
  return { status: 200, body: fs.readFileSync(path.join(folder, name), 'utf8') };
}

const calls = [
  { method: 'GET', path: `${base}/objects/Note`, header: null, ...answer('small') },
  { method: 'POST', path: `${base}/objects/Row`, header: 'GET', ...answer('page') },
  { method: 'POST', path: base, header: 'UPLOAD', ...answer('upload') },
];
const OVERRIDE = 'X-Http-Method-Override';
const good = calls[0];
const addresses = Array.from({ length: Number(races) }, (_, i) => `/race/${i + 1}`);

function headers(call) {
  return { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(call.body)) };
}

function write(name, value) {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(value));
}

function wiremock() {
  const response = (call) => ({ status: call.status, body: call.body, headers: headers(call) });
  const stub = (call) => ({
    request: { method: call.method, urlPath: call.path, ...(call.header && { headers: { [OVERRIDE]: { equalTo: call.header } } }) },
    response: response(call),
  });
  const race = (at) => [
    { scenarioName: at, requiredScenarioState: 'Started', newScenarioState: 'fired', request: { method: 'GET', urlPath: at }, response: response(FAILED) },
    { scenarioName: at, requiredScenarioState: 'fired', request: { method: 'GET', urlPath: at }, response: response(good) },
  ];
  write('wiremock/mappings/all.json', { mappings: [...calls.map(stub), ...addresses.flatMap(race)] });
}

function mockserver() {
  const httpResponse = (call) => ({
    statusCode: call.status,
    headers: Object.fromEntries(Object.entries(headers(call)).map(([name, value]) => [name, [value]])),
    body: call.body,
  });
  const stub = (call) => ({
    httpRequest: { method: call.method, path: call.path, ...(call.header && { headers: { [OVERRIDE]: [call.header] } }) },
    httpResponse: httpResponse(call),
  });
  const race = (at) => [
    { priority: 10, times: { remainingTimes: 1, unlimited: false }, httpRequest: { method: 'GET', path: at }, httpResponse: httpResponse(FAILED) },
    { httpRequest: { method: 'GET', path: at }, httpResponse: httpResponse(good) },
  ];
  write('mockserver.json', [...calls.map(stub), ...addresses.flatMap(race)]);
}

function mountebank(port) {
  // it closes each connection unless told otherwise
  const is = (call) => ({ is: { statusCode: call.status, headers: { ...headers(call), Connection: 'Keep-Alive' }, body: call.body } });
  const stub = (call) => ({
    predicates: [{ equals: { method: call.method, path: call.path, ...(call.header && { headers: { [OVERRIDE]: call.header } }) } }],
    responses: [is(call)],
  });
  const race = (at) => ({
    predicates: [{ equals: { method: 'GET', path: at } }],
    responses: [is(FAILED), { ...is(good), repeat: 100 }],
  });
  write('mountebank.json', { imposters: [{ port: Number(port), protocol: 'http', recordRequests: true, stubs: [...calls.map(stub), ...addresses.map(race)] }] });
}

function mockoon(port) {
  const list = (call) => Object.entries(headers(call)).map(([key, value]) => ({ key, value }));
  const rule = (target, modifier, value) => ({ target, modifier, value, invert: false, operator: 'equals' });
  const response = (call, rules) => ({
    uuid: crypto.randomUUID(), body: call.body, latency: 0, statusCode: call.status, label: '', headers: list(call), bodyType: 'INLINE', filePath: '',
    databucketID: '', sendFileAsBody: false, rules, rulesOperator: 'AND', disableTemplating: true, fallbackTo404: false, default: rules.length === 0,
    crudKey: 'id', callbacks: [],
  });
  const route = (method, at, responses) => ({
    uuid: crypto.randomUUID(), type: 'http', documentation: '', method: method.toLowerCase(), endpoint: at.slice(1), responses, responseMode: null,
    streamingMode: null, streamingInterval: 0,
  });
  const other = { status: 404, body: '{}' };
  const routes = [
    ...calls.map((call) => route(call.method, call.path, call.header ? [response(call, [rule('header', OVERRIDE, call.header)]), response(other, [])] : [response(call, [])])),
    ...addresses.map((at) => route('GET', at, [response(FAILED, [rule('request_number', '', '1')]), response(good, [])])),
  ];
  const { HighestMigrationId } = require('@mockoon/commons');
  write('mockoon.json', {
    uuid: crypto.randomUUID(), lastMigration: HighestMigrationId, name: 'bench', port: Number(port), hostname: '127.0.0.1', endpointPrefix: '', latency: 0,
    folders: [], routes, rootChildren: routes.map((route) => ({ type: 'route', uuid: route.uuid })), proxyMode: false, proxyRemovePrefix: false,
    proxyHost: '', proxyReqHeaders: [], proxyResHeaders: [], tlsOptions: { enabled: false, type: 'CERT', pfxPath: '', certPath: '', keyPath: '', caPath: '', passphrase: '' },
    cors: false, headers: [], data: [], callbacks: [],
  });
}

wiremock();
mockserver();
mountebank(mountebankPort);
mockoon(mockoonPort);
