-- The replay of timed-out uploads (UPC-01, UPC-02, UPC-04, UPC-05).
local company = require "lib.company"
local unknown = require "lib.unknown"

---Two uploads are the same request: id, query, and the records with their rowIds and values.
local function same_request(t, replay, original)
  t.expect(replay.cache_id, "UPC-02"):equals(original.cache_id)
  t.expect(replay.query, "UPC-02"):equals(original.query)
  t.expect(replay.records, "UPC-02"):equals(original.records)
  t.expect(replay.path, "UPC-02"):equals(original.path)
end

scenario "each upload of a service with upload cache has an id of its own" {
  covers = { "UPC-01" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    for i = 1, 5 do app:create("Employee", { Name = "Local " .. i }) end
    t.expect(app:sync { objectServicesOptions = { Organization = { uploadBatchSize = 2 } } }):succeeds()
    app:create("Employee", { Name = "Local 6" })
    t.expect(app:sync()):succeeds()

    t.expect(organization:uploads()):has_ids { 1, 2, 3, 4 }
    for _, request in ipairs(organization:uploads()) do
      t.expect(#request.cache_id >= 1 and #request.cache_id <= 50):is_true("an id has 1 to 50 characters")
    end
    for _, request in ipairs(organization:downloads()) do t.expect(request.cache_id):is_nil() end
  end,
}

scenario "an upload of a service without upload cache has no id" {
  covers = { "UPC-01/off" },
  needs = { "localCrud" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):count(1)
    t.expect(t.expect(organization:uploads()):at(1).cache_id):is_nil()
  end,
}

scenario "ids are not used again after a restart, nor by another installation" {
  covers = { "UPC-01" },
  needs = { "localCrud", "uploadCache", "restart" },
  run = function(t)
    local organization = company.organization(t, { uploadCache = true })
    local first = t:app({ name = "first" }):setup()
    first:create("Employee", { Name = "Ada" })
    t.expect(first:sync()):succeeds()
    first:restart()
    first:create("Employee", { Name = "Grace" })
    t.expect(first:sync()):succeeds()
    first:close()
    local second = t:app({ name = "second" }):setup()
    second:create("Employee", { Name = "Margaret" })
    t.expect(second:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 2, 3 }
  end,
}

scenario "an upload that timed out is sent again by the next sync, before the latest changes" {
  covers = { "UPC-02", "UPC-04", "UPC-05" },
  needs = { "localCrud", "uploadCache" },
  timeout = 2000,
  tags = { "hang", "real-timeout" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    local ada = app:create("Employee", { Name = "Ada" })

    organization:on_upload():once():store():hang()
    t.expect(app:sync()):fails_with("timeout")

    app:update("Employee", ada, { Name = "Ada L." })
    local second = app:sync()

    local uploads = organization:uploads()
    t.expect(uploads):has_ids { 1, 1, 2 }
    t.expect(second, "API-07"):succeeds()
    same_request(t, uploads[2], uploads[1])
    t.expect(company.executions(uploads:where(function(request) return request.cache_id == uploads[1].cache_id end)), "UPC-04"):equals(1)
    t.expect(uploads[3].records[1].EmpId, "UPC-05"):equals(t.expect(employees:rows()):at(1).EmpId)
    t.expect(employees:rows(), "UPC-05"):equals { { Name = "Ada L." } }
    t.expect(app:rows("Employee"), "UPC-05"):equals { { Name = "Ada L." } }
  end,
}

for _, outcome in ipairs(unknown) do
  scenario("after " .. outcome.name .. " the next sync sends the same request again, before the latest changes") {
    covers = { "UPC-02", "UPC-04", "UPC-05", "UPC-06" },
    needs = { "localCrud", "uploadCache" },
    run = function(t)
      local organization, employees = company.organization(t, { uploadCache = true })
      local app = t:app():setup()
      local ada = app:create("Employee", { Name = "Ada", Salary = 1 })
      app:create("Employee", { Name = "Grace", Notes = "héllo \"quoted\"" })

      outcome.strike(organization:on_upload():once())
      local params = { site = "2 & more" }
      t.expect(app:sync { objectServicesOptions = { Organization = { uploadRequestQueryParams = params } } }):fails()

      app:update("Employee", ada, { Salary = 2 })
      app:create("Employee", { Name = "Margaret" })
      t.expect(app:sync()):succeeds()

      local uploads = organization:uploads()
      t.expect(uploads):has_ids { 1, 1, 2 }
      same_request(t, uploads[2], uploads[1])
      t.expect(uploads[2].query.site, "OPT-14"):equals("2 & more")
      t.expect(uploads[1].executed, "UPC-04"):equals(outcome.executed)
      t.expect(company.executions { uploads[1], uploads[2] }, "UPC-04"):equals(1)
      for _, record in ipairs(uploads[2].records) do
        t.expect(record.Name ~= "Margaret" and tonumber(record.Salary) ~= 2, "UPC-05"):is_true("the replay holds no later edit")
      end
      local expected = { { Name = "Ada", Salary = 2 }, { Name = "Grace", Notes = "héllo \"quoted\"" }, { Name = "Margaret" } }
      t.expect(employees:rows(), "UPC-05"):equals(expected)
      t.expect(app:rows("Employee"), "UPC-05"):equals(expected)
      t.expect(app:pending("Employee"), "UPL-12"):count(0)
    end,
  }
end

scenario "only the batch that timed out is replayed, the ones before it are settled" {
  covers = { "UPC-02", "UPC-06" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    for i = 1, 5 do app:create("Employee", { Name = "Local " .. i }) end
    organization:on_upload():nth(2):store():status(504)
    local batches = { objectServicesOptions = { Organization = { uploadBatchSize = 2 } } }
    t.expect(app:sync(batches)):fails()
    t.expect(organization:uploads()):has_ids { 1, 2 }

    app:create("Employee", { Name = "Local 6" })
    t.expect(app:sync(batches)):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 2, 2, 3 }
    same_request(t, t.expect(organization:uploads()):at(3), t.expect(organization:uploads()):at(2))
    t.expect(organization:uploads()):has_sizes { 2, 2, 2, 2 }
    t.expect(employees:rows(), "UPC-04"):count(6)
    t.expect(app:rows("Employee"), "UPC-04"):count(6)
  end,
}

scenario "a replay that times out again is sent a third time, still the same" {
  covers = { "UPC-02", "UPC-04", "UPC-07" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    organization:on_upload():times(4):store():status(504)
    for i = 1, 4 do
      t.expect(app:sync(), "UPC-07"):fails()
      app:create("Employee", { Name = "later " .. i })
    end
    t.expect(app:sync()):succeeds()

    t.expect(organization:uploads()):has_ids { 1, 1, 1, 1, 1, 2 }
    for i = 2, 5 do same_request(t, organization:uploads()[i], t.expect(organization:uploads()):at(1)) end
    t.expect(employees:rows(), "UPC-04"):equals {
      { Name = "Ada" }, { Name = "later 1" }, { Name = "later 2" }, { Name = "later 3" }, { Name = "later 4" },
    }
  end,
}

scenario "rejected records of a replay stay pending, the others are settled" {
  covers = { "UPC-02", "UPL-07" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, _, notes = company.with_notes(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Note", { Id = "n1", Text = "good" })
    app:create("Note", { Id = "n2", Text = "bad" })
    local refusal = organization:on_upload():reject { where = { Id = "n2" }, opstatus = 20006, errmsg = "no" }
    local lost = organization:on_upload():once():reject({ where = { Id = "n2" }, opstatus = 20006, errmsg = "no" }):store():status(504)
    t.expect(app:sync()):fails()
    t.expect(lost:fired()):equals(1)

    app:sync { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }
    local uploads = organization:uploads()
    t.expect(uploads:count() >= 2):is_true("the request is sent again")
    t.expect(uploads[2].cache_id):equals(uploads[1].cache_id)
    t.expect(notes:rows(), "UPL-07/pending"):equals { { Id = "n1" } }
    t.expect(app:pending("Note"), "UPL-07/pending"):equals { { Id = "n2" } }
    refusal:lift()
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(notes:rows(), "UPL-12"):equals { { Id = "n1" }, { Id = "n2" } }
  end,
}

scenario "children that were added after the time-out follow the key that the replay brings" {
  covers = { "UPC-05", "UPL-06" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees, departments = company.with_departments(t, { uploadCache = true })
    departments:insert { Title = "so that keys differ" }
    local app = t:app():setup()
    local engines = app:create("Department", { Title = "Engines" })
    organization:on_upload():once():store():status(504)
    t.expect(app:sync()):fails()

    app:create("Employee", { Name = "Ada", DeptId = engines.DeptId })
    app:update("Department", engines, { Title = "Analytical Engines" })
    t.expect(app:sync()):succeeds()

    t.expect(organization:uploads(), "UPC-02"):has_ids { 1, 1, 2 }
    t.expect(departments:rows()):equals { { Title = "so that keys differ" }, { Title = "Analytical Engines" } }
    local key
    for _, row in ipairs(departments:rows()) do
      if row.Title == "Analytical Engines" then key = row.DeptId end
    end
    t.expect(employees:rows()):equals { { Name = "Ada", DeptId = key } }
    t.expect(app:rows("Employee")):equals { { Name = "Ada", DeptId = key } }
  end,
}

scenario "a row that was deleted after its update timed out is deleted after the replay" {
  covers = { "UPC-05" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, _, notes = company.with_notes(t, { uploadCache = true })
    notes:insert { Id = "n1", Text = "old" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Note", { Id = "n1" }, { Text = "new" })
    organization:on_upload():once():status(504)
    t.expect(app:sync()):fails()

    app:delete("Note", { Id = "n1" })
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads(), "UPC-02"):has_ids { 1, 1, 2 }
    t.expect(t.expect(organization:uploads()):at(3).records[1]._metadata.action):equals("delete")
    t.expect(notes:rows()):equals {}
    t.expect(app:rows("Note")):equals {}
  end,
}

scenario "after a complete error answer the edits go up as a new request" {
  covers = { "UPC-09" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    local refusal = organization:on_upload():reject { where = { Name = "Ada" }, opstatus = 20006, errmsg = "not now" }
    app:sync()
    refusal:lift()
    local second = app:sync()
    t.expect(organization:uploads()):has_ids { 1, 2 }
    t.expect(second, "API-07"):succeeds()
    t.expect(employees:rows(), "UPL-12"):equals { { Name = "Ada" } }
    t.expect(app:rows("Employee"), "UPL-12"):equals { { Name = "Ada" } }
  end,
}
