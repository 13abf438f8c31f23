-- uploadRequestQueryParams and downloadRequestQueryParams: where they travel (OPT-14) and what they may not hold (OPT-15).
local foundry = require "foundry"
local company = require "lib.company"
local options = require "lib.options"

local function expect_pairs(t, requests, pairs_there, id)
  for _, request in ipairs(requests) do
    for name, value in pairs(pairs_there) do t.expect(request.query[name], id):equals(value) end
  end
end

local function expect_none_of(t, requests, pairs_elsewhere, id)
  for _, request in ipairs(requests) do
    for name in pairs(pairs_elsewhere) do t.expect(request.query[name], id):is_nil() end
  end
end

---Two uploads and three pages, with a map of parameters for each direction.
local function expect_each_in_its_direction(t, up, down, id)
  local organization, employees = company.organization(t)
  company.hire(employees, 3)
  local app = t:app():setup()
  options.edits(app, 3)
  t.expect(app:sync(options.organization {
    uploadBatchSize = 2,
    downloadBatchSize = 2,
    uploadRequestQueryParams = up,
    downloadRequestQueryParams = down,
  }), id):succeeds()

  t.expect(organization:uploads(), id):count(2)
  t.expect(organization:downloads():count() > 1, id):is_true("there is more than one page")
  expect_pairs(t, organization:uploads(), up, id)
  expect_pairs(t, organization:downloads(), down, id)
  expect_none_of(t, organization:uploads(), down, id)
  expect_none_of(t, organization:downloads(), up, id)
end

scenario "query parameters for uploads are on every upload, those for downloads on every download" {
  covers = { "OPT-14" },
  needs = { "localCrud" },
  run = function(t)
    expect_each_in_its_direction(t, { LocationID = "32001", SiteID = "2" }, { Region = "north", Year = "2026" }, "OPT-14")
  end,
}

scenario "reserved characters and unicode in query parameters arrive intact" {
  covers = { "OPT-14/reserved" },
  needs = { "localCrud" },
  run = function(t)
    expect_each_in_its_direction(t,
      { Up = "a+b&c=d%25 é?#/;", Plus = "+", Blank = "two words", Sign = "日本語" },
      { Down = "x=1&y=2+3% ü", Quote = "\"'<>", Emoji = "🙂" }, "OPT-14/reserved")
  end,
}

scenario "the same name may stand in both maps with a value for each direction" {
  covers = { "OPT-14" },
  needs = { "localCrud" },
  run = function(t)
    local organization, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    options.edits(app, 1)
    t.expect(app:sync(options.organization {
      uploadRequestQueryParams = { Direction = "up" },
      downloadRequestQueryParams = { Direction = "down" },
    })):succeeds()
    t.expect(options.first(organization:uploads()).query.Direction):equals("up")
    t.expect(options.first(organization:downloads()).query.Direction):equals("down")
  end,
}

scenario "query parameters are sent at service and at object level" {
  covers = { "OPT-14" },
  needs = { "localCrud", "objectLevel", "serviceLevel" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    local given = { uploadRequestQueryParams = { Site = "up" }, downloadRequestQueryParams = { Region = "down" } }
    for _, scope in ipairs { app:service("Organization"), app:object("Employee") } do
      options.edits(app, 1)
      local later = options.from_now(t)
      t.expect(scope:sync(given)):succeeds()
      t.expect(organization:uploads():where(later)):count(1)
      expect_pairs(t, organization:uploads():where(later), given.uploadRequestQueryParams)
      expect_pairs(t, organization:downloads():where(later), given.downloadRequestQueryParams)
    end
  end,
}

scenario "a replayed upload has the query parameters of its first time, the new upload those of the new sync" {
  covers = { "OPT-14" },
  needs = { "localCrud", "uploadCache" },
  run = function(t)
    local organization = company.organization(t, { uploadCache = true, response_wait_ms = 0 })
    local app = t:app():setup()
    options.edits(app, 1, "First")
    organization:on_upload():once():store():status(504)
    t.expect(app:sync(options.organization { uploadRequestQueryParams = { Site = "old +" } })):fails()

    options.edits(app, 1, "Second")
    t.expect(app:sync(options.organization { uploadRequestQueryParams = { Site = "new" } })):succeeds()
    local sites = {}
    for i, upload in ipairs(organization:uploads()) do sites[i] = upload.query.Site end
    t.expect(sites):equals { "old +", "old +", "new" }
  end,
}

local directions = { "uploadRequestQueryParams", "downloadRequestQueryParams" }
local bad_pairs = {
  { name = "an empty key", value = { [""] = "north" } },
  { name = "an empty value", value = { Site = "" } },
  { name = "a null value", value = { Site = foundry.null } },
  { name = "a boolean for a value", value = { Site = true } },
  { name = "an object for a value", value = { Site = { id = "1" } } },
}

for _, direction in ipairs(directions) do
  for _, case in ipairs(bad_pairs) do
    scenario(direction .. " with " .. case.name .. " end in 2030, and nothing is sent") {
      covers = { "OPT-15" },
      needs = { "localCrud" },
      run = function(t)
        local _, employees = company.organization(t)
        employees:insert { Name = "Ada" }
        local app = t:app():setup()
        options.edits(app, 1)
        local result
        t.expect(function() result = app:sync(options.organization { [direction] = case.value }) end):sends_nothing()
        t.expect(options.code_of(result, "Organization")):equals(2030)
        t.expect(app:rows("Employee")):equals { { Name = "New 1" } }
      end,
    }
  end
end

scenario "a number as value of a query parameter is sent as its text or ends in 2030" {
  covers = { "OPT-15" },
  needs = { "localCrud" },
  api = { "js" },
  run = function(t)
    local organization = company.organization(t)
    local app = t:app():setup()
    options.edits(app, 1)
    local result = app:sync(options.organization { uploadRequestQueryParams = { SiteID = 2 } })
    local upload = options.first(organization:uploads())
    t.expect({ code = options.code_of(result, "Organization"), sent = upload.query.SiteID }):one_of {
      refused = function(seen) return seen.code == 2030 and seen.sent == nil end,
      sent = function(seen) return seen.code == nil and seen.sent == "2" end,
    }
  end,
}
