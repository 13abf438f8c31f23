-- How a startSync ends: once, in one way, with nothing after it (API-03, API-04, API-11, API-12, API-15).
local company = require "lib.company"

scenario "whatever the server does, a sync ends exactly once" {
  covers = { "API-03" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    local grace = app:create("Employee", { Name = "Grace" })

    local faults = {
      function(rule) rule:opstatus(20001, "out of order") end,
      function(rule) rule:status(500) end,
      function(rule) rule:status(503) end,
      function(rule) rule:body("", "application/json") end,
      function(rule) rule:reject { where = { Name = "Grace" }, opstatus = 20006, errmsg = "no" } end,
    }
    local syncs = {}
    for i, fault in ipairs(faults) do
      local rule = organization:on_upload()
      fault(rule)
      syncs[i] = app:start()
      syncs[i]:wait()
      rule:lift()
      app:update("Employee", grace, { Notes = "try " .. i })
    end
    t.expect(app:sync(), "API-07"):succeeds()
    for _, sync in ipairs(syncs) do t.expect(sync:wait().ends):equals(1) end -- whatever came later, too
  end,
}

scenario "an option that cannot be obeyed ends the sync once as well" {
  covers = { "API-03", "OPT-11" },
  run = function(t)
    company.organization(t)
    local app = t:app():setup()
    local result = app:sync { objectServicesOptions = { Organization = { syncType = "sideways" } } }
    t.expect(result.ends):equals(1)
    t.expect(result, "OPT-11"):refused_or_fails()
  end,
}

scenario "a sync does not end while one of its services still works" {
  covers = { "API-04", "SEQ-04" },
  needs = { "editsDuringSync" },
  run = function(t)
    local organization, employees = company.organization(t)
    local sales = company.sales(t)
    company.hire(employees, 4)
    sales:on_download():opstatus(20001, "closed for today")
    organization:on_download():once():hold("slow")

    local app = t:app():setup()
    local running = app:start {
      syncMode = "parallel", objectServicesOptions = { Organization = { downloadBatchSize = 2 } },
    }
    t.gate("slow"):reached()
    t.wait(function()
      local asked = sales:downloads()
      return asked:count() > 0 and asked[1].ended ~= nil
    end, "Sales has answered with an error")
    for _ = 1, 3 do app:rows("Employee") end -- the client has had time to take that in
    t.expect(running:ended()):equals(false)
    t.gate("slow"):open()

    local result = running:wait()
    t.expect(result):fails()
    t.expect(company.end_of(result, "Organization"), "SEQ-04"):equals("success")
    t.expect(function() app:rows("Employee") end):sends_nothing()
    t.expect(app:rows("Employee")):count(4)
  end,
}

scenario "startSync returns before anything is answered, and a callback tells the end" {
  covers = { "API-11" },
  needs = { "editsDuringSync", "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    organization:on_download():once():hold("answer")

    local app = t:app():setup()
    local running = app:start()
    t.gate("answer"):reached()
    t.expect(running:ended()):equals(false)
    t.expect(app:rows("Employee")):equals {}
    t.gate("answer"):open()

    t.expect(running:wait()):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
  end,
}

scenario "startSync returns at once for services and objects, too, while their uploads wait for an answer" {
  covers = { "API-11" },
  needs = { "editsDuringSync", "localCrud", "serviceLevel", "objectLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    local sales, notes = company.sales(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })
    app:create("Note", { Id = "n1", Text = "one" })
    organization:on_upload():once():hold("of the service")
    sales:on_upload():once():hold("of the object")

    local service, object = app:service("Organization"):start(), app:object("Note"):start()
    t.gate("of the service"):reached()
    t.gate("of the object"):reached()
    t.expect({ service:ended(), object:ended() }):equals { false, false }
    app:create("Note", { Id = "n2", Text = "made meanwhile" })
    t.gate("of the object"):open()
    t.expect(object:wait()):succeeds()
    t.expect(service:ended()):equals(false)
    t.gate("of the service"):open()
    t.expect(service:wait()):succeeds()
    t.expect(employees:rows()):equals { { Name = "Grace" } }
    t.expect(notes:rows()):equals { { Id = "n1", Text = "one" } }
  end,
}

scenario "an invalid call ends in an exception or in the failure callback, never in both" {
  covers = { "API-12", "API-03" },
  api = { "java", "objc" },
  needs = { "serviceLevel" },
  run = function(t)
    company.organization(t)
    local app = t:app():setup()
    local invalid = { syncType = "sideways" }
    local calls = {
      app:start { objectServicesOptions = { Organization = invalid } },
      app:service("Organization"):start(invalid),
      app:service("Nowhere"):start {},
    }
    for _, call in ipairs(calls) do t.expect(call:wait()):refused_or_fails() end
    t.expect(app:sync()):succeeds() -- a second end would have come by now
    for _, call in ipairs(calls) do t.expect(call:wait().ends):equals(1) end
  end,
}

scenario "a sync without its success or its failure callback is refused and sends nothing" {
  covers = { "API-10" },
  needs = { "restart" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()

    for _, given in ipairs { "failure", "success", "progress" } do
      local asked = organization:downloads():count()
      local running = app:start({}, { callbacks = { given } })
      -- A port that runs it has no way to tell its end: nobody waits for that, and closing puts an end to it.
      if given == "failure" then
        t.wait(function() return running:ended() or organization:downloads():count() > asked end, "a failure or a request")
      end
      t.expect(running:ended()):is_true("without its other callbacks, " .. given .. " alone is refused, or fails")
      t.expect(organization:downloads():count()):equals(asked)
      if not running.refusal then app:restart() end
    end
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(app:rows("Employee"), "API-07"):equals { { Name = "Ada" } }
  end,
}

scenario "no progress event comes after the end of a sync" {
  covers = { "API-15" },
  needs = { "progress" },
  channel = { "android", "ios", "windows" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.sales(t)
    company.hire(employees, 5)
    local app = t:app():setup()
    local options = { objectServicesOptions = { Organization = { downloadBatchSize = 2 } } }

    local outage = organization:on_download():page(2):status(500)
    for _, expected in ipairs { "failure", "success" } do
      local running = app:start(options)
      local result = running:wait()
      t.expect(result.outcome):equals(expected)
      app:rows("Employee")
      app:rows("Note")
      t.expect(#running:events()):equals(#result.progress)
      outage:lift()
    end
  end,
}
