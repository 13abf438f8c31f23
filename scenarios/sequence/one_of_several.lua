-- Services do not hinder and do not mix with one another (SEQ-04, SEQ-06, SEQ-07).
local company = require "lib.company"

local failures = {
  { name = "its upload fails", strike = function(service) return service:on_upload():status(500) end },
  { name = "its download fails", strike = function(service) return service:on_download():opstatus(20001, "no") end },
  { name = "its connection is closed", strike = function(service) return service:on_upload():close() end },
}

for _, mode in ipairs { "parallel", "sequential" } do
  local id = mode == "parallel" and "SEQ-04" or "SEQ-04/sequential"
  for _, failure in ipairs(failures) do
    scenario("in " .. mode .. " mode the other services sync though one fails because " .. failure.name) {
      covers = { id },
      needs = { "localCrud" },
      run = function(t)
        local organization, employees = company.organization(t, { uploadCache = true })
        local sales, notes = company.sales(t)
        local stock = t.server:service("Stock")
        local parts = stock:object("Part", company.department_model)
        employees:insert { Name = "Ada" }
        notes:insert { Id = "n1", Text = "one" }
        parts:insert { Title = "bolt" }
        local app = t:app():setup()
        app:create("Employee", { Name = "Grace" })
        app:create("Note", { Id = "n2", Text = "two" })
        app:create("Part", { Title = "nut" })

        -- Every service fails once, so that the failing one is the first and the last of any order.
        for _, victim in ipairs { organization, sales, stock } do
          local fault = failure.strike(victim)
          app:create("Employee", { Name = "beside " .. victim.name })
          app:create("Note", { Id = "beside " .. victim.name, Text = "new" })
          app:create("Part", { Title = "beside " .. victim.name })

          local result = app:sync { syncMode = mode }
          t.expect(result):fails()
          for _, service in ipairs { organization, sales, stock } do
            local expected = service.name == victim.name and "failure" or "success"
            t.expect({ service.name, company.end_of(result, service.name) }):equals { service.name, expected }
          end
          fault:lift()
        end

        t.expect(app:sync { syncMode = mode }, "API-07"):succeeds()
        t.expect(employees:rows()):count(5)
        t.expect(notes:rows()):count(5)
        t.expect(parts:rows()):count(5)
        t.expect(app:rows("Part")):count(5)
      end,
    }
  end
end

scenario "each service has its own options, query parameters and batch contexts" {
  covers = { "SEQ-06", "OPT-04", "OPT-14" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local sales, notes = company.sales(t)
    company.hire(employees, 5)
    for i = 1, 5 do notes:insert { Id = "n" .. i, Text = "note " .. i } end
    local app = t:app():setup()
    for i = 1, 3 do
      app:create("Employee", { Name = "Local " .. i })
      app:create("Note", { Id = "l" .. i, Text = "local " .. i })
    end
    t.server:barrier({ organization, sales }, "upload")
    t.server:barrier({ organization, sales }, "download")

    t.expect(app:sync { objectServicesOptions = {
      Organization = {
        uploadBatchSize = 1, downloadBatchSize = 2,
        uploadRequestQueryParams = { site = "A up" }, downloadRequestQueryParams = { site = "A down" },
      },
      Sales = {
        uploadBatchSize = 2, downloadBatchSize = 3,
        uploadRequestQueryParams = { site = "B up" }, downloadRequestQueryParams = { site = "B down" },
      },
    } }):succeeds()

    local function all_have(requests, name, value)
      t.expect(requests:where(function(request) return request.query[name] ~= value end):count()):equals(0)
      t.expect(requests:count() > 0):is_true("there were requests to judge")
    end
    all_have(organization:uploads(), "site", "A up")
    all_have(organization:downloads(), "site", "A down")
    all_have(sales:uploads(), "site", "B up")
    all_have(sales:downloads(), "site", "B down")
    all_have(organization:downloads(), "$batchsize", "2")
    all_have(sales:downloads(), "$batchsize", "3")
    t.expect(organization:uploads()):has_sizes { 1, 1, 1 }
    t.expect(sales:uploads()):has_sizes { 2, 1 }
    for service, object in pairs { [organization] = "Employee", [sales] = "Note" } do
      for _, record in ipairs(company.records_of(service:uploads())) do
        t.expect(record._metadata.object):equals(object)
      end
    end
    t.expect(app:rows("Employee")):count(8)
    t.expect(app:rows("Note")):count(8)
  end,
}

scenario "cached uploads of two services are replayed each to its own service" {
  covers = { "SEQ-06", "UPC-02" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local sales, notes = company.sales(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    app:create("Note", { Id = "n1", Text = "one" })
    organization:on_upload():once():store():status(504)
    sales:on_upload():once():status(504)
    t.expect(app:sync { objectServicesOptions = {
      Organization = { uploadRequestQueryParams = { site = "A" } },
      Sales = { uploadRequestQueryParams = { site = "B" } },
    } }):fails()

    t.server:barrier({ organization, sales }, "upload")
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads(), "UPC-02"):has_ids { 1, 1 }
    t.expect(sales:uploads(), "UPC-02"):has_ids { 1, 1 }
    t.expect(t.expect(organization:uploads()):at(1).cache_id):differs_from(t.expect(sales:uploads()):at(1).cache_id)
    t.expect(t.expect(organization:uploads()):at(2).query.site, "OPT-14"):equals("A")
    t.expect(t.expect(sales:uploads()):at(2).query.site, "OPT-14"):equals("B")
    t.expect(employees:rows()):equals { { Name = "Ada" } }
    t.expect(notes:rows()):equals { { Id = "n1", Text = "one" } }
  end,
}

for _, mode in ipairs { "parallel", "sequential" } do
  scenario("edits, deletes and pages end in the same data in " .. mode .. " mode as in the other") {
    covers = { "SEQ-07" },
    needs = { "localCrud" },
    run = function(t)
      local _, employees = company.organization(t)
      local _, notes = company.sales(t)
      company.hire(employees, 4)
      for i = 1, 4 do notes:insert { Id = "n" .. i, Text = "note " .. i } end
      local options = { syncMode = mode, objectServicesOptions = {
        Organization = { uploadBatchSize = 1, downloadBatchSize = 2 },
        Sales = { uploadBatchSize = 3, downloadBatchSize = 1 },
      } }
      local app = t:app():setup()
      t.expect(app:sync(options)):succeeds()
      t.expect(app:rows("Employee")):count(4)
      t.expect(app:rows("Note")):count(4)

      for _, row in ipairs(app:rows("Employee")) do
        if row.Name == "Employee 1" then app:delete("Employee", row) end
        if row.Name == "Employee 2" then app:update("Employee", row, { Name = "Ada" }) end
      end
      app:create("Employee", { Name = "Grace" })
      app:delete("Note", { Id = "n4" })
      app:update("Note", { Id = "n3" }, { Text = "changed" })
      notes:delete("n1")
      notes:update("n2", { Text = "changed by the back end" })
      t.expect(app:sync(options)):succeeds()

      -- What both modes leave.
      local people = { { Name = "Ada" }, { Name = "Employee 3" }, { Name = "Employee 4" }, { Name = "Grace" } }
      local texts = { { Id = "n2", Text = "changed by the back end" }, { Id = "n3", Text = "changed" } }
      t.expect(employees:rows()):equals(people)
      t.expect(app:rows("Employee")):equals(people)
      t.expect(notes:rows()):equals(texts)
      t.expect(app:rows("Note")):equals(texts)
    end,
  }
end
