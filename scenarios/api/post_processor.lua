-- Partial records behind a post-processor that copies the missing columns from the request (API-14).
local company = require "lib.company"

---What the documentation advises: give each answered record the columns that it lacks from the record that was sent.
local function copy_missing_columns(answer, request)
  local sent = {}
  for _, record in ipairs(request.records) do sent[record._metadata.rowId] = record end
  for _, object in ipairs(answer.objects) do
    for _, record in ipairs(object.records) do
      for column, value in pairs(sent[record._metadata.rowId] or {}) do
        if column ~= "_metadata" and record[column] == nil then record[column] = value end
      end
    end
  end
end

scenario "a post-processor that copies the missing columns from the request makes the row whole" {
  covers = { "API-14" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada", Salary = 100, Notes = "first" })
    organization:on_upload():without("Name"):post_process(copy_missing_columns)

    local result = app:sync { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }
    t.expect(result):succeeds()
    t.expect(result:sync_errors()):count(0)
    t.expect(app:rows("Employee")):equals { { Name = "Ada", Salary = 100, Notes = "first" } }
    t.expect(app:pending("Employee")):count(0)
    t.expect(employees:rows()):equals { { Name = "Ada", Salary = 100, Notes = "first" } }
  end,
}

scenario "a post-processor repairs updates of many rows over several batches" {
  covers = { "API-14" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 5)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    for _, row in ipairs(app:rows("Employee")) do
      app:update("Employee", row, { Name = row.Name .. " Jr.", Salary = 7 })
    end
    organization:on_upload():without("Name"):without("Salary"):post_process(copy_missing_columns)

    local result = app:sync { objectServicesOptions = { Organization = { uploadBatchSize = 2, syncType = "uploadOnly" } } }
    t.expect(result):succeeds()
    t.expect(result:sync_errors()):count(0)
    t.expect(app:pending("Employee")):count(0)
    local expected = {}
    for i = 1, 5 do expected[i] = { Name = "Employee " .. i .. " Jr.", Salary = 7 } end
    t.expect(app:rows("Employee")):equals(expected)
    t.expect(employees:rows()):equals(expected)
  end,
}
