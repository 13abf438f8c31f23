-- syncStats: they come, and they count what the server saw (CBK-07). Who gets them is options/sync_stats.lua.
local company = require "lib.company"
local counts = require "lib.counts"
local options = require "lib.options"

scenario "stats that were asked for come with the success of each service" {
  covers = { "CBK-07" },
  run = function(t)
    local _, employees = company.organization(t)
    company.sales(t)
    employees:insert { Name = "Ada" }
    local wish = { getSyncStats = "true" }
    local result = t:app():setup():sync { objectServicesOptions = { Organization = wish, Sales = wish } }
    t.expect(result):succeeds()
    for _, name in ipairs { "Organization", "Sales" } do
      t.expect(type(result:stats(name))):equals("table")
    end
  end,
}

scenario "stats come at service and at object level" {
  covers = { "CBK-07" },
  needs = { "objectLevel", "serviceLevel" },
  run = function(t)
    company.organization(t)
    local app = t:app():setup()
    for _, scope in ipairs { app:service("Organization"), app:object("Employee") } do
      local result = scope:sync { getSyncStats = true }
      t.expect(result):succeeds()
      t.expect(type(result:stats())):equals("table")
    end
  end,
}

---The nth batch's number and count, in a list of batches.
local function expect_batches(t, batches, list)
  t.expect(#(batches or {})):equals(#list)
  for i, batch in ipairs(batches or {}) do
    t.expect(tonumber(batch.batchNumber)):equals(i)
    t.expect(tonumber(batch.numberOfRecords)):equals(list[i])
  end
end

---All the known keys are there, and the counts are the journal's.
local function expect_stats(t, stats, service)
  t.expect(stats.objectServiceName or stats.name):equals(service.name)
  for _, key in ipairs { "startTime", "syncElapsedTime", "numberOfRecordsSynced" } do
    t.expect(stats[key]):differs_from(nil)
  end
  local received = counts.each(service:downloads(), counts.received)
  t.expect(tonumber(stats.totalUploadedRecords)):equals(counts.total(counts.each(service:uploads(), counts.accepted)))
  t.expect(tonumber(stats.totalDownloadedRecords)):equals(counts.total(received))
  expect_batches(t, stats.uploadStats, counts.each(service:uploads(), function(upload) return #upload.records end))
  expect_batches(t, stats.downloadStats, received)
end

scenario "stats count the batches and records that the server saw" {
  covers = { "CBK-07/counts" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 5)
    local app = t:app():setup()
    options.edits(app, 3)
    local result = app:service("Organization"):sync { getSyncStats = "true", uploadBatchSize = 2, downloadBatchSize = 3 }
    t.expect(result):succeeds()
    expect_stats(t, result:stats() or {}, organization)
  end,
}

scenario "stats of two services in parallel count each its own" {
  covers = { "CBK-07/counts" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local sales = company.sales(t)
    company.hire(employees, 4)
    local app = t:app():setup()
    app:create("Note", { Id = "n1", Text = "one" })
    app:create("Note", { Id = "n2", Text = "two" })
    local barrier = t.server:barrier({ organization, sales }, "download")
    local result = app:sync {
      syncMode = "parallel",
      objectServicesOptions = {
        Organization = { getSyncStats = "true", downloadBatchSize = 2 },
        Sales = { getSyncStats = "true", uploadBatchSize = 1 },
      },
    }
    t.expect(barrier:released()):is_true("the services met at the server")
    t.expect(result):succeeds()
    for _, service in ipairs { organization, sales } do
      expect_stats(t, result:stats(service.name) or {}, service)
    end
  end,
}
