-- Replays that fail (UPC-07), and processes that end (UPC-08).
local company = require "lib.company"

---`keeps`: after this answer to a replay the entry stays, else its edits go up under a new id.
local answers = {
  { name = "an error opstatus", keeps = false, strike = function(rule) rule:opstatus(20001, "no") end },
  { name = "HTTP 500", keeps = false, strike = function(rule) rule:status(500) end },
  { name = "HTTP 429", keeps = true, strike = function(rule) rule:status(429, { ["Retry-After"] = "120" }) end },
  { name = "HTTP 504", keeps = true, strike = function(rule) rule:status(504) end },
  { name = "a closed connection", keeps = true, strike = function(rule) rule:close() end },
}

---A time-out, a replay that `strike` makes fail while something newer waits, and a third sync.
local function fail_a_replay(t, answer)
  local organization, _, notes = company.with_notes(t, { uploadCache = true })
  notes:insert { Id = "n1", Text = "old" }
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  app:update("Note", { Id = "n1" }, { Text = "new" })
  organization:on_upload():once():status(504)
  t.expect(app:sync()):fails()
  app:create("Note", { Id = "n2", Text = "newer" })

  local downloads = organization:downloads():count()
  answer.strike(organization:on_upload():once())
  t.expect(app:sync()):fails()
  for i, request in ipairs(organization:uploads()) do
    if i > 1 then
      t.expect(request.cache_id, "UPC-07/newer"):equals(t.expect(organization:uploads()):at(1).cache_id)
    end
  end
  t.expect(organization:downloads():count(), "UPC-07/newer"):equals(downloads)

  local before = organization:uploads():count()
  t.expect(app:sync(), "API-07"):succeeds()
  local third = organization:uploads()[before + 1]
  t.expect(third ~= nil, "UPL-12"):is_true("the edits are uploaded at last")
  t.expect(third.cache_id == t.expect(organization:uploads()):at(1).cache_id, "UPC-07/newer"):equals(answer.keeps)
  local expected = { { Id = "n1", Text = "new" }, { Id = "n2", Text = "newer" } }
  t.expect(notes:rows(), "UPL-12"):equals(expected)
  t.expect(app:rows("Note"), "UPL-12"):equals(expected)
  t.expect(app:pending("Note"), "UPL-12"):count(0)
end

for _, answer in ipairs(answers) do
  scenario("a replay that is answered by " .. answer.name .. " fails the sync, and nothing newer is sent") {
    covers = { "UPC-07" },
    needs = { "localCrud", "uploadCache" },
    run = function(t) fail_a_replay(t, answer) end,
  }
end

scenario "a replay that times out fails the sync, and nothing newer is sent" {
  covers = { "UPC-07" },
  needs = { "localCrud", "uploadCache" },
  timeout = 2000,
  tags = { "hang" },
  run = function(t)
    fail_a_replay(t, { keeps = true, strike = function(rule) rule:hang() end })
  end,
}

scenario "a cached request survives a restart of the SDK" {
  covers = { "UPC-08" },
  needs = { "localCrud", "uploadCache", "restart" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    organization:on_upload():once():store():status(504)
    t.expect(app:sync()):fails()

    app:restart()
    app:create("Employee", { Name = "Grace" })
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1, 2 }
    t.expect(t.expect(organization:uploads()):at(2).records):equals(t.expect(organization:uploads()):at(1).records)
    t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
  end,
}

for _, moment in ipairs {
  { point = "arrived", sentence = "when its upload has arrived" },
  { point = "stored", sentence = "when the back end has stored its upload" },
  { point = "first_byte", sentence = "when the first byte of the answer is out" },
  { point = "answered", sentence = "when its upload was answered" },
} do
  scenario("a process that ends " .. moment.sentence .. " loses nothing and doubles nothing") {
    covers = { "UPC-08", "UPC-04", "LOC-02" },
    needs = { "localCrud", "uploadCache", "kill", "restart" },
    run = function(t)
      local organization, employees = company.organization(t, { uploadCache = true })
      local app = t:app():setup()
      app:create("Employee", { Name = "Ada", Salary = 100 })
      app:create("Employee", { Name = "Grace", Salary = 200 })

      local rule = organization:on_upload():once()
      app:kill_at(rule[moment.point](rule))
      app:start()
      t.wait(function() return not app:alive() end, "the end of the process")
      app:revive()
      t.expect(app:rows("Employee"), "LOC-02"):equals { { Name = "Ada", Salary = 100 }, { Name = "Grace", Salary = 200 } }
      app:create("Employee", { Name = "Margaret" })
      t.expect(app:sync()):succeeds()

      -- The answer may have been taken in before the end only if it was sent as a whole.
      local uploads = organization:uploads()
      if moment.point == "answered" then
        t.expect(uploads[2].records[1].Name):one_of { replayed = "Ada", settled = "Margaret" }
      else
        t.expect(uploads[2].cache_id):equals(uploads[1].cache_id)
        t.expect(uploads[2].records):equals(uploads[1].records)
        t.expect(uploads):has_ids { 1, 1, 2 }
      end
      local expected = { { Name = "Ada", Salary = 100 }, { Name = "Grace", Salary = 200 }, { Name = "Margaret" } }
      t.expect(employees:rows(), "UPC-04"):equals(expected)
      t.expect(app:rows("Employee"), "UPC-04"):equals(expected)
      t.expect(app:pending("Employee"), "LOC-02"):count(0)
    end,
  }
end

scenario "a process that ends in the midst of a replay replays once more" {
  covers = { "UPC-08", "UPC-04" },
  needs = { "localCrud", "uploadCache", "kill", "restart" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app():setup()
    app:create("Employee", { Name = "Ada" })
    organization:on_upload():once():store():status(504)
    t.expect(app:sync()):fails()

    app:kill_at(organization:on_upload():once():arrived())
    app:start()
    t.wait(function() return not app:alive() end, "the end of the process")
    app:revive()
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1, 1 }
    t.expect(t.expect(organization:uploads()):at(3).records):equals(t.expect(organization:uploads()):at(1).records)
    t.expect(employees:rows(), "UPC-04"):equals { { Name = "Ada" } }
    t.expect(app:rows("Employee"), "UPC-04"):equals { { Name = "Ada" } }
  end,
}
