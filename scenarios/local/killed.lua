-- The end of the process at a named point: what was committed is still there, and the next sync goes on from it (LOC-02).
local company = require "lib.company"

---Start what is to be killed, wait until it is, and come back over the same storage.
local function die_and_revive(t, app, start)
  start()
  t.wait(function() return not app:alive() end, "the end of the process")
  app:revive()
end

local uploads_one_by_one = { objectServicesOptions = { Organization = { uploadBatchSize = 1 } } }
local points = {
  { name = "arrived", sentence = "has arrived" },
  { name = "stored", sentence = "is stored at the back end" },
  { name = "first_byte", sentence = "has the first byte of its answer" },
  { name = "answered", sentence = "is answered" },
}

-- ---- after edits ----

for _, edits in ipairs { 1, 2, 7 } do
  scenario("a process that ends after edit number " .. edits .. " has them all, in the table and for the next sync") {
    covers = { "LOC-02", "API-09" },
    needs = { "localCrud", "kill", "restart" },
    run = function(t)
      local _, employees = company.organization(t)
      local app = t:app():setup()
      local expected = {}
      for i = 1, edits do
        app:create("Employee", { Name = "Local " .. i })
        expected[i] = { Name = "Local " .. i }
      end
      app:kill()
      app:revive()
      t.expect(app:rows("Employee")):equals(expected)
      t.expect(app:pending("Employee")):count(edits)
      t.expect(app:sync(), "API-09"):succeeds()
      t.expect(employees:rows(), "UPL-12"):equals(expected)
    end,
  }
end

scenario "a process that ends after an update and a delete has both for the next sync" {
  covers = { "LOC-02", "UPL-03" },
  needs = { "localCrud", "kill", "restart" },
  run = function(t)
    local _, _, notes = company.with_notes(t)
    notes:insert { { Id = "n1", Text = "old" }, { Id = "n2", Text = "old" }, { Id = "n3", Text = "old" } }
    local app = t:app():setup()
    t.expect(app:sync(), "DNL-01"):succeeds()
    app:update("Note", { Id = "n1" }, { Text = "new" })
    app:delete("Note", { Id = "n2" })
    app:kill()
    app:revive()
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "new" }, { Id = "n3", Text = "old" } }
    t.expect(app:pending("Note")):count(2)
    t.expect(app:sync(), "API-09"):succeeds()
    t.expect(notes:rows(), "UPL-03"):equals { { Id = "n1", Text = "new" }, { Id = "n3", Text = "old" } }
  end,
}

-- ---- during an upload ----

-- Without a cache the outcome is unknown: rows with given keys bear a second sending.
for _, point in ipairs(points) do
  scenario("a process that ends when its upload " .. point.sentence .. " keeps its edits, without an upload cache too") {
    covers = { "LOC-02", "UPL-12" },
    needs = { "localCrud", "kill", "restart" },
    run = function(t)
      local organization, _, notes = company.with_notes(t)
      notes:insert { { Id = "n1", Text = "old" }, { Id = "n2", Text = "old" } }
      local app = t:app():setup()
      t.expect(app:sync(), "DNL-01"):succeeds()
      app:update("Note", { Id = "n1" }, { Text = "new" })
      app:delete("Note", { Id = "n2" })

      local rule = organization:on_upload():once()
      app:kill_at(rule[point.name](rule))
      die_and_revive(t, app, function() app:start() end)
      t.expect(app:rows("Note")):equals { { Id = "n1", Text = "new" } }
      if point.name ~= "answered" then t.expect(app:pending("Note")):count(2) end
      t.expect(app:sync(), "API-09"):succeeds()
      t.expect(notes:rows(), "UPL-12"):equals { { Id = "n1", Text = "new" } }
      t.expect(app:rows("Note")):equals { { Id = "n1", Text = "new" } }
      t.expect(app:pending("Note")):count(0)
    end,
  }
end

for _, point in ipairs(points) do
  scenario("a process that ends when its second batch " .. point.sentence .. " sends no batch twice under two ids") {
    covers = { "UPC-08", "UPC-02", "LOC-02" },
    needs = { "localCrud", "uploadCache", "kill", "restart" },
    run = function(t)
      local organization, employees = company.organization(t, { uploadCache = true })
      local app = t:app():setup()
      local expected = {}
      for i = 1, 3 do
        app:create("Employee", { Name = "Local " .. i })
        expected[i] = { Name = "Local " .. i }
      end
      local rule = organization:on_upload():nth(2)
      app:kill_at(rule[point.name](rule))
      die_and_revive(t, app, function() app:start(uploads_one_by_one) end)
      t.expect(app:rows("Employee"), "LOC-02"):count(3)

      local before = organization:uploads():count()
      t.expect(app:sync(uploads_one_by_one)):succeeds()
      local next_one = organization:uploads()[before + 1]
      if point.name ~= "answered" then t.expect(next_one.cache_id):equals(organization:uploads()[before].cache_id) end
      t.expect(employees:rows(), "UPC-04"):equals(expected)
      t.expect(app:rows("Employee"), "LOC-02"):equals(expected)
      t.expect(app:pending("Employee"), "LOC-02"):count(0)
    end,
  }
end

for _, point in ipairs { points[2], points[3], points[4] } do
  scenario("a process that ends when its replay " .. point.sentence .. " has its rows once") {
    covers = { "UPC-08", "UPC-04", "LOC-02" },
    needs = { "localCrud", "uploadCache", "kill", "restart" },
    run = function(t)
      local organization, employees = company.organization(t, { uploadCache = true })
      local app = t:app():setup()
      app:create("Employee", { Name = "Ada" })
      organization:on_upload():once():status(504)
      t.expect(app:sync(), "NET-01"):fails()

      local rule = organization:on_upload():once()
      app:kill_at(rule[point.name](rule))
      die_and_revive(t, app, function() app:start() end)
      t.expect(app:rows("Employee"), "LOC-02"):equals { { Name = "Ada" } }
      app:create("Employee", { Name = "Grace" })
      t.expect(app:sync()):succeeds()
      t.expect(employees:rows(), "UPC-04"):equals { { Name = "Ada" }, { Name = "Grace" } }
      t.expect(app:rows("Employee"), "UPC-04"):equals { { Name = "Ada" }, { Name = "Grace" } }
    end,
  }
end

-- ---- during a download ----

for _, page in ipairs { 1, 2, 3 } do
  for _, point in ipairs { points[1], points[3], points[4] } do
    scenario(("a process that ends when request %d for a page %s has whole pages, and fetches the rest"):format(page, point.sentence)) {
      covers = { "LOC-02", "DNL-06/whole" },
      needs = { "localCrud", "kill", "restart" },
      run = function(t)
        local organization, employees, notes = company.with_notes(t)
        company.hire(employees, 6)
        local app = t:app():setup()
        app:create("Note", { Id = "mine", Text = "pending" })
        local rule = organization:on_download():page(page):once()
        app:kill_at(rule[point.name](rule))
        local options = { objectServicesOptions = { Organization = { syncType = "downloadOnly", downloadBatchSize = 2 } } }
        die_and_revive(t, app, function() app:start(options) end)

        t.expect(#app:rows("Employee") % 2, "DNL-06/whole"):equals(0)
        t.expect(app:rows("Note")):equals { { Id = "mine", Text = "pending" } }
        t.expect(app:pending("Note")):count(1)
        t.expect(app:sync(), "API-09"):succeeds()
        t.expect(app:rows("Employee")):equals(employees:rows())
        t.expect(notes:rows(), "UPL-12"):equals { { Id = "mine", Text = "pending" } }
      end,
    }
  end
end

scenario "a process that ends when the second service of a sequential sync has asked has the first one's data" {
  covers = { "LOC-02" },
  needs = { "localCrud", "kill", "restart" },
  run = function(t)
    local organization, employees = company.organization(t)
    local sales, notes = company.sales(t)
    employees:insert { Name = "Ada" }
    notes:insert { Id = "n1", Text = "one" }
    local app = t:app():setup()
    local asked = 0
    for _, service in ipairs { organization, sales } do
      service:on_download():optional():at("arrived", function()
        asked = asked + 1
        if asked == 2 then app:kill() end
      end)
    end
    die_and_revive(t, app, function() app:start { syncMode = "sequential" } end)
    t.expect(#app:rows("Employee") + #app:rows("Note")):equals(1)
    t.expect(app:sync(), "API-09"):succeeds()
    t.expect(app:rows("Employee")):equals { { Name = "Ada" } }
    t.expect(app:rows("Note")):equals { { Id = "n1", Text = "one" } }
  end,
}
