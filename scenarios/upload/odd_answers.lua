-- Answers to uploads that are not as they should be (UPL-08, UPL-09, UPL-13).
local company = require "lib.company"

local upload_only = { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }

---Call `change(records, i)` for the record of the answer whose `Id` is `id`.
local function edit_record(id, change)
  return function(answer)
    for _, object in ipairs(answer.objects) do
      for i, record in ipairs(object.records) do
        if record.Id == id then change(object.records, i) return end
      end
    end
  end
end

local function without_row_id(records, i) records[i]._metadata.rowId = nil end
local function left_out(records, i) table.remove(records, i) end
local function one_more(records)
  records[#records + 1] = { Id = "stranger", Text = "?", _metadata = { action = "create", rowId = 4711, opstatus = 0 } }
end

---Three notes on both sides, changed by the user: doubling cannot hide, for keys are the app's.
local function three_changed_notes(t, options)
  local organization, _, notes = company.with_notes(t, options)
  for i = 1, 3 do notes:insert { Id = "n" .. i, Text = "old " .. i } end
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  for i = 1, 3 do app:update("Note", { Id = "n" .. i }, { Text = "new " .. i }) end
  return app, organization, notes
end

local changed = { { Id = "n1", Text = "new 1" }, { Id = "n2", Text = "new 2" }, { Id = "n3", Text = "new 3" } }

for _, case in ipairs {
  { name = "lacks a rowId", change = without_row_id },
  { name = "adds a record that nobody sent", change = one_more },
} do
  scenario("an upload answer that " .. case.name .. " is an error, and no edit is lost") {
    covers = { "UPL-08" },
    needs = { "localCrud" },
    run = function(t)
      local app, organization, notes = three_changed_notes(t)
      organization:on_upload():once():edit(edit_record("n2", case.change))

      local result = app:sync(upload_only)
      t.expect(result):fails()
      t.expect(result, "UPL-08/code"):fails_with(2473)
      t.expect(result.ends, "API-03"):equals(1)
      t.expect(app:rows("Note")):equals(changed)

      t.expect(app:sync(), "API-07"):succeeds()
      t.expect(notes:rows(), "UPL-12"):equals(changed)
      t.expect(app:rows("Note"), "UPL-12"):equals(changed)
      t.expect(app:pending("Note"), "UPL-12"):count(0)
    end,
  }
end

scenario "a record that the upload answer leaves out is still pending" {
  covers = { "UPL-08" },
  needs = { "localCrud" },
  run = function(t)
    local app, organization, notes = three_changed_notes(t)
    organization:on_upload():once():edit(edit_record("n2", left_out))

    local result = app:sync(upload_only)
    t.expect(result.ends, "API-03"):equals(1)
    t.outcome("UPL-08", result.outcome)
    local pending = {}
    for _, key in ipairs(app:pending("Note")) do pending[key.Id] = true end
    t.expect(pending.n2):equals(true)
    t.expect(app:rows("Note")):equals(changed)

    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(notes:rows(), "UPL-12"):equals(changed)
    t.expect(app:pending("Note"), "UPL-12"):count(0)
  end,
}

scenario "an upload answer without any record leaves every edit pending" {
  covers = { "UPL-08" },
  needs = { "localCrud" },
  run = function(t)
    local app, organization, notes = three_changed_notes(t)
    organization:on_upload():once():edit(function(answer)
      for _, object in ipairs(answer.objects) do
        while #object.records > 0 do table.remove(object.records) end
      end
    end)
    t.expect(app:sync(upload_only).ends, "API-03"):equals(1)
    t.expect(app:pending("Note")):count(3)
    t.expect(app:rows("Note")):equals(changed)
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(notes:rows(), "UPL-12"):equals(changed)
  end,
}

local function is_pending(app, id)
  for _, key in ipairs(app:pending("Note")) do
    if key.Id == id then return true end
  end
  return false
end

---The three states in which a row may be after a partial record, and no other.
local function after_partial(app, id, sent)
  local pending = is_pending(app, id)
  for _, row in ipairs(app:rows("Note")) do
    if row.Id == id then
      if row.Text == sent then return pending and "pending" or "overlaid" end
      if row.Text == nil then return "empty" end
      return "another mixture: " .. tostring(row.Text)
    end
  end
  return "no row"
end

local accepted_partial = { pending = "pending", empty = "empty", overlaid = "overlaid" }

scenario "a partial record in an upload answer does not bring an older copy back, and its neighbours are stored" {
  covers = { "UPL-09" },
  needs = { "localCrud" },
  run = function(t)
    local app, organization, notes = three_changed_notes(t)
    organization:on_upload():once():edit(edit_record("n2", function(records, i) records[i].Text = nil end))

    local result = app:sync(upload_only)
    t.expect(result.ends, "API-03"):equals(1)
    t.expect(after_partial(app, "n2", "new 2")):one_of(accepted_partial)
    t.expect(app:rows("Note")):contains(changed[1])
    t.expect(app:rows("Note")):contains(changed[3])
    t.expect(is_pending(app, "n1") or is_pending(app, "n3")):is_false("a neighbour is still pending")
    t.expect(notes:rows()):equals(changed)

    notes:update("n2", { Text = "whole again" })
    notes:update("n2", { Text = "new 2" })
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(app:rows("Note")):equals(changed)
    t.expect(notes:rows(), "UPL-12"):equals(changed)
  end,
}

scenario "a partial record in the answer to a create loses no edit and makes no second row" {
  covers = { "UPL-09", "UPL-12" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada", Salary = 100 })
    app:create("Employee", { Name = "Grace", Salary = 200 })
    organization:on_upload():once():edit(function(answer)
      for _, record in ipairs(answer.objects[1].records) do
        if record.Name == "Ada" then record.Name = nil end
      end
    end)

    t.expect(app:sync(upload_only).ends, "API-03"):equals(1)
    t.expect(app:rows("Employee")):count(2)
    t.expect(employees:rows()):equals { { Name = "Ada", Salary = 100 }, { Name = "Grace", Salary = 200 } }
    local grace = t.expect(employees:rows()):at(2)
    t.expect(app:rows("Employee")):contains { EmpId = grace.EmpId, Name = "Grace", Salary = 200 }

    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(employees:rows(), "UPL-12"):equals { { Name = "Ada", Salary = 100 }, { Name = "Grace", Salary = 200 } }
    t.expect(app:rows("Employee"), "UPL-12"):equals { { Name = "Ada", Salary = 100 }, { Name = "Grace", Salary = 200 } }
    t.expect(app:pending("Employee"), "UPL-12"):count(0)
  end,
}

scenario "an edit made before the partial answer came is the one that the user keeps seeing" {
  covers = { "UPL-09", "UPL-10" },
  needs = { "localCrud", "editsDuringSync" },
  run = function(t)
    local app, organization, notes = three_changed_notes(t)
    organization:on_upload():once():store():hold("answer"):edit(edit_record("n2", function(records, i)
      records[i].Text = nil
    end))
    local running = app:start(upload_only)
    t.gate("answer"):reached()
    app:update("Note", { Id = "n2" }, { Text = "newest" })
    t.gate("answer"):open()
    t.expect(running:wait().ends, "API-03"):equals(1)
    t.expect(app:rows("Note")):contains { Id = "n2", Text = "newest" }
    t.expect(is_pending(app, "n2")):is_true("the later edit is still pending")

    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(notes:row("n2").Text, "UPL-10"):equals("newest")
    t.expect(app:rows("Note"), "UPL-10"):contains { Id = "n2", Text = "newest" }
  end,
}

scenario "a partial record in an upload answer is refused and reported rather than stored" {
  covers = { "UPL-13" },
  needs = { "localCrud" },
  run = function(t)
    local app, organization = three_changed_notes(t)
    organization:on_upload():once():edit(edit_record("n2", function(records, i) records[i].Text = nil end))
    local result = app:sync(upload_only)
    t.expect(#result:sync_errors() > 0):is_true("the partial record is reported")
    t.expect(after_partial(app, "n2", "new 2")):equals("pending")
  end,
}
