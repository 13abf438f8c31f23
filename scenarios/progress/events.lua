-- Progress events: their form (PRG-01), their order (PRG-02, PRG-06), how many there are (PRG-07).
local company = require "lib.company"
local options = require "lib.options"
local progress = require "lib.progress"

local with_progress = { callbacks = { "success", "failure", "progress" } }

---A sync of two upload batches and three pages or more.
local function busy_sync(t, scope_of)
  local organization, employees = company.organization(t)
  company.hire(employees, 5)
  local app = t:app():setup()
  options.edits(app, 3)
  local result = scope_of(app):sync({ uploadBatchSize = 2, downloadBatchSize = 3 }, with_progress)
  t.expect(result):succeeds()
  return result, organization
end

local scopes = {
  { name = "a service sync", subject = "Organization", needs = "serviceLevel", of = function(app) return app:service("Organization") end },
  { name = "an object sync", subject = "Employee", needs = "objectLevel", of = function(app) return app:object("Employee") end },
}

for _, scope in ipairs(scopes) do
  scenario("progress events of " .. scope.name .. " have a known phase and state and name " .. scope.subject) {
    covers = { "PRG-01" },
    needs = { "localCrud", "progress", scope.needs },
    channel = { "android", "ios", "windows" },
    run = function(t)
      local result = busy_sync(t, scope.of)
      t.expect(#result.progress > 0):is_true("there are progress events")
      for _, event in ipairs(result.progress) do
        t.expect(progress.flaw(event)):is_nil()
        t.expect(progress.name(event)):equals(scope.subject)
      end
    end,
  }
end

scenario "progress events of an application sync have a known phase and state and the service's name" {
  covers = { "PRG-01" },
  needs = { "localCrud", "progress" },
  channel = { "android", "ios", "windows" },
  run = function(t)
    company.organization(t)
    company.sales(t)
    local app = t:app():setup()
    options.edits(app, 1)
    local result = app:sync({}, with_progress)
    t.expect(result):succeeds()
    for _, event in ipairs(result.progress) do t.expect(progress.flaw(event)):is_nil() end
    for _, name in ipairs { "Organization", "Sales" } do
      local said = 0
      for _, event in ipairs(result.progress) do
        if progress.name(event) == name then said = said + 1 end
      end
      t.expect(said > 0):is_true("there are progress events of " .. name)
    end
  end,
}

scenario "progress of a service sync starts, uploads, downloads and ends, block after block" {
  covers = { "PRG-02" },
  needs = { "localCrud", "progress", "serviceLevel" },
  channel = { "android", "ios", "windows" },
  run = function(t)
    local result = busy_sync(t, scopes[1].of)
    t.expect(progress.disorder(result.progress)):is_nil()
    t.expect(#progress.only(result.progress, "Sync", "Started")):equals(1)
  end,
}

scenario "progress of services that sync in parallel is in order for each of them" {
  covers = { "PRG-02" },
  needs = { "localCrud", "progress" },
  channel = { "android", "ios", "windows" },
  run = function(t)
    local organization, employees = company.organization(t)
    local sales = company.sales(t)
    company.hire(employees, 5)
    local app = t:app():setup()
    options.edits(app, 3)
    app:create("Note", { Id = "n1", Text = "one" })
    local uploads = t.server:barrier({ organization, sales }, "upload")
    local result = app:sync({
      syncMode = "parallel",
      objectServicesOptions = { Organization = { uploadBatchSize = 2, downloadBatchSize = 2 } },
    }, with_progress)
    t.expect(result):succeeds()
    t.expect(uploads:released()):is_true("the services met at the server")
    t.expect(progress.disorder(result.progress)):is_nil()
    for _, name in ipairs { "Organization", "Sales" } do
      t.expect(#progress.only(result.progress, "Sync", "Started", name)):equals(1)
    end
  end,
}

local faults = {
  { name = "its first upload", strike = function(service) service:on_upload():once():status(500):optional() end },
  { name = "its second upload", strike = function(service) service:on_upload():nth(2):status(500):optional() end },
  { name = "its first page", strike = function(service) service:on_download():once():status(500):optional() end },
  { name = "its second page", strike = function(service) service:on_download():page(2):once():opstatus(20007, "down"):optional() end },
}

for _, fault in ipairs(faults) do
  scenario("in a sync that failed at " .. fault.name .. " no progress block ends that was not started, and none ends twice") {
    covers = { "PRG-06", "PRG-02" },
    needs = { "localCrud", "progress", "serviceLevel" },
    channel = { "android", "ios", "windows" },
    run = function(t)
      local organization, employees = company.organization(t)
      company.hire(employees, 5)
      local app = t:app():setup()
      options.edits(app, 3)
      fault.strike(organization)
      local sync = app:service("Organization"):sync({ uploadBatchSize = 2, downloadBatchSize = 2 }, with_progress)
      t.expect(sync):fails()
      t.expect(progress.end_without_start(sync.progress)):is_nil()
      t.expect(#progress.only(sync.progress, "Sync", "Ended") <= 1, "PRG-02"):is_true("Sync Ended at most once")
    end,
  }
end

scenario "progress has one download block for each page" {
  covers = { "PRG-07" },
  needs = { "localCrud", "progress", "serviceLevel" },
  channel = { "android", "ios", "windows" },
  run = function(t)
    local result, organization = busy_sync(t, scopes[1].of)
    t.expect(#progress.only(result.progress, "Download", "Started")):equals(organization:downloads():count())
    t.expect(#progress.only(result.progress, "Download", "Ended")):equals(organization:downloads():count())
  end,
}

for _, case in ipairs { { type = "uploadOnly", absent = "Download" }, { type = "downloadOnly", absent = "Upload" } } do
  scenario(("progress of a sync that is %s knows no %s phase"):format(case.type, case.absent)) {
    covers = { "PRG-07" },
    needs = { "localCrud", "progress", "serviceLevel" },
    channel = { "android", "ios", "windows" },
    run = function(t)
      local _, employees = company.organization(t)
      employees:insert { Name = "Ada" }
      local app = t:app():setup()
      options.edits(app, 1)
      local result = app:service("Organization"):sync({ syncType = case.type }, with_progress)
      t.expect(result):succeeds()
      t.expect(#progress.only(result.progress, case.absent)):equals(0)
    end,
  }
end
