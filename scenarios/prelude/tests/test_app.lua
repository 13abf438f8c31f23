-- The app over the calls of the testee protocol, and the course of a scenario.
local tests = {}

local function a_test(definition)
  definition = definition or { covers = { "API-01" } }
  server:add_metadata()
  return require("prelude.test").new(definition)
end

---From now on each startSync ends at once as `how`.
local function end_syncs(how, payload)
  runner.answers.startSync = function(params)
    runner.arrive { sync = params.sync, kind = "progress", payload = { phase = "Sync", state = "Started" } }
    runner.arrive { sync = params.sync, kind = how, payload = payload or {} }
    return { started = true }
  end
end

local function last_params(method)
  for i = #runner.calls, 1, -1 do
    if runner.calls[i].method == method then return runner.calls[i].params end
  end
end

tests["an app opens at its first call, over a fresh storage"] = function(case)
  local app = a_test():app()
  case.equal(runner.methods(), "")
  app:setup()
  case.equal(runner.methods(), "open setup")
  local open = last_params("open")
  case.equal(open.fresh, true)
  case.equal(open.storage, "/storage/app1")
  case.equal(open.serviceUrl, "http://mock/w/1")
  case.equal(open.claimsToken, "conformance-token")
  case.equal(open.networkTimeoutMs, 20000)
end

tests["time-outs and tokens are the scenario's"] = function(case)
  a_test({ covers = { "API-01" }, timeout = 100 }):app({ claims_token = false }):setup()
  case.equal(last_params("open").networkTimeoutMs, 2000, "never below what the port takes")
  case.equal(last_params("open").claimsToken, require("foundry").null)
end

tests["restart finds the storage again"] = function(case)
  local app = a_test():app():setup { treatBooleanFieldValuesAsNumeric = false }
  app:restart()
  case.equal(runner.methods(), "open setup close open setup")
  case.equal(last_params("open").fresh, false)
  case.equal(last_params("setup").options.treatBooleanFieldValuesAsNumeric, false)
end

tests["apps used in turn give way to each other and come back set up"] = function(case)
  local t = a_test()
  local one, two = t:app { name = "first one" }:setup(), t:app { name = "two" }:setup()
  one:rows("Employee")
  case.equal(runner.methods(), "open setup close open setup close open setup snapshot")
  case.equal(last_params("open").storage, "/storage/first-one")
  case.equal(two.ready, true)
end

tests["sync passes options on and reads its end"] = function(case)
  local app = a_test():app():setup()
  end_syncs("success", { successResponse = {} })
  local result = app:sync { syncMode = "sequential" }
  case.equal(result.outcome, "success")
  case.equal(result.ends, 1)
  case.equal(#result.progress, 1)
  local params = last_params("startSync")
  case.equal(params.sync, "s1")
  case.equal(params.level, "application")
  case.equal(params.target, nil)
  case.equal(params.options.syncMode, "sequential")
  case.equal(table.concat(params.callbacks, " "), "success failure progress")
end

tests["a port without progress gets no progress callback unless it is asked for"] = function(case)
  runner.hello.capabilities = {}
  local app = a_test():app():setup()
  end_syncs("success")
  app:sync()
  case.equal(table.concat(last_params("startSync").callbacks, " "), "success failure")
  app:sync({}, { callbacks = { "success" } })
  case.equal(table.concat(last_params("startSync").callbacks, " "), "success")
end

tests["options can be raw, absent or null"] = function(case)
  local app = a_test():app():setup()
  end_syncs("success")
  app:sync(nil, { raw = "[" })
  case.equal(last_params("startSync").optionsRaw, "[")
  case.equal(last_params("startSync").options, nil)
  app:sync(nil, { absent = true })
  case.equal(last_params("startSync").options, nil)
  app:sync(require("foundry").null)
  case.equal(last_params("startSync").options, require("foundry").null)
  app:sync()
  case.equal(next(last_params("startSync").options), nil)
end

tests["a refusal is an end"] = function(case)
  local app = a_test():app():setup()
  runner.answers.startSync = function() return { refused = true, payload = { code = 2482 } } end
  local result = app:service("Org"):sync()
  case.equal(result.outcome, "refused")
  case.equal(result.ends, 1)
  case.equal(result.code, 2482)
  case.equal(last_params("startSync").level .. " " .. last_params("startSync").target, "objectService Org")
end

tests["cancel has an end of its own"] = function(case)
  local app = a_test():app():setup()
  local running = app:object("Employee"):start()
  local cancel = app:object("Employee"):cancel()
  case.equal(running:ended(), false)
  runner.arrive { cancel = "c1", kind = "success", payload = {} }
  runner.arrive { sync = "s1", kind = "failure", payload = { code = 2478 } }
  case.equal(cancel:wait().outcome, "success")
  case.equal(running:wait().code, 2478)
end

tests["what arrives after a kill is of the killed app, until the next one opens"] = function(case)
  local t = a_test()
  local one, two = t:app { name = "one" }:setup(), t:app { name = "two" }
  local within = require("prelude.journal").within
  one:kill()
  local late = runner.now()
  two:setup()
  local later = runner.now()
  case.ok(within(late, one.ranges), "a request that was under way")
  case.ok(not within(later, one.ranges), "one of the other app's")
  case.ok(within(later, two.ranges))
end

tests["a kill ends the wait without an end"] = function(case)
  local app = a_test():app():setup()
  local running = app:start()
  local struck
  app:kill_at { at = function(_, action) struck = action end }
  case.equal(running:ended(), false)
  struck()
  case.equal(running:wait().outcome, "aborted")
  case.equal(app:alive(), false)
  app:revive()
  case.equal(last_params("open").fresh, false)
end

tests["a process that does not end where it was to end fails the scenario"] = function(case)
  local app = a_test():app():setup()
  app:kill_at { at = function() end }
  case.equal(pcall(app.revive, app), false)
  case.equal(runner.checked[1].ok, false)
  case.equal(runner.checked[1].message, "the point at which the process was to end was never reached")
end

tests["a created row is followed from its temporary key to the generated one"] = function(case)
  local app = a_test():app():setup()
  runner.answers.create = function() return { outcome = "success", payload = { EmpId = -1, Name = "Ada" } } end
  local ada = app:create("Employee", { Name = "Ada" })
  local local_rows = { { EmpId = -1, Name = "Ada" } }
  runner.answers.snapshot = function() return { objects = { Employee = local_rows } } end

  app:update("Employee", ada, { Name = "A" })
  case.equal(last_params("update").options.primaryKeys.EmpId, -1)
  server:add_upload({ { EmpId = -1, Name = "A" } }, { [-1] = 101 })
  app:update("Employee", ada, { Name = "B" })
  case.equal(last_params("update").options.primaryKeys.EmpId, -1, "the answer did not reach the app")
  local_rows[1].EmpId = 101
  app:update("Employee", ada, { Name = "C" })
  case.equal(last_params("update").options.primaryKeys.EmpId, 101)
  app:delete("Employee", 101)
  case.equal(#app.model:judged(), 1, "one row, whatever its key")
  case.equal(app.model:judged()[1].action, "delete")
end

tests["an edit under the generated key is one of the row that was created here"] = function(case)
  local app = a_test():app():setup()
  runner.answers.create = function() return { outcome = "success", payload = { EmpId = -1, Name = "Ada" } } end
  app:create("Employee", { Name = "Ada" })
  server:add_upload({ { EmpId = -1, Name = "Ada" } }, { [-1] = 101 })
  app:update("Employee", { EmpId = 101 }, { Name = "B" })
  case.equal(#app.model:judged(), 1)
  case.equal(app.model:judged()[1].values.Name, "B")
end

tests["edits that fail, and edits by condition, are no promise"] = function(case)
  local app = a_test():app():setup()
  runner.answers.update = function() return { outcome = "failure", payload = { code = 2301 } } end
  case.equal(app:attempt("update", { object = "Note", record = { Text = "x" }, options = { primaryKeys = { Id = "1" } } }).code, 2301)
  case.equal(#app.model:judged(), 0)
  runner.answers.update = function() return { outcome = "success", payload = {} } end
  app:attempt("update", { object = "Note", record = { Text = "x" }, options = { whereCondition = { Text = "y" } } })
  case.equal(#app.model:judged(), 0)
  case.ok(app.model.left_out.Note)
end

tests["a delete that cascades leaves the children out"] = function(case)
  local app = a_test():app():setup()
  app:create("Child", { Id = "c" })
  app:delete("Note", "n")
  case.equal(#app.model:judged(), 1)
  case.equal(last_params("delete").options.primaryKeys.Id, "n")
end

tests["rollback and clear forget the edits of their scope"] = function(case)
  local app = a_test():app():setup()
  app:create("Child", { Id = "c" })
  app:create("Note", { Id = "n" })
  app:create("Note", { Id = "m" })
  app:object("Note"):rollback("n")
  case.equal(last_params("rollback").level, "record")
  case.equal(#app.model:judged(), 2)
  app:object("Note"):clear()
  case.equal(#app.model:judged(), 1)
  app:service("Sales"):rollback()
  case.equal(#app.model:judged(), 1, "of another service")
  app:service("Organization"):rollback()
  case.equal(#app.model:judged(), 0)
end

tests["a prerequisite that fails is judged under its own requirement"] = function(case)
  runner.answers.setup = function() return { outcome = "failure", payload = { code = 2332 } } end
  local app = a_test():app()
  local check = case.verdict(false, function() pcall(app.setup, app) end)
  case.equal(check.id, "SET-01")
  case.ok(check.actual:find("2332", 1, true))
  case.equal(app:try_setup().code, 2332)
end

tests["a value without a form skips the scenario, or its case alone"] = function(case)
  local t = a_test()
  local app = t:app():setup()
  runner.answers.startSync = function() return nil, { code = -32010, message = "no such value" } end
  local ok, problem = pcall(app.sync, app)
  case.equal(ok, false)
  case.equal(problem, "skipped: no such value")
  t.case("odd", function() app:sync() end)
  case.ok(runner.notes[1]:find("odd", 1, true))
  case.ok(not pcall(t.case, "wrong", function() error("a fault of the script") end))
end

-- ---- the course ----

local function run(body, covers)
  require "prelude.init"
  server:add_metadata()
  scenario "a title" { covers = covers or { "API-01" }, run = body }
  __run(runner.scenarios[#runner.scenarios])
end

tests["a scenario is declared with its place and run with its rules"] = function(case)
  end_syncs("success")
  run(function(t) t.expect(t:app():setup():sync()):succeeds() end)
  local declared = runner.scenarios[1]
  case.equal(declared.title, "a title")
  case.equal(runner.checked[1].ok, true)
  case.equal(runner.checked[1].id, "API-01")
  for _, id in ipairs { "API-03", "API-04", "API-15", "PRG-02" } do case.equal(runner.observed[id].ok, true, id) end
  case.equal(runner.calls[#runner.calls].method, "close")
  case.ok(runner.lifted)
  case.equal(runner.observed["UPL-12"], nil, "nothing was edited")
end

tests["the drain syncs once more and judges the edits"] = function(case)
  end_syncs("success")
  server.objects.Note = {}
  run(function(t) t:app():setup():create("Note", { Id = "n", Text = "x" }) end)
  case.equal(last_params("startSync").sync, "s1")
  case.equal(runner.observed["UPL-12"].ok, false)
  case.ok(runner.observed["UPL-12"].message:find("lost", 1, true))
end

-- What the drain says of LOC-01 when getPendingRecordsForUpload answers so.
local function pending_after_the_drain(answer)
  table.insert(runner.hello.capabilities, "localCrud")
  end_syncs("success")
  server.objects.Note = { { Id = "n", Text = "x" } }
  runner.answers.getPendingRecordsForUpload = function() return answer end
  run(function(t) t:app():setup():create("Note", { Id = "n", Text = "x" }) end)
  return runner.observed["LOC-01"].ok
end

tests["after a drain that ended well nothing is pending any more"] = function(case)
  case.equal(pending_after_the_drain { outcome = "success", payload = { pendingSyncRecords = {} } }, true)
end

tests["a row that is still pending after the drain is told, and ends nothing (R-3)"] = function(case)
  case.equal(pending_after_the_drain { outcome = "success", payload = { pendingSyncRecords = { { Id = "n" } } } }, false)
  case.equal(#runner.checked, 0)
end

tests["a pending list that cannot be read after the drain is told, and ends nothing (R-3)"] = function(case)
  case.equal(pending_after_the_drain { outcome = "failure", payload = { code = 1 } }, false)
  case.equal(#runner.checked, 0)
end

tests["the drain holds when the server has the edit"] = function(case)
  end_syncs("success")
  server.objects.Note = { { Id = "n", Text = "x" } }
  run(function(t) t:app():setup():create("Note", { Id = "n", Text = "x" }) end)
  case.equal(runner.observed["UPL-12"].ok, true)
end

tests["a run that a check ended is judged by what was seen"] = function(case)
  runner.answers.startSync = function(params)
    runner.arrive { sync = params.sync, kind = "success", payload = {} }
    runner.arrive { sync = params.sync, kind = "failure", payload = {} }
    return { started = true }
  end
  runner.check = function() error("the scenario is over", 0) end
  case.ok(not pcall(run, function(t) t.expect(t:app():setup():sync()):succeeds() end))
  case.equal(runner.observed["API-03"], nil)
  local calls = #runner.calls
  __judge()
  case.equal(runner.observed["API-03"].ok, false)
  case.equal(runner.observed["API-04"].ok, true)
  case.equal(#runner.calls, calls, "the testee is left alone")
end

tests["time-outs are answers for a port whose own are long, save in the scenario that says so"] = function(case)
  runner.hello.limits = { fixedNetworkTimeoutMs = 60000 }
  local test = a_test()
  case.equal(server.hangs_as, 504)
  case.ok(select(2, require("prelude.codes").wanted("timeout")):find("2038", 1, true))
  test:app():setup()
  case.equal(last_params("open").networkTimeoutMs, 60000)
end

tests["one scenario has a real time-out, whatever the port"] = function(case)
  runner.hello.limits = { minNetworkTimeoutMs = 60000 }
  a_test { covers = { "API-01" }, tags = { "hang", "real-timeout" } }
  case.equal(server.hangs_as, nil)
end

tests["time-outs are time-outs for a port whose own are short"] = function(case)
  a_test()
  case.equal(server.hangs_as, nil)
  case.equal(select(2, require("prelude.codes").wanted("timeout")), "timeout (2031 or 2032)")
end

tests["requests of a setup that ended are no repetitions, unless a sync runs"] = function(case)
  local app = a_test():app():setup()
  case.equal(server.ends, 1)
  app:start() -- its end does not come
  app:attempt("incrementalSetup")
  case.equal(server.ends, 1)
end

tests["the drain is left out with a reason"] = function(case)
  run(function(t)
    t:app():setup():create("Note", { Id = "n" })
    t.no_drain("the port is gone for good")
  end)
  case.equal(runner.observed["UPL-12"], nil)
  case.ok(runner.notes[1]:find("gone for good", 1, true))
  case.equal(last_params("startSync"), nil)
end

tests["syncs left running have to end before the drain"] = function(case)
  local ok, problem = pcall(run, function(t) t:app():setup():start() end)
  case.equal(ok, false)
  case.ok(problem:find("the end of sync s1", 1, true), problem)
end

tests["what breaks a rule is observed and ends nothing"] = function(case)
  end_syncs("success")
  run(function(t)
    t:app():setup():sync()
    runner.arrive { sync = "s1", kind = "failure", payload = {} }
    server:add { kind = "download" }
  end)
  case.equal(runner.observed["API-03"].ok, false)
  case.equal(runner.observed["API-04"].ok, false)
end

tests["findings of the mock are told once"] = function(case)
  run(function()
    server:add { kind = "other", findings = { "W-5: no method" } }
    server:add { kind = "other", findings = { "W-5: no method" } }
  end)
  case.equal(#runner.notes, 1)
end

tests["a script's error goes on to the runner"] = function(case)
  local ok, problem = pcall(run, function() error("a fault of the script") end)
  case.equal(ok, false)
  case.ok(tostring(problem):find("a fault of the script", 1, true))
end

tests["a t.expect without a check behind it is told, with its line"] = function(case)
  local script = "local t = ...\nt.expect(1):equals(1)\nt.expect(t)\nt.expect(2)\n"
  local ok, problem = pcall(run, assert(load(script, "@cache/replay.lua")))
  case.equal(ok, false)
  case.equal(problem, "cache/replay.lua:3: t.expect(…) without a check behind it proves nothing")
end

tests["an option that there is not is told, with those that there are"] = function(case)
  local ok, problem = pcall(function() a_test():app { nme = "one" } end)
  case.equal(ok, false)
  case.equal(problem, "t:app(): there is no option nme; there are claims_token, edit_document, name, timeout")
  local app = a_test():app():setup()
  ok, problem = pcall(app.start, app, {}, { callback = { "success" } })
  case.equal(ok, false)
  case.equal(problem, "sync(options, how): there is no option callback; there are absent, callbacks, raw")
end

tests["a check knows the author's line"] = function(case)
  local place = require "prelude.place"
  case.equal(place.split("cache/replay.lua:17"), "cache/replay.lua")
  case.equal(select(2, place.split("cache/replay.lua:17")), 17)
  local chunk = assert(load("local expectation = ...\nexpectation.new(1, 'API-01'):equals(2)\nreturn 1", "@cache/replay.lua"))
  runner.checked = {}
  chunk(require "prelude.expectation")
  case.equal(runner.checked[1].where, "cache/replay.lua:2")
end

return tests
