-- syncErrors: the records that failed (CBK-05), and how a sync ends that had some (CBK-06).
local company = require "lib.company"
local options = require "lib.options"

local upload_only = { syncType = "uploadOnly" }
local refusal = { where = { Name = "Bad" }, opstatus = 20006, errmsg = "the back end does not want this one" }

---The direction of an entry; in the flat list that a java or objc failure may have, keys tell an upload.
local function direction_of(entry)
  return entry.direction or (entry.primaryKeys and "upload" or "download")
end

---The entries of one direction.
local function entries(result, direction)
  local list = {}
  for _, entry in ipairs(result:sync_errors()) do
    if direction_of(entry) == direction then list[#list + 1] = entry end
  end
  return list
end

local function expect_upload_entry(t, entry)
  t.expect(entry.objectService):equals("Organization")
  t.expect(entry.object):equals("Employee")
  t.expect(tonumber(entry.opstatus)):equals(20006)
  t.expect(tostring(entry.errmsg)):contains("does not want this one")
  t.expect(type(entry.primaryKeys)):equals("table")
end

scenario "a rejected record is listed in syncErrors with service, object, keys, opstatus and message" {
  covers = { "CBK-05" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local organization, employees = company.organization(t)
    local bad = employees:insert { Name = "Bad" }
    employees:insert { Name = "Good" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Employee", { EmpId = bad.EmpId }, { Salary = 1 })
    app:create("Employee", { Name = "Grace" })

    -- By its key: an update need not carry a column that did not change.
    organization:on_upload():reject { where = { EmpId = bad.EmpId }, opstatus = refusal.opstatus, errmsg = refusal.errmsg }
    local result = app:service("Organization"):sync(upload_only)
    t.expect(result):succeeds()
    local errors = entries(result, "upload")
    t.expect(#errors):equals(1)
    expect_upload_entry(t, errors[1] or {})
    t.expect(tonumber(errors[1].primaryKeys.EmpId)):equals(bad.EmpId)
    t.expect(#entries(result, "download")):equals(0)
  end,
}

scenario "the success of a service has its syncErrors in the arrays upload and download" {
  covers = { "CBK-05" },
  needs = { "localCrud", "serviceLevel" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Good" })
    app:create("Employee", { Name = "Bad" })
    organization:on_upload():reject(refusal)
    local result = app:service("Organization"):sync(upload_only)
    t.expect(result):succeeds()
    local errors = result.payload.syncErrors or {}
    t.expect(type(errors.upload)):equals("table")
    t.expect(#(errors.upload or {})):equals(1)
    t.expect(#(errors.download or {})):equals(0)
  end,
}

scenario "in an application sync the rejected record is listed under its own service" {
  covers = { "CBK-05" },
  needs = { "localCrud" },
  run = function(t)
    local organization = company.organization(t)
    company.sales(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Good" })
    app:create("Employee", { Name = "Bad" })
    app:create("Note", { Id = "n1", Text = "fine" })
    organization:on_upload():reject(refusal)
    local result = app:sync {
      objectServicesOptions = { Organization = upload_only, Sales = upload_only },
    }
    t.expect(result):succeeds()
    local errors = entries(result, "upload")
    t.expect(#errors):equals(1)
    expect_upload_entry(t, errors[1] or {})
    t.expect(#result:of("Sales"):sync_errors()):equals(0)
  end,
}

scenario "every rejected record of several batches is listed" {
  covers = { "CBK-05" },
  needs = { "localCrud" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    for i = 1, 3 do
      app:create("Employee", { Name = "Good " .. i })
      app:create("Employee", { Name = "Bad", Salary = i })
    end
    organization:on_upload():reject(refusal)
    local result = app:sync(options.organization { syncType = "uploadOnly", uploadBatchSize = 2 })
    t.expect(result):succeeds()
    t.expect(#entries(result, "upload")):equals(3)
    for _, entry in ipairs(entries(result, "upload")) do expect_upload_entry(t, entry) end
  end,
}

scenario "an object whose download failed is listed in syncErrors without keys, and its sister is stored" {
  covers = { "CBK-05", "DNL-09" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t)
    employees:insert { Name = "Ada" }
    notes:insert { Id = "n1", Text = "one" }
    organization:on_download():once():edit(function(answer)
      for _, object in ipairs(answer.Objects) do
        if object.name == "Employee" then
          object.opstatus, object.errmsg, object.records = 20007, "the table is locked", nil
        end
      end
    end)
    local app = t:app():setup()
    local result = app:sync()
    local errors = entries(result, "download")
    t.expect(#errors, "DNL-09"):equals(1)
    local entry = errors[1] or {}
    t.expect(entry.objectService):equals("Organization")
    t.expect(entry.object):equals("Employee")
    t.expect(tonumber(entry.opstatus)):equals(20007)
    t.expect(type(entry.errmsg)):equals("string")
    t.expect(entry.primaryKeys):is_nil()
    t.expect(app:rows("Note"), "DNL-09"):equals { { Id = "n1", Text = "one" } }
  end,
}

scenario "a sync in which no record failed has no syncErrors" {
  covers = { "CBK-05" },
  needs = { "localCrud" },
  run = function(t)
    company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Good" })
    local result = app:sync()
    t.expect(result):succeeds()
    t.expect(#result:sync_errors()):equals(0)
  end,
}

scenario "an uploadOnly sync in which some records failed is a success with syncErrors" {
  covers = { "CBK-06" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Good" })
    app:create("Employee", { Name = "Bad" })
    organization:on_upload():reject(refusal)
    local result = app:sync(options.organization(upload_only))
    t.expect(result):succeeds()
    t.expect(#entries(result, "upload")):equals(1)
    t.expect(employees:rows()):equals { { Name = "Good" } }
  end,
}

scenario "an uploadOnly sync in which all records failed, and the server said so, is a failure with syncErrors" {
  covers = { "CBK-06" },
  needs = { "localCrud" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Bad", Salary = 1 })
    app:create("Employee", { Name = "Bad", Salary = 2 })
    organization:on_upload():reject(refusal)
    local result = app:sync(options.organization(upload_only))
    t.expect(result):fails()
    t.expect(#entries(result, "upload")):equals(2)
    for _, entry in ipairs(entries(result, "upload")) do expect_upload_entry(t, entry) end
    t.expect(#app:pending("Employee")):equals(2)
  end,
}

---Either end is right, as long as the records are listed.
local function expect_either_end(t, result, failed)
  t.expect({ outcome = result.outcome, listed = #entries(result, "upload") }):one_of {
    success = function(seen) return seen.outcome == "success" and seen.listed == failed end,
    failure = function(seen) return seen.outcome == "failure" and seen.listed == failed end,
  }
end

scenario "an uploadOnly sync in which all records failed under opstatus 0 ends either way, with syncErrors" {
  covers = { "CBK-06" },
  needs = { "localCrud" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Bad", Salary = 1 })
    app:create("Employee", { Name = "Bad", Salary = 2 })
    organization:on_upload():reject(refusal):edit(function(answer) answer.opstatus = 0 end)
    expect_either_end(t, app:sync(options.organization(upload_only)), 2)
  end,
}

scenario "a full sync in which all records failed beside a good download ends either way, with syncErrors" {
  covers = { "CBK-06" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    app:create("Employee", { Name = "Bad" })
    organization:on_upload():reject(refusal)
    expect_either_end(t, app:sync(), 1)
    t.expect(#app:pending("Employee")):equals(1)
  end,
}
