-- What a download does to the local rows (DNL-04, DNL-05, DNL-08, DNL-09, DNL-14, UPL-13).
local company = require "lib.company"
local foundry = require "foundry"

local download_only = { objectServicesOptions = { Organization = { syncType = "downloadOnly" } } }

---Run `change(records, i)` on the downloaded record whose `column` has `value`.
local function edit_record(column, value, change)
  return function(answer)
    for _, object in ipairs(answer.Objects) do
      for i, record in ipairs(object.records) do
        if record[column] == value then change(object.records, i) return end
      end
    end
  end
end

---The row with this key, or nil. A number may be a JSON number or a string of one.
local function find(rows, column, value)
  for _, row in ipairs(rows) do
    if row[column] == value or (tonumber(value) and tonumber(row[column]) == tonumber(value)) then return row end
  end
end

scenario "records that the server says are deleted leave the local database" {
  covers = { "DNL-04" },
  run = function(t)
    local _, employees = company.organization(t)
    local rows = company.hire(employees, 4)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    employees:delete(rows[1].EmpId)
    employees:delete(rows[3].EmpId)
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Employee 2" }, { Name = "Employee 4" } }
  end,
}

scenario "deletes on later pages, of rows never seen and of rows that came back, do what they say" {
  covers = { "DNL-04" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    for i = 1, 6 do notes:insert { Id = "n" .. i, Text = "old " .. i } end
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    for _, key in ipairs { "n1", "n2", "n5", "n6" } do notes:delete(key) end
    notes:insert { Id = "n2", Text = "back again" }
    notes:insert { Id = "n7", Text = "never seen" }
    notes:delete("n7")
    t.expect(app:sync { objectServicesOptions = { Organization = { downloadBatchSize = 1 } } }):succeeds()

    t.expect(organization:downloads():count() > 2):is_true("the deletes came in several pages")
    t.expect(app:rows("Note")):equals { { Id = "n2", Text = "back again" }, { Id = "n3" }, { Id = "n4" } }
  end,
}

scenario "a row that the server deleted softly leaves the local database" {
  covers = { "DNL-04" },
  run = function(t)
    local organization = t.server:service("Organization")
    local tasks = organization:object("Task", {
      key = { "Id" }, softdelete_field = "Gone",
      fields = {
        { name = "Id", datatype = "string", nullable = false },
        { name = "Text", datatype = "string", nullable = false },
        { name = "Gone", datatype = "boolean" },
      },
    })
    tasks:insert { { Id = "t1", Text = "one", Gone = false }, { Id = "t2", Text = "two", Gone = false } }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Task")):count(2)
    tasks:update("t1", { Gone = true })
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Task")):equals { { Id = "t2", Text = "two" } }
  end,
}

scenario "a changed row is replaced, its emptied columns too" {
  covers = { "DNL-02", "DNL-12" },
  run = function(t)
    local _, employees = company.organization(t)
    local ada = employees:insert { Name = "Ada", Salary = 100, Notes = "old" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    employees:update(ada.EmpId, { Salary = 200, Notes = foundry.null })
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada", Salary = 200 } }
    t.expect(t.expect(app:rows("Employee")):at(1).Notes):is_nil()
  end,
}

scenario "a partial record in a first download is refused or stored with empty columns, its neighbours are whole" {
  covers = { "DNL-05" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    for i = 1, 3 do notes:insert { Id = "n" .. i, Text = "text " .. i } end
    local app = t:app():setup()
    organization:on_download():once():edit(edit_record("Id", "n2", function(records, i) records[i].Text = nil end))

    local result = app:sync()
    t.expect(result.ends, "API-03"):equals(1)
    local row = find(app:rows("Note"), "Id", "n2")
    local state = not row and "refused" or row.Text == nil and "empty" or "some text"
    t.expect(state):one_of { refused = "refused", empty = "empty" }
    t.expect(app:rows("Note")):contains { Id = "n1", Text = "text 1" }
    t.expect(app:rows("Note")):contains { Id = "n3", Text = "text 3" }

    notes:update("n2", { Text = "whole" })
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "text 1" }, { Id = "n2", Text = "whole" }, { Id = "n3", Text = "text 3" } }
  end,
}

scenario "a partial record in a download is refused and reported rather than stored" {
  covers = { "UPL-13" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    for i = 1, 2 do notes:insert { Id = "n" .. i, Text = "text " .. i } end
    local app = t:app():setup()
    organization:on_download():once():edit(edit_record("Id", "n2", function(records, i) records[i].Text = nil end))
    local result = app:sync()
    t.expect(#result:sync_errors() > 0):is_true("the partial record is reported")
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "text 1" } }
  end,
}

scenario "the missing columns of a partial record are not filled from an older copy" {
  covers = { "DNL-05" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local ada = employees:insert { Name = "Ada", Salary = 100 }
    employees:insert { Name = "Grace", Salary = 100 }
    local margaret = employees:insert { Name = "Margaret", Salary = 100 }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Employee", { EmpId = margaret.EmpId }, { Notes = "of the user" })

    employees:update(ada.EmpId, { Name = "Ada L.", Salary = 200 })
    employees:insert { Name = "Hedy" }
    organization:on_download():once():edit(edit_record("Name", "Ada L.", function(records, i) records[i].Name = nil end))
    local result = app:sync(download_only)
    t.expect(result.ends, "API-03"):equals(1)

    local row = find(app:rows("Employee"), "EmpId", ada.EmpId) or {}
    local states = { refused = "100 Ada", empty = "200 nothing", leftover = "200 Ada" }
    local state = ("%d %s"):format(tonumber(row.Salary) or 0, row.Name or "nothing")
    t.expect(state):one_of(states)
    t.expect(state == states.leftover, "DNL-05/leftover"):equals(false)
    t.expect(app:rows("Employee")):contains { Name = "Hedy" }
    t.expect(find(app:rows("Employee"), "EmpId", margaret.EmpId).Notes):equals("of the user")

    employees:update(ada.EmpId, { Salary = 300 })
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(find(app:rows("Employee"), "Name", "Ada L.").Salary):equals(300)
    t.expect(employees:row(margaret.EmpId).Notes, "UPL-12"):equals("of the user")
  end,
}

scenario "a pending edit is not overwritten by a download" {
  covers = { "DNL-08", "OPT-16" },
  needs = { "localCrud" },
  channel = { "android", "ios", "web" },
  run = function(t)
    local _, _, notes = company.with_notes(t)
    for i = 1, 3 do notes:insert { Id = "n" .. i, Text = "old " .. i } end
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Note", { Id = "n1" }, { Text = "of the user" })
    app:delete("Note", { Id = "n2" })
    for i = 1, 3 do notes:update("n" .. i, { Text = "of the back end" }) end

    t.expect(app:sync(download_only)):succeeds()
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "of the user" }, { Id = "n3", Text = "of the back end" } }
    t.expect(app:pending("Note")):count(2)
    t.expect(app:sync()):succeeds()
    t.expect(notes:rows(), "UPL-12"):equals { { Id = "n1", Text = "of the user" }, { Id = "n3", Text = "of the back end" } }
    t.expect(app:rows("Note"), "UPL-12"):equals { { Id = "n1", Text = "of the user" }, { Id = "n3", Text = "of the back end" } }
  end,
}

scenario "a row that the server deleted stays while the user's edit of it is pending" {
  covers = { "DNL-08" },
  needs = { "localCrud" },
  channel = { "android", "ios", "web" },
  run = function(t)
    local _, _, notes = company.with_notes(t, { conflict = "clientwins" })
    notes:insert { Id = "n1", Text = "old" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Note", { Id = "n1" }, { Text = "of the user" })
    notes:delete("n1")
    t.expect(app:sync(download_only)):succeeds()
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "of the user" } }
    t.expect(app:pending("Note")):count(1)
    t.expect(app:sync()):succeeds()
    t.expect(notes:rows(), "UPL-12"):equals { { Id = "n1", Text = "of the user" } }
  end,
}

scenario "without reconciliation the server's row is taken" {
  covers = { "DNL-08/off" },
  needs = { "localCrud" },
  channel = { "android", "ios", "web" },
  run = function(t)
    local _, _, notes = company.with_notes(t)
    notes:insert { Id = "n1", Text = "old" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Note", { Id = "n1" }, { Text = "of the user" })
    notes:update("n1", { Text = "of the back end" })
    t.expect(app:sync { objectServicesOptions = { Organization = {
      syncType = "downloadOnly", downloadReconciliationRequired = false,
    } } }):succeeds()
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "of the back end" } }
    t.no_drain("what becomes of an edit that was overwritten on demand is not documented")
  end,
}

scenario "an object that fails is reported and the other objects are stored" {
  covers = { "DNL-09" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t)
    employees:insert { Name = "Ada" }
    notes:insert { Id = "n1", Text = "one" }
    local app = t:app():setup()
    organization:on_download():once():edit(function(answer)
      for _, object in ipairs(answer.Objects) do
        if object.name == "Note" then
          object.opstatus, object.errmsg, object.records = 20001, "the back end of notes is down", nil
        end
      end
      answer.delta_context.objs.Note = nil
    end)

    local result = app:sync()
    local reported = {}
    for _, entry in ipairs(result:sync_errors()) do reported[#reported + 1] = tonumber(entry.opstatus) end
    t.expect(reported):equals { 20001 }
    t.expect(result:sync_errors()[1].object):equals("Note")
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
    t.expect(app:rows("Note")):equals {}
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "one" } }
  end,
}

scenario "when all objects fail the sync says so, either way" {
  covers = { "DNL-09" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    organization:on_download():once():edit(function(answer)
      local object = answer.Objects[1]
      object.opstatus, object.errmsg, object.records = 20001, "down", nil
      answer.delta_context.objs.Employee = nil
    end)
    local result = app:sync()
    t.expect(result.outcome):one_of { success = "success", failure = "failure" }
    t.expect(#result:sync_errors() > 0):is_true("the failed object is in syncErrors")
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
  end,
}

scenario "unknown fields, objects and actions in an answer do no harm" {
  covers = { "DNL-14" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 2)
    local app = t:app():setup()
    organization:on_download():edit(function(answer)
      answer.surprise = { deeply = { nested = { 1, 2, 3 } } }
      for _, object in ipairs(answer.Objects) do
        for _, record in ipairs(object.records) do
          record.Unknown, record._metadata.later_version = "?", { "new" }
          record._metadata.action = "upsert_of_the_future"
        end
        object.novelty = true
      end
      table.insert(answer.Objects, 1, {
        name = "Stranger", opstatus = 0, records = { { Id = 1, _metadata = { action = "create" } } },
      })
    end)
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Employee 1" }, { Name = "Employee 2" } }
    employees:insert { Name = "Employee 3" }
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Employee")):count(3)
  end,
}

scenario "of a key that comes twice in a page one row is made" {
  covers = { "DNL-14" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    notes:insert { { Id = "n1", Text = "one" }, { Id = "n2", Text = "two" } }
    local app = t:app():setup()
    organization:on_download():once():edit(function(answer)
      for _, object in ipairs(answer.Objects) do
        if object.name == "Note" then
          local records = object.records
          records[#records + 1] = { Id = "n1", Text = "one, later", _metadata = { action = "update", checksum = "0" } }
        end
      end
    end)
    t.expect(app:sync().ends, "API-03"):equals(1)
    t.expect(app:rows("Note")):count(2)
    t.expect(app:rows("Note")):contains { Id = "n2", Text = "two" }
    notes:update("n1", { Text = "one, at last" })
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "one, at last" }, { Id = "n2", Text = "two" } }
  end,
}

scenario "the same page twice leaves the same rows" {
  covers = { "DNL-14", "DNL-06" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 4)
    local app = t:app():setup()
    local options = { objectServicesOptions = { Organization = { downloadBatchSize = 2 } } }
    organization:on_download():page(2):times(2):status(500)
    t.expect(app:sync(options)):fails()
    t.expect(app:sync(options)):fails()
    t.expect(app:sync(options)):succeeds()
    t.expect(app:rows("Employee")):equals(employees:rows())
    t.expect(app:rows("Employee")):count(4)
  end,
}
