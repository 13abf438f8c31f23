-- Which edits travel, and in what portions (UPL-01, UPL-02, UPL-04, UPL-05, UPL-14).
local company = require "lib.company"

local function upload_only(size)
  return { objectServicesOptions = { Organization = { uploadBatchSize = size, syncType = "uploadOnly" } } }
end

scenario "pending edits go up in batches of at most uploadBatchSize, in the order of the edits" {
  covers = { "UPL-01" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    local app = t:app():setup()
    local expected = {}
    for i = 1, 7 do
      app:create("Employee", { Name = "Local " .. i })
      expected[i] = "Local " .. i
    end
    t.expect(app:sync(upload_only(3))):succeeds()

    for _, request in ipairs(organization:uploads()) do
      t.expect(#request.records <= 3):is_true("a batch holds at most three edits")
    end
    local sent = {}
    for i, record in ipairs(company.records_of(organization:uploads())) do sent[i] = record.Name end
    t.expect(sent, "UPL-01/order"):equals(expected)
    t.expect(employees:rows()):count(7)
  end,
}

scenario "a batch mixes the objects of its service in the order of the edits" {
  covers = { "UPL-01" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees, notes = company.with_notes(t)
    local app = t:app():setup()
    app:create("Note", { Id = "n1", Text = "first" })
    app:create("Employee", { Name = "second" })
    app:create("Note", { Id = "n2", Text = "third" })
    app:update("Note", { Id = "n1" }, { Text = "fourth" })
    app:create("Employee", { Name = "fifth" })
    t.expect(app:sync(upload_only(2))):succeeds()

    local sent, row_ids = {}, {}
    for i, record in ipairs(company.records_of(organization:uploads())) do
      sent[i] = record.Text or record.Name
      row_ids[i] = record._metadata.rowId
    end
    t.expect(sent, "UPL-01/order"):equals { "first", "second", "third", "fourth", "fifth" }
    for i = 2, #row_ids do
      t.expect(row_ids[i] > row_ids[i - 1], "UPL-01/order"):is_true("row ids ascend")
    end
    for _, request in ipairs(organization:uploads()) do
      t.expect(#request.records <= 2):is_true("a batch holds at most two edits")
    end
    t.expect(notes:rows()):equals { { Id = "n1", Text = "fourth" }, { Id = "n2", Text = "third" } }
    t.expect(employees:rows()):equals { { Name = "second" }, { Name = "fifth" } }
  end,
}

scenario "every record of an upload names its object, its action and its row" {
  covers = { "UPL-01", "UPL-03" },
  needs = { "localCrud" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    local ada = app:create("Employee", { Name = "Ada" })
    app:update("Employee", ada, { Name = "Ada L." })
    local result = app:sync()

    local seen = {}
    for _, record in ipairs(company.records_of(organization:uploads())) do
      local metadata = record._metadata
      t.expect(metadata.object):equals("Employee")
      t.expect(metadata.action, "UPL-03"):one_of { create = "create", update = "update", partialupdate = "partialupdate" }
      t.expect(seen[metadata.rowId]):is_nil()
      seen[metadata.rowId] = true
    end
    t.expect(result):succeeds()
  end,
}

scenario "with nothing pending no upload is sent" {
  covers = { "UPL-02" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads():count()):equals(0)

    app:create("Employee", { Name = "Grace" })
    t.expect(app:sync()):succeeds()
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads():count()):equals(1)
  end,
}

scenario "a row that came from the server, and a read, leave nothing to upload" {
  covers = { "UPL-02" },
  needs = { "localCrud", "restart" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 3)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    employees:update(t.expect(employees:rows()):at(1).EmpId, { Name = "changed" })
    t.expect(app:sync()):succeeds()
    app:get("Employee")
    app:restart()
    t.expect(app:pending("Employee")):count(0)
    t.expect(app:sync(upload_only(10))):succeeds()
    t.expect(organization:uploads():count()):equals(0)
  end,
}

scenario "an untracked edit is never uploaded" {
  covers = { "UPL-04" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada", Notes = "of the server" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Employee", t.expect(app:rows("Employee")):at(1), { Notes = "for this device" }, { trackChanges = false })

    t.expect(app:rows("Employee")):equals { { Notes = "for this device" } }
    t.expect(app:pending("Employee")):count(0)
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads():count()):equals(0)
    t.expect(employees:rows()):equals { { Notes = "of the server" } }
  end,
}

scenario "an edit that is not marked for upload waits until it is" {
  covers = { "UPL-04" },
  needs = { "localCrud" },
  run = function(t)
    local _, _, notes = company.with_notes(t)
    local app = t:app():setup()
    app:create("Note", { Id = "n1", Text = "draft" }, { markForUpload = false })
    app:create("Note", { Id = "n2", Text = "final" })
    t.expect(app:sync()):succeeds()
    t.expect(notes:rows()):equals { { Id = "n2" } }
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "draft" }, { Id = "n2" } }

    local marked = app:attempt("markForUpload", { object = "Note", options = { primaryKeys = { Id = "n1" } } })
    t.expect(marked):succeeds()
    t.expect(app:sync()):succeeds()
    t.expect(notes:rows()):equals { { Id = "n1", Text = "draft" }, { Id = "n2" } }
  end,
}

for _, case in ipairs {
  { track = false, sentence = "without intermediate updates the last state of a row goes up once", sent = { "third" } },
  { track = true, sentence = "with intermediate updates each state of a row goes up", sent = { "first", "second", "third" } },
} do
  scenario(case.sentence) {
    covers = { "UPL-05" },
    needs = { "localCrud" },
    run = function(t)
      local organization, _, notes = company.with_notes(t)
      notes:insert { Id = "n1", Text = "before" }
      local app = t:app():setup()
      t.expect(app:sync()):succeeds()
      for _, text in ipairs { "first", "second", "third" } do
        app:update("Note", { Id = "n1" }, { Text = text }, { trackIntermediateUpdates = case.track })
      end
      t.expect(app:sync()):succeeds()

      local sent = {}
      for i, record in ipairs(company.records_of(organization:uploads())) do sent[i] = record.Text end
      t.expect(sent):equals(case.sent)
      t.expect(notes:rows()):equals { { Id = "n1", Text = "third" } }
      t.expect(app:rows("Note")):equals { { Id = "n1", Text = "third" } }
      t.expect(app:pending("Note")):count(0)
    end,
  }
end

scenario "an update without intermediate updates goes up with the create that it changed" {
  covers = { "UPL-05" },
  needs = { "localCrud" },
  run = function(t)
    local organization, _, notes = company.with_notes(t)
    local app = t:app():setup()
    app:create("Note", { Id = "n1", Text = "first" }, { trackIntermediateUpdates = false })
    app:update("Note", { Id = "n1" }, { Text = "last" }, { trackIntermediateUpdates = false })
    t.expect(app:sync()):succeeds()
    local records = company.records_of(organization:uploads())
    t.expect(t.expect(records):at(#records).Text):equals("last")
    t.expect(notes:rows()):equals { { Id = "n1", Text = "last" } }
    t.expect(app:pending("Note")):count(0)
  end,
}

scenario "an update carries the whole row, the unchanged columns too" {
  covers = { "UPL-14" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada", Salary = 100, Notes = "kept", HiredOn = "1842-10-01" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Employee", t.expect(app:rows("Employee")):at(1), { Salary = 200 })
    t.expect(app:sync()):succeeds()

    local record = t.expect(company.records_of(organization:uploads())):at(1)
    local sent = { record.Name, record.Notes, record.HiredOn }
    t.expect(sent):equals { "Ada", "kept", "1842-10-01" }
    t.expect(employees:rows()):equals { { Name = "Ada", Salary = 200, Notes = "kept", HiredOn = "1842-10-01" } }
  end,
}
