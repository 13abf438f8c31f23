---@meta
-- The language of scenarios: types for editors (LuaLS) and the reference for authors. Language version 1.3.
-- Server side (class Server and what it makes): the mock Foundry. Client side (class App): the testee.
-- A script of foundry-mock, and one of foundry-mock judge, has `server`, `require "foundry"` and `print`; `scenario`, `property` and what they get (classes Test, App,
-- Expectation and theirs) is foundrycheck's.
-- Lua 5.4 without io, os, debug and finalizers; a call that runs for too long or takes too much memory ends with an error
-- (mockserver/README.md, Limits). A list that is handed over has no holes and no names: `{ 1, nil, 3 }` is an error that says where.

---Declare one scenario. A file holds one or more.
---`covers`   requirement ids; a check is judged under the first unless it names another of them
---`needs`    capabilities of the testee (testee protocol) without which the scenario is unsupported
---`api`, `channel`  names for which alone it applies, e.g. `api = {"js"}`, `channel = {"android","ios","windows"}`
---`timeout`  network time-out of the client in ms; only scenarios that let a client time out give one, >= 2000
---`tags`     words for --tag
---@param title string what must hold, as a sentence
---@return fun(definition: {covers: string[], needs?: string[], api?: string[], channel?: string[], timeout?: integer, tags?: string[], run: fun(t: Test)})
function scenario(title) end

---Declare a property: a scenario for random histories, each in a world of its own. `run` gets the steps that `generate` made, or
---some of them when a history that broke is shortened: a step that cannot happen any more is passed over.
---`histories`  how many each run has (default 20); --histories asks for more
---@param title string what must hold, as a sentence
---@return fun(definition: {covers: string[], needs?: string[], api?: string[], channel?: string[], timeout?: integer, tags?: string[], histories?: integer, generate: (fun(random: Random, t: Test): table[]), run: fun(t: Test, steps: table[])})
function property(title) end

---@class Random  the same numbers for the same seed, on every machine
local random = {}
function random:below(most) end        ---@return integer  from 1 to `most`
function random:chance(percent) end    ---@return boolean
function random:pick(list) end         ---@return any  one of the list
function random:weighted(list) end     ---@return table  one of a list of {weight = n, …}

---A line among the world's events; foundry-mock writes it to standard error, too.
function print(...) end

---`local foundry = require "foundry"`
---@class foundry
---@field version string    of this language, "1.3": a word that changes its meaning raises the first number, a new one the second
---@field null any           JSON null in bodies and payloads (a row has nil instead)
---@field model table<string, Model>  ready-made: employee (EmpId number generated key, Name string not nullable, Salary number, Active boolean, HiredOn date, DeptId number, Notes string), department (DeptId number key given by the app, Title string not nullable), note (Id string key, Text string not nullable)
local foundry = {}
---Mark a table as a JSON array (for empty ones).
function foundry.array(list) end
---Text of a value as JSON, and back. `decode` raises on bad JSON.
function foundry.encode(value) end
function foundry.decode(text) end
---The fields of a form, as a login sends it: foundry.form("userid=ada&password=x").userid
---@return table<string, string>
function foundry.form(text) end
---Visit the records of a decoded answer, nested ones too, parents first; one for which `visit` returns false is
---taken out. `object` is nil for records that stand at the top of an object-level answer.
---@param visit fun(record: table, object: string|nil, parent: table|nil): boolean|nil
function foundry.each_record(answer, visit) end

---@class Model  fields in order, as in the metadata
---@field key string[]
---@field fields {name: string, datatype: "string"|"number"|"boolean"|"date"|"binary", nullable?: boolean, auto_generated?: boolean, length?: integer, creatable?: boolean, updatable?: boolean}[]
---@field softdelete_field? string
---@field delta_context_field? string
---@field operations? table   as in the metadata; service:nest() and object:expand() write it

---@class Test
---@field server Server
---@field clock Clock
---@field profile {api: "js"|"java"|"objc", channel: "android"|"ios"|"windows"|"web"}
local t = {}
---An instance of the SDK over a storage of its own (`name` tells several apart), not set up yet. It opens
---at its first call. One instance is open at a time: several apps may be used in turn, not side by side.
---The same name again: the same storage, with what is in it.
---@param opts? {name?: string, claims_token?: string|false, timeout?: integer, edit_document?: fun(doc: table)}
---@return App
function t:app(opts) end
---The named gate: `hold(name)` in a rule makes requests wait for it.
---@return Gate
function t.gate(name) end
---A check, judged under requirement `id` (default: the scenario's first).
---@return Expectation
function t.expect(value, id) end
---Wait until `condition()` is true; woken by every event, ended by the run's limit alone.
---@param condition fun(): boolean
---@param what string for the message when it never comes
function t.wait(condition, what) end
---Does the testee claim this capability?
---@return boolean
function t.claims(capability) end
---A line for the report; `t.outcome("SEQ-02", "listed")` reports which accepted outcome the port has.
function t.note(text) end
function t.outcome(id, name) end
---Skip with a reason that the reader sees.
function t.skip(reason) end
---Leave the drain at the end (UPL-12) out, with the reason why it cannot be judged here.
function t.no_drain(reason) end
---Allow a doubled create in the drain: documented after an unknown outcome without upload cache.
function t.may_double(reason) end
---One case of several in a scenario: a value that has no form in this API leaves this case out alone.
---@param title string
---@param run fun()
function t.case(title, run) end

---@class Gate
local gate = {}
function gate:reached(count) end ---waits until `count` (default 1) requests are held by it
function gate:open() end         ---lets them go, and all that come later
function gate:held() end         ---@return integer  how many requests wait in it now

---@class Clock   the world's virtual time
local clock = {}
function clock:advance(duration) end ---"25h", "30s", "1500ms"; units: ms, s, min, h, d; at most 1000 years
function clock:now() end             ---@return integer  virtual milliseconds since the world was opened

---@class Server
---@field clock Clock
---@field options {rows?: integer, seed?: integer}  foundry-mock: --rows and --seed
local server = {}
---@param options? {uploadCache?: boolean, offline?: boolean, version?: string, conflict?: "none"|"clientwins"|"serverwins"|"custom", response_wait_ms?: integer, resubmit_after_ms?: integer}
---@return Service
function server:service(name, options) end
---Both kinds of calls of the services wait until each of them has asked. `kind` = "upload"|"download"|nil (either).
---@return {released: fun(self): boolean}
function server:barrier(services, kind) end
---@return Requests  every request of the world, in the order of arrival
function server:requests() end
---Change the service document before it is sent.
function server:edit_document(change) end
---From now on requests need this token (raw, W-7); others get 401.
function server:require_token(token) end
---From now on requests need a token that an identity has given out and that still lives, on the virtual clock.
---@param options? {lifetime?: string}   "30min"; without one its tokens have no end
---@return Identity
function server:identity(options) end

---The object of that name in whichever service, or nil.
---@return Object|nil
function server:find_object(name) end
---The URL that clients are given: /authService/… is added to it.
---@return string
function server:url() end
---The service document as it would be sent now, edit_document()'s change included.
function server:document() end
---The named gate, as t.gate() gives it: `hold(name)` makes requests wait, `server:gate(name):open()` lets them go.
---@return Gate
function server:gate(name) end
---hang() answers with this HTTP status instead, for clients whose own time-out is too long to wait for; 0 = it hangs.
function server:hang_as(status) end
---A sync has ended: what looks like a repetition of a request that was closed is a new one from now on.
function server:sync_ended() end
---Any request; `match` may name service and kind, or the path of something that the mock does not serve by itself:
---`server:on_request{ path = "/authService/100000002/login" }:status(200, nil, { claims_token = { value = "…" } })`
---@param match? Match
---@return Rule
function server:on_request(match) end
---@return Rule
function server:on_document(match) end
---@return string[]  a line for each rule that was due and did not fire, with the request that came nearest; and for each that never
---fired and names a service or object that is not there
function server:unfired_rules() end
---@return table[]  the rules that never fired: which conditions the nearest requests failed, on what (mockserver/ADMIN.md)
function server:near_misses() end
---@return string[]  what else happened: gates opened, functions failed, bytes came that are no request
function server:events() end

---Another port: "tls_selfsigned" is the same server over TLS, with a certificate that nobody trusts; at "refused"
---nobody listens. The service document gives its URLs for the services that it serves; `metadata = false`: for their
---data alone, so that a setup goes well and a sync does not.
---"raw" answers with bytes as they are given, from the moment when a connection is accepted.
---@param kind "tls_selfsigned"|"refused"|"raw"
---@return Listener
function server:listener(kind) end
---false: browsers get no headers that let a page of another origin read an answer (default: they do).
function server:cors(allowed) end

---@class Listener
local listener = {}
---@param options? {metadata?: boolean}
function listener:serve(service, options) end
function listener:url() end          ---@return string
---A raw one: what connections get from now on, and how they end. `unread`: at once, before anything is read; else when
---a request has come. "silence" keeps the connection until its client closes it. Without a call: nothing, and "close".
---@param ending? "close"|"reset"|"silence"
---@param unread? boolean
---@return Listener
function listener:answer(bytes, ending, unread) end

---@class Identity
local identity = {}
function identity:token() end        ---@return string  a fresh one; those before it stay good for as long as they live
function identity:expire() end       ---all that were given out so far are over: 401
function identity:refuse(times) end  ---the next `times` requests, or all until accept(), get 401 whatever they bring
function identity:accept() end

---@class Service
---@field name string
local service = {}
---@param model Model
---@return Object
function service:object(name, model) end
---@param relation {name: string, type: "OneToMany"|"ManyToOne"|"OneToOne", from: Object, to: Object, source_fields: string[], target_fields: string[], cascade?: boolean, backend_cascade_support?: boolean}
function service:relate(relation) end
---Make the service hierarchical: records of `child` nest in uploaded records of `parent`, from which a relation
---makes them children. `actions`: what each action of the parent takes along; without it a create takes creates,
---updates take everything, a delete takes deletes.
---@param which {parent: Object, child: Object, actions?: table<string, string[]>}
function service:nest(which) end
---Conflict policy "custom": decide what becomes of a row that two sides changed. `kind` = "create_exists",
---"update_update", "update_delete" (server_row is nil) or "delete_update". Return the row, "update" (default) or
---"delete" for the client, and false when the back end is not to get it; nil = the server wins.
---@param decide fun(kind: string, client_row: table, server_row: table|nil): table|nil, string|nil, boolean|nil
function service:on_conflict(decide) end
---Rules. Without a selector a rule holds for every matching request until it is lifted; the newest matching rule counts.
---@param match? Match
---@return Rule
function service:on_upload(match) end
function service:on_download(match) end
function service:on_metadata(match) end
function service:on_online(match) end  ---calls of single rows and of binary content, without sync
function service:on_request(match) end ---any kind of request of this service
---@return Requests
function service:uploads() end
function service:downloads() end
function service:metadata_requests() end
function service:requests() end
---The service document gives the server's own port again, after a listener's.
function service:serve_here() end
---Change the metadata text that the service answers with.
function service:edit_metadata(change) end

---@class Object
---@field name string
local object = {}
function object:insert(row) end      ---one row or a list; generated keys are given when absent; returns the row(s)
---Made-up rows that fit the model: keys are new, foreign keys name rows that exist; the same in every run.
---A column is given by the name of a generator (mockserver/README.md), a list of values, {min=, max=} or function(row, index, random).
---@param options integer|{count: integer, seed?: integer, nulls?: number, columns?: table<string, any>}
---@return Object
function object:generate(options) end
function object:update(key, changes) end  ---key: value, or {column=value}
function object:delete(key) end      ---the server tells clients in their next delta
function object:rows() end           ---@return Rows  living rows in key order
function object:row(key) end
function object:add_column(field) end ---the schema changes, the metadata's timestamp moves; rows have nothing in it
function object:drop_column(name) end ---relations that name it go too
function object:drop() end           ---with its rows and relations
function object:expand(names) end    ---what clients ask for with every download: "Item", "Item/Tag,Note" (metadata: get.$expand)

---@class Match   conditions; a rule is for the requests that meet all of them. An unknown one is an error.
---@field service? string
---@field kind? "upload"|"download"|"metadata"|"document"|"crud"|"other"
---@field level? "service"|"object"
---@field object? string    its full or its short name; a service-level download concerns all objects of its service, an upload those of its records
---@field batch? integer    which page of a download, which upload in a row (until a download, or the sync's end), from 1; one that comes again is the batch that it was
---@field attempt? integer  1, and one more each time the same request comes again after a failure
---@field replay? boolean   its cache id was seen before
---@field filter? boolean
---@field action? string    an upload with a record of this action
---@field key? any          an upload with a record of this key: a value, {column = value}, or a list of those
---@field header? table<string, string|boolean>  its text; true = it is there, false = it is not; names in any case
---@field query? table<string, string|boolean>
---@field method? string
---@field path? string      behind the world's URL

---@class Rule   which requests, then what happens. Every call returns the rule.
local rule = {}
-- which (default: all)
function rule:once() end
function rule:times(count) end
function rule:nth(number) end        ---the n-th matching request from now (1 = the next), once
---Each matching request with this probability; the k-th gets the k-th throw of the dice, the same in every run.
---@param probability number above 0, at most 1
---@param seed? integer default: the rule's place among all
function rule:probability(probability, seed) end
function rule:where(predicate) end   ---predicate(request) -> boolean
---@param conditions Match
function rule:match(conditions) end
function rule:page(number) end       ---downloads: batch number within one sync's download, from 1
function rule:batch(number) end      ---the same for uploads
function rule:attempt(number) end
function rule:replays() end          ---uploads whose cache id was seen before
-- the answer instead of the back end's (before it, unless store() was said before)
function rule:opstatus(code, errmsg) end      ---{opstatus, errmsg}
function rule:status(code, headers, body) end ---this HTTP status
---What the function makes of the request: it returns the body (a table, sent as JSON, or a text), the HTTP status (200) and headers.
---For what an app asks besides its sync, a login say (mockserver/README.md has one whole); and everywhere else.
---@param make fun(request: Request): table|string, integer|nil, table<string, string|number>|nil
function rule:answer(make) end
function rule:busy(retry_after, code) end     ---503, or `code`, with Retry-After
function rule:too_many(retry_after) end       ---429 with Retry-After
function rule:redirect(location, code) end    ---302, or `code`; without a location to itself: a loop
function rule:body(text, content_type) end    ---this text, whatever bytes it has
function rule:empty() end                     ---200 without a body
function rule:deep(levels) end                ---JSON nested so deep, at most 10,000,000 levels
function rule:huge(megabytes) end             ---JSON so large, made on the way, at most 1,000,000 MB
---Bytes that mean nothing (the same ones for each seed; at most 100,000,000) instead of an HTTP answer, or as the "body" of one.
---@param where? "body"
---@param seed? integer
function rule:garbage(bytes, where, seed) end
-- the connection
function rule:hang() end             ---never answer; the connection stays open until the client closes it or the world ends
function rule:close() end            ---close without an answer; in a scenario immediate repetitions of the same request too, until the sync ends
function rule:close_unread() end     ---the same before the body is read: conditions see the head alone
function rule:reset() end            ---the same with a reset (RST)
-- how the answer travels, the back end's or another
function rule:truncate(bytes) end    ---the right Content-Length and only so many bytes of the body, then close
---@param how? "reset"
function rule:cut(bytes, how) end    ---only so many bytes of the whole answer, then close, or reset
function rule:wrong_length(difference) end ---Content-Length says so much more (or less) than there is
function rule:trickle(bytes, pause_ms) end ---so many bytes (1) at one time, with a pause (1 ms, at most as in linger()) in between
function rule:twice() end            ---two answers to one request
function rule:header(name, value) end
function rule:content_type(value) end
function rule:charset(name) end      ---claims that it is written in this one
function rule:claim_encoding(name) end ---Content-Encoding says gzip, or `name`; it is not
function rule:gzip() end             ---the answer travels as gzip, to clients that take it; the journal shows it plain
-- edits of the back end's answer, in the order in which they are said; `object`, by itself or by its name: of its records
-- alone, nested ones too
function rule:edit(change) end       ---change(answer, request): edit the decoded answer in place, or return a new one
function rule:post_process(change) end ---the same, the name that Foundry uses
function rule:without(column, object) end  ---drop a column from every record: a partial record
function rule:null_column(column, object) end
function rule:rename_column(column, name, object) end
---@param kind "string"|"number"|"boolean"|"object"|"array"
function rule:retype_column(column, kind, object) end
function rule:drop_record(place, object) end   ---of each list the record at this place; without a place all
function rule:double_record(place, object) end
function rule:add_record(record, object) end
function rule:reverse_records(object) end
function rule:lose(member, object) end         ---of each record's _metadata: "rowId", "checksum", "action"
function rule:lose_row_id(object) end
---@param object Object
function rule:lose_key(object) end             ---the key columns of this object
-- pages
function rule:more_records(value) end  ---hasMoreRecords as given: true, "true", 1; nothing takes it away
function rule:ends_early() end         ---says that there is no more
function rule:always_more(limit) end   ---the same context again and again, at most `limit` times (50)
function rule:endless(limit) end       ---a new context again and again, with the same records
function rule:empty_pages(limit) end   ---the same without records
-- records of an upload
function rule:reject(which) end      ---{where = {Name="x"} | function(record), opstatus = 20006, errmsg = "…"}: the back end refuses these
function rule:intermediate_error(message) end ---a text, or a table that is answered as it is (object or list)
function rule:flat() end             ---nested records are answered in one list for each object
-- when (before the back end unless store() was said before)
function rule:store() end            ---the back end does its work and the upload cache keeps the answer; what follows happens to the answer
function rule:hold(gate_name) end    ---wait for the gate, then go on
function rule:delay(duration) end    ---wait until the virtual clock has moved on so far: "90s"
function rule:linger(ms) end         ---a real wait before the answer, at most 100 ms: may hide a fault, never makes one (foundry-mock: at most 10 min)
-- telling (any number)
function rule:at(point, action) end  ---point "arrived"|"stored"|"first_byte"|"answered": run action(request) there
function rule:arrived() end          ---for kill_at: the point of this rule
function rule:stored() end
function rule:first_byte() end
function rule:answered() end
function rule:fired() end            ---@return integer how often so far
function rule:matched() end          ---@return integer requests that met its conditions
function rule:lift() end             ---take the rule away
function rule:optional() end         ---it is no error when it never fires

---@class Request   an entry of the journal
---@field seq integer          order of arrival in the world; `ended` counts on the same scale
---@field ended integer|nil    when the last byte of its answer was handed over or its connection closed
---@field kind "upload"|"download"|"metadata"|"document"|"crud"|"other"
---@field service string|nil
---@field level "service"|"object"|nil
---@field object string|nil
---@field method string
---@field path string
---@field query table<string,string>      decoded
---@field headers table<string,string>    names in lower case
---@field body table|nil                  decoded, nil when it is no JSON
---@field body_text string
---@field records table[]                 uploads: the records, nested ones flattened in order
---@field cache_id string|nil
---@field replayed boolean                its cache id was seen before
---@field executed boolean                the back end did its work
---@field status integer|nil
---@field answer table|nil
---@field answer_text string|nil
---@field fault string|nil                description of the rule that was applied
---@field findings string[]               what was wrong with it by the wire rules
---@field after_close boolean
---@field batch integer|nil               batch number in its direction
---@field attempt integer                 1, and one more each time the same request comes again after a failure
---@field wire {ended_by: "answered"|"cut"|"closed"|"reset"|"gone", sent: integer, generated?: integer, unread?: boolean}|nil

---@class Requests   a list of Request
local requests = {}
function requests:count(number) end  ---a condition for t.wait when a number is given, else how many
function requests:where(predicate) end ---@return Requests

---@class App
local app = {}
---Set up and demand that it works. Returns the app. So do the calls below that give no Result: where the
---port fails in one, the scenario ends there, judged under that call's own requirement.
---@return App
function app:setup(options) end
function app:incremental_setup(options) end ---@return App
function app:reset(options) end       ---@return App  the tables are empty, their structure stays
function app:drop(options) end        ---@return App  the tables are gone: set up again before the next call
function app:try_setup(options) end   ---@return Result
---Local calls that must work. `create` returns the created record, which serves as key below.
function app:create(object_name, record, options) end
function app:update(object_name, record_or_key, changes, options) end
function app:delete(object_name, record_or_key, options) end
function app:get(object_name, options) end       ---@return Rows   what the API's get answers
function app:pending(object_name) end            ---@return table[]  keys of the rows with tracked edits
---Deferred edits (markForUpload=false) are to go with the next sync; of one row, or of the whole object.
function app:mark(object_name, record_or_key) end
---Undo at application level what is not uploaded yet.
function app:rollback() end
---The edits of a row are nobody's promise any more: a download without reconciliation is about to overrule them.
function app:give_up(object_name, record_or_key) end
function app:rows(object_name) end               ---@return Rows   a snapshot: what an app would read
---Any call of the protocol that may fail: `app:attempt("update", {object="Employee", record={…}})`
---@return Result
function app:attempt(method, params) end
---Sync the application, and wait for its end.
---`options` default to {}; foundry.null passes null. `how.raw`: text of options that are no JSON object;
---`how.absent`: no options at all; `how.callbacks`: default success, failure, and progress where claimed.
---@param options? table
---@param how? {callbacks?: string[], raw?: string, absent?: boolean}
---@return Result
function app:sync(options, how) end
---@return Sync  running
function app:start(options, how) end
---A scope with the same sync and start, at service or object level.
---@return Scope
function app:service(name) end
---@return Scope
function app:object(name) end
function app:restart() end            ---close the SDK and open it over the same storage, setup included
function app:close() end
function app:kill() end               ---SIGKILL (needs kill)
function app:kill_at(rule_point) end  ---when that point is reached; `t.wait(function() return not app:alive() end)` follows
function app:alive() end
function app:revive() end             ---start the process again over the same storage, setup included
function app:set_claims_token(params) end
function app:set_network(online) end

---@class Scope
local scope = {}
function scope:sync(options, how) end ---@return Result
function scope:start(options, how) end ---@return Sync
function scope:cancel() end           ---@return Sync  whose wait() gives cancelSync's own outcome
function scope:rollback(record_or_key) end ---of the scope; at object level of one row, when it is given
function scope:clear() end            ---clearOfflineData

---@class Sync
local sync = {}
function sync:wait() end              ---@return Result
function sync:ended() end             ---@return boolean
function sync:events() end            ---@return table[]  progress payloads so far

---@class Result
---@field outcome "success"|"failure"|"refused"|"aborted"  aborted: its process or instance went away first
---@field payload table
---@field progress table[]   payloads of the progress events before the end, in order
---@field ends integer       how many ends came
---@field code integer|nil
local result = {}
function result:service(name) end     ---payload of one service, wherever the API puts it: payload, "success"|"failure"|nil
function result:successes() end       ---map of successResponse
function result:failures() end        ---map of failureResponse
function result:sync_errors() end     ---flat list of the syncErrors entries of the whole result, each with `direction` and `service`
function result:of(service) end       ---@return Result  one service's end; outcome "missing" when the payload does not name it
function result:stats(service) end    ---@return table|nil  syncStats of a service, or of the call itself
function result:user_info() end       ---@return table
function result:message() end         ---@return string|nil
function result:describe() end        ---@return string  for messages

---@class Expectation
local expectation = {}
function expectation:equals(value) end      ---rows: as many, each matched in the columns that `value` names, by datatype, any order; else deep equality
function expectation:differs_from(value) end
function expectation:is_true(message) end
function expectation:is_false(message) end
function expectation:is_nil() end
---`predicate(value)` holds; `what` says it in words.
function expectation:satisfies(predicate, what) end
function expectation:count(number) end
---@return any  the element at this place of a list: `t.expect(organization:uploads()):at(1).cache_id`; where there is none the check fails
function expectation:at(place) end
function expectation:contains(value) end     ---an element, a member or a part of a text
function expectation:succeeds() end          ---a Result
function expectation:fails() end
---A code, a list of codes, or a class: "timeout" "refused" "host" "tls" "broken" "network" "not_json"
---"server" "http" "replay" "options" "cancelled" "running" "not_set_up" "identity" (prelude/codes.lua).
---Application level: the call's own code fits, or the code of every service that failed.
function expectation:fails_with(code_or_class) end
function expectation:refused_or_fails(code) end ---API-10, API-12: failure callback or refusal at the call
function expectation:has_ids(numbers) end    ---Requests: cache ids numbered in the order of first sight, 0 = none
function expectation:has_sizes(numbers) end  ---Requests: records in each upload
function expectation:in_order(...) end       ---Requests: all of the first list before all of the second
function expectation:disjoint() end          ---list of Requests: their intervals do not overlap
function expectation:one_of(named) end       ---{documented = value | function(actual), web = …}; the outcome's name is reported
function expectation:sends_nothing() end     ---a function: running it causes no upload or download
