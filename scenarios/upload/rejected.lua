-- Records and batches that the back end refuses (UPL-07, UPL-11, UPL-15, CBK-06).
local company = require "lib.company"

local function one_by_one(sync_type)
  return { objectServicesOptions = { Organization = { uploadBatchSize = 1, syncType = sync_type } } }
end

---The sync errors of a result that carry this opstatus.
local function errors_with(result, opstatus)
  local found = {}
  for _, entry in ipairs(result:sync_errors()) do
    if tonumber(entry.opstatus) == opstatus then found[#found + 1] = entry end
  end
  return found
end

scenario "a rejected record is reported and stays pending, its batch mates are stored" {
  covers = { "UPL-07" },
  needs = { "localCrud" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    local app = t:app():setup()
    for i = 1, 3 do app:create("Note", { Id = "n" .. i, Text = "text " .. i }) end
    organization:on_upload():reject { where = { Id = "n2" }, opstatus = 20006, errmsg = "no such thing" }

    local result = app:sync { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }
    local errors = errors_with(result, 20006)
    t.expect(errors):count(1)
    t.expect(errors[1].object):equals("Note")
    t.expect(errors[1].errmsg):contains("no such thing")
    t.expect(errors[1].primaryKeys.Id, "CBK-05"):equals("n2")
    t.expect(notes:rows(), "UPL-07/pending"):equals { { Id = "n1" }, { Id = "n3" } }
    t.expect(app:pending("Note"), "UPL-07/pending"):equals { { Id = "n2" } }
    t.expect(app:rows("Note"), "UPL-07/pending"):equals {
      { Id = "n1", Text = "text 1" }, { Id = "n2", Text = "text 2" }, { Id = "n3", Text = "text 3" },
    }
  end,
}

scenario "rejected updates and deletes stay pending with the user's values, and go up when the back end relents" {
  covers = { "UPL-07" },
  needs = { "localCrud" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    for i = 1, 3 do notes:insert { Id = "n" .. i, Text = "old " .. i } end
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Note", { Id = "n1" }, { Text = "new 1" })
    app:delete("Note", { Id = "n2" })
    app:update("Note", { Id = "n3" }, { Text = "new 3" })
    local refusal = organization:on_upload():reject {
      where = function(record) return record.Id ~= "n3" end, opstatus = 20007, errmsg = "locked",
    }

    t.expect(errors_with(app:sync(), 20007)):count(2)
    t.expect(app:rows("Note"), "UPL-07/pending"):equals { { Id = "n1", Text = "new 1" }, { Id = "n3", Text = "new 3" } }
    t.expect(notes:rows(), "UPL-07/pending"):equals {
      { Id = "n1", Text = "old 1" }, { Id = "n2", Text = "old 2" }, { Id = "n3", Text = "new 3" },
    }
    refusal:lift()
    t.expect(app:sync()):succeeds()
    t.expect(notes:rows()):equals { { Id = "n1", Text = "new 1" }, { Id = "n3", Text = "new 3" } }
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "new 1" }, { Id = "n3", Text = "new 3" } }
  end,
}

scenario "a rejected create keeps its row, and becomes one row when it is accepted" {
  covers = { "UPL-07", "UPL-12" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    app:create("Employee", { Name = "Grace" })
    local refusal = organization:on_upload():reject { where = { Name = "Ada" }, opstatus = 20006, errmsg = "not yet" }
    for _ = 1, 3 do
      local result = app:sync()
      t.expect(#errors_with(result, 20006)):equals(1)
      t.expect(app:rows("Employee"), "UPL-07/pending"):equals { { Name = "Ada" }, { Name = "Grace" } }
      t.expect(employees:rows(), "UPL-07/pending"):equals { { Name = "Grace" } }
    end
    refusal:lift()
    t.expect(app:sync()):succeeds()
    t.expect(employees:rows(), "UPL-12"):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(app:rows("Employee"), "UPL-12"):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}

scenario "when no batch succeeded the sync fails and downloads nothing" {
  covers = { "UPL-11", "UPL-15" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    app:create("Employee", { Name = "Grace" })
    app:create("Employee", { Name = "Margaret" })
    organization:on_upload():times(2):opstatus(20001, "out of order")

    t.expect(app:sync(one_by_one())):fails()
    t.expect(organization:uploads():count(), "UPL-15"):equals(2)
    t.expect(organization:downloads():count(), "UPL-15"):equals(0)
    t.expect(app:pending("Employee"), "UPL-12"):count(2)

    t.expect(app:sync(one_by_one()), "API-07"):succeeds()
    t.expect(employees:rows(), "UPL-12"):equals { { Name = "Ada" }, { Name = "Grace" }, { Name = "Margaret" } }
  end,
}

scenario "a batch that failed with an error opstatus does not stop the next one" {
  covers = { "UPL-15" },
  needs = { "localCrud" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    local app = t:app():setup()
    for i = 1, 3 do app:create("Note", { Id = "n" .. i, Text = "text " .. i }) end
    organization:on_upload():once():opstatus(20001, "out of order")

    local result = app:sync(one_by_one())
    t.expect(result.ends, "API-03"):equals(1)
    t.expect(notes:rows()):equals { { Id = "n2" }, { Id = "n3" } }
    t.expect(app:pending("Note"), "UPL-12"):equals { { Id = "n1" } }
    t.expect(app:sync(), "API-07"):succeeds()
    t.expect(notes:rows(), "UPL-12"):equals { { Id = "n1" }, { Id = "n2" }, { Id = "n3" } }
  end,
}

for _, fault in ipairs {
  { name = "HTTP 500", strike = function(rule) rule:status(500) end },
  { name = "a closed connection", strike = function(rule) rule:close() end },
  { name = "an answer that is no JSON", strike = function(rule) rule:body("busy", "text/plain") end },
} do
  scenario("after " .. fault.name .. " no further batch of that service is sent") {
    covers = { "UPL-11" },
    needs = { "localCrud" },
    run = function(t)
      local organization, _, notes = company.with_notes(t)
      local app = t:app():setup()
      for i = 1, 4 do app:create("Note", { Id = "n" .. i, Text = "text " .. i }) end
      fault.strike(organization:on_upload():nth(2))

      t.expect(app:sync(one_by_one())):fails()
      local edits = {}
      for _, record in ipairs(company.records_of(organization:uploads())) do edits[record.Id] = true end
      t.expect({ edits.n1 or false, edits.n2 or false, edits.n3 or false }):equals { true, true, false }
      t.expect(notes:rows()):equals { { Id = "n1" } }
      t.expect(organization:downloads():count()):equals(0)

      t.expect(app:sync(one_by_one()), "API-07"):succeeds()
      t.expect(notes:rows(), "UPL-12"):count(4)
    end,
  }
end

scenario "a later edit that is accepted settles the earlier one that was rejected" {
  covers = { "UPL-07" },
  needs = { "localCrud" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    notes:insert { Id = "n1", Text = "old" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Note", { Id = "n1" }, { Text = "bad" }, { trackIntermediateUpdates = true })
    app:update("Note", { Id = "n1" }, { Text = "good" }, { trackIntermediateUpdates = true })
    organization:on_upload():reject { where = { Text = "bad" }, opstatus = 20006, errmsg = "bad" }

    app:sync { objectServicesOptions = { Organization = { syncType = "uploadOnly" } } }
    t.expect(notes:rows()):equals { { Id = "n1", Text = "good" } }
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "good" } }
    t.expect(app:sync()):succeeds()
    t.expect(notes:rows()):equals { { Id = "n1", Text = "good" } }
  end,
}
